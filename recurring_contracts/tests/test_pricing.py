from odoo.fields import Command
from odoo.tests import tagged

from .common import RecurringContractsCommon


@tagged("post_install", "-at_install")
class TestPricing(RecurringContractsCommon):
    def setUp(self):
        super().setUp()
        self.yearly = self._create_plan("Yearly", billing_unit="year")
        self.pricelist = self.env["product.pricelist"].create({"name": "Ours"})

    def _price(self, plan, quantity=1, **line):
        order = self._create_order([(self.service, quantity)], plan=plan, pricelist_id=self.pricelist.id)
        return order.order_line.price_unit

    def test_the_list_price_is_scaled_to_the_plan(self):
        self.assertEqual(self._price(self.plan_monthly), 100.0)
        self.assertEqual(self._price(self.yearly), 1200.0)
        weekly = self._create_plan("Weekly", billing_unit="week")
        self.assertEqual(self._price(weekly), 23.08)
        self.service.product_tmpl_id.recurring_price_unit = "year"
        self.assertEqual(self._price(self.yearly), 100.0)

    def test_a_rule_of_the_plan_wins(self):
        self.pricelist.item_ids = [
            Command.create(
                {
                    "applied_on": "0_product_variant",
                    "product_id": self.service.id,
                    "compute_price": "fixed",
                    "fixed_price": 90.0,
                }
            ),
            Command.create(
                {
                    "applied_on": "3_global",
                    "compute_price": "fixed",
                    "fixed_price": 999.0,
                    "recurring_plan_id": self.yearly.id,
                }
            ),
        ]
        self.assertEqual(self._price(self.plan_monthly), 90.0)
        self.assertEqual(self._price(self.yearly), 999.0)
        quarterly = self._create_plan("Quarterly", billing_count=3)
        self.assertEqual(self._price(quarterly), 270.0)

    def test_percentages_and_quantities_work_as_everywhere(self):
        self.pricelist.item_ids = [
            Command.create(
                {
                    "applied_on": "3_global",
                    "compute_price": "percentage",
                    "percent_price": 10.0,
                    "min_quantity": 5,
                }
            )
        ]
        self.assertEqual(self._price(self.yearly), 1200.0)
        order = self._create_order([(self.service, 5)], plan=self.yearly, pricelist_id=self.pricelist.id)
        self.assertEqual(order.recurring_subtotal, 5 * 1080.0)

    def test_changing_the_plan_changes_the_prices(self):
        order = self._create_order([(self.service, 1)])
        order.recurring_plan_id = self.yearly
        self.assertEqual(order.order_line.price_unit, 1200.0)

    def test_an_ordinary_sale_keeps_its_price(self):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.partner.id,
                "order_line": [Command.create({"product_id": self.service.id})],
            }
        )
        self.assertEqual(order.order_line.price_unit, 100.0)

    def test_a_contract_typed_by_hand_gets_the_price(self):
        contract = self.env["recurring.contract"].create(
            {
                "partner_id": self.partner.id,
                "plan_id": self.yearly.id,
                "item_ids": [Command.create({"product_id": self.service.id})],
            }
        )
        self.assertEqual(contract.item_ids.price_unit, 1200.0)
