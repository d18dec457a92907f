from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged

from .common import RecurringContractsCommon

SIGNATURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


class ApprovalCase(RecurringContractsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(cls.env, "deal_seller", groups="sales_team.group_sale_salesman")
        cls.manager = new_test_user(cls.env, "deal_manager", groups="sales_team.group_sale_manager")
        cls.team = cls.env["crm.team"].create({"name": "North", "user_id": cls.manager.id})
        cls.plan_monthly.recurring_discount_limit = 20.0

    @classmethod
    def _bundle(cls):
        """Return a quotation of a bundle of hosting and support, each at 25 % discount."""
        items = [(cls.service, "Hosting"), (cls.support, "Support")]
        combos = cls.env["product.combo"].create(
            [{"name": name, "combo_item_ids": [Command.create({"product_id": product.id})]} for product, name in items]
        )
        bundle = cls.env["product.product"].create(
            {"name": "Bundle", "type": "combo", "list_price": 140.0, "combo_ids": [Command.set(combos.ids)]}
        )
        order = cls._create_order([(bundle, 1)], user_id=cls.seller.id, team_id=cls.team.id)
        order.order_line = [
            Command.create(
                {
                    "product_id": combo.combo_item_ids.product_id.id,
                    "combo_item_id": combo.combo_item_ids.id,
                    "linked_line_id": order.order_line.id,
                }
            )
            for combo in combos
        ]
        order.order_line.tax_ids = False
        order.order_line.filtered("combo_item_id").discount = 25.0
        return order


@tagged("post_install", "-at_install")
class TestDealDesk(ApprovalCase):
    """F32, F33: a bundle at 25 % discount, quoted by a salesperson and approved by a manager."""

    def test_f32_a_bundle_makes_the_items_of_its_parts(self):
        order = self._bundle()
        self.assertEqual(order.recurring_subtotal, 105.0)
        order.action_recurring_approve()
        order.action_confirm()
        contract = order.recurring_contract_id
        self.assertEqual(contract.item_ids.product_id, self.service | self.support)
        self.assertEqual((contract.mrr, set(contract.item_ids.mapped("discount"))), (105.0, {25.0}))

    def test_f33_it_reaches_the_customer_by_no_way_before_it_is_approved(self):
        order = self._bundle().with_user(self.seller)
        order.write({"require_signature": True, "require_payment": True, "prepayment_percent": 1.0})
        context = {"active_model": "sale.order", "active_id": order.id, "active_ids": order.ids}
        ways = {
            "send by email": order.action_quotation_send,
            "mark as sent": order.action_quotation_sent,
            "share": order.with_context(**context).action_share,
            "payment link": lambda: self.env["payment.link.wizard"].with_context(**context).create({}),
            "write": lambda: order.write({"state": "sent"}),
            "mail composer": lambda: order.with_context(mark_so_as_sent=True).message_post(body="Here it is"),
            "confirm": order.action_confirm,
            "signed or paid": order.sudo()._validate_order,
        }
        for way, go in ways.items():
            with self.subTest(way=way), self.assertRaisesRegex(UserError, "approved by a sales manager"):
                go()
        self.assertFalse(order._has_to_be_signed())
        self.assertFalse(order._has_to_be_paid())
        self.assertEqual((order.state, order.recurring_contract_id), ("draft", self.env["recurring.contract"]))
        order.with_user(self.manager).action_recurring_approve()
        self.assertTrue(order._has_to_be_signed())
        order.action_quotation_sent()
        self.assertEqual(order.state, "sent")

    def test_f33_the_approver_is_told_and_the_log_says_who_when_and_from_what_to_what(self):
        order = self._bundle().with_user(self.seller)
        order.action_recurring_request_approval()
        self.assertEqual(order.activity_ids.user_id, self.manager)
        self.assertIn("25 %", order.activity_ids.note)
        with self.assertRaises(AccessError):
            order.action_recurring_approve()
        order.with_user(self.manager).action_recurring_approve()
        logged = order.message_ids.filtered(lambda message: "Approved" in (message.body or ""))
        self.assertEqual(logged.author_id, self.manager.partner_id)
        self.assertTrue(logged.date)
        self.assertIn("75.00", logged.body)
        self.assertIn("100.00", logged.body)
        self.assertIn("above 20 %", logged.body)

    def test_f33_a_lowered_price_is_a_discount_too(self):
        order = self._create_order([(self.service, 1)], user_id=self.seller.id, team_id=self.team.id)
        order.order_line.price_unit = 85.0
        self.assertFalse(order.recurring_approval_state)
        order.order_line.price_unit = 75.0
        self.assertEqual(order.recurring_approval_state, "needed")
        self.assertIn("lowered by 25.00 %", order.recurring_approval_reason)
        order.order_line.write({"price_unit": 90.0, "discount": 15.0})
        self.assertEqual(order.recurring_approval_state, "needed")
        order.with_user(self.manager).action_recurring_approve()
        order.order_line.price_unit = 89.0
        self.assertEqual(order.recurring_approval_state, "needed")

    def test_f33_within_the_limit_nothing_is_asked(self):
        order = self._create_order([(self.service, 1)], user_id=self.seller.id, team_id=self.team.id)
        order.order_line.discount = 20.0
        order.with_user(self.seller).action_confirm()
        self.assertEqual(order.recurring_contract_id.mrr, 80.0)


@tagged("post_install", "-at_install")
class TestDealDeskPortal(ApprovalCase, HttpCase):
    def test_f33_the_customers_page_stays_closed(self):
        order = self._bundle()
        order.write({"require_signature": True, "require_payment": False})
        url = order.get_portal_url()
        self.authenticate(None, None)
        self.assertNotIn("Bundle", self.url_open(url).text)
        answer = self._sign(order)
        self.assertIn("error", answer.get("result", answer))
        self.assertEqual(order.state, "draft")
        order.with_user(self.manager).action_recurring_approve()
        self.assertIn("Bundle", self.url_open(url).text)
        self._sign(order)
        self.assertEqual(order.state, "sale")
        self.assertEqual(order.recurring_contract_id.mrr, 105.0)

    def _sign(self, order):
        response = self.url_open(
            f"/my/orders/{order.id}/accept",
            json={
                "jsonrpc": "2.0",
                "params": {"access_token": order.access_token, "name": "Customer", "signature": SIGNATURE},
            },
        )
        order.invalidate_recordset()
        return response.json()
