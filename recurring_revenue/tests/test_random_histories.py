import random
from contextlib import closing
from datetime import date, timedelta

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import date_utils

from .common import RecurringRevenueCommon

SEEDS = (1, 2, 3)
STEPS = 30


@tagged("post_install", "-at_install")
class TestRandomHistories(RecurringRevenueCommon):
    """Invoices, credit notes, reissues, resets, rebuilds, holds, adjustments, progress, locks, closes in any order.

    Schedules and ledger agree under both bookings, also side by side.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.currencies = cls.company.currency_id + cls.setup_other_currency(
            "CHF", rates=[("2025-01-01", 1.3), ("2026-03-01", 0.8), ("2026-06-01", 1.1)]
        )
        cls.rules = cls.rule_by_day + cls.rule_by_month
        for booking in ("deferral", "cutoff"):
            for method in ("by_day", "even_months", "percent"):
                values = {"name": f"{method} {booking}", "method": method, "booking": booking}
                cls.rules += cls.rule_by_day.copy(values)
        cls.rule_later = cls.rule_by_day.copy({"name": "Spread later"})

    def test_ledger_equals_schedules_after_every_close(self):
        for seed in SEEDS:
            with self.subTest(seed=seed), closing(self.env.cr.savepoint()):
                self._play(random.Random(seed))

    def _play(self, rng):
        documents, month = self.env["account.move"], 0
        self.company.recurring_revenue_booking = rng.choice(("deferral", "cutoff"))
        self.company.recurring_revenue_grouping = rng.choice(("account", "partner", "contract", "line"))
        self.first_open_day = date(2026, 1, 1)
        actions = ("invoice", "invoice", "credit", "reset", "post", "change", "close", "close", "lock")
        actions += ("reissue", "rebuild", "reopen")
        makers = {
            "invoice": lambda: self._random_document(rng),
            "credit": lambda: self._random_credit(rng, documents),
            "reissue": lambda: self._reissue(rng, documents),
            "rebuild": lambda: self._rebuild(rng, documents),
        }
        for _step in range(STEPS):
            action = rng.choice(actions)
            if action in makers:
                documents += makers[action]()
            elif action == "close":
                month = min(month + rng.choice((1, 1, 2)), 12)
                self._check_close(date(2026, month, 1))
            elif action == "lock" and month:
                self._lock(date_utils.end_of(date(2026, month, 1), "month"))
            else:
                self._change(rng, action, documents)
        self._pick(rng, documents, "draft", count=len(documents)).action_post()
        schedules = self._schedules(documents)
        schedules._set_hold(False, "The end")
        schedules.adjustment_ids.filtered(lambda a: not a.is_undone).action_undo()
        for schedule in schedules.filtered(lambda s: s.method == "percent"):
            schedule._report_progress(date(2029, 12, 31), 100)
        self._check_close(date(2030, 1, 31))
        for schedule in schedules:
            expected = schedule.opening_recognised if schedule.state == "cancelled" else schedule.total
            self.assertAlmostEqual(schedule.recognised, expected, 4)
        self.assertEqual(self._balance(self.deferred_account), 0)
        self.assertEqual(self._balance(self.deferred_account, "amount_currency"), 0)

    def _change(self, rng, action, documents):
        if action == "reset":
            self._pick(rng, documents, "posted").button_draft()
        elif action == "post":
            self._change_and_post(rng, self._pick(rng, documents, "draft"))
        elif action == "change":
            self._change_schedule(rng, self._schedules(documents))
        elif action == "reopen":
            self._reopen_last()

    def _reissue(self, rng, documents):
        """Cancel an invoice by a credit note, and invoice the same again, maybe for another price."""
        invoice = self._pick(rng, documents, "posted")
        if not invoice or invoice.move_type != "out_invoice" or invoice.reversal_move_ids:
            return self.env["account.move"]
        day = max(self.first_open_day, invoice.date + timedelta(days=rng.randint(0, 60)))
        credit = invoice._reverse_moves([{"date": day, "invoice_date": day}], cancel=True)
        again = invoice.copy({"date": day, "invoice_date": day})
        self._change_and_post(rng, again)
        return credit + again

    def _rebuild(self, rng, documents):
        """Post an invoice that is not spread, and spread those that were posted so before, or not yet."""
        spread_later = documents.filtered(
            lambda move: (
                move.state == "posted"
                and any(line._needs_recurring_schedule() for line in move.invoice_line_ids)
                and self.rule_later in move.invoice_line_ids.recurring_revenue_rule_id
            )
        )
        if spread_later:
            spread_later.action_rebuild_recurring_schedules()
        if rng.random() < 0.5:
            return self.env["account.move"]
        self.rule_later.method = "at_once"
        start = max(self.first_open_day, date(2026, 1, 1) + timedelta(days=rng.randint(0, 300)))
        line = self._line(
            rng.randint(1, 500000) / 100,
            start,
            start + timedelta(days=rng.randint(0, 400)),
            recurring_revenue_rule_id=self.rule_later.id,
        )
        invoice = self._create_document([line], start, currency_id=rng.choice(self.currencies).id)
        self.rule_later.method = "by_day"
        return invoice

    def _reopen_last(self):
        """Reopen the last close, unless it is locked, and close the month again."""
        runs = self.env["recurring.revenue.run"].search([("company_id", "=", self.company.id), ("state", "=", "done")])
        run = runs[:1]
        if run and run.date_end >= self.first_open_day:
            run.action_reopen()
            self.assertTies()
            self._check_close(run.date_end)

    def _lock(self, day):
        """Lock what is closed; drafts of locked months are posted in the first open one."""
        self.company.fiscalyear_lock_date = day
        self.first_open_day = day + timedelta(days=1)

    def _change_schedule(self, rng, schedules):
        """Hold, release, adjust or report progress, where it is allowed."""
        candidates = schedules.filtered(lambda s: s.state != "cancelled")
        if not candidates:
            return
        schedule = rng.choice(list(candidates))
        if schedule.method == "percent":
            schedule._report_progress(self.first_open_day + timedelta(days=rng.randint(-40, 40)), rng.randint(0, 100))
        elif rng.random() < 0.5:
            schedule._set_hold(not schedule.on_hold, "Dice")
        else:
            try:
                with self.env.cr.savepoint():
                    schedule._adjust(
                        rng.choice(("adjustment", "write_off")), "Dice", round(schedule.total * rng.random() / 2, 2)
                    )
            except UserError as error:
                self.assertIn("beyond its total", str(error))

    def _check_close(self, day):
        run = self._close(day)
        self.assertTies()
        schedules = self.env["recurring.revenue.schedule"].search([("company_id", "=", self.company.id)])
        cutoff = schedules.filtered(lambda s: s.booking == "cutoff" and s.state != "cancelled")
        booked = cutoff.filtered(lambda s: s.date <= run.date_end)
        standing = run.accrual_ids.filtered(lambda a: a.revision == run.revision)
        self.assertAlmostEqual(-sum(standing.mapped("amount")), sum(booked.mapped("remaining")), 4)
        self.assertFalse(self.env["recurring.revenue.check"]._get_failing(self.company))
        for schedule in run.entry_ids.schedule_id.filtered(lambda s: s.state != "cancelled"):
            if abs(schedule.recognised) > abs(schedule.total) + 0.0001:
                self.fail(f"{schedule.name}: {schedule.recognised} of {schedule.total}")
        for move in run.move_ids:
            self.assertAlmostEqual(sum(move.line_ids.mapped("balance")), 0, 4)
            self.assertAlmostEqual(sum(move.line_ids.mapped("amount_currency")), 0, 4)

    def _random_document(self, rng):
        lines = []
        for _index in range(rng.randint(1, 3)):
            start = date(2026, 1, 1) + timedelta(days=rng.randint(-60, 300))
            end = start + timedelta(days=rng.randint(0, 400))
            price = rng.choice((rng.randint(1, 500000) / 100, -0.01, 0.0, 33.33))
            rule = rng.choice(self.rules)
            lines.append(self._line(price, start, end, recurring_revenue_rule_id=rule.id))
        lines.append(self._line(10000, date(2026, 1, 1), date(2026, 12, 31)))
        return self._create_document(
            lines,
            max(self.first_open_day, date(2026, 1, 1) + timedelta(days=rng.randint(0, 360))),
            move_type=rng.choice(("out_invoice", "out_refund")),
            currency_id=rng.choice(self.currencies).id,
        )

    def _random_credit(self, rng, documents):
        invoice = self._pick(rng, documents, "posted")
        if not invoice or invoice.move_type != "out_invoice":
            return self.env["account.move"]
        day = max(self.first_open_day, invoice.date + timedelta(days=rng.randint(0, 60)))
        credit = invoice._reverse_moves([{"date": day, "invoice_date": day}])
        for line in credit.invoice_line_ids:
            line.write(self._random_part(rng, line))
        credit.action_post()
        return credit

    def _random_part(self, rng, line):
        """Return what to change on a line of a credit note: nothing, its price, its days or both."""
        part = rng.choice(("all", "price", "days", "both", "undated"))
        values = {}
        if part in ("price", "both", "undated"):
            values["price_unit"] = round(line.price_unit * rng.random(), 2)
        if part in ("days", "both"):
            days = (line.recurring_date_end - line.recurring_date_start).days
            values["recurring_date_start"] = line.recurring_date_start + timedelta(days=rng.randint(0, days))
        if part == "undated":
            values |= {"recurring_date_start": False, "recurring_date_end": False}
        return values

    def _change_and_post(self, rng, document):
        for line in document.invoice_line_ids:
            line.price_unit = line.price_unit * rng.choice((1, 1, 2))
        document.action_post()

    def _pick(self, rng, documents, state, count=1):
        candidates = documents.filtered(lambda move: move.state == state and move.date >= self.first_open_day)
        return self.env["account.move"].concat(*rng.sample(list(candidates), min(count, len(candidates))))
