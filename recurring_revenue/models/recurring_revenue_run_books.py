import datetime
import json
from collections import defaultdict

from psycopg2.extras import execute_values

from odoo import models
from odoo.fields import Command
from odoo.tools import SQL

from odoo.addons.recurring_contracts.domain.money import to_decimal

from ..domain.release import Releases, ScheduleState

BATCH = 5000


class RecurringRevenueRun(models.Model):
    """What a close computes and books: set-based, in one transaction."""

    _inherit = "recurring.revenue.run"

    # === WHAT IS DUE === #

    def _collect(self):
        """Compute what each schedule has to recognise yet, into a temporary table.

        :return: the groups of journal items to post; the table names them by their number
        :rtype: Releases
        """
        self.env.cr.execute(
            """
            CREATE TEMPORARY TABLE IF NOT EXISTS recurring_revenue_closing (
                schedule_id integer, release_no integer, amount numeric, amount_currency numeric
            ) ON COMMIT DROP;
            TRUNCATE recurring_revenue_closing;
            """
        )
        company_currency = self.company_currency_id
        currencies = self.env["res.currency"].with_context(active_test=False)
        roundings = {
            currency.id: to_decimal(currency.rounding) for currency in currencies.search([("rounding", ">", 0)])
        }
        releases = Releases(company_currency.id)
        upto = self.date_end + datetime.timedelta(days=1)
        self._collect_set_based(releases, upto)
        last_id = 0
        while schedules := self._fetch_schedules(last_id):
            due = []
            for schedule in schedules:
                amounts = schedule.due(upto, roundings[company_currency.id], roundings[schedule.currency_id])
                if any(amounts):
                    due.append((schedule.id, releases.add(schedule, *amounts), *amounts))
            self._insert_due(due)
            last_id = schedules[-1].id
        return releases

    def _fetch_schedules(self, last_id):
        """Return the next schedules that may have something to recognise, by their ids.

        Those that ``_collect_set_based`` computes are left out.

        :param int last_id: the id after which to begin
        :rtype: list[ScheduleState]
        """
        self.env.cr.execute(
            SQL(
                """
                SELECT id, method, state = 'cancelled', date_start, date_end + 1, currency_id,
                       deferred_account_id, revenue_account_id, analytic_distribution::text,
                       total::text, total_currency::text, recognised::text, recognised_currency::text,
                       opening_recognised::text, opening_recognised_currency::text
                  FROM recurring_revenue_schedule schedule
                 WHERE company_id = %(company_id)s
                   AND id > %(last_id)s
                   AND (state = 'open' AND date <= %(date_end)s AND date_start <= %(date_end)s
                        OR state <> 'done' AND recognised <> opening_recognised
                        OR state <> 'done'
                           AND recognised_currency <> opening_recognised_currency)
                   AND NOT %(set_based)s
                 ORDER BY id
                 LIMIT %(limit)s
                """,
                company_id=self.company_id.id,
                date_end=self.date_end,
                last_id=last_id,
                limit=BATCH,
                set_based=self._get_set_based_condition(),
            )
        )
        rows = self.env.cr.fetchall()
        changes = self.env["recurring.revenue.schedule"]._fetch_corrections([row[0] for row in rows], self.date_end)
        return [
            ScheduleState(*row[:9], *(to_decimal(amount) for amount in row[9:]), **changes.get(row[0], {}))
            for row in rows
        ]

    def _insert_due(self, due):
        execute_values(
            self.env.cr._obj,
            """
            INSERT INTO recurring_revenue_closing
                   (schedule_id, release_no, amount, amount_currency)
            VALUES %s
            """,
            due,
            page_size=BATCH,
        )

    # === JOURNAL ENTRIES === #

    def _post_releases(self, releases):
        """Post one journal entry per currency.

        :param Releases releases: what to post
        :return: the journal items of each group, (deferred revenue, revenue)
        :rtype: list[tuple[account.move.line, account.move.line]]
        """
        by_currency = defaultdict(list)
        for release in releases:
            by_currency[release.currency_id].append(release)
        run = self._in_company_language()
        moves = self.env["account.move"].create([run._prepare_move_values(group) for group in by_currency.values()])
        moves._post(soft=False)
        items = {}
        for move, group in zip(moves, by_currency.values(), strict=True):
            lines = iter(move.line_ids.sorted("id"))
            for release in group:
                pairs = [(next(lines), next(lines)) for _part in release.parts()]
                items[release.number] = pairs[0]
        return [items[number] for number in sorted(items)]

    def _prepare_move_values(self, releases):
        """Return the values of the journal entry of one currency.

        :param list releases: the ``Release`` groups of that currency, in the order of their items
        :rtype: dict
        """
        return {
            "move_type": "entry",
            "company_id": self.company_id.id,
            "journal_id": self.company_id._get_recurring_revenue_journal().id,
            "date": self.date_end,
            "ref": self.env._("Revenue recognition %(month)s", month=self._get_month_label()),
            "recurring_revenue_run_id": self.id,
            "line_ids": [
                Command.create(values)
                for release in releases
                for part in release.parts()
                for values in self._prepare_line_values(release, *part)
            ],
        }

    def _prepare_line_values(self, release, amount, amount_currency):
        """Return the values of the two journal items of a group: deferred revenue, then revenue.

        :param Release release: the group
        :param Decimal amount: signed, in company currency
        :param Decimal amount_currency: signed, in the group's currency
        :rtype: tuple[dict, dict]
        """
        schedule = self.env["recurring.revenue.schedule"]
        if release.count == 1:
            schedule = schedule.browse(release.schedule_id)
        common = {
            "name": self._get_line_label(schedule),
            "partner_id": schedule.partner_id.id,
            "currency_id": release.currency_id,
            "analytic_distribution": release.analytic and json.loads(release.analytic),
        }
        return (
            common
            | {
                "account_id": release.deferred_account_id,
                "balance": float(amount),
                "amount_currency": float(amount_currency),
            },
            common
            | {
                "account_id": release.revenue_account_id,
                "balance": -float(amount),
                "amount_currency": -float(amount_currency),
            },
        )

    def _get_line_label(self, schedule):
        """Return the label of the journal items of a group.

        :param schedule: the group's schedule, where it has just one
        :rtype: str
        """
        label = self.env._("Deferred revenue earned in %(month)s", month=self._get_month_label())
        return ", ".join(filter(None, [label, schedule.contract_id.name, schedule.name]))

    # === BOOKS OF THE SCHEDULES === #

    def _book(self, items):
        """Write an entry for each schedule in the temporary table, and bring its sums up to date.

        :param list items: the journal items of each group, as ``_post_releases`` returns them
        """
        if items:
            self._insert_entries(items)
        self.env.cr.execute(
            """
            UPDATE recurring_revenue_schedule schedule
               SET recognised = schedule.recognised + closing.amount,
                   recognised_currency = schedule.recognised_currency + closing.amount_currency,
                   remaining = schedule.remaining - closing.amount,
                   remaining_currency = schedule.remaining_currency - closing.amount_currency
              FROM recurring_revenue_closing closing
             WHERE schedule.id = closing.schedule_id
            """
        )
        self.env.cr.execute(
            """
            UPDATE recurring_revenue_schedule
               SET state = 'done'
             WHERE company_id = %(company_id)s AND state = 'open'
               AND date <= %(date_end)s AND date_end <= %(date_end)s
               AND remaining = 0 AND remaining_currency = 0
            """,
            {"company_id": self.company_id.id, "date_end": self.date_end},
        )
        self._invalidate_books()

    def _invalidate_books(self):
        self.env["recurring.revenue.schedule"].invalidate_model()
        self.env["recurring.revenue.entry"].invalidate_model()
        self.env["recurring.revenue.rollforward"].invalidate_model()
        self.invalidate_recordset(["entry_ids"])

    def _insert_entries(self, items):
        rows = [
            (number, deferred_line.id, revenue_line.id) for number, (deferred_line, revenue_line) in enumerate(items)
        ]
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO recurring_revenue_entry (
                    schedule_id, run_id, revision, company_id, date, amount, amount_currency,
                    deferred_account_id, deferred_line_id, move_line_id
                )
                SELECT schedule.id, %(run_id)s, %(revision)s, schedule.company_id, %(date)s,
                       closing.amount, closing.amount_currency, schedule.deferred_account_id,
                       item.deferred_line_id, item.revenue_line_id
                  FROM recurring_revenue_closing closing
                  JOIN recurring_revenue_schedule schedule ON schedule.id = closing.schedule_id
                  JOIN (VALUES %(rows)s) item (release_no, deferred_line_id, revenue_line_id)
                       ON item.release_no = closing.release_no
                """,
                run_id=self.id,
                revision=self.revision,
                date=self.date_end,
                rows=SQL(", ").join(SQL("%s", row) for row in rows),
            )
        )

    # === TAKING BACK === #

    def _book_reversals(self, moves, reversals):
        rows = [
            (line.id, reversed_line.id)
            for move, reversal in zip(moves, reversals, strict=True)
            for line, reversed_line in zip(move.line_ids.sorted("id"), reversal.line_ids.sorted("id"), strict=True)
        ]
        if rows:
            self._insert_reversal_entries(rows)
        self.env.cr.execute(
            """
            UPDATE recurring_revenue_schedule schedule
               SET recognised = schedule.recognised - entry.amount,
                   recognised_currency = schedule.recognised_currency - entry.amount_currency,
                   remaining = schedule.remaining + entry.amount,
                   remaining_currency = schedule.remaining_currency + entry.amount_currency,
                   state = CASE schedule.state WHEN 'done' THEN 'open' ELSE schedule.state END
              FROM recurring_revenue_entry entry
             WHERE schedule.id = entry.schedule_id
               AND entry.run_id = %(run_id)s AND entry.revision = %(revision)s
            """,
            {"run_id": self.id, "revision": self.revision},
        )
        self._invalidate_books()

    def _insert_reversal_entries(self, rows):
        self.env.cr.execute(
            SQL(
                """
                WITH item (line_id, reversed_line_id) AS (VALUES %(rows)s)
                INSERT INTO recurring_revenue_entry (
                    schedule_id, run_id, revision, company_id, date, amount, amount_currency,
                    deferred_account_id, deferred_line_id, move_line_id
                )
                SELECT entry.schedule_id, entry.run_id, entry.revision + 1, entry.company_id,
                       entry.date, -entry.amount, -entry.amount_currency,
                       entry.deferred_account_id, deferred.reversed_line_id,
                       revenue.reversed_line_id
                  FROM recurring_revenue_entry entry
                  JOIN item deferred ON deferred.line_id = entry.deferred_line_id
                  JOIN item revenue ON revenue.line_id = entry.move_line_id
                 WHERE entry.run_id = %(run_id)s AND entry.revision = %(revision)s
                """,
                rows=SQL(", ").join(SQL("%s", row) for row in rows),
                run_id=self.id,
                revision=self.revision,
            )
        )
