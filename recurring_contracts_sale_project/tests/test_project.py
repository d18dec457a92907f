from datetime import date

from odoo.tests import freeze_time, new_test_user, tagged

from odoo.addons.recurring_contracts.tests.common import RecurringContractsCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-11-10")
class TestProject(RecurringContractsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.yearly = cls._create_plan("A year", term_count=12, renewal_policy="order")
        cls.onsite = cls._create_service("On-site Service", 300.0, service_tracking="task_in_project")

    def _first_order(self):
        order = self._create_order([(self.onsite, 2)], plan=self.yearly, recurring_date_start=date(2026, 1, 1))
        order.action_confirm()
        return order

    def _renewal(self, contract):
        order = contract._create_renewal_orders([[contract]])
        order.action_confirm()
        return order

    def test_f10_a_contract_shows_its_project(self):
        order = self._first_order()
        project = order.order_line.project_id
        self.assertTrue(project)
        contract = order.recurring_contract_id
        self.assertEqual(contract.project_ids, project)
        self.assertEqual(contract.action_view_projects()["res_id"], project.id)
        renewed = self._renewal(contract).recurring_contract_id
        self.assertEqual(renewed.project_ids, project)

    def test_f10_a_renewal_creates_no_project_or_task_again(self):
        order = self._first_order()
        domain = [("sale_order_id.partner_id", "=", self.partner.id)]
        tasks = self.env["project.task"].search_count(domain)
        projects = self.env["project.project"].search_count([])
        renewal = self._renewal(order.recurring_contract_id)
        self.assertEqual(renewal.state, "sale")
        self.assertEqual(self.env["project.task"].search_count(domain), tasks)
        self.assertEqual(self.env["project.project"].search_count([]), projects)

    def test_f10_another_service_gets_its_project(self):
        newer = self._create_service("Better Service", 400.0, service_tracking="project_only")
        self.onsite.product_tmpl_id.recurring_renewal_product_id = newer
        renewal = self._renewal(self._first_order().recurring_contract_id)
        self.assertTrue(renewal.order_line.project_id)

    def test_f10_the_analytic_account_travels(self):
        order = self._first_order()
        account = order.order_line.project_id.account_id
        self.assertTrue(account)
        item = order.recurring_contract_id.item_ids
        self.assertEqual(item.analytic_distribution, {str(account.id): 100.0})
        renewal = self._renewal(order.recurring_contract_id)
        self.assertEqual(renewal.recurring_contract_id.item_ids.analytic_distribution, {str(account.id): 100.0})

    def test_f10_only_who_may_see_projects_sees_them(self):
        order = self._first_order()
        contract = order.recurring_contract_id
        clerk = new_test_user(self.env, "project_clerk", groups="account.group_account_invoice")
        order.order_line.project_id.privacy_visibility = "followers"
        self.env.invalidate_all()
        self.assertFalse(contract.with_user(clerk).project_ids)
        self.assertEqual(contract.with_user(clerk).project_count, 0)
