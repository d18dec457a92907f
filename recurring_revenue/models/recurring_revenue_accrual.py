from odoo import fields, models

from ..domain import accrual

KINDS = [
    (accrual.DEFERRED, "Deferred revenue"),
    (accrual.UNBILLED, "Accrued income"),
    (accrual.CREDIT, "Credit to issue"),
]


class RecurringRevenueAccrual(models.Model):
    """What one close put on the balance sheet for the end of its month only. Closes alone write them."""

    _name = "recurring.revenue.accrual"
    _description = "Amount at Period End"
    _log_access = False
    _rec_name = "contract_id"
    _order = "date desc, id desc"
    _check_company_auto = True

    run_id = fields.Many2one(
        "recurring.revenue.run", "Month Close", required=True, readonly=True, index=True, ondelete="restrict"
    )
    revision = fields.Integer(readonly=True, help="Odd: taken back when the close was reopened. Even: closed again.")
    kind = fields.Selection(
        KINDS,
        required=True,
        readonly=True,
        help="Deferred revenue: invoiced and not earned.\nAccrued income: earned and not invoiced.\n"
        "Credit to issue: owed to the customer and not credited.",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    company_currency_id = fields.Many2one(string="Company Currency", related="company_id.currency_id")
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    date = fields.Date(required=True, readonly=True, help="The last day of the month. It is taken back the day after.")
    schedule_id = fields.Many2one(
        "recurring.revenue.schedule", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    item_id = fields.Many2one("recurring.contract.item", readonly=True, index="btree_not_null", ondelete="restrict")
    contract_id = fields.Many2one("recurring.contract", readonly=True, index="btree_not_null", ondelete="restrict")
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True, ondelete="restrict")
    account_id = fields.Many2one(
        "account.account", "Balance Sheet Account", required=True, readonly=True, ondelete="restrict"
    )
    amount = fields.Monetary(
        currency_field="company_currency_id",
        readonly=True,
        help="Its effect on the month's revenue: below zero where revenue is deferred or owed back.",
    )
    amount_currency = fields.Monetary("Amount in Currency", readonly=True)
    move_line_id = fields.Many2one("account.move.line", "Journal Item", readonly=True, index=True, ondelete="restrict")
    revenue_line_id = fields.Many2one(
        "account.move.line", "Revenue Journal Item", readonly=True, index=True, ondelete="restrict"
    )
    reversal_line_id = fields.Many2one(
        "account.move.line", "Taken Back By", readonly=True, index=True, ondelete="restrict"
    )
    reversal_revenue_line_id = fields.Many2one(
        "account.move.line", "Revenue Taken Back By", readonly=True, index=True, ondelete="restrict"
    )
    move_id = fields.Many2one(related="move_line_id.move_id")

    _run_idx = models.Index("(run_id)")
    _rollforward_idx = models.Index("(company_id, account_id, date)")
