from datetime import date

from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, freeze_time, new_test_user, tagged

from .common import RecurringContractsCommon


class RefusalCase(RecurringContractsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(cls.env, "refusal_seller", groups="sales_team.group_sale_salesman")
        cls.plan_year = cls._create_plan("A year", term_count=12, renewal_policy="order")
        cls.price = cls.env.ref("recurring_contracts.close_reason_price")

    def _contract(self, **values):
        values = {"plan": self.plan_year, "user_id": self.seller.id} | values
        return self._create_contract([(self.service, 2, 100.0)], **values).with_user(self.seller)

    def _renewal(self, contract):
        action = contract.action_renew_now()
        return self.env["sale.order"].with_user(self.seller).browse(action["res_id"])

    def _refuse(self, order, **values):
        """Press Cancel Renewal on the order and fill in the wizard, as the salesperson."""
        context = order.action_recurring_refuse_renewal()["context"]
        wizard = self.env["recurring.renewal.refusal"].with_user(self.seller).with_context(**context).create(values)
        return wizard.action_confirm()

    def _night(self, day):
        self.env["recurring.contract"]._renew_on(day, self.env.company)


@tagged("post_install", "-at_install")
@freeze_time("2026-11-10")
class TestRenewalRefusal(RefusalCase):
    def test_f25_refused_with_its_reason(self):
        contract = self._contract()
        order = self._renewal(contract)
        with self.assertRaisesRegex(UserError, "Choose why"):
            self._refuse(order)
        self._refuse(order, close_reason_id=self.price.id, note="Half the budget")
        self.assertEqual(order.state, "cancel")
        self.assertEqual((contract.renewal_state, contract.close_reason_id), ("lost", self.price))
        self.assertEqual(contract.close_note, "Half the budget")
        self.assertEqual(contract.date_end, date(2026, 12, 31))
        self._night(date(2026, 11, 11))
        self.assertEqual(contract.renewal_order_ids, order)
        with self.assertRaisesRegex(UserError, "still open"):
            self._refuse(order, close_reason_id=self.price.id)

    def test_f18_renew_now_after_a_refusal(self):
        contract = self._contract()
        self._refuse(self._renewal(contract), close_reason_id=self.price.id, note="Too much")
        again = self._renewal(contract)
        self.assertEqual(contract.renewal_state, "progress")
        self.assertFalse(contract.close_reason_id or contract.close_note)
        again.action_confirm()
        self.assertEqual(contract.renewal_state, "done")

    def test_a_refused_order_offered_again(self):
        contract = self._contract()
        order = self._renewal(contract)
        self._refuse(order, close_reason_id=self.price.id)
        order.action_draft()
        self.assertEqual((contract.renewal_state, contract.close_reason_id.id), ("progress", False))

    def test_another_renewal_instead(self):
        contract = self._contract()
        first = self._renewal(contract)
        action = self._refuse(first, outcome="again")
        self.assertEqual(first.state, "cancel")
        self.assertNotEqual(action["res_id"], first.id)
        self.assertEqual((contract.renewal_state, contract.close_reason_id.id), ("progress", False))

    def test_what_renews_tacitly_goes_on(self):
        plan = self._create_plan("Tacit", term_count=12)
        contract = self._contract(plan=plan)
        self._refuse(self._renewal(contract), close_reason_id=self.price.id)
        self.assertEqual(contract.renewal_state, "planned")
        self.assertFalse(contract.close_reason_id)

    def test_nobody_refuses_what_is_not_his(self):
        contract = self._contract()
        order = self._renewal(contract)
        other = new_test_user(self.env, "refusal_other", groups="sales_team.group_sale_salesman")
        wizard = self.env["recurring.renewal.refusal"].with_user(other)
        with self.assertRaises(AccessError):
            wizard.create({"order_ids": [Command.set(order.ids)], "close_reason_id": self.price.id}).action_confirm()

    def test_f25_what_nobody_answers_expires(self):
        contract = self._contract()
        order = self._renewal(contract)
        order.validity_date = date(2026, 11, 30)
        self._night(date(2026, 11, 30))
        self.assertEqual(contract.renewal_state, "progress", "valid on its last day")
        self._night(date(2026, 12, 5))
        self.assertEqual((order.state, contract.renewal_state), ("cancel", "lost"))
        self.assertEqual(contract.close_reason_id, self.env.ref("recurring_contracts.close_reason_expired"))
        self.assertFalse(order.activity_ids)
        self.assertIn("expired", order.message_ids[0].body)

    def test_without_a_validity_the_end_counts(self):
        contract = self._contract()
        order = self._renewal(contract)
        order.validity_date = False
        self._night(date(2026, 12, 31))
        self.assertEqual(order.state, "draft")
        self._night(date(2027, 1, 1))
        self.assertEqual(order.state, "cancel")

    def test_f25_what_is_at_stake_outlives_the_contract(self):
        contract = self._create_contract(
            [
                {"product_id": self.service.id, "quantity": 2, "price_unit": 100.0, "discount": 10.0},
                {"product_id": self.support.id, "price_unit": 40.0, "renewable": False},
                (self.setup_fee, 1, 500.0),
            ],
            plan=self.plan_year,
        )
        self.assertEqual((contract.renewal_mrr, contract.renewal_value), (180.0, 2160.0))
        contract._refresh_caches(date(2027, 1, 2))
        self.assertEqual((contract.state, contract.mrr), ("ended", 0.0))
        self.assertEqual((contract.renewal_mrr, contract.renewal_value), (180.0, 2160.0))

    def test_what_is_at_stake_is_that_of_the_last_day(self):
        contract = self._contract()
        wizard = self.env["recurring.contract.amend"].with_user(self.seller)
        wizard = wizard.create({"contract_id": contract.id, "date": date(2026, 12, 1), "reason": "One more"})
        wizard.line_ids.quantity = 3.0
        wizard.action_confirm()
        self.assertEqual(contract.renewal_value, 3600.0)


@tagged("post_install", "-at_install")
class TestPortalRefusal(RefusalCase, HttpCase):
    def test_f25_the_customer_declines_in_the_portal(self):
        today = self.env.company._recurring_today()
        contract = self._contract(start=today)
        order = self._renewal(contract)
        order.write({"state": "sent", "require_signature": True})
        url = f"/my/orders/{order.id}/decline"
        self.authenticate(None, None)
        data = {"decline_message": "We found a cheaper one", "csrf_token": http.Request.csrf_token(self)}
        self.url_open(url, data=data | {"access_token": "wrong"})
        self.assertEqual(contract.renewal_state, "progress")
        self.url_open(url, data=data | {"access_token": order._portal_ensure_token()})
        self.env.invalidate_all()
        self.assertEqual((order.state, contract.renewal_state), ("cancel", "lost"))
        self.assertEqual(contract.close_note, "We found a cheaper one")
