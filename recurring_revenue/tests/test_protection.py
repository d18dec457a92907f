from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import RecurringRevenueCommon

JANUARY, FEBRUARY = date(2026, 1, 31), date(2026, 2, 28)


@tagged("post_install", "-at_install")
class TestProtection(RecurringRevenueCommon):
    """What the screens do not offer, a caller of the external API cannot do either."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        values = {"company_id": cls.company.id, "company_ids": [Command.set(cls.company.ids)]}
        cls.anna = new_test_user(cls.env, "rr_anna", "account.group_account_manager", **values)
        cls.ben = new_test_user(cls.env, "rr_ben", "account.group_account_manager", **values)
        cls.clerk = new_test_user(cls.env, "rr_clerk", "account.group_account_invoice", **values)
        cls.invoice = cls._invoice(365, date(2026, 1, 1), date(2026, 12, 31))
        other = cls.setup_other_company()["company"]
        cls.stranger = new_test_user(
            cls.env,
            "rr_stranger",
            "account.group_account_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )

    def _runs(self, user, **context):
        return self.env["recurring.revenue.run"].with_user(user).with_context(**context)

    def test_f77_no_context_approves_a_close(self):
        self.company.recurring_revenue_four_eyes = True
        run = self._runs(self.anna)._create_run(self.company, JANUARY)
        with self.assertRaisesRegex(UserError, "Prepare it first"):
            run.with_context(recurring_preparing=True).action_close()

    def test_f77_no_default_closes_or_prepares(self):
        run = self._runs(
            self.anna, default_state="done", default_revision=1, default_prepared_by_id=self.ben.id, default_amount=9
        ).create({"date_end": JANUARY})
        self.assertRecordValues(run, [{"state": "draft", "revision": 0, "prepared_by_id": False, "amount": 0}])

    def test_a_duplicate_is_the_month_after(self):
        run = self._close(JANUARY)
        self.assertRecordValues(run.with_user(self.anna).copy(), [{"date_end": FEBRUARY, "state": "draft"}])

    def test_a_clerk_adds_no_entry_to_a_close(self):
        run = self._close(JANUARY)
        values = {
            "move_type": "entry",
            "date": JANUARY,
            "line_ids": [
                Command.create({"account_id": self.deferred_account.id, "balance": 10}),
                Command.create({"account_id": self.income_account.id, "balance": -10}),
            ],
        }
        moves = self.env["account.move"].with_user(self.clerk)
        with self.assertRaises(AccessError):
            moves.create({**values, "recurring_revenue_run_id": run.id})
        with self.assertRaises(AccessError):
            moves.with_context(default_recurring_revenue_run_id=run.id).create(values)
        self.assertEqual(run.move_count, 1)

    def test_a_posted_line_is_not_marked_by_hand(self):
        line = self._create_document([self._line(100)], JANUARY).invoice_line_ids.with_user(self.clerk)
        for name in ("recurring_revenue_account_id", "recurring_cutoff_account_id"):
            with self.assertRaisesRegex(UserError, "Reset it to draft"):
                line.write({name: self.income_account.id})

    def test_another_company_stays_closed(self):
        schedule = self._schedules(self.invoice)
        report = self.env["recurring.revenue.report"].with_user(self.stranger)
        with self.assertRaises(AccessError):
            report.create({"company_id": self.company.id}).action_show()
        accept = self.env["recurring.revenue.accept"].with_user(self.stranger)
        with self.assertRaises(AccessError):
            accept.create(
                {
                    "company_id": self.company.id,
                    "account_id": self.deferred_account.id,
                    "date": JANUARY,
                    "reason": "Not mine",
                }
            ).action_accept()
        progress = self.env["recurring.revenue.progress"].with_user(self.stranger)
        with self.assertRaises(AccessError):
            progress.create({"schedule_id": schedule.id, "percent": 10}).read(["total"])
        adjust = self.env["recurring.revenue.adjust"].with_user(self.stranger)
        with self.assertRaises(AccessError):
            adjust.create({"kind": "hold", "schedule_ids": [Command.set(schedule.ids)], "reason": "Mine"}).read(
                ["total"]
            )
        preview = self.env["recurring.revenue.preview"].with_user(self.stranger)
        with self.assertRaises(AccessError):
            preview.create({"schedule_id": schedule.id}).read(["line_ids"])
