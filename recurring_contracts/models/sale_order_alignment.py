from odoo import api, fields, models


class SaleOrder(models.Model):
    """An order that carries contracts on to a common end; see co-termination."""

    _inherit = "sale.order"

    recurring_aligned_end = fields.Date(
        "Aligned Until",
        readonly=True,
        copy=False,
        help="The common last day in force. The renewed lines are charged once, for all days until then.",
    )
    recurring_aligned_subtotal = fields.Monetary(
        "Aligned Stretch",
        compute="_compute_recurring_totals",
        help="Untaxed: what the renewed lines cost until the common end, charged once.",
    )

    @api.depends("order_line.recurring_stretch_days")
    def _compute_recurring_totals(self):
        """An aligned stretch is no billing period: it has a total of its own."""
        result = super()._compute_recurring_totals()
        for order in self:
            aligned = order.order_line.filtered("recurring_stretch_days")
            order.recurring_aligned_subtotal = sum(aligned.mapped("price_subtotal"))
            order.recurring_subtotal -= order.recurring_aligned_subtotal
        return result

    def _get_recurring_end(self):
        if self.recurring_aligned_end:
            return fields.Date.add(self.recurring_aligned_end, days=1)
        return super()._get_recurring_end()

    def _confirmation_error_message(self):
        error = super()._confirmation_error_message()
        if error:
            return error
        for line in self.order_line.filtered("recurring_stretch_days"):
            if line._get_recurring_stretch_end() != self.recurring_aligned_end:
                return self.env._(
                    "%(product)s: its first day was changed, but its price is for the days from the end of "
                    "what it renews. Set the first day back, or cancel the order and align the ends again.",
                    product=line.product_id.display_name,
                )
        return False

    def _prepare_recurring_contract_values(self, lines):
        values = super()._prepare_recurring_contract_values(lines)
        if self.recurring_aligned_end:
            values["date_end"] = self.recurring_aligned_end
        return values

    def _create_recurring_contract(self):
        """Contracts that join another one are renewed into it."""
        contract = super()._create_recurring_contract()
        if contract and self.recurring_aligned_end and self.recurring_added_contract_id:
            # sudo: a renewal is also confirmed by its customer; it links what this order renews.
            self.sudo().recurring_renewed_contract_ids._write_protected({"renewed_into_id": contract.id})
        return contract

    def _action_cancel(self):
        result = super()._action_cancel()
        for order in self.filtered(lambda o: o.recurring_aligned_end and o.recurring_added_contract_id):
            # sudo: who may cancel a renewal may take back the link that its confirmation made.
            renewed = order.sudo().recurring_renewed_contract_ids
            joined = renewed.filtered(lambda c, host=order.recurring_added_contract_id: c.renewed_into_id == host)
            joined._write_protected({"renewed_into_id": False})
        return result
