from datetime import date

from odoo.tests import tagged

from .test_obligation import DECEMBER, ObligationCommon

MARCH = date(2026, 3, 31)


@tagged("post_install", "-at_install")
class TestObligationCurrency(ObligationCommon):
    """Liabilities keep the rates of their invoices, assets stand at the closing rate."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule.method = "even_months"
        cls.currency = cls.setup_other_currency(
            "CHF", rates=[("2025-01-01", 1.0), ("2026-03-31", 0.5), ("2026-04-01", 0.8), ("2026-12-31", 1.0)]
        )
        cls.half_yearly = cls._create_plan(
            name="Half a year in advance", billing_count=6, term_count=1, term_unit="year", renewal_policy="end"
        )

    def test_f79_layers_are_released_oldest_first(self):
        contract = self._contract(
            600, products=(self.licence,), plan_id=self.half_yearly.id, currency_id=self.currency.id
        )
        self._bill(date(2026, 1, 1))
        self._bill(date(2026, 7, 1))
        # 600 at 1 and 600 at 1.25: the first six months earn the first, the others the second
        self.assertEqual(self._close(date(2026, 6, 30)).amount, 600)
        self.assertEqual(self._close(date(2026, 7, 31)).amount, 125)
        self._close(DECEMBER)
        self.assertEqual(self._balance(self.income_account), 600 + 750)
        self.assertEqual(self._balance(self.balance_account), 0)
        self.assertEqual(contract.revenue_allocation_id.obligation_ids.schedule_ids.state, "done")
        self.assertContractTies()

    def test_f79_asset_is_remeasured(self):
        contract = self._contract(
            300, products=(self.licence,), plan_id=self.quarterly.id, currency_id=self.currency.id
        )
        gain = self.company.income_currency_exchange_account_id
        loss = self.company.expense_currency_exchange_account_id
        self.assertEqual(self._close(date(2026, 1, 31)).amount, 100)
        self.assertEqual(self._balance(self.asset_account, through=date(2026, 1, 31)), -100)
        # the next two months earn 200 at 2; the 100 of January are worth 200 now
        run = self._close(MARCH)
        self.assertEqual(run.amount, 400)
        self.assertEqual(self._balance(gain), 100)
        self.assertEqual(self._balance(self.asset_account, through=MARCH), -600)
        self.assertRecordValues(run.balance_ids, [{"asset": 600, "liability": 0, "exchange": 100}])
        self.assertContractTies()
        # invoiced at 1.25: 225 less than the asset stood at
        self._bill(date(2026, 4, 1))
        self._close(date(2026, 4, 30))
        self.assertEqual(self._balance(loss), -225)
        self.assertContractTies()
        for day in (date(2026, 7, 1), date(2026, 10, 1), date(2027, 1, 1)):
            self._bill(day)
        self._close(date(2027, 1, 31))
        self.assertEqual(self._balance(self.balance_account), 0)
        self.assertEqual(self._balance(self.balance_account, "amount_currency"), 0)
        self.assertEqual(contract.revenue_allocation_id.obligation_ids.remaining, 0)
        self.assertContractTies()
