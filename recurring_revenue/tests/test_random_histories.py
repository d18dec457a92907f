import random
from datetime import date, timedelta

from odoo.tests import tagged

from .common import RecurringRevenueCommon

SEEDS = (1, 2, 3)
STEPS = 30


@tagged("post_install", "-at_install")
class TestRandomHistories(RecurringRevenueCommon):
    """Invoices, credit notes, resets and closes in any order: schedules and ledger agree."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.currencies = cls.company.currency_id + cls.setup_other_currency(
            "CHF", rates=[("2025-01-01", 1.3), ("2026-03-01", 0.8), ("2026-06-01", 1.1)]
        )
        cls.rules = cls.rule_by_day + cls.rule_by_month

    def test_ledger_equals_schedules_after_every_close(self):
        for seed in SEEDS:
            with self.subTest(seed=seed):
                savepoint = self.env.cr.savepoint()
                self._play(random.Random(seed))
                savepoint.rollback()
                savepoint.close()
                self.env.invalidate_all()

    def _play(self, rng):
        documents, month = self.env["account.move"], 0
        for _step in range(STEPS):
            action = rng.choice(("invoice", "invoice", "credit", "reset", "post", "close"))
            if action == "invoice":
                documents += self._random_document(rng)
            elif action == "credit":
                documents += self._random_credit(rng, documents)
            elif action == "reset":
                self._pick(rng, documents, "posted").button_draft()
            elif action == "post":
                self._change_and_post(rng, self._pick(rng, documents, "draft"))
            elif month < 12:
                month += rng.choice((1, 1, 2))
                self._check_close(date(2026, min(month, 12), 1))
        self._pick(rng, documents, "draft", count=len(documents)).action_post()
        self._check_close(date(2030, 1, 31))
        for schedule in self._schedules(documents):
            expected = 0 if schedule.state == "cancelled" else schedule.total
            self.assertAlmostEqual(schedule.recognised, expected, 4)
        self.assertEqual(self._balance(self.deferred_account), 0)
        self.assertEqual(self._balance(self.deferred_account, "amount_currency"), 0)

    def _check_close(self, day):
        run = self._close(day)
        self.assertTies()
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
            date(2026, 1, 1) + timedelta(days=rng.randint(0, 360)),
            move_type=rng.choice(("out_invoice", "out_refund")),
            currency_id=rng.choice(self.currencies).id,
        )

    def _random_credit(self, rng, documents):
        invoice = self._pick(rng, documents, "posted")
        if not invoice or invoice.move_type != "out_invoice":
            return self.env["account.move"]
        day = invoice.date + timedelta(days=rng.randint(0, 60))
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
        candidates = documents.filtered(lambda move: move.state == state)
        return self.env["account.move"].concat(*rng.sample(list(candidates), min(count, len(candidates))))
