from datetime import date

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, new_test_user, tagged

from .common import RecurringContractsCommon

MARCH = date(2026, 3, 1)


@tagged("post_install", "-at_install")
@freeze_time("2026-03-01")
class TestDownsell(RecurringContractsCommon):
    """F27, F28, F29: an order that changes what a contract has, signed by the customer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(cls.env, "down_seller", groups="sales_team.group_sale_salesman")
        cls.plan_year = cls._create_plan("A year", term_count=12)
        cls.contract = cls._create_contract(
            [
                {"product_id": cls.service.id, "quantity": 5, "price_unit": 90.0, "discount": 10.0},
                {"product_id": cls.support.id, "quantity": 1, "price_unit": 40.0},
            ],
            plan=cls.plan_year,
            user_id=cls.seller.id,
        )
        cls.item = cls.contract.item_ids[0]

    def _order(self, item, product, quantity, **values):
        order = self.env["sale.order"].with_user(self.seller)
        return order.create(
            {
                "partner_id": self.partner.id,
                "recurring_plan_id": self.plan_year.id,
                "recurring_added_contract_id": self.contract.id,
                "recurring_date_start": MARCH,
                "order_line": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "product_uom_qty": quantity,
                            "recurring_changed_item_id": item.id,
                            **values,
                        }
                    )
                ],
            }
        )

    def test_f28_fewer_seats_at_the_items_own_price(self):
        order = self._order(self.item, self.service, -2)
        self.assertEqual((order.order_line.price_unit, order.order_line.discount), (90.0, 10.0))
        self.assertEqual(order.recurring_mrr, -162.0)
        self.assertEqual(order.recurring_contract_value, -1620.0)
        action = order.action_recurring_effect()
        effect = str(self.env[action["res_model"]].browse(action["res_id"]).effect)
        self.assertIn("3.00", effect)
        self.assertEqual((self.contract.mrr, order.state), (445.0, "draft"))
        self.assertFalse(order.recurring_contract_id)
        order.action_confirm()
        self.assertEqual(self.item.quantity, 3.0)
        self.assertEqual(self.contract.mrr, 283.0)
        self.assertEqual(self.contract.amendment_ids[0].order_id, order)
        order._action_confirm()
        self.assertEqual(self.item.quantity, 3.0)
        order._action_cancel()
        self.assertEqual((self.item.quantity, self.contract.mrr), (5.0, 445.0))

    def test_f27_more_seats(self):
        self._order(self.item, self.service, 3).action_confirm()
        self.assertEqual((self.item.quantity, len(self.contract.item_ids)), (8.0, 2))

    def test_f28_all_of_an_item_goes(self):
        self._order(self.item, self.service, -5).action_confirm()
        self.assertEqual(self.item.date_end, date(2026, 2, 28))
        self.assertEqual((self.contract.mrr, self.contract.state), (40.0, "active"))

    def test_f29_a_swap(self):
        premium = self._create_service("Premium", 70.0)
        support = self.contract.item_ids[1]
        order = self._order(support, premium, 2)
        self.assertEqual((order.order_line.price_unit, order.recurring_mrr), (70.0, 100.0))
        self.assertEqual((order.recurring_first_invoice, order.recurring_contract_value), (100.0, 1000.0))
        order.action_confirm()
        successor = self.contract.item_ids[-1]
        self.assertEqual((successor.origin_item_id, successor.sale_line_id), (support, order.order_line))
        self.assertEqual((successor.date_start, successor.date_end), (MARCH, date(2026, 12, 31)))
        self.assertEqual(self.contract.mrr, 545.0)
        order._action_cancel()
        self.assertEqual(self.contract.mrr, 445.0)
        self.assertFalse(successor.sale_line_id)

    def test_what_cannot_be(self):
        with self.assertRaisesRegex(UserError, "more of Hosting than there is"):
            self._order(self.item, self.service, -6).action_confirm()
        with self.assertRaisesRegex(UserError, "own price"):
            order = self._order(self.item, self.service, 1)
            order.order_line.price_unit = 10.0
            order.action_confirm()
        stranger = self._create_contract([(self.service, 1, 100.0)])
        with self.assertRaisesRegex(ValidationError, "no item of the contract"):
            self._order(stranger.item_ids, self.service, 1)

    def test_the_form_takes_over_the_items_product_and_price(self):
        order = self._order(self.item, self.service, -1)
        with Form(order) as form, form.order_line.new() as line:
            line.recurring_changed_item_id = self.contract.item_ids[1]
            self.assertEqual((line.product_id, line.price_unit), (self.support, 40.0))
            line.product_uom_qty = 2
        order.action_confirm()
        self.assertEqual(self.contract.item_ids.mapped("quantity"), [4.0, 3.0])
