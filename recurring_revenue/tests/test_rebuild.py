from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import RecurringRevenueCommon

YEAR = date(2026, 1, 1), date(2026, 12, 31)
JANUARY, FEBRUARY, MARCH = date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)


@tagged("post_install", "-at_install")
class TestRebuild(RecurringRevenueCommon):
    """Invoices that were posted before revenue was spread."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accountant = cls._create_accountant()
        cls.clerk = cls._create_clerk()
        cls.rule_by_day.method = "at_once"
        cls.invoice = cls._invoice(365, *YEAR)
        cls.undated = cls._invoice(100, None, None, day=YEAR[0])
        cls.rule_by_day.method = "by_day"

    def test_posted_before_there_were_rules(self):
        self.company.recurring_revenue_rule_id = False
        invoice = self._invoice(365, *YEAR)
        self.assertFalse(invoice.invoice_line_ids.recurring_revenue_rule_id)
        with self.assertRaisesRegex(UserError, "None of these"):
            self._rebuild(invoice)
        self.company.recurring_revenue_rule_id = self.rule_by_day
        schedule = self._rebuild(invoice)
        self.assertRecordValues(schedule, [{"booking": "cutoff", "method": "by_day", "total": 365}])
        self.assertTies()

    def _rebuild(self, moves):
        action = moves.with_user(self.accountant).action_rebuild_recurring_schedules()
        return self.env["recurring.revenue.schedule"].search(action["domain"])

    def test_in_an_open_month(self):
        self.assertEqual(self.invoice.invoice_line_ids.account_id, self.income_account)
        schedule = self._rebuild(self.invoice + self.undated)
        self.assertRecordValues(schedule, [{"booking": "cutoff", "total": 365, "recognised": 0}])
        self.assertEqual(self._close(JANUARY).amount, 31)
        self.assertEqual(self._balance(self.income_account, through=JANUARY), 131)
        self.assertEqual(self._balance(self.deferred_account, through=JANUARY), 334)
        self.assertTies()
        with self.assertRaisesRegex(UserError, "None of these"):
            self._rebuild(self.invoice + self.undated)

    def test_the_first_open_month_takes_back_what_earlier_ones_showed(self):
        self.company.fiscalyear_lock_date = FEBRUARY
        schedule = self._rebuild(self.invoice)
        self.assertRecordValues(schedule, [{"opening_recognised": 365, "remaining": 0}])
        self.assertEqual(self._close(MARCH).amount, 90 - 365)
        self.assertEqual(self._balance(self.income_account, through=FEBRUARY), 465)
        self.assertEqual(self._balance(self.income_account, through=MARCH), 190)
        self.assertTies()
        self._close(YEAR[1])
        self.assertEqual(self._balance(self.income_account), 465)
        self.assertEqual(schedule.state, "done")
        self.assertTies()

    def test_only_accountants(self):
        with self.assertRaises(AccessError):
            self.invoice.with_user(self.clerk).action_rebuild_recurring_schedules()
