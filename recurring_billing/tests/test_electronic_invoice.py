from datetime import date

from lxml import etree

from odoo.tests import tagged

from .common import RecurringBillingCommon


@tagged("post_install", "-at_install")
class TestElectronicInvoice(RecurringBillingCommon):
    """The service period of a line in electronic invoices."""

    def test_the_period_travels_with_the_line(self):
        self._create_contract(date(2026, 1, 1))
        invoice = self._bill(date(2026, 1, 1))
        base_line = invoice._prepare_product_base_line_for_taxes_computation(invoice.invoice_line_ids)
        self.assertEqual(
            (base_line["deferred_start_date"], base_line["deferred_end_date"]), (date(2026, 1, 1), date(2026, 1, 31))
        )

    def test_ubl(self):
        self.assertIn("account.edi.xml.ubl_bis3", self.env, "comes with invoicing")
        self._create_contract(date(2026, 1, 1))
        invoice = self._bill(date(2026, 1, 1))
        plain = invoice.copy({"invoice_date": date(2026, 1, 1)})
        plain.invoice_line_ids.write({"recurring_date_start": False, "recurring_date_end": False})
        plain.action_post()
        for move, expected in ((invoice, ["2026-01-01", "2026-01-31"]), (plain, [])):
            document, _errors = self.env["account.edi.xml.ubl_bis3"]._export_invoice(move)
            tree = etree.fromstring(document)
            period = tree.find("{*}InvoiceLine/{*}InvoicePeriod")
            self.assertEqual([] if period is None else [node.text for node in period], expected)

    def test_f57_cii(self):
        self.assertIn("account.edi.xml.cii", self.env, "comes with invoicing")
        self._create_contract(date(2026, 1, 12), plan_id=self._create_plan(alignment="billing_day", billing_day=1).id)
        invoice = self._bill(date(2026, 1, 12))
        document, _errors = self.env["account.edi.xml.cii"]._export_invoice(invoice)
        period = etree.fromstring(document).find(".//{*}SpecifiedLineTradeSettlement/{*}BillingSpecifiedPeriod")
        self.assertEqual(
            [node.text for node in period.iter("{*}DateTimeString")], ["20260112", "20260131"], "BG-26 of EN 16931"
        )
