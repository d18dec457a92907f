from datetime import date

from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import RecurringContractsCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-01-01")
class TestContractValue(RecurringContractsCommon):
    """ARR and what a contract is worth."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plan = cls._create_plan("By calendar month", alignment="billing_day", billing_day=1, term_count=12)
        cls.tax = cls.env["account.tax"].create({"name": "T", "amount": 20.0, "price_include_override": "tax_included"})

    def _sell(self, **values):
        order = self._create_order(
            [(self.service, 1), (self.setup_fee, 1)],
            plan=self.plan,
            **{"recurring_date_start": date(2026, 8, 10), **values},
        )
        order.order_line.tax_ids = False
        order.order_line[0].price_unit = 50.0
        return order

    def test_the_contract_is_worth_what_the_quotation_says(self):
        order = self._sell()
        order.action_confirm()
        contract = order.recurring_contract_id
        self.assertEqual(contract.contract_value, 500.0 + 35.48 + 11 * 50.0 + 14.52)
        self.assertEqual(contract.contract_value, order.recurring_contract_value)
        self.assertEqual(contract.remaining_value, contract.contract_value)

    def test_untaxed_where_prices_include_taxes(self):
        order = self._sell()
        order.order_line[0].write({"price_unit": 60.0, "tax_ids": [Command.set(self.tax.ids)]})
        value = order.recurring_contract_value
        self.assertAlmostEqual(value, 500.0 + 12 * 50.0, delta=0.02)
        order.action_confirm()
        self.assertEqual(order.recurring_contract_id.contract_value, value)

    def test_it_follows_amendments_and_today(self):
        contract = self._create_contract([(self.service, 1, 100.0), (self.setup_fee, 1, 500.0)], plan=self.plan)
        self.assertEqual((contract.contract_value, contract.remaining_value), (1700.0, 1700.0))
        with freeze_time("2026-07-01"):
            contract.invalidate_recordset(["remaining_value"])
            self.assertEqual(contract.remaining_value, 600.0)
        item = contract.item_ids.filtered(lambda i: i.charge_type == "recurring")
        contract._amend(
            "change", date(2026, 7, 1), [item._prepare_event_values("quantity", date(2026, 7, 1), quantity=1)]
        )
        self.assertEqual(contract.contract_value, 1700.0 + 600.0)
        contract._end(date(2026, 3, 31))
        self.assertEqual(contract.contract_value, 500.0 + 300.0)

    def test_suspended_days_and_free_periods_are_not_counted(self):
        contract = self._create_contract([(self.service, 1, 100.0)], plan=self.plan)
        item = contract.item_ids
        contract._amend("suspend", date(2026, 3, 1), [item._prepare_event_values("suspend", date(2026, 3, 1))])
        contract._amend("resume", date(2026, 5, 1), [item._prepare_event_values("resume", date(2026, 5, 1))])
        self.assertEqual(contract.contract_value, 1000.0)
        order = self._sell(recurring_date_start=date(2026, 1, 1))
        order.order_line[0].recurring_free_periods = 2
        order.action_confirm()
        self.assertEqual(order.recurring_contract_id.contract_value, 500.0 + 10 * 50.0)
        self.assertEqual(order.recurring_contract_value, 1000.0)

    def test_an_evergreen_contract_is_worth_something_once_its_end_is_decided(self):
        contract = self._create_contract([(self.service, 1, 100.0)])
        contract._end(date(2026, 3, 31))
        self.assertEqual(contract.contract_value, 300.0)

    def test_what_is_owed_whole_is_not_left_in_the_middle_of_a_period(self):
        plan = self._create_plan("Whole periods", proration="none", term_count=3)
        contract = self._create_contract([(self.service, 1, 100.0)], plan=plan)
        with freeze_time("2026-02-15"):
            contract.invalidate_recordset(["remaining_value"])
            self.assertEqual((contract.contract_value, contract.remaining_value), (300.0, 100.0))

    def test_nothing_without_an_end_and_no_deposits(self):
        deposit = self._create_service("Deposit", 200.0, charge="one_time", recurring_is_deposit=True)
        self.assertEqual(self._create_contract([(self.service, 1, 100.0)]).contract_value, 0.0)
        contract = self._create_contract([(self.service, 1, 100.0), (deposit, 1, 200.0)], plan=self.plan)
        self.assertEqual(contract.contract_value, 1200.0)
        order = self._create_order([(self.service, 1), (deposit, 1)], plan=self.plan)
        order.order_line.tax_ids = False
        order.recurring_date_start = date(2026, 1, 1)
        self.assertEqual(order.recurring_contract_value, 1200.0)

    def test_arr_is_twelve_times_mrr(self):
        contract = self._create_contract([(self.service, 2, 100.0)])
        self.assertEqual((contract.mrr, contract.arr), (200.0, 2400.0))
        contract._end(date(2026, 3, 31))
        contract._refresh_caches(date(2026, 4, 1))
        self.assertEqual((contract.mrr, contract.arr), (0.0, 0.0))
        self.assertEqual(
            self.env["recurring.contract"]._read_group([("id", "=", contract.id)], [], ["arr:sum"]), [(0.0,)]
        )
