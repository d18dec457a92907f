from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, new_test_user, tagged

from odoo.addons.recurring_contracts.tests.common import RecurringContractsCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-11-10")
class TestOpportunity(RecurringContractsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(cls.env, "crm_seller", groups="sales_team.group_sale_salesman")
        cls.other = new_test_user(cls.env, "crm_other", groups="sales_team.group_sale_salesman")
        cls.plan_year = cls._create_plan(
            "A year", term_count=12, renewal_policy="order", renewal_document="opportunity"
        )
        cls.reason = cls.env["crm.lost.reason"].create({"name": "Went bankrupt"})

    def _contract(self, **values):
        values = {"plan": self.plan_year, "user_id": self.seller.id} | values
        return self._create_contract([(self.service, 2, 100.0)], **values).with_user(self.seller)

    def _renew_now(self, contracts):
        action = contracts.action_renew_now()
        self.assertEqual(action["res_model"], "crm.lead")
        return self.env["crm.lead"].with_user(self.seller).browse(action["res_id"])

    def _quote(self, lead):
        """Press Renewal Quotation on the opportunity, as the salesperson."""
        return self.env["sale.order"].with_user(self.seller).browse(lead.action_recurring_renew()["res_id"])

    def _lose(self, lead):
        self.env["crm.lead.lost"].with_user(self.seller).create(
            {"lead_ids": lead.ids, "lost_reason_id": self.reason.id}
        ).action_lost_reason_apply()

    def _night(self, day):
        self.env["recurring.contract"]._renew_on(day, self.env.company)

    def test_f15_a_contract_whose_opportunity_is_not_the_readers(self):
        """The contract opens for its salesperson and for a billing clerk, who may not see the opportunity."""
        lead = self.env["crm.lead"].create(
            {"name": "Hosting", "type": "opportunity", "partner_id": self.partner.id, "user_id": self.other.id}
        )
        order = self._create_order([(self.service, 2)], opportunity_id=lead.id, user_id=self.seller.id)
        order.action_confirm()
        contract = order.recurring_contract_id
        clerk = new_test_user(self.env, "crm_clerk", groups="account.group_account_invoice")
        for user, count in ((self.other, 1), (self.seller, 0)):
            with self.subTest(user=user.login):
                contract.user_id = order.user_id = user
                read = contract.with_user(user).read(["opportunity_ids", "opportunity_count"])[0]
                self.assertEqual((len(read["opportunity_ids"]), read["opportunity_count"]), (count, count))
        shown = contract.with_user(clerk).get_views([(False, "form")])["models"]["recurring.contract"]["fields"]
        self.assertNotIn("opportunity_count", shown)
        self.assertTrue(contract.with_user(clerk).read(list(shown)))

    def test_f15_the_renewal_is_the_first_button(self):
        """A renewal's quotation is made with Renewal Quotation; the plain one is offered once it has one."""
        arch = self.env["crm.lead"].get_view(self.env.ref("crm.crm_lead_view_form").id)["arch"]
        self.assertRegex(arch, r"(?s)<button[^>]*action_sale_quotations_new[^>]*recurring_can_renew")

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
        self.assertEqual(lead.won_status, "pending", "Odoo leaves the stage of an ordinary opportunity to people")

    def test_f17_renew_now_yields_an_opportunity(self):
        contract = self._contract(team_id=self.env["crm.team"].create({"name": "Renewals"}).id)
        contract.write({"recurring_uplift_mode": "percent", "recurring_uplift_percent": 5.0})
        lead = self._renew_now(contract)
        self.assertRecordValues(
            lead,
            [
                {
                    "type": "opportunity",
                    "partner_id": self.partner.id,
                    "expected_revenue": 2520.0,
                    "date_deadline": date(2026, 12, 31),
                    "user_id": self.seller.id,
                    "team_id": contract.team_id.id,
                    "company_id": self.env.company.id,
                    "recurring_renewed_count": 1,
                }
            ],
        )
        self.assertEqual(contract.renewal_state, "progress")
        self.assertEqual(contract.opportunity_count, 1)
        self.assertEqual(contract.action_renew_now()["res_id"], lead.id, "the one there is")
        self.assertEqual(lead.action_view_recurring_renewed_contracts()["res_id"], contract.id)

    def test_f17_from_the_opportunity_to_the_next_contract(self):
        contract = self._contract()
        lead = self._renew_now(contract)
        order = self._quote(lead)
        self.assertEqual((order.opportunity_id, order.recurring_renewed_contract_ids), (lead, contract))
        self.assertEqual(order.amount_untaxed, 200.0)
        self.assertEqual(contract.action_renew_now()["res_id"], order.id)
        with self.assertRaisesRegex(UserError, "still to be renewed"):
            lead.action_recurring_renew()
        order.action_confirm()
        self.assertEqual(lead.won_status, "won")
        self.assertEqual(contract.renewal_state, "done")
        self.assertEqual(order.recurring_contract_id.date_start, date(2027, 1, 1))

    def test_f25_a_lost_opportunity_refuses_with_its_reason(self):
        contract = self._contract()
        lead = self._renew_now(contract)
        order = self._quote(lead)
        self._lose(lead)
        self.assertEqual((order.state, contract.renewal_state), ("cancel", "lost"))
        self.assertEqual((contract.close_reason_id.name, contract.close_note), ("Went bankrupt", "Went bankrupt"))
        self._night(date(2026, 11, 11))
        self.assertEqual(contract.renewal_opportunity_ids, lead)

    def test_f18_a_new_opportunity_after_a_lost_one(self):
        contract = self._contract()
        lead = self._renew_now(contract)
        self._lose(lead)
        again = self._renew_now(contract)
        self.assertNotEqual(again, lead)
        self.assertEqual((contract.renewal_state, contract.close_reason_id.id), ("progress", False))
        self._lose(again)
        self.assertEqual(self.env["recurring.close.reason"].search_count([("name", "=", "Went bankrupt")]), 1)

    def test_a_lost_opportunity_restored(self):
        contract = self._contract()
        lead = self._renew_now(contract)
        self._lose(lead)
        lead.action_restore()
        self.assertEqual((contract.renewal_state, contract.close_reason_id.id), ("progress", False))

    def test_a_won_opportunity_waits_for_its_order(self):
        contract = self._contract()
        lead = self._renew_now(contract)
        lead.action_set_won()
        self.assertEqual(contract.renewal_state, "progress")
        self._quote(lead).action_confirm()
        self.assertEqual(contract.renewal_state, "done")

    def test_f25_a_refused_order_loses_its_opportunity(self):
        contract = self._contract()
        lead = self._renew_now(contract)
        order = self._quote(lead)
        context = order.action_recurring_refuse_renewal()["context"]
        self.reason.recurring_close_reason_id = self.env.ref("recurring_contracts.close_reason_business")
        wizard = self.env["recurring.renewal.refusal"].with_user(self.seller).with_context(**context)
        wizard.create({"close_reason_id": self.reason.recurring_close_reason_id.id, "note": "Closed"}).action_confirm()
        self.assertEqual((lead.won_status, lead.lost_reason_id), ("lost", self.reason))
        self.assertEqual((contract.renewal_state, contract.close_note), ("lost", "Closed"))

    def test_f16_the_night_makes_each_once(self):
        contracts = self._contract() | self._contract()
        self._night(date(2026, 11, 10))
        leads = contracts.renewal_opportunity_ids
        self.assertEqual(len(leads), 2)
        self.assertEqual(leads.activity_ids.user_id, self.seller)
        self._night(date(2026, 11, 11))
        self.assertEqual(contracts.renewal_opportunity_ids, leads)

    def test_f25_it_expires_with_the_contract(self):
        contract = self._contract()
        lead = self._renew_now(contract)
        self._night(date(2026, 12, 31))
        self.assertEqual(contract.renewal_state, "progress")
        self._night(date(2027, 1, 1))
        self.assertEqual((lead.won_status, contract.renewal_state), ("lost", "lost"))
        self.assertEqual(contract.close_reason_id, self.env.ref("recurring_contracts.close_reason_expired"))

    def test_several_contracts_in_one_opportunity(self):
        contracts = self._contract() | self._contract()
        lead = self._renew_now(contracts)
        self.assertEqual((lead.recurring_renewed_count, lead.expected_revenue), (2, 4800.0))
        self.assertEqual(self._quote(lead).recurring_renewed_contract_ids, contracts)

    def test_a_seller_sees_his_own(self):
        lead = self._renew_now(self._contract())
        with self.assertRaises(AccessError):
            lead.with_user(self.other).read(["name"])
        with self.assertRaises(AccessError):
            lead.recurring_renewed_contract_ids.with_user(self.other).action_renew_now()
        with self.assertRaises(AccessError):
            self.env["crm.lead"].with_user(self.other).create(
                {"name": "Mine", "recurring_renewed_contract_ids": lead.recurring_renewed_contract_ids.ids}
            )

    def test_f16_no_statement_of_ours_for_each_contract(self):
        def queries(count):
            for _number in range(count):
                self._contract()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self._night(date(2026, 11, 10))
            self.env.flush_all()
            return self.cr.sql_log_count - before

        queries(2)
        few, many = queries(5), queries(45)
        self.assertLess((many - few) / 40, 4, (few, many))
