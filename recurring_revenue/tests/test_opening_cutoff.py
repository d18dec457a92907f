from datetime import date

from odoo.exceptions import UserError
from odoo.tests import tagged

from .test_contract import YEAR_END, OpeningCommon
from .test_cutoff import CutoffCommon

JANUARY = date(2026, 1, 31)
MIDYEAR = date(2026, 6, 30)


@tagged("post_install", "-at_install")
class TestOpeningUnderCutoff(OpeningCommon, CutoffCommon):
    """What another system billed and has not recognised, taken over by a company that books cut-off."""

    def test_f72_it_stands_for_one_day_and_closes_defer_it_like_invoices(self):
        schedule = self._migrated()
        self.assertRecordValues(schedule, [{"booking": "cutoff", "recognised": 184, "remaining": 181}])
        self.assertMonthEnd(YEAR_END, income=0, deferred=181)
        self.assertMonthEnd(date(2026, 1, 1), income=181)
        self.assertTies()
        run = self._close_as_accountant(JANUARY)
        self.assertEqual((run.amount, run.deferred_amount), (31, 150))
        self.assertMonthEnd(JANUARY, income=31, deferred=150)
        self.assertTies()
        self._close_as_accountant(MIDYEAR)
        self.assertMonthEnd(MIDYEAR, income=181)
        self.assertEqual(schedule.state, "done")
        self.assertTies()
        self.assertFalse(self.env["recurring.revenue.check"]._get_failing(self.company))

    def test_f72_in_the_middle_of_a_month(self):
        self._migrated(through=date(2026, 1, 15))
        self.assertTies()
        self._close_as_accountant(JANUARY)
        self.assertMonthEnd(JANUARY, income=16, deferred=150)
        self.assertTies()

    def test_f78_both_entries_are_reset_and_posted_together(self):
        schedule = self._migrated()
        opening = schedule.source_move_id
        back = opening.reversal_move_ids
        self.assertRecordValues(back, [{"date": date(2026, 1, 1), "state": "posted"}])
        with self.assertRaisesRegex(UserError, "this one follows"):
            back.button_draft()
        self._close_as_accountant(JANUARY)
        opening.button_draft()
        self.assertEqual(back.state, "draft")
        self._close_as_accountant(date(2026, 2, 28))
        self.assertMonthEnd(date(2026, 2, 28), income=0)
        self.assertTies()
        opening.action_post()
        self.assertEqual(back.state, "posted")
        self._close_as_accountant(date(2026, 3, 31))
        self.assertMonthEnd(date(2026, 3, 31), income=90, deferred=91)
        self.assertTies()
        (opening + back).button_draft()
        opening.button_cancel()
        self.assertEqual(back.state, "cancel")

    def test_f72_foreign_currency_and_credit(self):
        currency = self.setup_other_currency("CHF", rates=[("2025-01-01", 0.5), ("2025-12-01", 1.0)])
        schedule = self._migrated(currency_id=currency.id)
        self.assertMonthEnd(YEAR_END, income=0, deferred=362)
        schedule.contract_id._end(date(2026, 3, 31))
        self._bill(date(2026, 4, 1))
        self._close_as_accountant(MIDYEAR)
        self.assertEqual(self._balance(self.deferred_account, "amount_currency"), 0)
        self.assertMonthEnd(MIDYEAR, income=271)  # 181 at the old rate, less a credit note of 91 at its own
        self.assertTies()

    def test_locked_books(self):
        self.company.fiscalyear_lock_date = YEAR_END
        with self.assertRaisesRegex(UserError, "locked"):
            self._migrated()
