from odoo import fields, models


class RecurringRevenueAccept(models.TransientModel):
    """Asks why, before a balance that no schedule explains is accepted."""

    _name = "recurring.revenue.accept"
    _description = "Accept a Balance"

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    account_id = fields.Many2one("account.account", required=True, readonly=True)
    date = fields.Date(required=True, readonly=True)
    reason = fields.Text(required=True)

    def action_accept(self):
        self.ensure_one()
        self.env["recurring.revenue.accepted.balance"]._accept(self.company_id, self.account_id, self.date, self.reason)
        return {"type": "ir.actions.act_window_close"}
