import datetime
import json
from collections import defaultdict

from psycopg2.extras import execute_values

from odoo import models
from odoo.fields import Command
from odoo.tools import SQL

from odoo.addons.recurring_contracts.domain.money import to_decimal

from ..domain.accrual import CREDIT, DEFERRED, UNBILLED
from ..domain.recognition import STEPPED
from ..domain.release import Releases, ScheduleState

BATCH = 5000
PAIRS_PER_MOVE = 500


class RecurringRevenueRun(models.Model):
    """What a close computes and books: set-based, in one transaction."""

    _inherit = "recurring.revenue.run"

    # === WHAT IS DUE === #

    def _collect(self, standing, pending):
        """Compute what each schedule has to recognise yet, into a temporary table.

        What is deferred under cut-off booking has no journal item of its own in this table: the
        close posts all that must stand at the end of the month, see ``_post_accruals``.

        :param Releases standing: the groups to which is added what must stand at the end of the month
        :param dict pending: corrections that no posted credit note bears, by schedule id
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
        roundings = self._get_roundings()
        releases = Releases(company_currency.id, self.company_id.recurring_revenue_grouping)
        upto = self.date_end + datetime.timedelta(days=1)
        self._collect_set_based(releases, upto, pending)
        last_id = 0
        while schedules := self._fetch_schedules(last_id, pending):
            due, accruals = [], []
            for schedule, *amounts in self._get_due(schedules, upto, roundings):
                number = None if schedule.is_cutoff else releases.add(schedule, *amounts)
                due.append((schedule.id, number, *amounts))
            for schedule in schedules:
                if schedule.is_cutoff:
                    own = (roundings[company_currency.id], roundings[schedule.currency_id])
                    accruals.append((self._get_deferred_accrual(schedule), *schedule.standing(upto, *own)))
            self._insert_due(due)
            self._add_accruals(standing, ((accrual, -amount, -foreign) for accrual, amount, foreign in accruals))
            last_id = schedules[-1].id
        return releases

    def _get_due(self, schedules, upto, roundings):
        """Return what schedules have to recognise.

        Hook: other addons value it otherwise.

        :param list[ScheduleState] schedules: the schedules
        :param datetime.date upto: the day before which it was earned
        :param dict roundings: the smallest unit of each currency (Decimal), by its id
        :return: the schedules with something to recognise: ``(schedule, amount, amount in currency)``
        :rtype: list[tuple]
        """
        own = roundings[self.company_currency_id.id]
        due = [(each, *each.due(upto, own, roundings[each.currency_id])) for each in schedules]
        return [row for row in due if row[1] or row[2]]

    def _get_roundings(self):
        """Return the smallest unit of every currency, a Decimal by id."""
        currencies = self.env["res.currency"].with_context(active_test=False).search([("rounding", ">", 0)])
        return {currency.id: to_decimal(currency.rounding) for currency in currencies}

    def _fetch_schedules(self, last_id, pending):
        """Return the next schedules that may have something to recognise, by their ids.

        Those that ``_collect_set_based`` computes are left out.

        :param int last_id: the id after which to begin
        :param dict pending: corrections that no posted credit note bears, by schedule id
        :rtype: list[ScheduleState]
        """
        self.env.cr.execute(
            SQL(
                """
                SELECT id, method, state = 'cancelled', date_start, date_end + 1, currency_id,
                       deferred_account_id, revenue_account_id, analytic_distribution::text,
                       total::text, total_currency::text, recognised::text, recognised_currency::text,
                       opening_recognised::text, opening_recognised_currency::text,
                       booking = 'cutoff', partner_id, contract_id,
                       COALESCE(on_hold, FALSE) OR corrected_schedule_id IN (
                           SELECT id FROM recurring_revenue_schedule WHERE on_hold)
                  FROM recurring_revenue_schedule schedule
                 WHERE company_id = %(company_id)s
                   AND id > %(last_id)s
                   AND (state = 'open' AND date <= %(date_end)s
                            AND (date_start <= %(date_end)s OR booking = 'cutoff' OR is_adjusted
                                 OR method = ANY(%(stepped)s))
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
                stepped=list(STEPPED),
                set_based=self._get_set_based_condition(pending),
            )
        )
        rows = self.env.cr.fetchall()
        ids = [row[0] for row in rows]
        changes = self.env["recurring.revenue.schedule"]._fetch_corrections(ids, self.date_end, pending)
        steps = self.env["recurring.revenue.schedule"]._fetch_steps([row[0] for row in rows if row[1] in STEPPED])
        adjustments = self.env["recurring.revenue.schedule"]._fetch_adjustments(ids)
        names = ("is_cutoff", "partner_id", "contract_id", "on_hold")
        return [
            ScheduleState(
                *row[:9],
                *(to_decimal(amount) for amount in row[9:15]),
                **dict(zip(names, row[15:], strict=True)),
                **changes.get(row[0], {}),
                steps=steps.get(row[0], ()),
                adjustments=adjustments.get(row[0], ()),
            )
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
        """Post journal entries, each of one currency.

        :param Releases releases: what to post
        :return: the journal items of each group, (deferred revenue, revenue)
        :rtype: list[tuple[account.move.line, account.move.line]]
        """
        groups = self._split_releases(releases)
        self._fetch_sources(releases)
        run = self._in_company_language()
        moves = self.env["account.move"].create([run._prepare_move_values(group) for group in groups])
        moves._post(soft=False)
        return self._get_journal_items(moves, groups)

    def _fetch_sources(self, releases):
        """Read at once what the labels of all groups name, rather than group by group."""
        schedules = self.env["recurring.revenue.schedule"].browse(r.schedule_id for r in releases if r.schedule_id)
        schedules.fetch(["name", "partner_id", "contract_id"])
        contracts = self.env["recurring.contract"].browse(r.contract_id for r in releases if r.contract_id)
        (contracts | schedules.contract_id).fetch(["name"])

    def _split_releases(self, releases):
        """Return the groups that share a journal entry: of one currency, and not too many.

        :rtype: list[list[Release]]
        """
        by_currency = defaultdict(list)
        for release in releases:
            by_currency[release.currency_id].append(release)
        return [
            group[start : start + PAIRS_PER_MOVE]
            for group in by_currency.values()
            for start in range(0, len(group), PAIRS_PER_MOVE)
        ]

    def _get_journal_items(self, moves, groups):
        """Return the journal items of each group by its number, (balance sheet, revenue)."""
        items = {}
        for move, group in zip(moves, groups, strict=True):
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
        """Return the values of the two journal items of a group: balance sheet, then revenue.

        :param Release release: the group
        :param Decimal amount: signed, in company currency
        :param Decimal amount_currency: signed, in the group's currency
        :rtype: tuple[dict, dict]
        """
        common = {
            "name": self._get_line_label(release),
            "partner_id": self._get_line_partner(release).id,
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

    def _get_line_label(self, release):
        """Return the label of the journal items of a group: kind, month, and what all of it shares.

        :param Release release: the group
        :rtype: str
        """
        schedule = self.env["recurring.revenue.schedule"].browse(release.schedule_id or ())
        contract = schedule.contract_id or self.env["recurring.contract"].browse(release.contract_id or ())
        return ", ".join(filter(None, [self._get_kind_label(release.kind), contract.name, schedule.name]))

    def _get_line_partner(self, release):
        """Return the customer of a group, where all of it has the same one."""
        schedule = self.env["recurring.revenue.schedule"].browse(release.schedule_id or ())
        return schedule.partner_id or self.env["res.partner"].browse(release.partner_id or ())

    def _get_kind_label(self, kind):
        """Return what a journal item is about, with the month.

        :param kind: of ``domain.accrual``, ``None`` where deferred revenue is earned
        """
        month = self._get_month_label()
        if kind == DEFERRED:
            return self.env._("Deferred revenue at the end of %(month)s", month=month)
        if kind == UNBILLED:
            return self.env._("Accrued income at the end of %(month)s", month=month)
        if kind == CREDIT:
            return self.env._("Credit to issue at the end of %(month)s", month=month)
        return self.env._("Deferred revenue earned in %(month)s", month=month)

    # === BOOKS OF THE SCHEDULES === #

    def _book(self, items):
        """Write an entry for each schedule in the temporary table, and bring its sums up to date.

        :param list items: the journal items of each group, as ``_post_releases`` returns them
        """
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
        self.env["recurring.revenue.accrual"].invalidate_model()
        self.env["recurring.revenue.rollforward"].invalidate_model()
        self.invalidate_recordset(["accrual_ids", "entry_ids"])

    def _insert_entries(self, items):
        rows = [
            (number, deferred_line.id, revenue_line.id) for number, (deferred_line, revenue_line) in enumerate(items)
        ] or [(-1, None, None)]
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO recurring_revenue_entry (
                    schedule_id, run_id, revision, company_id, date, amount, amount_currency,
                    deferred_account_id, deferred_line_id, move_line_id
                )
                SELECT schedule.id, %(run_id)s, %(revision)s, schedule.company_id, %(date)s,
                       closing.amount, closing.amount_currency, schedule.deferred_account_id,
                       item.deferred_line_id::int, item.revenue_line_id::int
                  FROM recurring_revenue_closing closing
                  JOIN recurring_revenue_schedule schedule ON schedule.id = closing.schedule_id
                  LEFT JOIN (VALUES %(rows)s) item (release_no, deferred_line_id, revenue_line_id)
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
        ] or [(-1, None)]
        self._insert_reversal_entries(rows)
        self._insert_reversal_accruals(rows)
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
                       entry.deferred_account_id, deferred.reversed_line_id::int,
                       revenue.reversed_line_id::int
                  FROM recurring_revenue_entry entry
                  LEFT JOIN item deferred ON deferred.line_id = entry.deferred_line_id
                  LEFT JOIN item revenue ON revenue.line_id = entry.move_line_id
                 WHERE entry.run_id = %(run_id)s AND entry.revision = %(revision)s
                """,
                rows=SQL(", ").join(SQL("%s", row) for row in rows),
                run_id=self.id,
                revision=self.revision,
            )
        )
