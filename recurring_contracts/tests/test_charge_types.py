from datetime import date

from psycopg2 import IntegrityError

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import RecurringContractsCommon


@tagged("post_install", "-at_install")
class TestChargeTypes(RecurringContractsCommon):
    """What is charged by usage, held as a deposit, or bought for ever."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calls = cls._create_service("Calls", 0.25, charge="usage")
        cls.deposit = cls._create_service("Deposit", 200.0, charge="one_time", recurring_is_deposit=True)
        cls.licence = cls._create_service("Licence", 900.0, charge="one_time", recurring_perpetual=True)
        cls.plan_year = cls._create_plan("A year", term_count=12, renewal_policy="order")

    def _item(self, contract, product):
        return contract.item_ids.filtered(lambda item: item.product_id == product)

    def _sell(self, *products, plan=None, start=date(2026, 1, 1)):
        order = self._create_order(
            [(product, 1) for product in products], plan=plan or self.plan_year, recurring_date_start=start
        )
        order.order_line.tax_ids = False
        return order

    # === USAGE === #

    def test_f5_usage_has_a_price_per_unit_and_no_amount_yet(self):
        order = self._sell(self.service, self.calls)
        line = order.order_line[1]
        self.assertEqual((line.recurring_charge_type, line.price_unit, line.price_subtotal), ("usage", 0.25, 0.0))
        self.assertEqual((order.amount_total, order.recurring_first_invoice), (100.0, 100.0))
        self.assertEqual((order.recurring_subtotal, order.recurring_mrr), (100.0, 100.0))
        self.assertEqual(order.recurring_contract_value, 1200.0)

    def test_f5_the_price_of_a_unit_does_not_grow_with_the_period(self):
        order = self._sell(self.calls, plan=self._create_plan("Quarterly", billing_count=3))
        self.assertEqual(order.order_line.price_unit, 0.25)

    def test_f5_a_contract_by_usage_has_no_mrr_and_its_renewal_carries_it_on(self):
        order = self._sell(self.service, self.calls)
        order.order_line[1].recurring_included_quantity = 50.0
        order.action_confirm()
        contract = order.recurring_contract_id
        item = self._item(contract, self.calls)
        self.assertEqual((item.charge_type, item.included_quantity, item.mrr), ("usage", 50.0, 0.0))
        self.assertEqual((item.price_subtotal, contract.mrr), (0.0, 100.0))
        renewal = contract._create_renewal_orders([[contract]])
        self.assertEqual(renewal.order_line.mapped("recurring_charge_type"), ["recurring", "usage"])
        self.assertEqual(renewal.order_line[1].recurring_included_quantity, 50.0)
        self.assertEqual(renewal.amount_untaxed, 100.0)
        renewal.action_confirm()
        successor = self._item(renewal.recurring_contract_id, self.calls)
        self.assertEqual((successor.origin_item_id, successor.included_quantity), (item, 50.0))

    def test_a_renewal_with_a_cheaper_unit_needs_approval(self):
        contract = self._create_contract([(self.calls, 1, 0.25)], plan=self.plan_year)
        renewal = contract._create_renewal_orders([[contract]])
        renewal.recurring_plan_id = self._create_plan("By year", billing_unit="year", term_count=12)
        renewal.order_line.price_unit = 0.25
        self.assertFalse(renewal.recurring_approval_state)
        renewal.order_line.price_unit = 0.2
        self.assertEqual(renewal.recurring_approval_state, "needed")

    def test_usage_is_extended_by_a_tacit_renewal(self):
        plan = self._create_plan("Tacit", term_count=12)
        contract = self._create_contract([(self.calls, 1, 0.25)], plan=plan)
        self.env["recurring.contract"]._renew_tacitly(date(2027, 1, 2), self.env.company)
        self.assertEqual(contract.item_ids.date_end, date(2027, 12, 31))

    # === PERPETUAL === #

    def test_f6_a_perpetual_licence_has_no_end_and_is_not_renewed(self):
        order = self._sell(self.service, self.licence, self.setup_fee)
        order.action_confirm()
        contract = order.recurring_contract_id
        licence = self._item(contract, self.licence)
        self.assertTrue(licence.perpetual)
        self.assertFalse(licence.date_end)
        self.assertEqual(contract.date_end, date(2026, 12, 31))
        renewal = contract._create_renewal_orders([[contract]])
        self.assertEqual(renewal.order_line.product_id, self.service)
        contract._refresh_caches(date(2027, 1, 1))
        self.assertEqual(contract.state, "ended")
        self.assertFalse(licence.date_end)
        self.assertIn(licence, contract.item_ids)

    def test_f6_ending_early_leaves_the_licence(self):
        contract = self._create_contract([(self.service, 1, 100.0), (self.licence, 1, 900.0)])
        contract._end(date(2026, 3, 31))
        self.assertEqual(contract.date_end, date(2026, 3, 31))
        self.assertFalse(self._item(contract, self.licence).date_end)

    def test_a_contract_of_a_licence_alone_goes_on_and_can_be_ended(self):
        contract = self._create_contract([(self.licence, 1, 900.0)], plan=self.plan_year)
        self.assertEqual((contract.state, contract.date_end), ("active", False))
        contract._end(date(2026, 3, 31))
        self.assertEqual(contract.item_ids.date_end, date(2026, 3, 31))

    def test_moving_the_end_leaves_the_licence(self):
        contract = self._create_contract([(self.service, 1, 100.0), (self.licence, 1, 900.0)])
        wizard = self.env["recurring.contract.amend"].create(
            {"contract_id": contract.id, "action": "extend", "date_end": date(2026, 6, 30), "reason": "agreed"}
        )
        wizard.action_confirm()
        self.assertEqual(contract.date_end, date(2026, 6, 30))
        self.assertFalse(self._item(contract, self.licence).date_end)

    def test_what_is_not_renewable_stays_behind(self):
        contract = self._create_contract(
            [(self.service, 1, 100.0), {"product_id": self.support.id, "price_unit": 40.0, "renewable": False}],
            plan=self.plan_year,
        )
        renewal = contract._create_renewal_orders([[contract]])
        self.assertEqual(renewal.order_line.product_id, self.service)

    # === DEPOSITS === #

    def test_f5_a_deposit_is_due_back_when_the_chain_has_ended(self):
        order = self._sell(self.service, self.deposit)
        self.assertEqual(order.recurring_first_invoice, 300.0)
        order.action_confirm()
        contract = order.recurring_contract_id
        deposit = self._item(contract, self.deposit)
        self.assertTrue(deposit.is_deposit)
        self.assertEqual(contract.deposit_item_ids, deposit)
        self.assertEqual(deposit._get_deposit_return_dates(), {deposit.id: date(2027, 1, 1)})
        renewal = contract._create_renewal_orders([[contract]])
        self.assertEqual(renewal.order_line.product_id, self.service)
        renewal.action_confirm()
        following = renewal.recurring_contract_id
        self.assertEqual(deposit._get_deposit_return_dates(), {deposit.id: date(2028, 1, 1)})
        self.assertEqual(following.deposit_item_ids, deposit)
        renewal._action_cancel()
        self.assertEqual(deposit._get_deposit_return_dates(), {deposit.id: date(2027, 1, 1)})

    def test_a_deposit_without_an_end_in_sight(self):
        contract = self._create_contract([(self.service, 1, 100.0), (self.deposit, 1, 200.0)])
        deposit, service = self._item(contract, self.deposit), self._item(contract, self.service)
        self.assertEqual(contract.item_ids._get_deposit_return_dates(), {deposit.id: None, service.id: None})
        contract._end(date(2026, 3, 31))
        self.assertEqual(deposit._get_deposit_return_dates(), {deposit.id: date(2026, 4, 1)})

    # === RULES === #

    @mute_logger("odoo.sql_db")
    def test_only_what_is_charged_once_is_held(self):
        for values in (
            {"charge_type": "recurring", "is_deposit": True},
            {"charge_type": "usage", "perpetual": True},
            {"charge_type": "one_time", "is_deposit": True, "perpetual": True},
            {"charge_type": "usage", "included_quantity": -1.0},
        ):
            with self.assertRaises(IntegrityError), self.env.cr.savepoint():
                self._create_contract([{"product_id": self.setup_fee.id, "price_unit": 1.0, **values}], started=False)

    def test_selling_usage_needs_a_plan(self):
        order = self._sell(self.calls)
        order.recurring_plan_id = False
        self.assertIn("Choose the recurring plan", order._confirmation_error_message())
