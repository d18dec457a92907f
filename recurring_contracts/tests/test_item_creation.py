from datetime import date

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from .common import RecurringContractsCommon


@tagged("post_install", "-at_install")
class TestItemCreation(RecurringContractsCommon):
    """F2: the items of a contract are created after its approval, by a scheduled action or at once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(cls.env, "creation_seller", groups="sales_team.group_sale_salesman")
        cls.manager = new_test_user(cls.env, "creation_manager", groups="sales_team.group_sale_manager")
        cls.team = cls.env["crm.team"].create({"name": "North", "user_id": cls.manager.id})
        cls.env.company.recurring_item_creation = "approval"
        cls.plan_year = cls._create_plan("A year", term_count=12)

    def _sell(self, plan=None):
        self.plan_year.item_ids = [Command.create({"product_id": self.support.id})]
        order = self._create_order(
            [(self.service, 2), (self.setup_fee, 1)],
            plan=plan or self.plan_year,
            user_id=self.seller.id,
            team_id=self.team.id,
            recurring_date_start=date(2026, 1, 15),
        )
        order.with_user(self.seller).action_confirm()
        return order

    def test_f2_the_contract_waits_for_approval_without_items(self):
        order = self._sell()
        contract = order.recurring_contract_id
        self.assertEqual((contract.state, contract.approval_state), ("draft", "awaiting"))
        self.assertEqual((contract.date_start, contract.date_end), (date(2026, 1, 15), date(2027, 1, 14)))
        self.assertFalse(contract.item_ids)
        self.assertFalse(contract.has_plan_items_left)
        self.assertEqual(contract.activity_ids.user_id, self.manager)
        waiting = self.env["recurring.contract"].search([("approval_state", "=", "awaiting")])
        self.assertIn(contract, waiting)
        order._action_confirm()
        self.assertEqual(order.recurring_contract_id, contract)
        self.assertEqual(self.env["recurring.contract"].search_count([("order_ids", "in", order.ids)]), 1)

    def test_f2_nobody_passes_by_the_approval(self):
        contract = self._sell().recurring_contract_id.with_user(self.seller)
        for refused in (contract.action_approve, contract.action_generate_items):
            with self.assertRaises(AccessError):
                refused()
        with self.assertRaisesRegex(UserError, "after its approval"):
            contract.action_start()
        with self.assertRaisesRegex(UserError, "with its button"):
            contract.approval_state = "approved"
        self.assertFalse(contract.item_ids)

    def test_f2_the_scheduled_action_creates_the_items_of_what_is_approved(self):
        order, other = self._sell(), self._sell()
        contract = order.recurring_contract_id
        contract.with_user(self.manager).action_approve()
        self.assertEqual(contract.approved_by_id, self.manager)
        self.assertFalse(contract.activity_ids)
        self.assertFalse(contract.item_ids)
        with self.enter_registry_test_mode():
            self.env.ref("recurring_contracts.ir_cron_recurring_generate_items").method_direct_trigger()
        self.assertEqual((contract.state, contract.approval_state, contract.mrr), ("active", "done", 200.0))
        self.assertEqual(contract.item_ids.sale_line_id, order.order_line)
        self.assertEqual(set(contract.item_ids.mapped("date_start")), {date(2026, 1, 15)})
        self.assertEqual(contract.amendment_ids.order_id, order)
        self.assertFalse(other.recurring_contract_id.item_ids)

    def test_f2_generate_now_forces_it_and_a_second_click_changes_nothing(self):
        contract = self._sell().recurring_contract_id
        contract.with_user(self.manager).action_approve()
        seller = contract.with_user(self.seller)
        seller.action_generate_items()
        items, events = contract.item_ids, contract.event_ids
        self.assertEqual((contract.state, len(items)), ("active", 2))
        seller.action_generate_items()
        contract._generate_items()
        with self.enter_registry_test_mode():
            self.env.ref("recurring_contracts.ir_cron_recurring_generate_items").method_direct_trigger()
        self.assertEqual((contract.item_ids, contract.event_ids), (items, events))

    def test_f2_a_manager_generates_and_approves_at_once(self):
        contract = self._sell().recurring_contract_id
        contract.with_user(self.manager).action_generate_items()
        self.assertEqual((contract.state, contract.approved_by_id), ("active", self.manager))

    @mute_logger("odoo.sql_db")
    def test_f2_two_processes_at_once_create_one_item_a_line(self):
        contract = self._sell().recurring_contract_id
        contract.with_user(self.manager).action_generate_items()
        item = contract.item_ids[0]
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.env["recurring.contract.item"].sudo().create(
                {"contract_id": contract.id, "product_id": item.product_id.id, "sale_line_id": item.sale_line_id.id}
            )

    def test_f2_what_was_sold_stands_when_the_plan_changes_meanwhile(self):
        contract = self._sell().recurring_contract_id
        self.plan_year.write({"billing_timing": "arrears", "billing_count": 3})
        contract.with_user(self.manager).action_generate_items()
        self.assertEqual(set(contract.item_ids.mapped("billing_timing")), {"advance"})
        self.assertEqual(set(contract.item_ids.mapped("billing_count")), {1})

    def test_f2_the_plan_says_it_before_the_company(self):
        self.plan_year.item_creation = "confirmation"
        self.assertEqual(self._sell().recurring_contract_id.state, "active")
        self.env.company.recurring_item_creation = "confirmation"
        self.plan_year.item_creation = "approval"
        self.assertEqual(self._sell().recurring_contract_id.approval_state, "awaiting")

    def test_f2_cancelling_the_order_takes_the_waiting_contract_back(self):
        order = self._sell()
        contract = order.recurring_contract_id
        order._action_cancel()
        self.assertEqual(contract.state, "cancelled")
        order.action_draft()
        order.action_confirm()
        self.assertEqual(order.recurring_contract_id.approval_state, "awaiting")
        self.assertNotEqual(order.recurring_contract_id, contract)

    def test_f2_a_renewal_waits_as_well(self):
        self.plan_year.renewal_policy = "order"
        contract = self._create_contract([(self.service, 1, 100.0)], plan=self.plan_year)
        renewal = contract._create_renewal_orders([[contract]])
        renewal.action_confirm()
        following = contract.renewed_into_id
        self.assertEqual(following.approval_state, "awaiting")
        following.with_user(self.manager).action_generate_items()
        self.assertEqual(following.item_ids.origin_item_id, contract.item_ids)
        self.assertEqual(following.date_start, date(2027, 1, 1))

    def test_f1_at_confirmation_is_the_default(self):
        company = self.env["res.company"].create({"name": "New"})
        self.assertEqual(company.recurring_item_creation, "confirmation")

    def test_entered_by_hand_needs_no_approval(self):
        form = Form(self.env["recurring.contract"].with_user(self.seller))
        form.partner_id = self.partner
        form.plan_id = self.plan_year
        with form.item_ids.new() as item:
            item.product_id = self.service
        contract = form.save()
        contract.action_start()
        self.assertEqual((contract.state, contract.approval_state), ("active", False))
