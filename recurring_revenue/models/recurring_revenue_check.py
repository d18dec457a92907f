from odoo import api, fields, models
from odoo.tools import SQL

from .recurring_revenue_check_sql import CHECKS

LABELS = [
    ("ledger", "The ledger equals the schedules, account by account and currency by currency"),
    ("invoices", "Posted invoices agree with the charges that they bill"),
    ("totals", "Schedules recognise their totals exactly, never more"),
    ("entries", "Every recognised amount has its posted journal item"),
    ("accruals", "Every amount at the end of a month was posted, and taken back the next day"),
    ("days", "Each day of a recurring item is billed once, without gap or overlap"),
]
LIMIT = 10000


class RecurringRevenueCheck(models.Model):
    """The invariants of billing and revenue, one row per company and invariant, computed when read."""

    _name = "recurring.revenue.check"
    _description = "Check of the Books"
    _auto = False
    _rec_name = "code"
    _order = "company_id, id"
    _depends = {
        "account.move": ["company_id", "currency_id", "move_type", "recurring_revenue_run_id", "state"],
        "account.move.line": [
            "account_id",
            "amount_currency",
            "balance",
            "company_id",
            "currency_id",
            "parent_state",
            "price_subtotal",
            "price_total",
            "recurring_obligation_id",
            "tax_ids",
        ],
        "recurring.charge": [
            "amount",
            "corrected_charge_id",
            "date_end",
            "date_start",
            "invoice_line_id",
            "is_void",
            "item_id",
            "kind",
        ],
        "recurring.contract.balance": ["account_id", "company_id", "currency_id", "exchange"],
        "recurring.contract.item": [
            "billing_floor",
            "charge_type",
            "company_id",
            "owed_from",
            "owed_through",
            "settled_until",
        ],
        "recurring.contract.segment": ["date_end", "date_start", "item_id", "suspended", "suspension_billed"],
        "recurring.revenue.accepted.balance": ["account_id", "amount", "amount_currency", "company_id", "is_undone"],
        "recurring.revenue.accrual": [
            "account_id",
            "company_id",
            "move_line_id",
            "reversal_line_id",
            "reversal_revenue_line_id",
            "revenue_line_id",
            "run_id",
        ],
        "recurring.revenue.allocation": ["balance_account_id"],
        "recurring.revenue.entry": ["company_id", "deferred_line_id", "move_line_id", "run_id"],
        "recurring.revenue.run": ["company_id", "date_end", "state"],
        "recurring.revenue.schedule": [
            "company_id",
            "currency_id",
            "booking",
            "deferred_account_id",
            "obligation_id",
            "recognised",
            "recognised_currency",
            "remaining",
            "remaining_currency",
            "state",
            "total",
            "total_currency",
        ],
    }

    company_id = fields.Many2one("res.company", readonly=True)
    code = fields.Selection(LABELS, "Check", readonly=True)
    failure_count = fields.Integer("Records to Look At", readonly=True)
    state = fields.Selection([("green", "In order"), ("red", "Look at it")], "Result", readonly=True)

    @property
    def _table_query(self):
        company_ids = self.env.companies.ids
        rows = [
            SQL(
                """
                SELECT company.id * 100 + %(number)s AS id, company.id AS company_id, %(code)s AS code,
                       COUNT(failing.record_id)::int AS failure_count,
                       CASE WHEN COUNT(failing.record_id) = 0 THEN 'green' ELSE 'red' END AS state
                  FROM res_company company
                  LEFT JOIN (%(failing)s) failing ON failing.company_id = company.id
                 WHERE company.id = ANY(%(company_ids)s)
                 GROUP BY company.id
                """,
                number=number,
                code=code,
                failing=CHECKS[code][1](company_ids),
                company_ids=company_ids,
            )
            for number, (code, _label) in enumerate(LABELS)
        ]
        return SQL(" UNION ALL ").join(rows)

    @api.model
    def _get_failing(self, company):
        """Compute all checks of one company.

        :param company: the company
        :return: how many records fail, by the code of each check that is red
        :rtype: dict[str, int]
        """
        self.env.flush_all()
        counts = {}
        for code, _label in LABELS:
            query = SQL("SELECT COUNT(*) FROM (%s) failing", CHECKS[code][1](company.ids))
            counts[code] = self.env.execute_query(query)[0][0]
        return {code: count for code, count in counts.items() if count}

    def action_open_records(self):
        """Show the records behind a red check."""
        self.ensure_one()
        self.env.flush_all()
        model, failing = CHECKS[self.code]
        rows = self.env.execute_query(SQL("%s LIMIT %s", failing(self.company_id.ids), LIMIT))
        ids = [record_id for _company_id, record_id in rows]
        domain = [("id", "in", ids)]
        if model == "recurring.revenue.rollforward":
            domain = [("account_id", "in", ids), ("company_id", "=", self.company_id.id)]
            # where only an amount in foreign currency is off, no month of the company's currency is
            apart = [*domain, ("difference", "!=", 0)]
            domain = apart if self.env[model].search_count(apart, limit=1) else domain
        return {
            "type": "ir.actions.act_window",
            "name": dict(self._fields["code"]._description_selection(self.env))[self.code],
            "res_model": model,
            "view_mode": "list,form" if model != "recurring.revenue.rollforward" else "list",
            "domain": domain,
        }
