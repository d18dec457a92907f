from datetime import date

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .test_contract import ContractCommon

JANUARY = date(2026, 1, 31)
DECEMBER = date(2026, 12, 31)


class ObligationCommon(ContractCommon):
    """Contracts of a year under the contract basis, and what must tie after every close."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule = cls.env["recurring.revenue.rule"].create(
            {"name": "By contract", "method": "by_day", "basis": "contract"}
        )
        accounts = cls.env["account.account"]
        cls.asset_account = accounts.create(
            {"name": "Contract assets", "code": "141999", "account_type": "asset_current"}
        )
        cls.balance_account = accounts.create(
            {"name": "Contract balances", "code": "211999", "account_type": "liability_current"}
        )
        cls.company.recurring_contract_asset_account_id = cls.asset_account
        cls.company.recurring_contract_liability_account_id = cls.balance_account
        cls.licence = cls._create_service("Licence", recurring_revenue_rule_id=cls.rule.id)
        cls.support = cls._create_service("Support", recurring_revenue_rule_id=cls.rule.id)
        (cls.licence + cls.support).property_account_income_id = cls.income_account
        term = {"term_count": 1, "term_unit": "year", "renewal_policy": "end"}
        cls.one_year = cls._create_plan(name="One year", billing_unit="year", **term)
        cls.quarterly = cls._create_plan(name="A year, by quarter", billing_count=3, billing_timing="arrears", **term)

    @classmethod
    def _price(cls, product, amount, **values):
        return cls.env["recurring.ssp"].create(
            {
                "product_id": product.id,
                "plan_id": cls.one_year.id,
                "amount": amount,
                "date_start": date(2025, 1, 1),
                "currency_id": cls.company.currency_id.id,
                **values,
            }
        )

    @classmethod
    def _contract(cls, *prices, products=None, **values):
        products = products or (cls.licence, cls.support)
        items = [
            {"product_id": product.id, "price_unit": price, "tax_ids": []} if not isinstance(price, dict) else price
            for product, price in zip(products, prices, strict=False)
        ]
        return cls._create_contract(items=items, **{"plan_id": cls.one_year.id, **values})

    def assertContractTies(self):
        """Compare ledger, invoices, entries and month-end balances of all contracts."""
        self.env.invalidate_all()
        self.assertFalse(self.env["recurring.revenue.check"]._get_failing(self.company))
        for row in self.env["recurring.revenue.rollforward"].search([("company_id", "=", self.company.id)]):
            self.assertAlmostEqual(row.difference, 0, 4, f"{row.account_id.code} {row.month}")
            net = row.opening + row.billed - row.recognised - row.exchange + row.netted
            self.assertAlmostEqual(net, row.closing, 4)
        for allocation in self.env["recurring.revenue.allocation"].search([("company_id", "=", self.company.id)]):
            self.assertAlmostEqual(allocation.price, allocation.share, 4)
            for obligation in allocation.obligation_ids:
                live = obligation.schedule_ids.filtered(lambda s: s.state != "cancelled")
                self.assertAlmostEqual(sum(live.mapped("total_currency")), obligation.share + obligation.conceded, 4)


@tagged("post_install", "-at_install")
class TestObligation(ObligationCommon):
    def test_f76_bundle_shares_its_price(self):
        self._price(self.licence, 750)
        self._price(self.support, 560)
        contract = self._contract(800, 600)
        obligations = contract.revenue_allocation_id.obligation_ids
        self.assertRecordValues(
            obligations,
            [
                {"price": 800, "standalone": 750, "share": 801.53, "moved": 1.53, "ssp_method": "amount"},
                {"price": 600, "standalone": 560, "share": 598.47, "moved": -1.53, "ssp_method": "amount"},
            ],
        )
        self.assertEqual(obligations.mapped("date_end"), [DECEMBER] * 2)
        invoice = self._bill(date(2026, 1, 1))
        self.assertEqual(invoice.invoice_line_ids.account_id, self.balance_account)
        self.assertEqual(self._balance(self.balance_account), 1400)
        self._close(DECEMBER)
        self.assertEqual(self._balance(self.balance_account), 0)
        self.assertEqual(obligations.mapped("recognised"), [801.53, 598.47])
        self.assertContractTies()

    def test_f79_recognised_before_it_is_invoiced(self):
        contract = self._contract(365, products=(self.licence,), plan_id=self.quarterly.id)
        obligation = contract.revenue_allocation_id.obligation_ids
        self.assertEqual(obligation.price, 4 * 365)
        self._close(JANUARY)
        self.assertEqual(self._balance(self.income_account), 124)
        self.assertEqual(self._balance(self.asset_account, through=JANUARY), -124)
        self.assertEqual(self._balance(self.balance_account, through=JANUARY), 0)
        self.assertEqual(self._balance(self.asset_account), 0)
        self.assertEqual(contract.revenue_allocation_id.balance, -124)
        self.assertContractTies()
        self._bill(date(2026, 4, 1))
        self._close(date(2026, 4, 30))
        self.assertEqual(self._balance(self.balance_account, through=date(2026, 4, 30)), 365 - 480 + 115)
        self.assertEqual(self._balance(self.asset_account, through=date(2026, 4, 30)), -115)
        self.assertContractTies()
        for day in (date(2026, 7, 1), date(2026, 10, 1), date(2027, 1, 1)):
            self._bill(day)
        self._close(date(2027, 1, 31))
        self.assertEqual(obligation.remaining, 0)
        self.assertEqual(contract.revenue_allocation_id.balance, 0)
        self.assertEqual(self._balance(self.income_account), 1460)
        self.assertContractTies()

    def test_closing_asks_for_the_account_of_contract_assets(self):
        self.company.recurring_contract_asset_account_id = False
        self._contract(365, products=(self.licence,), plan_id=self.quarterly.id)
        with self.assertRaisesRegex(UserError, "no account for contract assets"):
            self._close(JANUARY)

    def test_reopened_and_closed_anew(self):
        self._contract(365, products=(self.licence,), plan_id=self.quarterly.id)
        run = self._close(JANUARY)
        run.action_reopen()
        for account in (self.balance_account, self.asset_account, self.income_account):
            self.assertEqual(self._balance(account), 0)
            self.assertEqual(self._balance(account, through=JANUARY), 0)
        self.assertContractTies()
        run.action_close()
        self.assertEqual(self._balance(self.asset_account, through=JANUARY), -124)
        self.assertContractTies()

    def test_free_months_are_part_of_the_term(self):
        contract = self._create_contract(
            items=[{"product_id": self.licence.id, "price_unit": 100, "discount": 100, "tax_ids": []}],
            plan_id=self._create_plan(name="Monthly, a year", term_count=1, term_unit="year").id,
        )
        from_march = contract.item_ids._prepare_event_values("discount", date(2026, 3, 1), discount=0)
        contract._amend("change", contract.date_start, [from_march])
        self.assertEqual(contract.revenue_allocation_id.price, 1000)
        self._close(JANUARY)
        # 1000 over the year, the two free months included
        self.assertAlmostEqual(self._balance(self.income_account), 84.93)
        self.assertContractTies()

    def test_contract_without_end_earns_period_by_period(self):
        contract = self._contract(100, products=(self.licence,), plan_id=self.monthly.id)
        obligation = contract.revenue_allocation_id.obligation_ids
        self.assertRecordValues(obligation, [{"date_end": JANUARY, "share": 100}])
        self._close(date(2026, 3, 31))
        self.assertEqual(contract.obligation_count, 3)
        self.assertEqual(self._balance(self.income_account), 300)
        self.assertContractTies()

    def test_cancelled_before_anything_was_booked(self):
        contract = self._contract(800, 600)
        contract.action_cancel()
        self.assertEqual(set(contract.revenue_allocation_id.obligation_ids.schedule_ids.mapped("state")), {"cancelled"})
        self._close(JANUARY)
        self.assertEqual(self._balance(self.income_account), 0)
        self.assertContractTies()

    def test_tax_inside_the_price_stays_out(self):
        self.tax.price_include_override = "tax_included"
        contract = self._contract(
            {"product_id": self.licence.id, "price_unit": 120, "tax_ids": [Command.set(self.tax.ids)]}
        )
        self.assertEqual(contract.revenue_allocation_id.price, 100)
        self._bill(date(2026, 1, 1))
        self.assertEqual(self._balance(self.balance_account), 100)
