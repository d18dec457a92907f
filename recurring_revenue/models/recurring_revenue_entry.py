from odoo import fields, models


class RecurringRevenueEntry(models.Model):
    """What one close recognised of one schedule. Only closes write entries, and never change them.

    A close may write a million at once: columns and foreign keys are as few as can be, and what a
    schedule says already is read from there.
    """

    _name = "recurring.revenue.entry"
    _description = "Recognised Revenue"
    _log_access = False
    _rec_name = "schedule_id"
    _order = "date desc, id desc"
    _check_company_auto = True

    schedule_id = fields.Many2one(
        "recurring.revenue.schedule", required=True, readonly=True, index=True, ondelete="restrict"
    )
    run_id = fields.Many2one(
        "recurring.revenue.run", "Month Close", required=True, readonly=True, index=True, ondelete="restrict"
    )
    revision = fields.Integer(readonly=True, help="Odd: taken back when the close was reopened. Even: closed again.")
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    company_currency_id = fields.Many2one(string="Company Currency", related="company_id.currency_id")
    date = fields.Date(required=True, readonly=True, help="The last day of the period.")
    amount = fields.Monetary(
        currency_field="company_currency_id",
        readonly=True,
        help="Revenue recognised in the period; negative where it was taken back.",
    )
    amount_currency = fields.Monetary("Amount in Currency", readonly=True)
    deferred_account_id = fields.Many2one("account.account", required=True, readonly=True, ondelete="restrict")
    deferred_line_id = fields.Many2one(
        "account.move.line",
        "Deferred Revenue Journal Item",
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    move_line_id = fields.Many2one(
        "account.move.line",
        "Revenue Journal Item",
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    move_id = fields.Many2one(related="move_line_id.move_id")
    currency_id = fields.Many2one(related="schedule_id.currency_id")
    partner_id = fields.Many2one(related="schedule_id.partner_id")
    contract_id = fields.Many2one(related="schedule_id.contract_id")
    product_id = fields.Many2one(related="schedule_id.product_id")
    revenue_account_id = fields.Many2one(related="schedule_id.revenue_account_id")

    _schedule_run_unique = models.UniqueIndex(
        "(schedule_id, run_id, revision)", "A close recognises each schedule once."
    )
    _run_idx = models.Index("(run_id)")
    _rollforward_idx = models.Index("(company_id, deferred_account_id, date)")
