from datetime import date

from odoo import Command
from odoo.tests import new_test_user, tagged

from .common import RecurringBillingCommon


@tagged("post_install", "-at_install")
class TestDeposits(RecurringBillingCommon):
    """F5, F65: a deposit is charged once, and given back when the contract and its renewals have ended."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = new_test_user(cls.env, "clerk", "account.group_account_invoice", company_id=cls.company.id)
        cls.deposit = cls._create_service("Deposit", recurring_charge_type="one_time", recurring_is_deposit=True)

    def _bill_as_clerk(self, day):
        run = self.env["recurring.bill.run"].with_user(self.clerk)
        run = run.create({"company_id": self.company.id, "date_through": day})
        run.action_start()
        return run.move_ids

    def _create_held(self, **values):
        items = [{"price_unit": 10}, {"product_id": self.deposit.id, "price_unit": 200}]
        contract = self._create_contract(items=items, **values)
        return contract, contract.item_ids.filtered("is_deposit")

    def test_f65_given_back_after_the_end(self):
        contract, deposit = self._create_held()
        first = self._bill_as_clerk(date(2026, 1, 1))
        self.assertEqual(first.amount_untaxed, 210)
        contract._end(date(2026, 2, 28))
        self.assertEqual(self._bill_as_clerk(date(2026, 2, 28)).amount_untaxed, 10)
        refund = self._bill_as_clerk(date(2026, 3, 1))
        self.assertEqual(
            (refund.move_type, refund.amount_untaxed, refund.reversed_entry_id), ("out_refund", 200, first)
        )
        self.assertIn(f"Credit for {first.name}", refund.invoice_line_ids.name)
        self.assertFalse(self._bill_as_clerk(date(2026, 12, 1)))
        self.assertEqual(sum(deposit.charge_ids.mapped("amount")), 0)

    def test_f65_end_of_a_term_is_known_from_the_start(self):
        plan = self._create_plan(term_count=2, renewal_policy="end")
        _contract, deposit = self._create_held(plan_id=plan.id)
        self._bill_as_clerk(date(2026, 1, 1))
        self.assertEqual(deposit.next_billing_date, date(2026, 3, 1))
        self._bill_as_clerk(date(2026, 3, 1))
        self.assertEqual(sum(deposit.charge_ids.mapped("amount")), 0)

    def test_f65_held_through_a_tacit_renewal(self):
        plan = self._create_plan(term_count=2, renewal_policy="tacit")
        contract, deposit = self._create_held(plan_id=plan.id)
        self._bill_as_clerk(date(2026, 1, 1))
        self._bill_as_clerk(date(2026, 3, 1))
        self.assertEqual(sum(deposit.charge_ids.mapped("amount")), 200)
        contract._end(date(2026, 4, 30))
        self._bill_as_clerk(date(2026, 5, 1))
        self.assertEqual(sum(deposit.charge_ids.mapped("amount")), 0)

    def test_f65_held_through_a_renewal_by_order(self):
        plan = self._create_plan(term_count=2, renewal_policy="order")
        contract, deposit = self._create_held(plan_id=plan.id)
        self._bill_as_clerk(date(2026, 2, 28))
        contract.action_renew_now()
        order = contract.renewal_order_ids
        order.action_confirm()
        self._bill_as_clerk(date(2026, 3, 1))
        self.assertEqual(sum(deposit.charge_ids.mapped("amount")), 200, "the renewal holds it")
        self.assertNotIn(self.deposit, order.recurring_contract_id.item_ids.product_id)
        order.recurring_contract_id._end(date(2026, 3, 31))
        self._bill_as_clerk(date(2026, 4, 1))
        self.assertEqual(sum(deposit.charge_ids.mapped("amount")), 0)

    def test_f65_an_end_that_is_undone_charges_it_again(self):
        contract, deposit = self._create_held()
        self._bill_as_clerk(date(2026, 1, 1))
        amendment = contract._end(date(2026, 1, 31))
        self._bill_as_clerk(date(2026, 2, 1))
        amendment.action_undo()
        self._bill_as_clerk(date(2026, 2, 2))
        self.assertEqual(deposit.charge_ids.sorted("id").mapped("amount"), [200, -200, 200])

    def test_f65_tax_of_the_credit(self):
        contract, deposit = self._create_held()
        ten = self.tax.copy({"amount": 10.0, "name": "10%"})
        first = self._bill_as_clerk(date(2026, 1, 1))
        contract._end(date(2026, 1, 31))
        self.deposit.taxes_id = [Command.set(ten.ids)]
        refund = self._bill_as_clerk(date(2026, 2, 1))
        self.assertEqual(refund.amount_tax, 40.0)
        self.assertEqual(deposit.charge_ids.tax_ids, self.tax)
        self.assertEqual(refund.reversed_entry_id, first)
