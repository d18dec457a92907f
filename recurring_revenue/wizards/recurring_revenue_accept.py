from odoo import api, fields, models


class RecurringRevenueAccept(models.TransientModel):
    """Asks why, before a balance that no schedule explains is accepted."""

    _name = "recurring.revenue.accept"
    _description = "Accept a Balance"

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    account_id = fields.Many2one("account.account", required=True, readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id", related_sudo=False)
    amount = fields.Monetary(
        compute="_compute_amount",
        help="What stands in the ledger beyond the schedules; below zero where less does. All of it is accepted.",
    )
    date = fields.Date(required=True, readonly=True)
    reason = fields.Text(required=True)

    @api.depends("account_id", "company_id")
    def _compute_amount(self):
        balances = self.env["recurring.revenue.accepted.balance"]
        for wizard in self:
            rows = balances._get_unexplained(wizard.company_id, wizard.account_id)
            wizard.amount = sum(amount for _currency_id, amount, _amount_currency in rows)

    def action_accept(self):
        self.ensure_one()
        self.env["recurring.revenue.accepted.balance"]._accept(self.company_id, self.account_id, self.date, self.reason)
        return {"type": "ir.actions.act_window_close"}
