from datetime import date

from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from .common import RecurringContractsCommon


@tagged("post_install", "-at_install")
class TestViews(RecurringContractsCommon):
    """Forms as users fill them in."""

    def test_a_contract_made_by_hand(self):
        seller = new_test_user(self.env, "form_seller", groups="sales_team.group_sale_salesman")
        form = Form(self.env["recurring.contract"].with_user(seller))
        form.partner_id = self.partner
        form.plan_id = self.plan_monthly
        form.date_start = date(2025, 1, 1)
        contract = form.save()
        self.assertEqual(contract.partner_invoice_id, self.partner)
        contract.item_ids = [Command.create({"product_id": self.service.id, "quantity": 3})]
        self.assertEqual(contract.item_ids.price_unit, 100.0)
        contract.action_start()
        self.assertEqual((contract.state, contract.mrr), ("active", 300.0))
