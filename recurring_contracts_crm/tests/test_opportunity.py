from odoo.tests import new_test_user, tagged

from odoo.addons.recurring_contracts.tests.common import RecurringContractsCommon


@tagged("post_install", "-at_install")
class TestOpportunity(RecurringContractsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(cls.env, "crm_seller", groups="sales_team.group_sale_salesman")

    def test_f15_a_prospect_becomes_a_subscriber(self):
        """The opportunity's confirmed order makes a contract; each shows the other."""
        lead = (
            self.env["crm.lead"]
            .with_user(self.seller)
            .create({"name": "Hosting for a year", "type": "opportunity", "partner_id": self.partner.id})
        )
        order = self._create_order([(self.service, 2)], opportunity_id=lead.id, user_id=self.seller.id)
        order.with_user(self.seller).action_confirm()
        contract = order.recurring_contract_id.with_user(self.seller)
        self.assertEqual(contract.opportunity_ids, lead)
        self.assertEqual(contract.action_view_opportunities()["res_id"], lead.id)
        self.assertEqual(lead.recurring_contract_count, 1)
        self.assertEqual(lead.action_view_recurring_contracts()["res_id"], contract.id)
