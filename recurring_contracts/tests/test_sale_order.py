from datetime import date

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import RecurringContractsCommon


@tagged("post_install", "-at_install")
class TestSaleOrder(RecurringContractsCommon):
    def setUp(self):
        super().setUp()
        self.goods = self.env["product.product"].create(
            {"name": "Router", "type": "consu", "list_price": 80.0, "invoice_policy": "order"}
        )

    def test_f1_confirming_makes_the_contract_once(self):
        order = self._create_order(
            [(self.service, 2), (self.setup_fee, 1), (self.goods, 1)],
            recurring_date_start=date(2026, 1, 15),
            client_order_ref="PO 7",
        )
        order.action_confirm()
        contract = order.recurring_contract_id
        self.assertEqual(contract.state, "active")
        self.assertEqual(contract.date_start, date(2026, 1, 15))
        self.assertFalse(order.is_recurring_only)
        self.assertEqual(contract.item_ids.product_id, self.service | self.setup_fee)
        self.assertEqual(contract.item_ids.sale_line_id, order.order_line[:2])
        self.assertEqual(contract.client_order_ref, "PO 7")
        self.assertEqual(contract.order_ids, order)
        self.assertEqual(contract.amendment_ids.order_id, order)
        order._action_confirm()
        order._create_recurring_contract()
        self.assertEqual(order.recurring_contract_id, contract)
        self.assertEqual(self.env["recurring.contract"].search_count([("order_ids", "in", order.ids)]), 1)

    def test_discount_and_taxes_travel_along(self):
        tax = self.env["account.tax"].create({"name": "T", "amount": 20.0})
        order = self._create_order([(self.service, 1)])
        order.order_line.write({"discount": 15.0, "tax_ids": [Command.set(tax.ids)]})
        order.action_confirm()
        item = order.recurring_contract_id.item_ids
        self.assertEqual((item.discount, item.tax_ids), (15.0, tax))
        self.assertEqual(item.segment_ids.tax_ids, tax)
        self.assertEqual(item.mrr, 85.0)

    def test_the_template_brings_the_plan(self):
        template = self.env["sale.order.template"].create({"name": "Offer", "recurring_plan_id": self.plan_monthly.id})
        order = self.env["sale.order"].create({"partner_id": self.partner.id, "sale_order_template_id": template.id})
        self.assertEqual(order.recurring_plan_id, self.plan_monthly)

    def test_a_plan_needs_recurring_lines_and_the_reverse(self):
        order = self._create_order([(self.goods, 1)])
        with self.assertRaisesRegex(UserError, "no line that belongs to a contract"):
            order.action_confirm()
        order = self._create_order([(self.service, 1)])
        order.recurring_plan_id = False
        with self.assertRaisesRegex(UserError, "Choose the recurring plan"):
            order.action_confirm()

    def test_cancelling_takes_the_contract_back_and_it_can_be_sold_again(self):
        order = self._create_order([(self.service, 1)])
        order.action_confirm()
        first = order.recurring_contract_id
        order._action_cancel()
        self.assertEqual((first.state, first.mrr), ("cancelled", 0.0))
        self.assertFalse(first.item_ids.segment_ids)
        self.assertEqual(sum(first.event_ids.mapped("mrr_delta")), 0.0)
        order.action_draft()
        order.action_confirm()
        self.assertNotEqual(order.recurring_contract_id, first)
        self.assertEqual(order.recurring_contract_id.state, "active")

    def test_native_invoicing_leaves_contract_lines_alone(self):
        order = self._create_order([(self.service, 2), (self.goods, 1)])
        order.action_confirm()
        service, goods = order.order_line
        self.assertEqual((service.qty_to_invoice, goods.qty_to_invoice), (0.0, 1.0))
        self.assertEqual(service.amount_to_invoice, 0.0)
        self.assertEqual(service.untaxed_amount_to_invoice, 0.0)
        self.assertEqual(order.invoice_status, "to invoice")
        self.assertEqual(order._get_invoiceable_lines(), goods)
        order._force_lines_to_invoice_policy_order()
        self.assertEqual(service.qty_to_invoice, 0.0)
        self.assertEqual(order._get_invoiceable_lines(), goods)

    def test_an_order_of_contract_lines_only_has_nothing_to_invoice(self):
        order = self._create_order([(self.service, 2)])
        order.action_confirm()
        self.assertEqual(order.invoice_status, "no")
        self.assertTrue(order.is_recurring_only)
        self.assertEqual(order.recurring_date_start, order.recurring_contract_id.date_start)
        self.assertEqual(order.amount_to_invoice, 0.0)

    def test_totals_of_the_quotation(self):
        plan = self._create_plan("Quarterly", billing_count=3)
        order = self._create_order([(self.service, 2), (self.goods, 1)], plan=plan)
        self.assertEqual(order.order_line[0].price_unit, 300.0)
        self.assertEqual(order.recurring_subtotal, 600.0)
        self.assertEqual(order.recurring_mrr, 200.0)
        self.assertTrue(order.has_recurring_lines)

    def test_confirmed_by_the_customer(self):
        """A signature or payment confirms as the public user, through sudo."""
        order = self._create_order([(self.service, 1)])
        public = self.env.ref("base.public_user")
        order.with_user(public).sudo().action_confirm()
        self.assertEqual(order.recurring_contract_id.state, "active")

    def test_first_invoice_and_contract_value(self):
        tax = self.env["account.tax"].create({"name": "T", "amount": 20.0})
        plan = self._create_plan("By calendar month", alignment="billing_day", billing_day=1, term_count=12)
        order = self._create_order(
            [(self.service, 1), (self.setup_fee, 1)],
            plan=plan,
            recurring_date_start=date(2026, 8, 10),
            require_payment=True,
            prepayment_percent=0.5,
        )
        order.order_line[0].write({"price_unit": 50.0, "tax_ids": [Command.set(tax.ids)]})
        # 22 of 31 days of 50.00 are 35.48; with 20 % tax 42.58; the setup of 500.00 has none.
        self.assertEqual(order.recurring_first_invoice, 542.58)
        self.assertEqual(order._get_prepayment_required_amount(), 271.29)
        # From 10 August to 9 August: 35.48, eleven months, 9 of 31 days.
        self.assertEqual(order.recurring_contract_value, 500.0 + 35.48 + 11 * 50.0 + 14.52)

    def test_what_is_billed_in_arrears_is_not_on_the_first_invoice(self):
        plan = self._create_plan("Arrears", billing_timing="arrears")
        order = self._create_order([(self.service, 1), (self.goods, 1)], plan=plan)
        order.order_line.tax_ids = False
        self.assertEqual(order.recurring_first_invoice, 80.0)
        self.assertEqual(order.recurring_contract_value, 0.0)

    def test_the_printed_quotation_tells_the_totals(self):
        order = self._create_order([(self.service, 2)])
        html = self.env["ir.actions.report"]._render_qweb_html("sale.report_saleorder", order.ids)[0]
        self.assertIn("First invoice", html.decode())
        self.assertIn("Monthly", html.decode())
