from odoo import fields, models
from odoo.tools import SQL, date_utils

# Balances of a point in time: over several months only the first or the last one counts.
FIRST_MONTH = {"opening"}
LAST_MONTH = {"closing", "explained", "ledger_balance", "difference"}


class RecurringRevenueRollforward(models.Model):
    _name = "recurring.revenue.rollforward"
    _description = "Roll-forward of Deferred Revenue"
    _auto = False
    _rec_name = "account_id"
    _order = "month desc, account_id"
    _depends = {
        "account.move.line": [
            "account_id",
            "balance",
            "company_id",
            "date",
            "parent_state",
            "recurring_obligation_id",
        ],
        "recurring.contract.balance": ["account_id", "asset", "asset_account_id", "company_id", "date", "exchange"],
        "recurring.revenue.accepted.balance": ["account_id", "amount", "company_id", "date", "is_undone"],
        "recurring.revenue.accrual": ["account_id", "amount", "company_id", "date", "kind", "schedule_id"],
        "recurring.revenue.allocation": ["balance_account_id"],
        "recurring.revenue.entry": ["amount", "company_id", "date", "deferred_account_id"],
        "recurring.revenue.schedule": [
            "booking",
            "company_id",
            "date",
            "deferred_account_id",
            "is_opening",
            "obligation_id",
            "opening_recognised",
            "state",
            "total",
        ],
        "res.company": ["currency_id", "deferred_revenue_account_id"],
    }

    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    account_id = fields.Many2one("account.account", readonly=True)
    month = fields.Date(readonly=True, help="The last day of the month.")
    opening = fields.Monetary(readonly=True, help="Deferred before the month, by the schedules.")
    billed = fields.Monetary(readonly=True, help="Put into deferred revenue in the month, less what was credited.")
    recognised = fields.Monetary(readonly=True, help="Recognised as revenue by the close.")
    exchange = fields.Monetary(
        "Exchange Difference",
        readonly=True,
        help="Of contract assets in foreign currency: gains above zero, losses below.",
    )
    netted = fields.Monetary(
        "Contract Assets",
        readonly=True,
        help="Debit balances of contracts that stand on the contract asset account at the month's end, less those "
        "of the month before.",
    )
    closing = fields.Monetary(readonly=True, help="Deferred after the month, by the schedules.")
    explained = fields.Monetary(
        readonly=True,
        help="What is rightly not in the ledger: amounts under cut-off booking that no close has put there, since the "
        "month is not closed yet or was closed before they were entered. Below zero: a balance that no schedule "
        "explains and that was accepted.",
    )
    ledger_balance = fields.Monetary(
        "Ledger", readonly=True, help="The account's balance in the ledger after the month."
    )
    difference = fields.Monetary(
        readonly=True,
        help="Schedules, less what is explained, less ledger. It is zero unless the account was used by hand, "
        "or an entry of a close was changed.",
    )

    @property
    def _table_query(self):
        return SQL(
            """
            WITH movement AS (
                SELECT company_id, deferred_account_id AS account_id,
                       (date_trunc('month', date) + interval '1 month - 1 day')::date AS month,
                       SUM(CASE state WHEN 'cancelled' THEN 0 ELSE total - opening_recognised END)
                           AS billed,
                       0 AS recognised, 0 AS exchange, 0 AS netted,
                       SUM(CASE WHEN state = 'cancelled' OR booking <> 'cutoff' OR is_opening THEN 0
                                ELSE total - opening_recognised END) AS unbooked,
                       0 AS ledger
                  FROM recurring_revenue_schedule
                 WHERE obligation_id IS NULL
                 GROUP BY 1, 2, 3
                 UNION ALL
                -- an opening under cut-off booking stands in the ledger for one day, as after a close
                SELECT company_id, deferred_account_id,
                       (date_trunc('month', date + 1) + interval '1 month - 1 day')::date,
                       0, 0, 0, 0, SUM(total - opening_recognised), 0
                  FROM recurring_revenue_schedule
                 WHERE is_opening AND booking = 'cutoff' AND state <> 'cancelled'
                 GROUP BY 1, 2, 3
                 UNION ALL
                SELECT company_id, account_id, (date_trunc('month', date) + interval '1 month - 1 day')::date,
                       -SUM(balance), 0, 0, 0, 0, 0
                  FROM account_move_line
                 WHERE parent_state = 'posted' AND recurring_obligation_id IS NOT NULL
                 GROUP BY 1, 2, 3
                 UNION ALL
                SELECT company_id, account_id, date, 0, 0, SUM(exchange),
                       SUM(CASE WHEN asset_account_id IS NULL THEN 0 ELSE asset END), 0, 0
                  FROM recurring_contract_balance
                 GROUP BY 1, 2, 3
                 UNION ALL
                SELECT company_id, asset_account_id, date, 0, 0, 0, -SUM(asset), 0, 0
                  FROM recurring_contract_balance
                 WHERE asset_account_id IS NOT NULL
                 GROUP BY 1, 2, 3
                 UNION ALL
                SELECT balance.company_id, side.account_id,
                       (date_trunc('month', balance.date + 1) + interval '1 month - 1 day')::date,
                       0, 0, 0, SUM(side.sign * balance.asset), 0, 0
                  FROM recurring_contract_balance balance
                 CROSS JOIN LATERAL (
                        VALUES (balance.account_id, -1), (balance.asset_account_id, 1)
                       ) side (account_id, sign)
                 WHERE balance.asset_account_id IS NOT NULL
                 GROUP BY 1, 2, 3
                 UNION ALL
                SELECT entry.company_id, entry.deferred_account_id,
                       (date_trunc('month', entry.date) + interval '1 month - 1 day')::date,
                       0, SUM(entry.amount), 0, 0,
                       -SUM(CASE schedule.booking WHEN 'cutoff' THEN entry.amount ELSE 0 END), 0
                  FROM recurring_revenue_entry entry
                  JOIN recurring_revenue_schedule schedule ON schedule.id = entry.schedule_id
                 GROUP BY 1, 2, 3
                 UNION ALL
                -- what a close puts into the account for the end of its month, and takes back the day after
                SELECT accrual.company_id, accrual.account_id,
                       (date_trunc('month', day.date) + interval '1 month - 1 day')::date,
                       CASE WHEN accrual.schedule_id IS NULL AND day.sign < 0 THEN accrual.amount ELSE 0 END,
                       CASE WHEN accrual.schedule_id IS NULL AND day.sign > 0 THEN accrual.amount ELSE 0 END,
                       0, 0,
                       CASE WHEN accrual.schedule_id IS NULL THEN 0 ELSE day.sign * accrual.amount END,
                       0
                  FROM recurring_revenue_accrual accrual
                 CROSS JOIN LATERAL (
                        VALUES (1, accrual.date), (-1, accrual.date + 1)
                       ) day (sign, date)
                 UNION ALL
                SELECT company_id, account_id, (date_trunc('month', date) + interval '1 month - 1 day')::date,
                       0, 0, 0, 0, -SUM(amount), 0
                  FROM recurring_revenue_accepted_balance
                 WHERE is_undone IS NOT TRUE
                 GROUP BY 1, 2, 3
                 UNION ALL
                SELECT line.company_id, line.account_id,
                       (date_trunc('month', line.date) + interval '1 month - 1 day')::date,
                       0, 0, 0, 0, 0, -SUM(line.balance)
                  FROM account_move_line line
                 WHERE line.parent_state = 'posted'
                   AND line.account_id IN (
                        SELECT deferred_account_id FROM recurring_revenue_schedule
                         UNION
                        SELECT balance_account_id FROM recurring_revenue_allocation
                         UNION
                        SELECT asset_account_id FROM recurring_contract_balance WHERE asset_account_id IS NOT NULL
                         UNION
                        SELECT account_id FROM recurring_revenue_accrual
                         UNION
                        SELECT deferred_revenue_account_id FROM res_company
                         WHERE deferred_revenue_account_id IS NOT NULL
                       )
                 GROUP BY 1, 2, 3
            ), span AS (
                SELECT company_id, account_id, MIN(month) AS first_month,
                       MAX(MAX(month)) OVER (PARTITION BY company_id) AS last_month
                  FROM movement
                 GROUP BY company_id, account_id
            ), by_month AS (
                SELECT span.company_id, span.account_id, series.month,
                       COALESCE(SUM(movement.billed), 0) AS billed,
                       COALESCE(SUM(movement.recognised), 0) AS recognised,
                       COALESCE(SUM(movement.exchange), 0) AS exchange,
                       COALESCE(SUM(movement.netted), 0) AS netted,
                       COALESCE(SUM(movement.unbooked), 0) AS unbooked,
                       COALESCE(SUM(movement.ledger), 0) AS ledger
                  FROM span
                 CROSS JOIN LATERAL (
                        SELECT (first + interval '1 month - 1 day')::date AS month
                          FROM generate_series(
                               date_trunc('month', span.first_month),
                               date_trunc('month', span.last_month),
                               interval '1 month') first
                       ) series
                  LEFT JOIN movement ON movement.company_id = span.company_id
                   AND movement.account_id = span.account_id AND movement.month = series.month
                 GROUP BY span.company_id, span.account_id, series.month
            ), running AS (
                SELECT *, SUM(billed - recognised - exchange + netted) OVER through_month AS closing,
                       SUM(unbooked) OVER through_month AS explained,
                       SUM(ledger) OVER through_month AS ledger_balance
                  FROM by_month
                WINDOW through_month AS (PARTITION BY company_id, account_id ORDER BY month)
            )
            SELECT (running.company_id::bigint * 1000000 + running.account_id) * 100000
                       + EXTRACT(year FROM month)::int * 12 + EXTRACT(month FROM month)::int AS id,
                   running.company_id, company.currency_id, running.account_id, month,
                   closing - billed + recognised + exchange - netted AS opening,
                   billed, recognised, exchange, netted, closing,
                   explained, ledger_balance, closing - explained - ledger_balance AS difference
              FROM running
              JOIN res_company company ON company.id = running.company_id
            """
        )

    def _read_group_select(self, aggregate_spec, query):
        name, _, aggregate = aggregate_spec.partition(":")
        if aggregate not in ("sum", "sum_currency") or name not in FIRST_MONTH | LAST_MONTH:
            return super()._read_group_select(aggregate_spec, query)
        # Of each account the first or last month of the group, then the sum over the accounts.
        return SQL(
            """
            (SELECT SUM(amount) FROM (
                SELECT DISTINCT ON (company_id, account_id) amount
                  FROM unnest(array_agg(%(company)s), array_agg(%(account)s),
                              array_agg(%(month)s), array_agg(%(amount)s))
                       AS item (company_id, account_id, month, amount)
                 ORDER BY company_id, account_id, month %(direction)s
            ) point)
            """,
            company=self._field_to_sql(self._table, "company_id", query),
            account=self._field_to_sql(self._table, "account_id", query),
            month=self._field_to_sql(self._table, "month", query),
            amount=self._field_to_sql(self._table, name, query),
            direction=SQL("ASC") if name in FIRST_MONTH else SQL("DESC"),
        )

    def _get_first_day(self):
        self.ensure_one()
        return date_utils.start_of(self.month, "month")

    def action_open_schedules(self):
        """Show the schedules that were booked, recognised or still deferred in the month."""
        domain = [
            ("company_id", "=", self.company_id.id),
            ("deferred_account_id", "=", self.account_id.id),
            ("date", "<=", self.month),
            "|",
            "|",
            ("date", ">=", self._get_first_day()),
            ("entry_ids.date", ">=", self._get_first_day()),
            ("remaining", "!=", 0),
        ]
        return self._open("recurring_revenue.recurring_revenue_schedule_action", domain)

    def action_accept(self):
        """Ask why the difference is right."""
        self.ensure_one()
        context = {
            "default_company_id": self.company_id.id,
            "default_account_id": self.account_id.id,
            "default_date": self.month,
        }
        return self._open("recurring_revenue.recurring_revenue_accept_action", []) | {"context": context}

    def action_open_journal_items(self):
        """Show the journal items of the account in the month."""
        domain = [
            ("company_id", "=", self.company_id.id),
            ("account_id", "=", self.account_id.id),
            ("parent_state", "=", "posted"),
            ("date", ">=", self._get_first_day()),
            ("date", "<=", self.month),
        ]
        return self._open("account.action_account_moves_all", domain)

    def _open(self, xmlid, domain):
        action = self.env["ir.actions.act_window"]._for_xml_id(xmlid)
        return action | {"domain": domain, "context": {}}
