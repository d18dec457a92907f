from datetime import date

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import RecurringRevenueCommon
from .test_close import ScheduledCloseCommon

JANUARY, FEBRUARY = date(2026, 1, 31), date(2026, 2, 28)


@tagged("post_install", "-at_install")
class TestApproval(RecurringRevenueCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.anna = cls._create_user("rr_anna", "account.group_account_manager")
        cls.ben = cls._create_user("rr_ben", "account.group_account_manager")
        cls.invoice = cls._invoice(365, date(2026, 1, 1), date(2026, 12, 31))

    def test_f77_one_prepares_another_approves(self):
        self.company.recurring_revenue_four_eyes = True
        run = self.env["recurring.revenue.run"].with_user(self.anna)._create_run(self.company, JANUARY)
        with self.assertRaisesRegex(UserError, "Prepare it first"):
            run.action_close()
        run.action_prepare()
        self.assertRecordValues(run, [{"state": "draft", "amount": 31, "prepared_by_id": self.anna.id}])
        self.assertFalse(run.sudo().move_ids)
        self.assertFalse(run.sudo().entry_ids)
        self.assertEqual(self._schedules(self.invoice).recognised, 0)
        with self.assertRaisesRegex(UserError, "another accountant"):
            run.action_close()
        with self.assertRaisesRegex(UserError, "by its buttons"):
            run.prepared_by_id = self.ben
        run.with_user(self.ben).action_close()
        self.assertRecordValues(run, [{"state": "done", "amount": 31}])
        run.with_user(self.ben).action_reopen()
        self.assertRecordValues(run, [{"state": "draft", "amount": 0, "prepared_by_id": False}])
        self.assertTies()

    def test_f77_what_has_changed_is_prepared_anew(self):
        self.company.recurring_revenue_four_eyes = True
        run = self.env["recurring.revenue.run"].with_user(self.anna)._create_run(self.company, JANUARY)
        run.action_prepare()
        self._invoice(100, date(2026, 1, 1), JANUARY)
        with self.assertRaisesRegex(UserError, "31.00 were to be recognised, now it is.*131.00"), self.cr.savepoint():
            run.with_user(self.ben).action_close()
        self.assertEqual(run.state, "draft")
        run.action_prepare()
        run.with_user(self.ben).action_close()
        self.assertRecordValues(run, [{"state": "done", "amount": 131}])
        self.assertTies()

    def test_preparing_says_what_stands_against_it(self):
        self.company.fiscalyear_lock_date = JANUARY
        run = self.env["recurring.revenue.run"]._create_run(self.company, JANUARY)
        with self.assertRaisesRegex(UserError, "locked"):
            run.action_prepare()

    def test_f74_a_month_typed_twice(self):
        self._close(JANUARY)
        runs = self.env["recurring.revenue.run"].with_user(self.anna)
        with self.assertRaisesRegex(UserError, "January 2026.*in the list already"):
            runs.create({"date_end": date(2026, 1, 3)})
        run = runs.create({"date_end": FEBRUARY})
        with self.assertRaisesRegex(UserError, "in the list already"):
            run.date_end = JANUARY
        run.date_end = date(2026, 2, 1)

    def test_drafts_of_the_month_are_named(self):
        self.invoice.button_draft()
        run = self.env["recurring.revenue.run"].with_user(self.anna)._create_run(self.company, JANUARY)
        self.assertEqual(run.draft_count, 1)
        self.assertEqual(self.env["account.move"].search(run.action_open_drafts()["domain"]), self.invoice)
        run.action_close()
        self.assertIn("1 draft", " ".join(run.message_ids.mapped("body")))


@tagged("post_install", "-at_install")
class TestScheduledPreparation(ScheduledCloseCommon):
    @freeze_time("2026-04-01")
    def test_the_night_prepares_and_a_person_approves(self):
        self._invoice(365, date(2026, 3, 10), date(2027, 3, 9))
        self.company.recurring_revenue_four_eyes = True
        self._run_cron()
        run = self._runs()
        self.assertRecordValues(
            run, [{"state": "draft", "amount": 22, "prepared_by_id": self.env.ref("base.user_root").id}]
        )
        self._run_cron()
        self.assertEqual(run.state, "draft")
