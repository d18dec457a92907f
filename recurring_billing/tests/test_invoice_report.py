import re
from datetime import date

from odoo import Command
from odoo.tests import tagged

from .common import RecurringBillingCommon

DAY = date(2026, 1, 12)


@tagged("post_install", "-at_install")
class TestInvoiceReport(RecurringBillingCommon):
    """F56, F57: what the invoice says, and by which report it is printed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.report = cls.env.ref("recurring_billing.account_invoices_recurring")
        aligned = cls._create_plan(alignment="billing_day", billing_day=1)
        cls.first = cls._create_contract(DAY, [{"price_unit": 310}], plan_id=aligned.id, client_order_ref="PO 7")
        cls.second = cls._create_contract(DAY, [{"quantity": 2, "price_unit": 45, "discount": 10}])

    def _render(self, invoice):
        return self.env["ir.actions.report"]._render_qweb_html(self.report.report_name, invoice.ids)[0].decode()

    def test_f56_the_invoice_says_all(self):
        invoice = self._bill(DAY)
        html = self._render(invoice)
        for text in (
            invoice.name,
            f"{self.first.name} - PO 7",
            self.second.name,
            "Hosting<br>\n1 × 310.00, 20 of 31 days (12 Jan to 31 Jan)",
            "01/12/2026 – 02/11/2026",
            "PO 7",
            invoice.payment_reference,
        ):
            with self.subTest(text):
                self.assertIn(text, html)
        subtotals = re.findall(r'name="td_section_amount".*?oe_currency_value">([\d.]+)<', html, re.DOTALL)
        self.assertEqual(subtotals, ["200.00", "81.00"], "one for each contract")

    def test_f56_in_the_customer_s_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.customer.lang = "fr_FR"
        html = self._render(self._bill(DAY))
        self.assertIn("12 janv.", html)

    def test_f56_credit_note(self):
        invoice = self._bill(DAY)
        self.first._end(date(2026, 1, 20))
        self.second._end(date(2026, 1, 20))
        refund = self._bill(date(2026, 1, 21))
        html = self._render(refund)
        self.assertIn("Credit Note", html)
        self.assertIn(f"{invoice.name} (01/12/2026)", html)

    def test_f57_the_report_of_customer_journal_or_company(self):
        invoice = self._bill(DAY)
        plain = self.init_invoice("out_invoice", products=self.product_a, post=True)
        standard = self.env.ref("account.account_invoices")
        chosen = self.env["account.move.send"]._get_default_pdf_report_id
        self.assertEqual(chosen(invoice), standard)
        self.company.recurring_invoice_report_id = self.report
        self.assertEqual((chosen(invoice), chosen(plain)), (self.report, standard))
        invoice.journal_id.invoice_template_pdf_report_id = standard
        self.assertEqual(chosen(invoice), standard)
        invoice.journal_id.invoice_template_pdf_report_id = False
        self.customer.invoice_template_pdf_report_id = standard
        self.assertEqual(chosen(invoice), standard)
        self.assertIn(self.report, self.env["account.move"]._get_available_invoice_template_pdf_report_ids())

    def test_f57_other_lines_and_notes(self):
        invoice = self._bill(DAY)
        invoice.button_draft()
        invoice.invoice_line_ids = [
            Command.create({"display_type": "line_note", "name": "Thank you"}),
            Command.create({"name": "Gift", "price_unit": -5, "tax_ids": False}),
        ]
        html = self._render(invoice)
        self.assertIn("Thank you", html)
        self.assertIn("Draft", html)
