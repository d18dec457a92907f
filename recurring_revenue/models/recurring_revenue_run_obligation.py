import datetime
from collections import defaultdict

from odoo import fields, models
from odoo.fields import Command
from odoo.tools import SQL

from odoo.addons.recurring_contracts.domain.money import ZERO, to_decimal

from ..domain.contract_balance import ContractBalance

DAY = datetime.timedelta(days=1)


class RecurringRevenueRun(models.Model):
    """What a close does for contracts under the contract basis: foreign currency, and the balance of each."""

    _inherit = "recurring.revenue.run"

    balance_ids = fields.One2many("recurring.contract.balance", "run_id", "Contract Balances", readonly=True)

    # === WHAT IS DUE === #

    def _collect(self, standing, pending):
        self.env["recurring.contract"]._extend_obligations(self.company_id, self.date_end)
        self.env.flush_all()
        return super()._collect(standing, pending)

    def _get_set_based_condition(self, pending=()):
        return SQL(
            "(%s AND (schedule.obligation_id IS NULL OR schedule.currency_id = schedule.company_currency_id))",
            super()._get_set_based_condition(pending),
        )

    def _get_due(self, schedules, upto, roundings):
        """Value what foreign obligations recognise by what was billed for it: the oldest layer first."""
        due = super()._get_due(schedules, upto, roundings)
        self.env.cr.execute(
            """
            SELECT schedule.id, obligation.allocation_id
              FROM recurring_revenue_schedule schedule
              JOIN recurring_obligation obligation ON obligation.id = schedule.obligation_id
             WHERE schedule.id = ANY(%s) AND schedule.currency_id <> schedule.company_currency_id
            """,
            [[schedule.id for schedule in schedules]],
        )
        foreign = dict(self.env.cr.fetchall())
        if not foreign:
            return due
        balances = self._get_contract_balances(sorted(set(foreign.values())), is_closing=True)
        converted = []
        for schedule, amount, amount_currency in due:
            if schedule.id in foreign:
                balance, rate = balances[foreign[schedule.id]]
                amount = balance.recognise(amount_currency, rate)
            converted.append((schedule, amount, amount_currency))
        return converted

    def _get_contract_balances(self, allocation_ids, is_closing=False):
        """Return the balance of foreign contracts as the ledger has it, with the closing rate.

        :param list[int] allocation_ids: ids of ``recurring.revenue.allocation``
        :param bool is_closing: whether to add what this close has collected so far and not booked
        :return: ``(ContractBalance, rate)`` by id
        :rtype: dict[int, tuple]
        """
        allocations = self.env["recurring.revenue.allocation"].browse(allocation_ids)
        company, rounding = self.company_id, to_decimal(self.company_currency_id.rounding)
        rates = {
            currency: to_decimal(
                self.env["res.currency"]._get_conversion_rate(currency, company.currency_id, company, self.date_end)
            )
            for currency in allocations.currency_id
        }
        balances = {
            allocation.id: (ContractBalance(rounding), rates[allocation.currency_id]) for allocation in allocations
        }
        closing = SQL(
            """
            UNION ALL
            SELECT obligation.allocation_id, 'recognised', 'infinity', closing.schedule_id,
                   closing.amount_currency, closing.amount
              FROM recurring_revenue_closing closing
              JOIN recurring_revenue_schedule schedule ON schedule.id = closing.schedule_id
              JOIN recurring_obligation obligation ON obligation.id = schedule.obligation_id
             WHERE obligation.allocation_id = ANY(%s)
            """,
            allocation_ids,
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT allocation_id, kind, amount_currency::text, amount::text
                  FROM (
                        SELECT obligation.allocation_id, 'billed' AS kind, line.date, line.id,
                               -line.amount_currency AS amount_currency, -line.balance AS amount
                          FROM account_move_line line
                          JOIN recurring_obligation obligation ON obligation.id = line.recurring_obligation_id
                         WHERE line.parent_state = 'posted' AND line.date <= %(date_end)s
                           AND obligation.allocation_id = ANY(%(ids)s)
                         UNION ALL
                        SELECT obligation.allocation_id, 'recognised', entry.date, entry.id,
                               entry.amount_currency, entry.amount
                          FROM recurring_revenue_entry entry
                          JOIN recurring_revenue_schedule schedule ON schedule.id = entry.schedule_id
                          JOIN recurring_obligation obligation ON obligation.id = schedule.obligation_id
                         WHERE obligation.allocation_id = ANY(%(ids)s)
                         %(closing)s
                       ) moved
                 ORDER BY allocation_id, date, kind, id
                """,
                closing=closing if is_closing else SQL(),
                date_end=self.date_end,
                ids=allocation_ids,
            )
        )
        for allocation_id, kind, amount_currency, amount in rows:
            balance = balances[allocation_id][0]
            if kind == "billed":
                balance.bill(to_decimal(amount_currency), to_decimal(amount))
            else:
                balance.book(to_decimal(amount_currency), to_decimal(amount))
        return balances

    # === CONTRACT BALANCES === #

    def _get_current_moves(self):
        own = self.move_ids.filtered(lambda move: not move.reversed_entry_id and not move.reversal_move_ids)
        return super()._get_current_moves() | own

    def _book(self, items):
        result = super()._book(items)
        self._revalue_remaining()
        self._store_contract_balances()
        self._book_exchange_differences()
        self._show_contract_assets()
        return result

    def _book_reversals(self, moves, reversals):
        result = super()._book_reversals(moves, reversals)
        self._revalue_remaining()
        self.env.cr.execute("DELETE FROM recurring_contract_balance WHERE run_id = %s", [self.id])
        self.env["recurring.contract.balance"].invalidate_model()
        return result

    def _invalidate_books(self):
        result = super()._invalidate_books()
        for name in ("recurring.obligation", "recurring.revenue.allocation"):
            self.env[name].invalidate_model()
        return result

    def _revalue_remaining(self):
        """Value what foreign obligations have left at the rate at which their contract began.

        What they recognise is worth what was billed for it, which shows only with the invoice.
        """
        self.env.cr.execute(
            """
            UPDATE recurring_revenue_schedule schedule
               SET remaining = fresh.remaining,
                   total = CASE schedule.state WHEN 'cancelled' THEN schedule.total
                                ELSE schedule.recognised + fresh.remaining END,
                   state = CASE WHEN schedule.state = 'open' AND schedule.remaining_currency = 0
                                     AND schedule.date <= %(date_end)s AND schedule.date_end <= %(date_end)s
                                THEN 'done' ELSE schedule.state END
              FROM (
                    SELECT schedule.id,
                           ROUND(schedule.remaining_currency * allocation.currency_rate::numeric / own.rounding)
                               * own.rounding AS remaining
                      FROM recurring_revenue_schedule schedule
                      JOIN recurring_obligation obligation ON obligation.id = schedule.obligation_id
                      JOIN recurring_revenue_allocation allocation ON allocation.id = obligation.allocation_id
                      JOIN res_currency own ON own.id = schedule.company_currency_id
                     WHERE schedule.company_id = %(company_id)s AND schedule.state <> 'done'
                       AND schedule.currency_id <> schedule.company_currency_id
                   ) fresh
             WHERE schedule.id = fresh.id
            """,
            {"company_id": self.company_id.id, "date_end": self.date_end},
        )
        self.env["recurring.revenue.schedule"].invalidate_model()

    def _store_contract_balances(self):
        """Store the balance of each contract at the month's end, in one statement.

        In the company's currency it is what was billed less what was recognised. A foreign one is
        valued by ``_book_exchange_differences``.
        """
        self.env.flush_all()
        self.env.cr.execute(
            """
            INSERT INTO recurring_contract_balance (
                run_id, allocation_id, company_id, currency_id, partner_id, date, account_id,
                billed, recognised, exchange, liability, asset, balance_currency
            )
            SELECT %(run_id)s, allocation.id, allocation.company_id, allocation.currency_id, allocation.partner_id,
                   %(date_end)s, allocation.balance_account_id, sums.billed, sums.recognised, 0,
                   GREATEST(sums.billed - sums.recognised, 0), GREATEST(sums.recognised - sums.billed, 0),
                   sums.balance_currency
              FROM recurring_revenue_allocation allocation
              JOIN (
                    SELECT allocation_id, SUM(billed) AS billed, SUM(recognised) AS recognised,
                           SUM(balance_currency) AS balance_currency
                      FROM (
                            SELECT obligation.allocation_id, -line.balance AS billed, 0 AS recognised,
                                   -line.amount_currency AS balance_currency
                              FROM account_move_line line
                              JOIN recurring_obligation obligation ON obligation.id = line.recurring_obligation_id
                             WHERE line.parent_state = 'posted' AND line.date <= %(date_end)s
                               AND line.company_id = %(company_id)s
                             UNION ALL
                            SELECT obligation.allocation_id, 0, schedule.recognised - schedule.opening_recognised,
                                   schedule.opening_recognised_currency - schedule.recognised_currency
                              FROM recurring_revenue_schedule schedule
                              JOIN recurring_obligation obligation ON obligation.id = schedule.obligation_id
                             WHERE schedule.company_id = %(company_id)s
                           ) moved
                     GROUP BY allocation_id
                   ) sums ON sums.allocation_id = allocation.id
             WHERE sums.billed <> 0 OR sums.recognised <> 0 OR sums.balance_currency <> 0
            """,
            {"run_id": self.id, "company_id": self.company_id.id, "date_end": self.date_end},
        )
        self.env["recurring.contract.balance"].invalidate_model()

    def _book_exchange_differences(self):
        """Value contracts in foreign currency at the month's end, and post what this changes.

        A liability stands at the rates of its invoices, an asset at the closing rate.
        """
        # sudo: nobody writes what a close has found, and who closes may read it
        balances = (
            self.env["recurring.contract.balance"]
            .sudo()
            .search([("run_id", "=", self.id), ("currency_id", "!=", self.company_currency_id.id)])
        )
        if not balances:
            return
        found = self._get_contract_balances(balances.allocation_id.ids)
        earlier = dict(
            balances._read_group(
                [("allocation_id", "in", balances.allocation_id.ids), ("run_id", "!=", self.id)],
                ["allocation_id"],
                ["exchange:sum"],
            )
        )
        differences = defaultdict(lambda: ZERO)
        for row in balances:
            balance, rate = found[row.allocation_id.id]
            exchange = balance.exchange(rate) - to_decimal(earlier.get(row.allocation_id, 0.0))
            carrying = balance.carrying(rate)
            row.write(
                {
                    "exchange": float(exchange),
                    "liability": float(max(carrying, ZERO)),
                    "asset": float(max(-carrying, ZERO)),
                }
            )
            differences[row.account_id, row.currency_id] += exchange
        balances.flush_recordset()
        lines = [
            line
            for (account, currency), exchange in differences.items()
            if exchange
            for line in self._prepare_exchange_lines(account, currency, exchange)
        ]
        if lines:
            reference = self._in_company_language().env._("Exchange differences of contract assets")
            self._post_balance_move(self.date_end, reference, lines)

    def _prepare_exchange_lines(self, account, currency, exchange):
        """Return the journal items of an exchange difference: a gain above zero, a loss below."""
        label = self._in_company_language().env._("Exchange difference of contract assets in %s", currency.name)
        counterpart = self.company_id._get_recurring_exchange_account(exchange > 0)
        common = {"name": label, "currency_id": currency.id, "amount_currency": 0.0}
        return [
            common | {"account_id": account.id, "balance": float(exchange)},
            common | {"account_id": counterpart.id, "balance": -float(exchange)},
        ]

    def _show_contract_assets(self):
        """Move the debit balances of contracts to the contract asset account, and back the next day."""
        groups = self.env["recurring.contract.balance"]._read_group(
            [("run_id", "=", self.id), ("asset", "!=", 0)],
            ["account_id", "currency_id"],
            ["asset:sum", "balance_currency:sum"],
        )
        if not groups:
            return
        asset_account = self.company_id._get_recurring_contract_asset_account()
        self.env.cr.execute(
            "UPDATE recurring_contract_balance SET asset_account_id = %s WHERE run_id = %s AND asset <> 0",
            [asset_account.id, self.id],
        )
        self.env["recurring.contract.balance"].invalidate_model()
        run = self._in_company_language()
        for day, sign in ((self.date_end, 1), (self.date_end + DAY, -1)):
            month = run._get_month_label()
            label = (
                run.env._("Contract assets %(month)s", month=month)
                if sign > 0
                else run.env._("Contract assets %(month)s taken back", month=month)
            )
            lines = []
            for account, currency, asset, balance_currency in groups:
                common = {"name": label, "currency_id": currency.id}
                amounts = {"balance": sign * asset, "amount_currency": sign * -balance_currency}
                lines.append(common | amounts | {"account_id": asset_account.id})
                lines.append(common | {name: -amount for name, amount in amounts.items()} | {"account_id": account.id})
            self._post_balance_move(day, label, lines)

    def _post_balance_move(self, day, reference, lines):
        company = self.company_id
        company._check_recurring_revenue_locks(day, self.env._("Move the lock, then close the month."))
        move = self.env["account.move"].create(
            {
                "move_type": "entry",
                "company_id": company.id,
                "journal_id": company._get_recurring_revenue_journal().id,
                "date": day,
                "ref": reference,
                "recurring_revenue_run_id": self.id,
                "line_ids": [Command.create({"analytic_distribution": False} | values) for values in lines],
            }
        )
        move._post(soft=False)
        return move
