from odoo import api, models


class SaleOrder(models.Model):
    """The ways to the customer that stay closed until a quotation is approved."""

    _inherit = "sale.order"

    def _is_waiting_for_recurring_approval(self):
        self.ensure_one()
        return self.state in ("draft", "sent") and self.recurring_approval_state in ("needed", "requested")

    @api.model
    def action_share(self):
        orders = self or self.browse(self.env.context.get("active_id"))
        orders._check_recurring_approval()
        return super().action_share()

    def _get_default_payment_link_values(self):
        self._check_recurring_approval()
        return super()._get_default_payment_link_values()

    def _has_to_be_signed(self):
        return super()._has_to_be_signed() and not self._is_waiting_for_recurring_approval()

    def _has_to_be_paid(self):
        return super()._has_to_be_paid() and not self._is_waiting_for_recurring_approval()
