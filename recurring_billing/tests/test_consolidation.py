from datetime import date

from odoo.tests import tagged

from .common import RecurringBillingCommon

DAY = date(2026, 1, 1)


@tagged("post_install", "-at_install")
class TestConsolidation(RecurringBillingCommon):
    """Which charges share an invoice."""

    def test_four_contracts_make_three_invoices(self):
        currency = self.setup_other_currency("EUR")
        bank = self.company_data["default_journal_bank"]
        method = bank.inbound_payment_method_line_ids[:1]
        self.customer.property_inbound_payment_method_line_id = False
        first = self._create_contract(client_order_ref="PO 1")
        second = self._create_contract(client_order_ref="PO 2")
        foreign = self._create_contract(currency_id=currency.id)
        paid = self._create_contract(payment_method_line_id=method.id)
        run = self.env["recurring.bill.run"].create({"company_id": self.company.id, "date_through": DAY})
        run.action_preview()
        row = run.customer_ids
        self.assertEqual((row.expected_invoice_count, row.parting_names), (3, "Currency, Payment Method"))
        terms = [f"Currency USD, Payment Method {name}" for name in ("none", method.display_name)]
        self.assertEqual(
            row.parting_details,
            f"Invoice 1 ({first.name}, {second.name}): {terms[0]}\n"
            f"Invoice 2 ({foreign.name}): Currency EUR, Payment Method none\n"
            f"Invoice 3 ({paid.name}): {terms[1]}",
        )
        run.action_start()
        invoices = run.move_ids.sorted("id")
        self.assertEqual(len(invoices), 3)
        self.assertEqual((run.state, row.parting_names), ("done", "Currency, Payment Method"))
        for invoice in invoices:
            self.assertIn(invoice.name, row.parting_details)
        self.assertEqual(self.env["account.move"].search(row.action_view_invoices()["domain"]), invoices)
        shared = first.charge_ids.move_id
        self.assertEqual(shared, second.charge_ids.move_id)
        self.assertEqual(foreign.charge_ids.move_id.currency_id, currency)
        self.assertEqual(paid.charge_ids.move_id.preferred_payment_method_line_id, method)
        self.assertEqual(shared.ref, "PO 1, PO 2")
        self.assertEqual(shared.invoice_origin, f"{first.name}, {second.name}")
        self.assertEqual(
            shared.invoice_line_ids.sorted("sequence").mapped("display_type"),
            ["line_section", "product", "line_section", "product"],
        )

    def test_payment_terms_and_positions_part(self):
        self._create_contract()
        self._create_contract(payment_term_id=self.pay_terms_b.id)
        self._create_contract(fiscal_position_id=self.fiscal_pos_a.id)
        run = self._run(DAY)
        invoices = run.move_ids
        self.assertEqual(len(invoices), 3)
        self.assertEqual(run.customer_ids.parting_names, "Payment Terms, Fiscal Position")
        self.assertIn(self.pay_terms_b, invoices.invoice_payment_term_id)
        self.assertIn(self.fiscal_pos_a, invoices.fiscal_position_id)

    def test_default_and_named_journal_share(self):
        journal = self.company_data["default_journal_sale"]
        self._create_contract()
        self._create_contract(journal_id=journal.id)
        other = journal.copy({"code": "SALX"})
        self._create_contract(journal_id=other.id)
        invoices = self._bill(DAY)
        self.assertEqual(invoices.journal_id, journal + other)
        self.assertEqual(len(invoices), 2)

    def test_credit_joins_the_next_invoice(self):
        first = self._create_contract(items=[{"price_unit": 31}])
        self._create_contract()
        self._bill(DAY)
        first._end(date(2026, 1, 21))
        run = self._run(date(2026, 2, 1))
        self.assertEqual((run.customer_ids.parting_names, run.customer_ids.parting_details), (False, False))
        invoice = run.move_ids
        self.assertEqual(invoice.move_type, "out_invoice")
        self.assertEqual(invoice.amount_untaxed, 90.0)

    def test_f52_grouping_by_contract_plan_or_customer(self):
        apart = self._create_plan(name="Apart", invoice_grouping="contract")
        shared = [self._create_contract(), self._create_contract()]
        own = [self._create_contract(plan_id=apart.id), self._create_contract(plan_id=apart.id)]
        back = self._create_contract(plan_id=apart.id, invoice_grouping="customer")
        run = self._run(DAY)
        self.assertEqual(len(run.move_ids), 3)
        self.assertEqual(shared[0].charge_ids.move_id, shared[1].charge_ids.move_id)
        self.assertEqual(shared[0].charge_ids.move_id, back.charge_ids.move_id)
        self.assertNotEqual(own[0].charge_ids.move_id, own[1].charge_ids.move_id)
        self.assertEqual(run.customer_ids.parting_names, "Own Invoice of the Contract")
        self.assertIn(f"({own[0].name}): Own Invoice of the Contract {own[0].name}", run.customer_ids.parting_details)

    def test_f52_grouping_by_purchase_order_and_item(self):
        self.customer.recurring_invoice_grouping = "order"
        first, second = self._create_contract(client_order_ref="PO 1"), self._create_contract(client_order_ref="PO 1")
        other = self._create_contract(client_order_ref="PO 2")
        each = self._create_contract(items=[{}, {}], invoice_grouping="item")
        run = self._run(DAY)
        self.assertEqual(len(run.move_ids), 4)
        self.assertEqual(first.charge_ids.move_id, second.charge_ids.move_id)
        self.assertEqual((first.charge_ids.move_id.ref, other.charge_ids.move_id.ref), ("PO 1", "PO 2"))
        self.assertEqual(len(each.charge_ids.move_id), 2)
        self.assertEqual(run.customer_ids.parting_names, "Purchase Order, Own Invoice of the Item")

    def test_credit_notes_at_once(self):
        first = self._create_contract(items=[{"price_unit": 31}])
        second = self._create_contract(items=[{"price_unit": 62}])
        january = self._bill(DAY)
        self.customer.recurring_credit_policy = "credit_note"
        first._end(date(2026, 1, 21))
        second._end(date(2026, 1, 21))
        third = self._create_contract(date(2026, 1, 22))
        run = self._run(date(2026, 1, 22))
        refund = run.move_ids.filtered(lambda m: m.move_type == "out_refund")
        self.assertEqual((refund.amount_untaxed, refund.reversed_entry_id), (30.0, january))
        self.assertEqual(third.charge_ids.move_id.move_type, "out_invoice")
        self.assertEqual(run.customer_ids.parting_names, "Credit Note, Invoice Corrected")

    def test_credit_notes_at_once_one_for_each_invoice(self):
        self.company.recurring_credit_policy = "credit_note"
        first = self._create_contract(items=[{"price_unit": 31}])
        invoices = [self._bill(DAY)]
        second = self._create_contract(items=[{"price_unit": 62}])
        invoices.append(self._bill(DAY))
        first._end(date(2026, 1, 21))
        second._end(date(2026, 1, 21))
        refunds = self._bill(date(2026, 1, 22))
        self.assertEqual(refunds.reversed_entry_id.ids, [invoice.id for invoice in invoices])
        self.assertEqual(refunds.mapped("amount_untaxed"), [10.0, 20.0])

    def test_credit_goes_to_whom_was_invoiced(self):
        contract = self._create_contract(date(2026, 6, 1), [{"price_unit": 30}])
        first = self._bill(date(2026, 6, 1))
        payer = self._create_customer("Gemini")
        day = date(2026, 6, 11)
        self._amend(contract.item_ids, "payer", day, payer_id=payer.id)
        refund, invoice = self._bill(day).sorted("move_type", reverse=True)
        self.assertEqual((refund.partner_id, refund.amount_untaxed), (self.customer, 20.0))
        self.assertEqual(refund.reversed_entry_id, first)
        self.assertEqual((invoice.partner_id, invoice.amount_untaxed), (payer, 20.0))

    def test_companies_stay_apart(self):
        other = self.setup_other_company()
        self._create_contract()
        plan = self.monthly
        contract = (
            self.env["recurring.contract"]
            .with_company(other["company"])
            .create(
                {
                    "partner_id": self.customer.id,
                    "plan_id": plan.id,
                    "company_id": other["company"].id,
                    "date_start": DAY,
                    "item_ids": [(0, 0, self._prepare_item(tax_ids=False))],
                }
            )
        )
        contract.action_start()
        invoices = self._bill(DAY)
        self.assertEqual(invoices.company_id, self.company)
        self.assertFalse(contract.charge_ids)
        run = self.env["recurring.bill.run"].create({"company_id": other["company"].id, "date_through": DAY})
        run.action_start()
        self.assertEqual(run.move_ids.company_id, other["company"])
        self.assertEqual(run.move_ids.journal_id.company_id, other["company"])

    def test_analytic_distribution_travels(self):
        plan = self.env["account.analytic.plan"].create({"name": "Departments"})
        account = self.env["account.analytic.account"].create({"name": "Cloud", "plan_id": plan.id})
        contract = self._create_contract(date(2026, 6, 1), [{"analytic_distribution": {str(account.id): 100}}])
        invoice = self._bill(date(2026, 6, 1))
        self.assertEqual(invoice.invoice_line_ids.analytic_distribution, {str(account.id): 100})
        contract._end(date(2026, 6, 10))
        refund = self._bill(date(2026, 6, 11))
        self.assertEqual(refund.invoice_line_ids.analytic_distribution, {str(account.id): 100})
