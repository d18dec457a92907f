from odoo import fields, models


class RecurringContractBalance(models.Model):
    """The balance of a contract at a month's end, as its close found it: a liability or an asset, net."""

    _name = "recurring.contract.balance"
    _description = "Contract Balance"
    _log_access = False
    _rec_name = "allocation_id"
    _order = "date desc, id desc"

    run_id = fields.Many2one(
        "recurring.revenue.run", "Month Close", required=True, readonly=True, index=True, ondelete="restrict"
    )
    allocation_id = fields.Many2one(
        "recurring.revenue.allocation", "Contract", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    company_currency_id = fields.Many2one(string="Company Currency", related="company_id.currency_id")
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    date = fields.Date("Month Ending", required=True, readonly=True)
    account_id = fields.Many2one(
        "account.account", "Contract Balance Account", required=True, readonly=True, ondelete="restrict"
    )
    asset_account_id = fields.Many2one("account.account", "Contract Asset Account", readonly=True, ondelete="restrict")
    billed = fields.Monetary(currency_field="company_currency_id", readonly=True, help="So far, without tax.")
    recognised = fields.Monetary(currency_field="company_currency_id", readonly=True, help="So far.")
    exchange = fields.Monetary(
        "Exchange Difference",
        currency_field="company_currency_id",
        readonly=True,
        help="Of this month: a gain above zero, a loss below.",
    )
    liability = fields.Monetary(
        "Contract Liability", currency_field="company_currency_id", readonly=True, help="Invoiced and not earned yet."
    )
    asset = fields.Monetary(
        "Contract Asset", currency_field="company_currency_id", readonly=True, help="Earned and not invoiced yet."
    )
    balance_currency = fields.Monetary(
        "Balance in Currency", readonly=True, help="Liability less asset, in the contract's currency."
    )

    _run_allocation_unique = models.UniqueIndex("(run_id, allocation_id)")
    _rollforward_idx = models.Index("(company_id, account_id, date)")
