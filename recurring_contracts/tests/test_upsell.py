from datetime import date

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, new_test_user, tagged

from .common import RecurringContractsCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-03-02")
class TestUpsell(RecurringContractsCommon):
    """F1, F27: an order that adds to a contract, signed by the customer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plan_term = cls._create_plan("A year", term_count=12)
        cls.contract = cls._create_contract([(cls.service, 1, 100.0)], plan=cls.plan_term)

    def _upsell(self, **values):
        return self._create_order(
            [(self.support, 2), (self.setup_fee, 1)],
            plan=self.plan_term,
            recurring_added_contract_id=self.contract.id,
            **{"recurring_date_start": date(2026, 3, 16), **values},
        )

    def test_the_lines_join_the_contract(self):
        order = self._upsell()
        # 16 of 31 days of 80.00, and the setup of 500.00.
        self.assertEqual(order.recurring_first_invoice, 541.29)
        self.assertEqual(order.recurring_contract_value, 500.0 + 41.29 + 9 * 80.0)
        order.action_confirm()
        self.assertEqual(order.recurring_contract_id, self.contract)
        added = self.contract.item_ids.filtered(lambda item: item.product_id == self.support)
        self.assertEqual(added.anchor_date, date(2026, 1, 1))
        self.assertEqual((added.date_start, added.date_end), (date(2026, 3, 16), date(2026, 12, 31)))
        self.assertEqual(added.sale_line_id, order.order_line[0])
        self.assertEqual(self.contract.amendment_ids[0].order_id, order)
        order._action_confirm()
        self.assertEqual(len(self.contract.item_ids), 3)
        self.contract._refresh_caches(date(2026, 3, 16))
        self.assertEqual(self.contract.mrr, 180.0)

    def test_cancelling_undoes_what_was_added(self):
        order = self._upsell()
        order.action_confirm()
        order._action_cancel()
        self.assertEqual(self.contract.state, "active")
        self.assertEqual(self.contract.mrr, 100.0)
        self.assertEqual(len(self.contract.item_ids.segment_ids), 1)
        order.action_draft()
        order.action_confirm()
        self.assertEqual(len(self.contract.item_ids.segment_ids), 3)

    def test_a_later_amendment_must_be_undone_first(self):
        order = self._upsell()
        order.action_confirm()
        self.contract._end(date(2026, 6, 30), reason="left")
        with self.assertRaisesRegex(UserError, "not the last amendment"):
            order._action_cancel()

    def test_a_contract_that_is_over_takes_nothing(self):
        order = self._upsell(recurring_date_start=date(2027, 1, 1))
        with self.assertRaisesRegex(UserError, "not in force on the first day"):
            order.action_confirm()

    def test_only_its_customer_and_who_may_change_it(self):
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        with self.assertRaises(ValidationError):
            self._upsell(partner_id=stranger.id)
        seller = new_test_user(self.env, "upsell_seller", groups="sales_team.group_sale_salesman")
        theirs = self._create_order([(self.support, 1)], user_id=seller.id).with_user(seller)
        self.contract.user_id = self.env.user
        with self.assertRaises(AccessError):
            theirs.recurring_added_contract_id = self.contract.id

    def test_the_button_opens_a_quotation(self):
        action = self.contract.action_upsell()
        form = Form(self.env["sale.order"].with_context(**action["context"]))
        order = form.save()
        self.assertEqual(order.recurring_added_contract_id, self.contract)
        self.assertEqual(order.recurring_plan_id, self.plan_term)
