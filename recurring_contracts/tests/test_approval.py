from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import RecurringContractsCommon


@tagged("post_install", "-at_install")
class TestApproval(RecurringContractsCommon):
    """F33: who may give which discount."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(cls.env, "approval_seller", groups="sales_team.group_sale_salesman")
        cls.manager = new_test_user(cls.env, "approval_manager", groups="sales_team.group_sale_manager")
        cls.team = cls.env["crm.team"].create({"name": "North", "user_id": cls.manager.id})
        cls.plan_monthly.recurring_discount_limit = 20.0

    def _quotation(self, discount):
        order = self._create_order([(self.service, 1)], user_id=self.seller.id, team_id=self.team.id)
        order.order_line.discount = discount
        return order.with_user(self.seller)

    def test_a_discount_above_the_limit_needs_a_manager(self):
        order = self._quotation(25.0)
        self.assertEqual(order.recurring_approval_state, "needed")
        for refused in (order.action_confirm, order.action_quotation_send):
            with self.assertRaisesRegex(UserError, "discount of 25 %, above 20 %"):
                refused()
        order.action_recurring_request_approval()
        self.assertEqual(order.recurring_approval_state, "requested")
        self.assertEqual(order.activity_ids.user_id, self.manager)
        with self.assertRaises(UserError):
            order.action_confirm()
        with self.assertRaises(AccessError):
            order.action_recurring_approve()
        order.with_user(self.manager).action_recurring_approve()
        self.assertEqual(order.recurring_approval_state, "approved")
        self.assertIn("25 %", order.message_ids[0].body + order.message_ids[1].body)
        order.action_confirm()
        self.assertEqual(order.recurring_contract_id.state, "active")

    def test_nobody_grants_it_to_himself(self):
        order = self._quotation(25.0)
        keys = list(order._get_recurring_approval_findings())
        with self.assertRaises(AccessError):
            order.write({"recurring_approval_granted": keys})

    def test_a_later_change_for_the_worse_asks_again(self):
        order = self._quotation(25.0)
        order.with_user(self.manager).action_recurring_approve()
        order.order_line.discount = 30.0
        self.assertEqual(order.recurring_approval_state, "needed")
        order.order_line.discount = 20.0
        self.assertFalse(order.recurring_approval_state)

    def test_readers_of_other_languages_read_the_same_state(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        order = self._quotation(25.0)
        order.with_user(self.manager).with_context(lang="fr_FR").action_recurring_approve()
        self.assertEqual(order.with_context(lang="en_US").recurring_approval_state, "approved")

    def test_the_strictest_limit_counts(self):
        self.team.recurring_discount_limit = 10.0
        self.assertEqual(self._quotation(15.0).recurring_approval_state, "needed")
        self.team.recurring_discount_limit = 100.0
        self.env.company.recurring_discount_limit = 5.0
        self.assertEqual(self._quotation(6.0).recurring_approval_state, "needed")
        self.assertFalse(self._quotation(5.0).recurring_approval_state)

    def test_the_list_of_what_waits(self):
        order = self._quotation(25.0)
        found = self.env["sale.order"].search([("recurring_approval_state", "in", ["needed"])])
        self.assertIn(order, found)
        self.assertNotIn(self._quotation(1.0), found)

    def test_a_renewal_below_the_old_price(self):
        plan = self._create_plan("A year", term_count=12, renewal_policy="order")
        contract = self._create_contract([(self.service, 2, 100.0)], date(2026, 1, 1), plan)
        order = contract._create_renewal_orders([[contract]])
        self.assertFalse(order.recurring_approval_state)
        order.order_line.price_unit = 99.0
        self.assertEqual(order.recurring_approval_state, "needed")
        self.assertIn("198.00, below 200.00", order.recurring_approval_reason)
        order.order_line.write({"price_unit": 100.0, "product_uom_qty": 1.0})
        self.assertFalse(order.recurring_approval_state)
