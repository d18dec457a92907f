from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.account.tests.common import AccountTestInvoicingCommon


@tagged("post_install", "-at_install")
class TestDownPayment(AccountTestInvoicingCommon):
    """Odoo's down payments count what the order itself invoices, not what the contract bills."""

    @classmethod
    def get_default_groups(cls):
        return super().get_default_groups() | cls.env.ref("sales_team.group_sale_manager")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plan = cls.env["recurring.plan"].create({"name": "Monthly"})
        Product = cls.env["product.product"]
        cls.service = Product.create(
            {
                "name": "Hosting",
                "type": "service",
                "list_price": 100.0,
                "recurring_charge_type": "recurring",
                "taxes_id": False,
            }
        )
        cls.goods = Product.create(
            {
                "name": "Router",
                "list_price": 80.0,
                "invoice_policy": "order",
                "taxes_id": False,
            }
        )

    def _order(self, *products):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.partner_a.id,
                "recurring_plan_id": self.plan.id,
                "order_line": [Command.create({"product_id": p.id}) for p in products],
            }
        )
        order.action_confirm()
        return order

    def _invoice(self, order, **values):
        wizard = (
            self.env["sale.advance.payment.inv"]
            .with_context(active_ids=order.ids, active_model="sale.order")
            .create(values)
        )
        return wizard._create_invoices(order)

    def test_the_share_is_one_of_the_ordinary_lines(self):
        for method, amount in (("percentage", {"amount": 50}), ("fixed", {"fixed_amount": 40})):
            with self.subTest(method=method):
                order = self._order(self.service, self.goods)
                deposit = self._invoice(order, advance_payment_method=method, **amount)
                self.assertEqual(deposit.amount_untaxed, 40.0)
                deposit.action_post()
                final = self._invoice(order, advance_payment_method="delivered")
                self.assertEqual(final.move_type, "out_invoice")
                self.assertEqual(final.amount_untaxed, 40.0)
                self.assertNotIn(self.service, final.invoice_line_ids.product_id)
                self.assertEqual(order.order_line[0].qty_invoiced, 0.0)

    def test_an_order_of_contract_lines_only_takes_none(self):
        order = self._order(self.service)
        with self.assertRaisesRegex(UserError, "the contract bills"):
            self._invoice(order, advance_payment_method="percentage", amount=50)

    def test_the_credit_limit_is_not_eaten(self):
        order = self._order(self.service, self.goods)
        self.assertEqual(order.amount_to_invoice, 80.0)
