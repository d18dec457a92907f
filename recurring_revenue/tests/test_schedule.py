from datetime import date

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import RecurringRevenueCommon

JANUARY, FEBRUARY = date(2026, 1, 31), date(2026, 2, 28)


@tagged("post_install", "-at_install")
class TestSchedule(RecurringRevenueCommon):
    def setUp(self):
        super().setUp()
        self.invoice = self._invoice(365, date(2026, 1, 1), date(2026, 12, 31))
        self.schedule = self._schedules(self.invoice)

    def test_takes_what_was_posted(self):
        self.assertRecordValues(
            self.schedule,
            [
                {
                    "state": "open",
                    "name": f"{self.invoice.name}: Hosting",
                    "partner_id": self.partner_a.id,
                    "source_line_id": self.invoice.invoice_line_ids.id,
                    "date": date(2026, 1, 1),
                    "date_start": date(2026, 1, 1),
                    "date_end": date(2026, 12, 31),
                    "method": "by_day",
                    "deferred_account_id": self.deferred_account.id,
                    "revenue_account_id": self.income_account.id,
                    "total": 365,
                    "total_currency": 365,
                    "recognised": 0,
                    "remaining": 365,
                }
            ],
        )

    def test_a_changed_rule_leaves_it_alone(self):
        self.rule_by_day.method = "by_month"
        self.assertEqual(self.schedule.method, "by_day")

    def test_what_it_copied_is_changed_in_a_draft_only(self):
        line = self.invoice.invoice_line_ids
        for name, value in (
            ("account_id", self.income_account.id),
            ("recurring_date_end", JANUARY),
            ("recurring_revenue_rule_id", self.rule_at_once.id),
        ):
            with self.subTest(name), self.assertRaisesRegex(UserError, "Reset it to draft"):
                line.write({name: value})
        line.write({"account_id": line.account_id.id, "name": "Hosting, again"})

    def test_reset_before_any_entry(self):
        self.invoice.button_draft()
        self.assertEqual(self.schedule.state, "cancelled")
        self.assertEqual(self.schedule.remaining, 0)
        run = self._close(JANUARY)
        self.assertFalse(run.entry_ids)
        self.assertTies()

    def test_posted_again_it_goes_on(self):
        self.invoice.button_draft()
        self.invoice.invoice_line_ids.price_unit = 730
        self.invoice.action_post()
        self.assertEqual(self._schedules(self.invoice), self.schedule)
        self.assertRecordValues(self.schedule, [{"state": "open", "total": 730, "remaining": 730}])
        self._close(JANUARY)
        self.assertEqual(self.schedule.recognised, 62)
        self.assertTies()

    def test_reset_after_a_close_is_taken_back_by_the_next(self):
        self._close(JANUARY)
        self.invoice.button_draft()
        self.assertRecordValues(self.schedule, [{"state": "cancelled", "recognised": 31, "remaining": -31}])
        self.assertTies()
        run = self._close(FEBRUARY)
        self.assertEqual(run.amount, -31)
        self.assertEqual(self.schedule.remaining, 0)
        self.assertEqual(self._balance(self.income_account), 0)
        self.assertTies()

    def test_posted_again_after_a_close_books_the_difference(self):
        self._close(JANUARY)
        self.invoice.button_draft()
        self.invoice.invoice_line_ids.price_unit = 730
        self.invoice.action_post()
        run = self._close(FEBRUARY)
        self.assertEqual(run.amount, 2 * 59 - 31)
        self.assertTies()

    def test_posted_again_with_another_account_starts_anew(self):
        self._close(JANUARY)
        self.invoice.button_draft()
        other = self.deferred_account.copy({"name": "Other deferral"})
        self.invoice.invoice_line_ids.account_id = other
        self.invoice.action_post()
        new_schedule = self._schedules(self.invoice) - self.schedule
        self.assertEqual(self.schedule.state, "cancelled")
        self.assertEqual(new_schedule.deferred_account_id, other)
        self._close(FEBRUARY)
        self.assertEqual(self._balance(self.deferred_account), 0)
        self.assertEqual(self._balance(other), 365 - 59)
        self.assertEqual(self._balance(self.income_account), 59)
        for row in self.env["recurring.revenue.rollforward"].search([("company_id", "=", self.company.id)]):
            self.assertEqual(row.difference, 0)

    def test_cancelled_invoice(self):
        self._close(JANUARY)
        self.invoice.button_cancel()
        self.assertEqual(self.schedule.state, "cancelled")
        self._close(FEBRUARY)
        self.assertEqual(self.schedule.remaining, 0)
        self.assertTies()

    def test_deleted_line_leaves_its_schedule_on_record(self):
        self._close(JANUARY)
        self.invoice.button_draft()
        self.invoice.invoice_line_ids.unlink()
        self.assertTrue(self.schedule.exists())
        self.assertFalse(self.schedule.source_line_id)
        self._close(FEBRUARY)
        self.assertEqual(self.schedule.recognised, 0)
        self.assertTies()

    def test_ways_from_record_to_record(self):
        run = self._close(JANUARY)
        items = run.move_ids.line_ids
        for record in (self.invoice, run.move_ids, items[0], items[1]):
            with self.subTest(record=record):
                action = record.action_open_recurring_schedules()
                self.assertEqual(self.env[action["res_model"]].search(action["domain"]), self.schedule)
                self.assertEqual(record.recurring_schedule_count, 1)
        action = self.schedule.action_open_journal_items()
        self.assertEqual(
            self.env[action["res_model"]].search(action["domain"]),
            items + self.invoice.invoice_line_ids,
        )
        action = self.schedule.action_open_entries()
        self.assertEqual(self.env[action["res_model"]].search(action["domain"]), self.schedule.entry_ids)
