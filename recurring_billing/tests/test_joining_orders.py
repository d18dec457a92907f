from datetime import date

from odoo import Command
from odoo.tests import new_test_user, tagged

from .common import RecurringBillingCommon

DAY = date(2026, 1, 1)


@tagged("post_install", "-at_install")
class TestJoiningOrders(RecurringBillingCommon):
    """F52, F53: ready lines of ordinary orders on the contracts' invoice."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = new_test_user(
            cls.env, "joining_clerk", "account.group_account_invoice",
            company_id=cls.company.id, company_ids=[Command.set(cls.company.ids)],
        )  # fmt: skip
        cls.ordered = cls.env["product.product"].create(
            {"name": "Router", "type": "consu", "invoice_policy": "order", "taxes_id": [Command.set(cls.tax.ids)]}
        )
        cls.delivered = cls.env["product.product"].create(
            {"name": "Day of work", "type": "service", "invoice_policy": "delivery", "taxes_id": False}
        )
        cls.company.recurring_join_orders = True

    def _create_order(self, lines, confirmed=True, **values):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "company_id": self.company.id,
                "order_line": [
                    Command.create({"product_id": product.id, "product_uom_qty": quantity, "price_unit": price})
                    for product, quantity, price in lines
                ],
                **values,
            }
        )
        if confirmed:
            order.action_confirm()
        return order

    def _preview(self, day=DAY):
        runs = self.env["recurring.bill.run"].with_user(self.clerk)
        run = runs.create({"company_id": self.company.id, "date_through": day})
        run.action_preview()
        return run

    def test_f52_one_invoice_for_contract_and_orders(self):
        contract = self._create_contract()
        goods = self._create_order([(self.ordered, 2, 50), (self.delivered, 3, 10)], client_order_ref="PO 9")
        goods.order_line[1].qty_delivered = 1
        run = self._preview()
        self.assertRecordValues(
            run.preview_ids,
            [
                {"kind": "recurring", "contract_id": contract.id, "amount_untaxed": 100.0, "amount_total": 120.0},
                {"kind": "order", "contract_id": False, "amount_untaxed": 100.0, "amount_total": 120.0},
                {"kind": "order", "contract_id": False, "amount_untaxed": 10.0, "amount_total": 10.0},
            ],
        )
        self.assertEqual(goods.order_line.mapped("qty_invoiced"), [0.0, 0.0], "a preview books nothing")
        run.action_start()
        invoice = run.move_ids
        self.assertEqual((run.state, len(invoice)), ("done", 1), run.customer_ids.mapped("message"))
        self.assertEqual((invoice.amount_untaxed, invoice.amount_total, run.amount_untaxed), (210.0, 250.0, 210.0))
        self.assertEqual(invoice.invoice_origin, f"{contract.name}, {goods.name}")
        self.assertEqual(invoice.ref, "PO 9")
        self.assertEqual(goods.order_line.mapped("qty_invoiced"), [2.0, 1.0])
        self.assertEqual(goods.order_line.mapped("qty_to_invoice"), [0.0, 0.0])
        self.assertEqual(goods.invoice_ids, invoice)
        self.assertEqual(
            invoice.invoice_line_ids.sorted("sequence").mapped("display_type"),
            ["line_section", "product", "line_section", "product", "product"],
        )
        self.assertEqual(contract.charge_ids.move_id, invoice)

    def test_f53_orders_with_other_terms_stay_apart_and_the_run_says_why(self):
        self._create_contract()
        order = self._create_order([(self.ordered, 1, 50)], payment_term_id=self.pay_terms_b.id)
        run = self._preview()
        self.assertEqual((run.expected_invoice_count, run.customer_ids.parting_names), (2, "Payment Terms"))
        self.assertIn(f"({order.name}): Payment Terms", run.customer_ids.parting_details)
        run.action_start()
        self.assertEqual((run.state, run.invoice_count), ("done", 2), run.customer_ids.mapped("message"))
        self.assertEqual(order.invoice_ids.invoice_payment_term_id, self.pay_terms_b)
        self.assertEqual(order.invoice_ids.invoice_date, DAY)

    def test_orders_do_not_join_where_nobody_wants_it(self):
        self._create_contract()
        order = self._create_order([(self.ordered, 1, 50)])
        self.customer.recurring_join_orders = "apart"
        self._preview().action_start()
        self.assertFalse(order.invoice_ids)
        self.company.recurring_join_orders = False
        self.customer.recurring_join_orders = "join"
        self._preview(date(2026, 2, 1)).action_start()
        self.assertTrue(order.invoice_ids)

    def test_orders_alone_are_left_to_ordinary_invoicing(self):
        order = self._create_order([(self.ordered, 1, 50)])
        self._create_order([(self.ordered, 1, 50)], confirmed=False)
        run = self._preview()
        run.action_start()
        self.assertEqual((run.state, run.invoice_count), ("done", 0))
        self.assertFalse(order.invoice_ids)

    def test_down_payment_is_deducted(self):
        self._create_contract()
        order = self._create_order([(self.ordered, 1, 80)])
        wizard = self.env["sale.advance.payment.inv"].with_context(active_model="sale.order", active_ids=order.ids)
        wizard.create({"advance_payment_method": "percentage", "amount": 25}).create_invoices()
        advance = order.invoice_ids
        advance.action_post()
        run = self._preview()
        self.assertEqual(run.expected_amount, 160.0)
        run.action_start()
        self.assertEqual((run.state, run.amount_untaxed), ("done", 160.0), run.customer_ids.mapped("message"))
        self.assertEqual(order.invoice_status, "invoiced")

    def test_returned_goods_make_a_credit_note(self):
        contract = self._create_contract(items=[{"price_unit": 5}])
        order = self._create_order([(self.delivered, 3, 10)])
        order.order_line.qty_delivered = 3
        self._preview().action_start()
        order.order_line.qty_delivered = 1
        run = self._preview(date(2026, 2, 1))
        self.assertEqual(run.expected_amount, -15.0)
        run.action_start()
        refund = run.move_ids
        self.assertEqual((run.state, refund.move_type, refund.amount_untaxed), ("done", "out_refund", 15.0))
        self.assertEqual(order.order_line.qty_invoiced, 1.0)
        self.assertEqual(sum(contract.charge_ids.mapped("amount")), 10.0)

    def test_what_changed_since_the_preview_is_held(self):
        self._create_contract()
        order = self._create_order([(self.delivered, 3, 10)])
        order.order_line.qty_delivered = 1
        run = self._preview()
        order.order_line.qty_delivered = 2
        run.action_start()
        self.assertEqual(run.customer_ids.state, "held")
        self.assertIn("Quantity from 1 to 2", run.customer_ids.message)
        self._decide(run.customer_ids, "release")
        self.assertEqual((run.state, run.amount_untaxed), ("done", 120.0))
