from odoo import fields, models


class RecurringContractItem(models.Model):
    """How an item appears where the effect of a change is shown."""

    _inherit = "recurring.contract.item"

    def _get_effect_name(self):
        """Return how the item is called where the effect of a change is shown."""
        self.ensure_one()
        return self.product_id.display_name

    def _prepare_effect_rows(self, segments, date):
        """Return the item's terms from the period of a day on, as they are shown."""
        self.ensure_one()
        return [
            {
                "start": segment.start,
                "end": segment.end and fields.Date.subtract(segment.end, days=1),
                "quantity": float(segment.terms.quantity),
                "price": float(segment.terms.price),
                "discount": float(segment.terms.discount),
                "payer": self.env["res.partner"].browse(segment.terms.payer).display_name,
                "taxes": ", ".join(self.env["account.tax"].browse(segment.terms.taxes).mapped("name")),
                "suspended": segment.terms.suspended,
            }
            for segment in segments
            if segment.end is None or segment.end >= date
        ]
