from contextlib import closing
from datetime import date

from odoo.tests import tagged

from .test_cutoff import FEBRUARY, JANUARY, MARCH, CutoffCommon


@tagged("post_install", "-at_install")
class TestUsageAccrual(CutoffCommon):
    """What was used and is not invoiced is accrued income until the invoice comes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.water = cls._create_service("Water", recurring_charge_type="usage")
        cls.water.property_account_income_id = cls.income_account

    def _metered(self, **values):
        item = {"product_id": self.water.id, "price_unit": 3.2, "included_quantity": 100}
        return self._create_contract(items=[item | values.pop("item", {})], **values)

    def _use(self, contract, day, quantity):
        return self.env["recurring.usage"].create({"item_id": contract.item_ids.id, "date": day, "quantity": quantity})

    def test_f72_usage_accrues_until_it_is_invoiced(self):
        for booking in ("deferral", "cutoff"):
            with self.subTest(booking), closing(self.env.cr.savepoint()):
                self.company.recurring_revenue_booking = booking
                contract = self._metered()
                self._use(contract, date(2026, 1, 5), 60)
                self._use(contract, date(2026, 1, 31), 70)
                self._use(contract, date(2026, 2, 1), 1000)
                run = self._close_as_accountant(JANUARY)
                self.assertMonthEnd(JANUARY, income=96, accrued=96)
                self.assertMonthEnd(date(2026, 2, 1), income=0)
                self.assertEqual(run.accrued_amount, 96)
                invoice = self._bill(date(2026, 2, 1), invoice_date=date(2026, 2, 1))
                self.assertEqual(invoice.amount_untaxed, 96)
                self._close_as_accountant(FEBRUARY)
                self.assertMonthEnd(FEBRUARY, income=96 + 900 * 3.2, accrued=900 * 3.2)
                self.assertEqual(self._bill(date(2026, 3, 1), invoice_date=date(2026, 3, 1)).amount_untaxed, 2880)
                self._close_as_accountant(MARCH)
                self.assertMonthEnd(MARCH, income=2976)
                self.assertTies()

    def test_f72_a_month_closed_after_it_was_billed(self):
        contract = self._metered()
        self._use(contract, date(2026, 1, 5), 130)
        self._use(contract, date(2026, 2, 5), 110)
        self._bill(date(2026, 2, 1), invoice_date=date(2026, 2, 1))
        self._bill(date(2026, 3, 1), invoice_date=date(2026, 3, 1))
        self._bill(date(2026, 7, 1), invoice_date=date(2026, 7, 1))
        self._close_as_accountant(JANUARY)
        self.assertMonthEnd(JANUARY, income=96, accrued=96)
        self._close_as_accountant(FEBRUARY)
        self.assertMonthEnd(FEBRUARY, income=128, accrued=32)
        self._close_as_accountant(MARCH)
        self.assertMonthEnd(MARCH, income=128)
        self.assertTies()

    def test_f72_a_period_that_goes_on(self):
        quarterly = self._create_plan(name="Quarterly", billing_count=3)
        contract = self._metered(plan_id=quarterly.id)
        self._use(contract, date(2026, 1, 5), 130)
        self._use(contract, date(2026, 2, 5), 10)
        self._close_as_accountant(JANUARY)
        self.assertMonthEnd(JANUARY, income=96, accrued=96)
        self._close_as_accountant(FEBRUARY)
        self.assertMonthEnd(FEBRUARY, income=128, accrued=128)
        self.assertEqual(self._bill(date(2026, 4, 1), invoice_date=date(2026, 4, 1)).amount_untaxed, 128)
        self._close_as_accountant(date(2026, 4, 30))
        self.assertMonthEnd(date(2026, 4, 30), income=128)
        self.assertTies()

    def test_f72_late_and_cancelled_readings(self):
        contract = self._metered(item={"included_quantity": 0})
        self._use(contract, date(2026, 1, 5), 10)
        wrong = self._use(contract, date(2026, 1, 6), 5)
        self._bill(date(2026, 2, 1), invoice_date=date(2026, 2, 1))
        self._close_as_accountant(FEBRUARY)
        self.assertMonthEnd(FEBRUARY, income=48)
        self._use(contract, date(2026, 1, 31), 2)
        self._close_as_accountant(MARCH)
        self.assertMonthEnd(MARCH, income=54.4, accrued=6.4)
        wrong.action_cancel()
        april = date(2026, 4, 30)
        self._close_as_accountant(april)
        self.assertMonthEnd(april, income=38.4, refund=9.6)
        bills = self._bill(date(2026, 5, 1), invoice_date=date(2026, 5, 1))
        self.assertEqual(sum(bills.mapped("amount_untaxed_signed")), -9.6)
        self._close_as_accountant(date(2026, 5, 31))
        self.assertMonthEnd(date(2026, 5, 31), income=38.4)
        self.assertTies()

    def test_f72_an_item_that_ended_and_what_is_included(self):
        contract = self._metered()
        self._use(contract, date(2026, 1, 5), 100)
        self._close_as_accountant(JANUARY)
        self.assertMonthEnd(JANUARY, income=0)
        self._use(contract, date(2026, 2, 5), 101)
        self._use(contract, date(2026, 2, 20), 50)
        contract._end(date(2026, 2, 10))
        self._close_as_accountant(FEBRUARY)
        self.assertMonthEnd(FEBRUARY, income=3.2, accrued=3.2)

    def test_f72_no_account_no_accrual(self):
        self.company.recurring_accrued_income_account_id = False
        contract = self._metered()
        self._use(contract, date(2026, 1, 5), 130)
        self._close_as_accountant(JANUARY)
        self.assertMonthEnd(JANUARY, income=0)
