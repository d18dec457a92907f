from odoo.tests import HttpCase, new_test_user, tagged

from .common import RecurringContractsCommon


@tagged("post_install", "-at_install")
class TestPlanTour(RecurringContractsCommon, HttpCase):
    """F4, F35: a sales manager builds a plan with its items, a sales person sells it."""

    def test_f35_build_a_plan_and_sell_it(self):
        groups = "sales_team.group_sale_manager,product.group_product_manager"
        manager = new_test_user(self.env, "plan_tour_manager", groups=groups)
        seller = new_test_user(self.env, "plan_tour_seller", groups="sales_team.group_sale_salesman")
        customer = self.env["res.partner"].create({"name": "Tour Customer"})
        self._create_service("Tour Hosting", 300.0)
        self._create_service("Tour Setup", 500.0, charge="one_time")
        self.start_tour("/odoo", "recurring_contracts_build_plan", login=manager.login)
        plan = self.env["recurring.plan"].search([("name", "=", "Tour Programme")])
        self.assertEqual(plan.item_ids.mapped("role"), ["setup", "recurring"])
        self.start_tour("/odoo", "recurring_contracts_sell_plan", login=seller.login)
        contract = self.env["recurring.contract"].search([("partner_id", "=", customer.id)])
        self.assertEqual((contract.plan_id, contract.mrr), (plan, 300.0))
        self.assertEqual(contract.item_ids.product_id.mapped("name"), ["Tour Setup", "Tour Hosting"])
