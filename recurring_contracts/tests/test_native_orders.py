from datetime import date

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

from .common import RecurringContractsCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-03-01")
class TestNativeOrders(RecurringContractsCommon, AccountTestInvoicingCommon):
    """Odoo's own ways with orders leave recurring lines to the contract."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.goods = cls.env["product.product"].create(
            {"name": "Cable", "type": "consu", "list_price": 50.0, "invoice_policy": "order", "taxes_id": False}
        )
        cls.discount = cls.env["product.product"].create(
            {"name": "Reward", "type": "service", "list_price": 0.0, "invoice_policy": "order", "taxes_id": False}
        )

    def _confirmed(self, *lines, **values):
        order = self._create_order(list(lines), **values)
        order.action_confirm()
        return order

    def _line(self, order, product):
        return order.order_line.filtered(lambda line: line.product_id == product)

    # === COMBOS === #

    def _combo_order(self, *parts):
        combos = self.env["product.combo"].create(
            [{"name": part.name, "combo_item_ids": [Command.create({"product_id": part.id})]} for part in parts]
        )
        combo = self.env["product.product"].create(
            {
                "name": "Bundle",
                "type": "combo",
                "list_price": 140.0,
                "combo_ids": [Command.set(combos.ids)],
                "taxes_id": False,
            }
        )
        order = self._create_order([(combo, 1)])
        header = order.order_line
        order.order_line = [
            Command.create(
                {
                    "product_id": part.id,
                    "combo_item_id": choice.combo_item_ids.id,
                    "linked_line_id": header.id,
                    "product_uom_qty": 1.0,
                }
            )
            for part, choice in zip(parts, combos, strict=True)
        ]
        return order, header

    def test_a_combo_of_contract_lines_leaves_nothing_to_invoice(self):
        order, header = self._combo_order(self.service, self.support)
        order.action_confirm()
        contract = order.recurring_contract_id
        self.assertEqual(contract.item_ids.product_id, self.service | self.support)
        self.assertEqual(sum(contract.item_ids.mapped("price_subtotal")), order.amount_untaxed)
        self.assertFalse(any(order.order_line.mapped("qty_to_invoice")))
        self.assertEqual(header.qty_to_invoice, 0.0)
        with self.assertRaises(UserError):
            order._create_invoices()

    def test_of_a_mixed_combo_only_the_ordinary_part_is_invoiced(self):
        order, _header = self._combo_order(self.service, self.goods)
        order.action_confirm()
        self.assertEqual(order.recurring_contract_id.item_ids.product_id, self.service)
        invoice = order._create_invoices()
        products = invoice.invoice_line_ids.filtered(lambda line: line.display_type == "product").product_id
        self.assertNotIn(self.service, products)
        self.assertEqual(invoice.amount_untaxed, self._line(order, self.goods).price_subtotal)

    # === OPTIONAL LINES === #

    def test_an_optional_line_joins_only_when_it_is_chosen(self):
        order = self._create_order([(self.service, 1)])
        order.order_line = [
            Command.create({"name": "Options", "display_type": "line_section", "is_optional": True, "sequence": 90}),
            Command.create({"product_id": self.support.id, "product_uom_qty": 0.0, "sequence": 91}),
        ]
        self.assertEqual(order.recurring_subtotal, 100.0)
        order.action_confirm()
        self.assertEqual(order.recurring_contract_id.mrr, 100.0)
        quantities = {item.product_id: item.quantity for item in order.recurring_contract_id.item_ids}
        self.assertEqual(quantities.get(self.support, 0.0), 0.0)

    # === REWARDS === #

    def test_a_reward_on_an_order_of_contract_lines(self):
        """A discount line beside recurring lines is the order's own: invoiced there, once, never by the contract."""
        order = self._create_order([(self.service, 1), (self.goods, 1)])
        order.order_line = [Command.create({"product_id": self.discount.id, "price_unit": -10.0})]
        order.action_confirm()
        self.assertEqual(order.recurring_contract_id.item_ids.product_id, self.service)
        order._force_lines_to_invoice_policy_order()
        self.assertEqual(self._line(order, self.service).qty_to_invoice, 0.0)
        invoice = order._create_invoices()
        self.assertEqual(invoice.amount_untaxed, 40.0)

    # === FORCED INVOICING, LOCKS, COPIES === #

    def test_no_way_of_invoicing_takes_contract_lines(self):
        order = self._confirmed((self.service, 1), (self.setup_fee, 1), (self.goods, 2))
        order._force_lines_to_invoice_policy_order()
        lines = self._line(order, self.service) | self._line(order, self.setup_fee)
        self.assertEqual(lines.mapped("qty_to_invoice"), [0.0, 0.0])
        self.assertEqual(lines.mapped("amount_to_invoice"), [0.0, 0.0])
        for final in (False, True):
            self.assertEqual(order._get_invoiceable_lines(final=final).product_id, self.goods)
        wizard = (
            self.env["sale.advance.payment.inv"]
            .with_context(active_model="sale.order", active_ids=order.ids)
            .create({"advance_payment_method": "delivered"})
        )
        wizard.create_invoices()
        self.assertEqual(order.invoice_ids.invoice_line_ids.product_id, self.goods)
        self.assertEqual(order.invoice_ids.amount_untaxed, 100.0)

    def test_a_locked_order_keeps_its_contract(self):
        order = self._confirmed((self.service, 1))
        order.action_lock()
        contract = order.recurring_contract_id
        self.assertEqual(contract.state, "active")
        with self.assertRaises(UserError):
            order.order_line.product_uom_qty = 5
        contract._end(date(2026, 5, 31))
        self.assertEqual(contract.date_end, date(2026, 5, 31))
        renewal = contract._create_renewal_orders([[contract]])
        renewal.action_confirm()
        self.assertEqual(contract.renewed_into_id, renewal.recurring_contract_id)

    def test_a_duplicate_is_a_sale_of_its_own(self):
        order = self._confirmed((self.service, 2), recurring_date_start=date(2026, 1, 1))
        copy = order.copy()
        self.assertFalse(copy.recurring_contract_id)
        self.assertFalse(copy.recurring_date_start)
        self.assertEqual(copy.recurring_plan_id, order.recurring_plan_id)
        copy.action_confirm()
        self.assertNotEqual(copy.recurring_contract_id, order.recurring_contract_id)
        self.assertEqual(copy.recurring_contract_id.date_start, date(2026, 3, 1))
        renewal = order.recurring_contract_id
        renewal._end(date(2026, 12, 31))
        duplicate = renewal._create_renewal_orders([[renewal]]).copy()
        self.assertFalse(duplicate.recurring_renewed_contract_ids)
        self.assertFalse(duplicate.order_line.recurring_origin_item_ids)

    def test_a_quantity_changed_on_the_order_is_refused_or_left_to_the_contract(self):
        """The order documents what was sold; the contract is changed by amendments."""
        order = self._confirmed((self.service, 2))
        order.order_line.product_uom_qty = 3
        self.assertEqual(order.recurring_contract_id.item_ids.quantity, 2.0)
        self.assertEqual(order.order_line.qty_to_invoice, 0.0)

    def test_the_prepayment_is_a_share_of_the_first_invoice(self):
        order = self._create_order(
            [(self.service, 1), (self.setup_fee, 1)], require_payment=True, prepayment_percent=0.5
        )
        order.order_line.tax_ids = False
        self.assertEqual(order.recurring_first_invoice, 600.0)
        self.assertEqual(order._get_prepayment_required_amount(), 300.0)
        arrears = self._create_plan("In arrears", billing_timing="arrears")
        order.recurring_plan_id = arrears
        self.assertEqual(order._get_prepayment_required_amount(), 250.0)

    def test_down_payments_count_ordinary_lines_only(self):
        order = self._confirmed((self.service, 1), (self.goods, 2))
        wizard = (
            self.env["sale.advance.payment.inv"]
            .with_context(active_model="sale.order", active_ids=order.ids)
            .create({"advance_payment_method": "percentage", "amount": 50.0})
        )
        wizard.create_invoices()
        down_payment = order.invoice_ids
        self.assertEqual(down_payment.amount_untaxed, 50.0)
        down_payment.action_post()
        final = order._create_invoices(final=True)
        self.assertEqual((final.move_type, final.amount_untaxed), ("out_invoice", 50.0))
        self.assertFalse(order.order_line.filtered("recurring_charge_type").invoice_lines)
