from datetime import date

from odoo.tests import freeze_time, new_test_user, tagged

from .common import RecurringContractsCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-01-01")
class TestParties(RecurringContractsCommon):
    """F9, F10, F12: what a quotation names travels to the contract and on to its renewal."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        Partner = cls.env["res.partner"]
        cls.end_customer, cls.reseller, cls.distributor, cls.payer, cls.site = Partner.create(
            [{"name": name} for name in ("End customer", "Reseller", "Distributor", "Payer", "Site")]
        )
        cls.plan = cls._create_plan("A year", term_count=12, renewal_policy="order")
        cls.seller = new_test_user(cls.env, "party_seller", groups="sales_team.group_sale_salesman")

    def _sell(self, **values):
        order = self._create_order(
            [(self.service, 1)], plan=self.plan, recurring_date_start=date(2026, 1, 1), user_id=self.seller.id, **values
        )
        order.with_user(self.seller).action_confirm()
        return order.recurring_contract_id

    def test_f12_parties_travel_from_the_order_to_the_contract_and_its_renewal(self):
        contract = self._sell(
            partner_invoice_id=self.payer.id,
            partner_shipping_id=self.site.id,
            recurring_end_customer_id=self.end_customer.id,
            recurring_reseller_id=self.reseller.id,
            recurring_distributor_id=self.distributor.id,
        )
        self.assertEqual((contract.partner_invoice_id, contract.partner_shipping_id), (self.payer, self.site))
        parties = (self.end_customer, self.reseller, self.distributor)
        self.assertEqual((contract.end_customer_id, contract.reseller_id, contract.distributor_id), parties)
        renewal = contract._create_renewal_orders([[contract]])
        self.assertEqual(
            (renewal.recurring_end_customer_id, renewal.recurring_reseller_id, renewal.recurring_distributor_id),
            parties,
        )
        renewal.action_confirm()
        self.assertEqual(contract.renewed_into_id.end_customer_id, self.end_customer)
        self.assertEqual(contract.action_upsell()["context"]["default_recurring_reseller_id"], self.reseller.id)

    def test_f12_contracts_are_found_by_their_parties(self):
        contract = self._sell(recurring_end_customer_id=self.end_customer.id)
        found = self.env["recurring.contract"].with_user(self.seller).search([("end_customer_id", "ilike", "End cust")])
        self.assertEqual(found, contract)

    def test_f9_a_branch_sells_under_its_own_company_journal_and_team(self):
        branch = self.env["res.company"].create({"name": "Branch", "parent_id": self.env.company.id})
        self.env.user.company_ids |= branch
        journal = self.env["account.journal"].create(
            {"name": "Branch sales", "type": "sale", "code": "BRS", "company_id": branch.id}
        )
        term = self.env.ref("account.account_payment_term_30days")
        team = self.env["crm.team"].create({"name": "Branch team", "company_id": branch.id})
        order = self._create_order(
            [(self.service, 1)],
            plan=self.plan,
            company_id=branch.id,
            journal_id=journal.id,
            payment_term_id=term.id,
            team_id=team.id,
            recurring_date_start=date(2026, 1, 1),
        )
        order.action_confirm()
        contract = order.recurring_contract_id
        self.assertEqual(
            (contract.company_id, contract.journal_id, contract.payment_term_id, contract.team_id),
            (branch, journal, term, team),
        )
        self.assertEqual(contract.item_ids.company_id, branch)
        renewal = contract._create_renewal_orders([[contract]])
        self.assertEqual(
            (renewal.company_id, renewal.journal_id, renewal.payment_term_id, renewal.team_id),
            (branch, journal, term, team),
        )
        renewal.action_confirm()
        self.assertEqual(contract.renewed_into_id.journal_id, journal)

    def test_f10_the_analytic_account_of_a_project_travels(self):
        plan = self.env["account.analytic.plan"].create({"name": "Projects"})
        project = self.env["account.analytic.account"].create({"name": "Roll-out", "plan_id": plan.id})
        order = self._create_order([(self.service, 1)], plan=self.plan, recurring_date_start=date(2026, 1, 1))
        order.order_line.analytic_distribution = {str(project.id): 100.0}
        order.action_confirm()
        contract = order.recurring_contract_id
        self.assertEqual(contract.item_ids.analytic_distribution, {str(project.id): 100.0})
        renewal = contract._create_renewal_orders([[contract]])
        self.assertEqual(renewal.order_line.analytic_distribution, {str(project.id): 100.0})

    def test_f3_several_contracts_of_one_customer_keep_their_own_plans(self):
        quarterly = self._create_plan("Quarterly", billing_count=3)
        first, second = self._sell(), self._sell(client_order_ref="PO 2")
        order = self._create_order([(self.support, 1)], plan=quarterly)
        order.action_confirm()
        contracts = first | second | order.recurring_contract_id
        self.assertEqual(self.env["recurring.contract"].search([("partner_id", "=", self.partner.id)]), contracts)
        self.assertEqual(contracts.mapped("plan_id"), self.plan | quarterly)

    # === DATES OF ORDERS === #

    def test_f1_an_upsell_keeps_the_day_on_which_it_began(self):
        contract = self._sell()
        order = self._create_order([(self.support, 1)], plan=self.plan, recurring_added_contract_id=contract.id)
        with freeze_time("2026-03-05"):
            order.action_confirm()
        self.assertEqual(order.recurring_date_start, date(2026, 3, 5))

    def test_a_renewal_order_bears_the_day_of_its_run(self):
        plan = self._create_plan("A year", term_count=12, renewal_policy="order", renewal_document="confirmed")
        contract = self._create_contract([(self.service, 1, 100.0)], plan=plan)
        order = self.env["recurring.contract"]._propose_renewals(date(2026, 11, 2))
        self.assertEqual(order.recurring_renewed_contract_ids, contract)
        self.assertEqual((order.state, order.date_order.date()), ("sale", date(2026, 11, 2)))
