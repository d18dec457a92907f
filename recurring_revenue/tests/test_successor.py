from datetime import date

from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import RecurringRevenueCommon

JANUARY, FEBRUARY, MARCH = date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)


@tagged("post_install", "-at_install")
class TestSuccessor(RecurringRevenueCommon):
    """Posted lines that change: the schedule that takes over goes on where the other one stood."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = new_test_user(
            cls.env,
            "rr_clerk",
            "account.group_account_invoice",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        plan = cls.env["account.analytic.plan"].create({"name": "Sites"})
        north, south = cls.env["account.analytic.account"].create(
            [{"name": name, "plan_id": plan.id} for name in ("North", "South")]
        )
        cls.north, cls.south = {str(north.id): 100}, {str(south.id): 100}
        cls.other_income = cls.income_account.copy({"code": "400077", "name": "Other Income"})

    def _revenue(self, distribution):
        """Return what the income account shows with an analytic distribution."""
        lines = self.env["account.move.line"].search(
            [("account_id", "=", self.income_account.id), ("parent_state", "=", "posted")]
        )
        return -sum(lines.filtered(lambda line: line.analytic_distribution == distribution).mapped("balance"))

    def _post_with_other_income(self, invoice):
        invoice.button_draft()
        invoice.invoice_line_ids.recurring_revenue_account_id = self.other_income
        invoice._post(soft=False)

    def _open(self, invoice):
        return self._schedules(invoice).filtered(lambda schedule: schedule.state != "cancelled")

    def test_f77_analytic_distribution_of_a_posted_invoice(self):
        line = self._line(365, date(2026, 1, 1), date(2026, 12, 31), analytic_distribution=self.north)
        invoice = self._create_document([line], date(2026, 1, 1))
        self._close(JANUARY)
        self.assertEqual(self._revenue(self.north), 31)
        invoice.with_user(self.clerk).invoice_line_ids.analytic_distribution = self.south
        self._close(FEBRUARY)
        self.assertEqual(self._revenue(self.north), 0)
        self.assertEqual(self._revenue(self.south), 59)
        self.assertTies()

    def test_analytic_distribution_before_the_first_close(self):
        invoice = self._invoice(365, date(2026, 1, 1), date(2026, 12, 31))
        schedule = self._schedules(invoice)
        invoice.invoice_line_ids.analytic_distribution = self.north
        self.assertRecordValues(self._schedules(invoice), [{"id": schedule.id, "analytic_distribution": self.north}])
        self.assertEqual(schedule.state, "open")

    def test_f78_on_hold_stays_on_hold(self):
        invoice = self._invoice(365, date(2026, 1, 1), date(2026, 12, 31))
        self._close(JANUARY)
        self._schedules(invoice)._set_hold(True, "Disputed")
        self._post_with_other_income(invoice)
        schedule = self._open(invoice)
        self.assertTrue(schedule.on_hold)
        self._close(FEBRUARY)
        self.assertEqual(schedule.recognised, 0)
        self.assertTies()

    def test_f78_adjusted_stays_adjusted(self):
        invoice = self._invoice(365, date(2026, 1, 1), date(2026, 12, 31))
        self._close(JANUARY)
        self._schedules(invoice)._adjust("write_off", "Customer is gone")
        self._post_with_other_income(invoice)
        schedule = self._open(invoice)
        self._close(FEBRUARY)
        self.assertEqual(schedule.recognised, 365)
        schedule.adjustment_ids.action_undo()
        self._close(MARCH)
        self.assertEqual(schedule.recognised, 90)
        self.assertTies()

    def test_f75_progress_stays_reported(self):
        rule = self.rule_by_day.copy({"name": "Percent", "method": "percent"})
        line = self._line(200000, recurring_revenue_rule_id=rule.id)
        invoice = self._create_document([line], date(2026, 1, 5))
        self._schedules(invoice)._report_progress(date(2026, 1, 20), 40)
        self._close(JANUARY)
        self._post_with_other_income(invoice)
        schedule = self._open(invoice)
        self.assertEqual(schedule.percent_complete, 40)
        self._close(FEBRUARY)
        self.assertEqual(schedule.recognised, 80000)
        self.assertEqual(self._balance(self.income_account), 0)
        self.assertEqual(self._balance(self.other_income), 80000)
        self.assertTies()

    def test_f75_milestones_stay_reached(self):
        rule = self.rule_by_day.copy(
            {
                "name": "Milestones",
                "method": "milestone",
                "step_ids": [Command.create({"name": name, "percent": 50}) for name in ("Built", "Accepted")],
            }
        )
        invoice = self._create_document([self._line(1000, recurring_revenue_rule_id=rule.id)], date(2026, 1, 5))
        self._schedules(invoice).step_ids[0].date = date(2026, 1, 20)
        self._close(JANUARY)
        self._post_with_other_income(invoice)
        schedule = self._open(invoice)
        self.assertEqual(schedule.step_ids.mapped("name"), ["Built", "Accepted"])
        self._close(FEBRUARY)
        self.assertEqual(schedule.recognised, 500)
        self.assertTies()
