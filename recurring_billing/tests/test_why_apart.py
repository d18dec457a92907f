from datetime import date

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from .common import RecurringBillingCommon

DAY = date(2026, 1, 1)


@tagged("post_install", "-at_install")
class TestWhyApart(RecurringBillingCommon):
    """F53: of any two charges, lines of a preview or invoices a clerk learns what keeps them apart."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = new_test_user(
            cls.env, "apart_clerk", "account.group_account_invoice",
            company_id=cls.company.id, company_ids=[Command.set(cls.company.ids)],
        )  # fmt: skip
        cls.currency = cls.setup_other_currency("EUR")
        cls.method = cls.company_data["default_journal_bank"].inbound_payment_method_line_ids[:1]
        cls.customer.property_inbound_payment_method_line_id = False
        cls.first = cls._create_contract(client_order_ref="PO 1")
        cls.second = cls._create_contract(client_order_ref="PO 2")
        cls.foreign = cls._create_contract(currency_id=cls.currency.id)
        cls.paid = cls._create_contract(payment_method_line_id=cls.method.id)

    def _new_run(self):
        runs = self.env["recurring.bill.run"].with_user(self.clerk)
        return runs.create({"company_id": self.company.id, "date_through": DAY})

    def _ask(self, records):
        """Return what the clerk reads after choosing two rows of a list."""
        records = records.with_user(self.clerk)
        moves = records._name == "account.move"
        action = records.action_recurring_why_apart() if moves else records.action_why_apart()
        return self.env[action["res_model"]].with_user(self.clerk).browse(action["res_id"]).explanation

    def test_f53_any_two_charges_of_a_run(self):
        run = self._new_run()
        run.action_start()
        self.assertEqual(run.invoice_count, 3)
        charges = [contract.charge_ids for contract in (self.first, self.second, self.foreign, self.paid)]
        first, second, foreign, paid = charges
        shared = first.move_id
        self.assertEqual(self._ask(first + second), f"They are not apart: both are on {shared.display_name}.")
        answer = self._ask(first + foreign)
        self.assertEqual(answer.count("\n"), 0, "one property, one sentence")
        self.assertIn("Currency: USD for", answer)
        self.assertIn(f"{shared.display_name}, EUR for", answer)
        answer = self._ask(first + paid)
        self.assertIn("Payment Method: none for", answer)
        self.assertIn(self.method.display_name, answer)
        self.assertEqual([line.split(":")[0] for line in self._ask(foreign + paid).split("\n")],
                         ["Currency", "Payment Method"])  # fmt: skip
        with self.assertRaisesRegex(UserError, "Choose two charges"):
            self._ask(first + second + paid)

    def test_f53_two_invoices_of_a_run(self):
        run = self._new_run()
        run.action_start()
        self.assertIn("Currency: USD", self._ask(self.first.charge_ids.move_id + self.foreign.charge_ids.move_id))
        ordinary = self.init_invoice("out_invoice", products=self.product_a)
        with self.assertRaisesRegex(UserError, "was not billed from contracts"):
            self._ask(self.first.charge_ids.move_id + ordinary)
        with self.assertRaisesRegex(UserError, "Choose two invoices"):
            self._ask(self.first.charge_ids.move_id)

    def test_f53_the_invoice_counts_whatever_the_contract_says_by_now(self):
        run = self._new_run()
        run.action_start()
        self.first.payment_term_id = self.pay_terms_b
        self.assertNotIn("Payment Terms", self._ask(self.first.charge_ids + self.foreign.charge_ids))

    def test_f53_two_lines_of_a_preview(self):
        self.company.recurring_join_orders = True
        router = self.env["product.product"].create({"name": "Router", "type": "consu", "invoice_policy": "order"})
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "payment_term_id": self.pay_terms_b.id,
                "order_line": [Command.create({"product_id": router.id, "price_unit": 50})],
            }
        )
        order.action_confirm()
        apart = self._create_contract(invoice_grouping="contract")
        run = self._new_run()
        run.action_preview()
        lines = {line.contract_id: line for line in run.preview_ids}
        self.assertIn("both are on invoice 1 of Azure", self._ask(lines[self.first] + lines[self.second]))
        self.assertIn("Currency: USD for", self._ask(lines[self.first] + lines[self.foreign]))
        self.assertEqual(
            self._ask(lines[self.first] + lines[apart]).split(" for ")[0], "Own Invoice of the Contract: none"
        )
        ordered = run.preview_ids.filtered("sale_line_id")
        self.assertIn("Payment Terms: none for", self._ask(lines[self.first] + ordered))

    def test_f53_a_credit_note_of_its_own(self):
        self.customer.recurring_credit_policy = "credit_note"
        self._new_run().action_start()
        self.first._end(date(2026, 1, 21))
        run = self._run(date(2026, 2, 1))
        credit = self.first.charge_ids.filtered("corrected_charge_id")
        charge = self.second.charge_ids.filtered(lambda c: c.run_id == run)
        answer = self._ask(credit + charge)
        self.assertIn("Credit Note: yes for", answer)
        self.assertIn("Invoice Corrected:", answer)

    def test_f53_other_customers_and_other_runs(self):
        self._new_run().action_start()
        late = self._create_contract()
        other = self._create_contract(partner_id=self._create_customer("Other").id)
        run = self._new_run()
        run.action_start()
        answer = self._ask(self.first.charge_ids + late.charge_ids)
        self.assertIn("They were not billed together", answer)
        self.assertIn(run.name, answer)
        answer = self._ask(late.charge_ids + other.charge_ids)
        self.assertIn("Paying Company: Azure for", answer)
        self.assertNotIn("Invoice Address", answer)
