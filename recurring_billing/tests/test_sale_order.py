from datetime import date

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import RecurringBillingCommon

DAY = date(2026, 1, 1)


@tagged("post_install", "-at_install")
class TestSaleOrder(RecurringBillingCommon):
    """What an order shows of its contract's billing, and what cancelling it may undo."""

    def _order(self, **values):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "recurring_plan_id": self.monthly.id,
                "recurring_date_start": DAY,
                "order_line": [Command.create({"product_id": self.service.id, "price_unit": 100.0})],
                **values,
            }
        )
        order.action_confirm()
        return order

    def test_order_shows_what_was_billed(self):
        order, other = self._order(), self._order()
        self.assertFalse(order.invoice_ids)
        invoice = self._bill(DAY)
        self.assertEqual(order.invoice_ids, invoice)
        self.assertEqual((order.invoice_count, order.recurring_billed_amount), (1, 100.0))
        Order = self.env["sale.order"]
        self.assertEqual(Order.search([("invoice_ids", "in", invoice.ids)]), order + other)
        self.assertNotIn(order, Order.search([("invoice_ids", "=", False)]))
        self.assertEqual(order.order_line.qty_to_invoice, 0)
        self.assertEqual(order.order_line.recurring_item_ids.charge_ids.move_id, invoice)

    def test_cancelled_before_billing(self):
        order = self._order()
        order._action_cancel()
        self.assertEqual(order.recurring_contract_id.state, "cancelled")
        self.assertFalse(self._bill(DAY))

    def test_cancelling_is_refused_once_billed(self):
        order, other = self._order(), self._order()
        invoice = self._bill(DAY)
        invoice.button_draft()
        with self.assertRaisesRegex(UserError, "has been billed already"):
            order._action_cancel()
        self.assertEqual(invoice.state, "draft")
        invoice.unlink()
        order._action_cancel()
        self.assertEqual(order.recurring_contract_id.charge_ids.state, "void")
        self.assertEqual(self._bill(DAY).invoice_line_ids.recurring_contract_id,
                         other.recurring_contract_id)  # fmt: skip

    def test_shared_drafts_are_not_the_order_s_own(self):
        order = self._order()
        invoice = self._bill(DAY)
        invoice.button_draft()
        own = order.with_context(recurring_own_invoices_only=True)
        self.assertFalse(own.invoice_ids)

    def test_first_invoice_takes_the_payment_of_the_order(self):
        order = self._order()
        provider = self.env["payment.provider"].sudo().search([("code", "=", "none")], limit=1)
        transaction = (
            self.env["payment.transaction"]
            .sudo()
            .create(
                {
                    "provider_id": provider.id,
                    "payment_method_id": self.env.ref("payment.payment_method_unknown").id,
                    "amount": 120.0,
                    "currency_id": order.currency_id.id,
                    "partner_id": self.customer.id,
                    "reference": "paid at signature",
                    "state": "done",
                    "sale_order_ids": [Command.set(order.ids)],
                }
            )
        )
        first = self._bill(DAY)
        self.assertEqual(first.transaction_ids, transaction)
        self.assertFalse(self._bill(date(2026, 2, 1)).transaction_ids)
