from odoo import fields, models
from odoo.exceptions import UserError


class RecurringRenewalRefusal(models.TransientModel):
    _name = "recurring.renewal.refusal"
    _description = "Refuse a Renewal"

    order_ids = fields.Many2many("sale.order", string="Renewals", required=True, readonly=True)
    outcome = fields.Selection(
        [
            ("lost", "The customer does not renew"),
            ("again", "Another renewal is prepared instead"),
        ],
        required=True,
        default="lost",
    )
    close_reason_id = fields.Many2one("recurring.close.reason", "Reason")
    note = fields.Char("In the Customer's Words")

    def action_confirm(self):
        """Cancel the renewals with their reason, or prepare others in their place.

        :raise UserError: where no reason is given, or an order is no open renewal
        """
        self.ensure_one()
        orders = self.order_ids
        orders.check_access("write")
        for order in orders:
            if order.state not in ("draft", "sent") or not order.recurring_renewed_contract_ids:
                raise UserError(self.env._("%(order)s is no renewal that is still open.", order=order.name))
        contracts = orders.recurring_renewed_contract_ids
        contracts.check_access("write")
        if self.outcome == "again":
            orders._action_cancel()
            return contracts.action_renew_now()
        if not self.close_reason_id:
            raise UserError(
                self.env._(
                    "Choose why %(contracts)s will not be renewed.", contracts=", ".join(contracts.mapped("name"))
                )
            )
        orders._refuse_renewals(self.close_reason_id, self.note)
        return {"type": "ir.actions.act_window_close"}
