from datetime import date
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, freeze_time, new_test_user, tagged

from .common import RecurringBillingCommon

DAY = date(2026, 1, 1)


@tagged("post_install", "-at_install")
@freeze_time("2026-01-01 12:00:00")
class TestBillNow(RecurringBillingCommon):
    """*Bill Now* does for some contracts what a run does for all."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = new_test_user(
            cls.env, "now_clerk", "account.group_account_invoice",
            company_id=cls.company.id, company_ids=[Command.set(cls.company.ids)],
        )  # fmt: skip
        cls.router = cls.env["product.product"].create(
            {"name": "Router", "type": "consu", "invoice_policy": "order", "taxes_id": False}
        )

    def _order(self, partner):
        order = self.env["sale.order"].create(
            {
                "partner_id": partner.id,
                "company_id": self.company.id,
                "order_line": [Command.create({"product_id": self.router.id, "price_unit": 50})],
            }
        )
        order.action_confirm()
        return order

    def _bill_now(self, contracts):
        action = contracts.with_user(self.clerk).action_bill_now()
        return self.env[action["res_model"]].browse(action.get("res_id"))

    def test_f52_ready_order_lines_join(self):
        self.company.recurring_join_orders = True
        contract, other = self._create_contract(), self._create_contract()
        stranger = self._create_customer("Stranger")
        order, strange = self._order(self.customer), self._order(stranger)
        invoice = self._bill_now(contract)
        self.assertEqual(
            (invoice.amount_untaxed, order.invoice_ids, order.invoice_status), (150.0, invoice, "invoiced")
        )
        self.assertEqual(invoice.recurring_run_id.contract_ids, contract)
        self.assertFalse(other.charge_ids, "another contract is not billed along with it")
        self.assertFalse(strange.invoice_ids)

    def test_f52_orders_that_say_when_are_those_of_its_customer(self):
        contract, stranger = self._create_contract(), self._create_customer("Stranger")
        order, strange = self._order(self.customer), self._order(stranger)
        (order + strange).recurring_invoice_when = "ready"
        invoice = self._bill_now(contract)
        self.assertEqual((order.invoice_ids, strange.invoice_ids.ids), (invoice, []))

    def test_f58_what_is_far_from_before_is_held_and_the_run_opens(self):
        contract = self._create_contract(date(2025, 12, 1))
        self._bill(date(2025, 12, 1))
        self.company.recurring_hold_percent = 20
        self._amend(contract.item_ids, "price", DAY, price_unit=300)
        run = self._bill_now(contract)
        self.assertEqual((run._name, run.state, run.customer_ids.state), ("recurring.bill.run", "attention", "held"))
        self.assertIn("Far from what was charged before", run.customer_ids.message)
        self.assertEqual(len(contract.charge_ids), 1, "nothing is booked")
        self._decide(run.with_user(self.clerk).customer_ids, "release")
        self.assertEqual((run.state, run.amount_untaxed), ("done", 300.0))

    def test_it_renews_tacitly_what_it_bills_and_nothing_else(self):
        plan = self._create_plan(term_count=1, term_unit="month", renewal_policy="tacit")
        contract, other = [self._create_contract(date(2025, 12, 1), plan_id=plan.id) for _number in range(2)]
        invoice = self._bill_now(contract)
        self.assertEqual(invoice.amount_untaxed, 200.0, "December, and January for which it was renewed")
        self.assertEqual((contract.date_end, other.date_end), (date(2026, 1, 31), date(2025, 12, 31)))

    def test_several_contracts_at_once_share_what_they_may(self):
        contracts = self._create_contract() + self._create_contract()
        invoice = self._bill_now(contracts)
        self.assertEqual((len(invoice), invoice.amount_untaxed), (1, 200.0))
        with self.assertRaisesRegex(UserError, "The next billing is on"):
            self._bill_now(contracts)

    def test_what_fails_says_so_and_leaves_nothing_behind(self):
        contract = self._create_contract()
        contract.partner_id.active = False
        runs = self.env["recurring.bill.run"].search_count([])
        with self.assertRaisesRegex(UserError, "is archived. Unarchive the customer"), self.env.cr.savepoint():
            self._bill_now(contract)
        self.assertEqual(self.env["recurring.bill.run"].search_count([]), runs)

    def test_one_of_several_fails_and_the_run_opens(self):
        blocked = self._create_customer("Blocked")
        contracts = self._create_contract() + self._create_contract(partner_id=blocked.id)
        blocked.active = False
        run = self._bill_now(contracts)
        self.assertEqual((run.state, run.invoice_count, run.failed_count), ("attention", 1, 1))

    def test_the_nightly_run_is_not_taken_for_done(self):
        self.company.recurring_auto_bill = True
        contract, other = self._create_contract(), self._create_contract()
        run = self._bill_now(contract).recurring_run_id
        with self.enter_registry_test_mode():
            self.env.ref("recurring_billing.ir_cron_recurring_bill").method_direct_trigger()
        night = other.charge_ids.run_id
        self.assertEqual((night.state, night.contract_ids.ids), ("done", []))
        self.assertNotEqual(night, run)
        self.assertFalse(night.compared_run_id, "nor is a whole run compared with one for a single contract")

    def test_a_clerk_previews_a_run_for_some_contracts(self):
        contract, other = self._create_contract(), self._create_contract()
        form = Form(self.env["recurring.bill.run"].with_user(self.clerk))
        form.date_through = DAY
        form.contract_ids.add(contract)
        run = form.save()
        run.action_preview()
        self.assertEqual((run.preview_ids.contract_id, run.expected_amount), (contract, 100.0))
        with self.assertRaisesRegex(UserError, "bills what it was started for"):
            run.contract_ids = other
        run.action_start()
        self.assertEqual((run.state, run.amount_untaxed, other.charge_ids.ids), ("done", 100.0, []))

    def test_many_customers_are_left_to_the_scheduled_action(self):
        contracts = self.env["recurring.contract"].concat(
            *(self._create_contract(partner_id=self._create_customer(f"Customer {n}").id) for n in range(3))
        )
        work = "odoo.addons.recurring_billing.models.recurring_bill_run_work.BATCH_SIZE"
        with patch(work, 2), self.enter_registry_test_mode():
            run = self._bill_now(contracts)
            self.assertEqual((run.state, run.todo_count), ("running", 3))
            self.env.ref("recurring_billing.ir_cron_recurring_bill_work").method_direct_trigger()
        self.assertEqual((run.state, run.invoice_count), ("done", 3))
