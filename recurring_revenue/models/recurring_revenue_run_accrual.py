import datetime

from psycopg2.extras import execute_values

from odoo import models
from odoo.fields import Command
from odoo.tools import SQL

from ..domain.accrual import DEFERRED, Accrual
from ..domain.release import Releases


class RecurringRevenueRun(models.Model):
    """What a close puts on the balance sheet for the end of its month, and takes back the next day."""

    _inherit = "recurring.revenue.run"

    # === WHAT MUST STAND === #

    def _start_accruals(self):
        """Return the groups of what must stand, still empty, with an empty table of what makes them up."""
        self.env.cr.execute(
            """
            CREATE TEMPORARY TABLE IF NOT EXISTS recurring_revenue_accruing (
                accrual_no integer, kind varchar, currency_id integer, account_id integer,
                partner_id integer, contract_id integer, schedule_id integer, item_id integer,
                amount numeric, amount_currency numeric
            ) ON COMMIT DROP;
            TRUNCATE recurring_revenue_accruing;
            """
        )
        return Releases(self.company_currency_id.id, self.company_id.recurring_revenue_grouping)

    def _get_deferred_accrual(self, schedule):
        """Return what stands for the part of a schedule that is invoiced and not earned.

        :param ScheduleState schedule: under cut-off booking
        :rtype: Accrual
        """
        return Accrual(
            DEFERRED,
            schedule.currency_id,
            schedule.deferred_account_id,
            schedule.revenue_account_id,
            schedule.analytic,
            schedule.partner_id,
            schedule.contract_id,
            schedule.id,
        )

    def _add_accruals(self, groups, accruals):
        """Note what must stand at the end of the month.

        :param Releases groups: where it goes
        :param accruals: ``(Accrual, amount, amount in currency)``, signed like their effect on revenue
        """
        rows = [
            (
                groups.add(accrual, amount, amount_currency),
                accrual.kind,
                accrual.currency_id,
                accrual.deferred_account_id,
                accrual.partner_id,
                accrual.contract_id,
                accrual.schedule_id,
                accrual.item_id,
                amount,
                amount_currency,
            )
            for accrual, amount, amount_currency in accruals
            if amount or amount_currency
        ]
        execute_values(
            self.env.cr._obj,
            """
            INSERT INTO recurring_revenue_accruing (
                accrual_no, kind, currency_id, account_id, partner_id, contract_id, schedule_id, item_id,
                amount, amount_currency
            )
            VALUES %s
            """,
            rows,
            page_size=1000,
        )

    def _collect_unbilled(self):
        """Return what contracts have earned or owe through the end of the month, beyond their invoices.

        Hook: other addons add what they know of, such as obligations.

        :rtype: Unbilled
        """
        return self.env["recurring.contract.item"]._get_unbilled(self.company_id, self.date_end)

    # === JOURNAL ENTRIES === #

    def _post_accruals(self, releases):
        """Post what stands at the end of the month, and on the next day what takes it back.

        :param Releases releases: what to post
        """
        groups = self._split_releases(releases)
        if not groups:
            return
        self._fetch_sources(releases)
        run = self._in_company_language()
        Move = self.env["account.move"]
        moves = Move.create([run._prepare_accrual_move_values(group) for group in groups])
        moves._post(soft=False)
        reversals = Move.create(
            [
                run._prepare_accrual_move_values(group, reversed_move=move)
                for move, group in zip(moves, groups, strict=True)
            ]
        )
        reversals._post(soft=False)
        items = self._get_journal_items(moves, groups)
        reversed_items = self._get_journal_items(reversals, groups)
        rows = [
            (number, *(line.id for line in pair + back))
            for number, (pair, back) in enumerate(zip(items, reversed_items, strict=True))
        ]
        self._insert_accruals(rows)

    def _prepare_accrual_move_values(self, releases, reversed_move=None):
        """Return the values of the journal entry of amounts at the end of the month.

        :param list releases: the ``Release`` groups, in the order of their items
        :param reversed_move: the entry that this one takes back on the next day, if any
        :rtype: dict
        """
        reference = self.env._("Amounts at the end of %(month)s", month=self._get_month_label())
        sign, date = 1, self.date_end
        if reversed_move:
            sign, date = -1, date + datetime.timedelta(days=1)
            reference = self.env._("Reversal: %(reference)s", reference=reference)
        return {
            "move_type": "entry",
            "company_id": self.company_id.id,
            "journal_id": self.company_id._get_recurring_revenue_journal().id,
            "date": date,
            "ref": reference,
            "recurring_revenue_run_id": self.id,
            "reversed_entry_id": reversed_move and reversed_move.id,
            "line_ids": [
                Command.create(values)
                for release in releases
                for amount, amount_currency in release.parts()
                for values in self._prepare_line_values(release, sign * amount, sign * amount_currency)
            ],
        }

    def _insert_accruals(self, rows):
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO recurring_revenue_accrual (
                    run_id, revision, company_id, date, kind, currency_id, account_id, partner_id, contract_id,
                    schedule_id, item_id, amount, amount_currency,
                    move_line_id, revenue_line_id, reversal_line_id, reversal_revenue_line_id
                )
                SELECT %(run_id)s, %(revision)s, %(company_id)s, %(date)s, accruing.kind, accruing.currency_id,
                       accruing.account_id, accruing.partner_id, accruing.contract_id,
                       accruing.schedule_id, accruing.item_id, accruing.amount, accruing.amount_currency,
                       item.line_id, item.revenue_id, item.back_id, item.revenue_back_id
                  FROM recurring_revenue_accruing accruing
                  JOIN (VALUES %(rows)s) item (accrual_no, line_id, revenue_id, back_id, revenue_back_id)
                       ON item.accrual_no = accruing.accrual_no
                """,
                run_id=self.id,
                revision=self.revision,
                company_id=self.company_id.id,
                date=self.date_end,
                rows=SQL(", ").join(SQL("%s", row) for row in rows),
            )
        )
        self.env["recurring.revenue.accrual"].invalidate_model()
        self.invalidate_recordset(["accrual_ids"])

    # === TAKING BACK === #

    def _get_current_moves(self):
        """Return the journal entries of the last closing, without those that took back an earlier one."""
        self.env.cr.execute(
            """
            WITH item (line_id) AS (
                SELECT move_line_id FROM recurring_revenue_entry
                 WHERE run_id = %(run_id)s AND revision = %(revision)s
                 UNION
                SELECT move_line_id FROM recurring_revenue_accrual
                 WHERE run_id = %(run_id)s AND revision = %(revision)s
                 UNION
                SELECT reversal_line_id FROM recurring_revenue_accrual
                 WHERE run_id = %(run_id)s AND revision = %(revision)s
            )
            SELECT DISTINCT line.move_id
              FROM item JOIN account_move_line line ON line.id = item.line_id
             ORDER BY line.move_id
            """,
            {"run_id": self.id, "revision": self.revision},
        )
        return self.env["account.move"].browse(move_id for (move_id,) in self.env.cr.fetchall())

    def _insert_reversal_accruals(self, rows):
        """Take the amounts at the end of the month back.

        :param list rows: the ids of the journal items, each with that of the one that reverses it
        """
        self.env.cr.execute(
            SQL(
                """
                WITH item (line_id, back_id) AS (VALUES %(rows)s)
                INSERT INTO recurring_revenue_accrual (
                    run_id, revision, company_id, date, kind, currency_id, account_id, partner_id, contract_id,
                    schedule_id, item_id, amount, amount_currency,
                    move_line_id, revenue_line_id, reversal_line_id, reversal_revenue_line_id
                )
                SELECT accrual.run_id, accrual.revision + 1, accrual.company_id, accrual.date, accrual.kind,
                       accrual.currency_id, accrual.account_id, accrual.partner_id, accrual.contract_id,
                       accrual.schedule_id, accrual.item_id, -accrual.amount, -accrual.amount_currency,
                       line.back_id::int, revenue.back_id::int, back.back_id::int, revenue_back.back_id::int
                  FROM recurring_revenue_accrual accrual
                  JOIN item line ON line.line_id = accrual.move_line_id
                  JOIN item revenue ON revenue.line_id = accrual.revenue_line_id
                  JOIN item back ON back.line_id = accrual.reversal_line_id
                  JOIN item revenue_back ON revenue_back.line_id = accrual.reversal_revenue_line_id
                 WHERE accrual.run_id = %(run_id)s AND accrual.revision = %(revision)s
                """,
                rows=SQL(", ").join(SQL("%s", row) for row in rows),
                run_id=self.id,
                revision=self.revision,
            )
        )
