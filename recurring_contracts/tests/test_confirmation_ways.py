from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.account_payment.tests.common import AccountPaymentCommon

from .common import RecurringContractsCommon

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


@tagged("post_install", "-at_install")
class TestSignature(RecurringContractsCommon, HttpCase):
    """F1: the customer's signature makes the contract, once."""

    def test_a_signature_makes_the_contract(self):
        order = self._create_order([(self.service, 2)], require_signature=True)
        order.require_payment = False
        order.action_quotation_sent()
        route = f"/my/orders/{order.id}/accept"
        params = {
            "access_token": order._portal_ensure_token(),
            "name": "Ada Customer",
            "signature": PIXEL,
        }
        with mute_logger("odoo.addons.base.models.ir_actions_report"):
            self.make_jsonrpc_request(route, params)
            contract = order.recurring_contract_id
            self.assertEqual((order.state, contract.state), ("sale", "active"))
            again = self.make_jsonrpc_request(route, params)
        self.assertIn("error", again)
        self.assertEqual(order.recurring_contract_id, contract)


@tagged("post_install", "-at_install")
class TestPayment(AccountPaymentCommon, RecurringContractsCommon):
    """F1: a payment makes the contract, once; Odoo then invoices nothing of its lines."""

    def test_a_payment_makes_the_contract(self):
        order = self._create_order([(self.service, 2)], require_payment=True, prepayment_percent=1.0)
        order.order_line.tax_ids = False
        self.env["ir.config_parameter"].set_param("sale.automatic_invoice", "True")
        transaction = self._create_transaction(
            flow="direct",
            amount=order._get_prepayment_required_amount(),
            currency_id=order.currency_id.id,
            partner_id=order.partner_id.id,
            sale_order_ids=[order.id],
            state="done",
        )
        with mute_logger("odoo.addons.sale.models.payment_transaction"):
            transaction._post_process()
            transaction._post_process()
        self.assertEqual(order.state, "sale")
        self.assertEqual(order.recurring_contract_id.state, "active")
        self.assertEqual(self.env["recurring.contract"].search_count([("order_ids", "in", order.ids)]), 1)
        self.assertFalse(order.order_line.invoice_lines)
