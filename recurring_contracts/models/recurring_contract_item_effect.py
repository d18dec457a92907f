from odoo import api, fields, models


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
        rows = [
            {
                "start": segment.start,
                "end": segment.end and fields.Date.subtract(segment.end, days=1),
                "quantity": float(segment.terms.quantity),
                "price": float(segment.terms.price),
                "discount": float(segment.terms.discount),
                "payer": self.env["res.partner"].browse(segment.terms.payer).display_name,
                "taxes": ", ".join(self.env["account.tax"].browse(segment.terms.taxes).mapped("name")),
                "suspended": segment.terms.suspended and self.charge_type != "one_time",
            }
            for segment in segments
            if segment.end is None or segment.end >= date
        ]
        return self._merge_effect_rows(rows)

    @api.model
    def _merge_effect_rows(self, rows):
        """Join rows that follow each other at the same terms: a suspension parts what is charged once as well."""
        merged = []
        for row in rows:
            if merged and {**merged[-1], "start": row["start"], "end": row["end"]} == row:
                merged[-1]["end"] = row["end"]
            else:
                merged.append(row)
        return merged
