from datetime import date

from odoo.tests import HttpCase, tagged

from .common import RecurringRevenueCommon


@tagged("post_install", "-at_install")
class TestRevenueTour(RecurringRevenueCommon, HttpCase):
    """What an accountant does in the browser, with his own rights."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accountant = cls._create_accountant()
        cls.invoice = cls._invoice(365.0, date(2025, 1, 1), date(2025, 12, 31))

    def test_close_the_month(self):
        self.start_tour("/odoo", "recurring_revenue_close_the_month", login=self.accountant.login)

        run = self.env["recurring.revenue.run"].search([("company_id", "=", self.company.id)])
        self.assertRecordValues(run, [{"state": "done", "date_end": date(2025, 1, 31)}])
        self.assertEqual(self._schedules(self.invoice).recognised, 31.0)
        self.assertEqual(self._balance(self.deferred_account, through=date(2025, 1, 31)), 334.0)
        self.assertEqual(run.move_ids.line_ids.create_uid, self.accountant)

    def test_close_with_cutoff(self):
        self.invoice.button_draft()
        self.company.recurring_revenue_booking = "cutoff"
        self.invoice.action_post()
        self.start_tour("/odoo", "recurring_revenue_close_with_cutoff", login=self.accountant.login)
        self.assertEqual(self._balance(self.income_account, through=date(2025, 1, 31)), 31.0)
        self.assertEqual(self._balance(self.income_account, through=date(2025, 2, 1)), 365.0)
