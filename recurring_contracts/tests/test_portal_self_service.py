import re
from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, freeze_time, new_test_user, tagged

from .common import RecurringContractsCommon


class SelfServiceCase(RecurringContractsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = new_test_user(cls.env, "self_customer", groups="base.group_portal")
        cls.other = new_test_user(cls.env, "self_other", groups="base.group_portal")
        cls.seller = new_test_user(cls.env, "self_seller", groups="sales_team.group_sale_salesman")
        cls.plan = cls._create_plan(
            "Self-service",
            self_service_quantity="next",
            self_service_min=2,
            self_service_max=10,
            self_service_notice=True,
            notice_days=30,
        )
        cls.contract = cls._create_contract(
            [(cls.service, 5, 100.0), (cls.setup_fee, 1, 500.0)],
            plan=cls.plan,
            partner_id=cls.customer.partner_id.id,
            user_id=cls.seller.id,
        )
        cls.item = cls.contract.item_ids[0]


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16")
class TestSelfService(SelfServiceCase):
    """F89: what the customer changes by himself, as his contract allows."""

    def test_f89_the_contract_copies_the_plans_rights(self):
        self.plan.write({"self_service_quantity": "none", "self_service_notice": False})
        self.assertEqual(self.contract.self_service_quantity, "next")
        self.assertTrue(self.contract._may_give_notice())
        self.assertEqual(self.contract._get_self_service_items(), self.item)

    def test_f89_a_quantity_from_the_next_period(self):
        contract = self.contract.with_user(self.customer)
        effect = contract._get_quantity_effect(self.item, 3)
        self.assertEqual((effect["date"], self.item.event_ids.mapped("kind")), (date(2026, 4, 1), ["new"]))
        amendment = contract._change_quantity_by_customer(self.item, 3)
        self.assertEqual((amendment.create_uid, amendment.date), (self.customer, date(2026, 4, 1)))
        quantities = self.item.segment_ids.sorted("date_start").mapped("quantity")
        self.assertEqual(quantities, [5.0, 3.0])
        note = self.contract.message_ids[0]
        self.assertEqual(note.author_id, self.customer.partner_id)
        self.assertIn("quantity of Hosting to 3", note.body)
        self.assertEqual(self.contract.activity_ids.user_id, self.seller)
        with self.assertRaisesRegex(UserError, "already"):
            contract._change_quantity_by_customer(self.item, 3)

    def test_f89_a_quantity_from_the_same_day(self):
        self.contract.self_service_quantity = "now"
        self.contract.with_user(self.customer)._change_quantity_by_customer(self.item, 7)
        self.assertEqual((self.item.quantity, self.contract.mrr), (7.0, 700.0))

    def test_f89_limits(self):
        contract = self.contract.with_user(self.customer)
        for quantity in (1, 11, 0, -3):
            with self.subTest(quantity=quantity), self.assertRaisesRegex(UserError, "from 2 to 10"):
                contract._change_quantity_by_customer(self.item, quantity)
        with self.assertRaisesRegex(UserError, "does not allow"):
            contract._change_quantity_by_customer(self.contract.item_ids[1], 3)
        self.contract.self_service_quantity = "none"
        with self.assertRaisesRegex(UserError, "does not allow"):
            contract._change_quantity_by_customer(self.item, 3)

    def test_f14_notice_by_the_customer(self):
        contract = self.contract.with_user(self.customer)
        reason = self.env.ref("recurring_contracts.close_reason_need")
        self.assertEqual(contract._get_notice_effect()["end_after"], date(2026, 4, 15))
        with self.assertRaisesRegex(UserError, "choose why"):
            contract._give_notice_by_customer(self.env.ref("recurring_contracts.close_reason_unpaid"))
        amendment = contract._give_notice_by_customer(reason, "We merge")
        self.assertEqual(amendment.create_uid, self.customer)
        self.assertEqual((self.contract.date_end, self.contract.close_reason_id), (date(2026, 4, 15), reason))
        with self.assertRaisesRegex(UserError, "does not allow"):
            contract._give_notice_by_customer(reason)

    def test_f89_nobody_else(self):
        contract = self.contract.with_user(self.other)
        with self.assertRaises(AccessError):
            contract._change_quantity_by_customer(self.item, 3)
        with self.assertRaises(AccessError):
            contract._give_notice_by_customer(self.env.ref("recurring_contracts.close_reason_need"))
        with self.assertRaises(AccessError):
            self.contract.with_user(self.customer)._amend("end", date(2026, 3, 16), [])


@tagged("post_install", "-at_install")
class TestSelfServicePages(SelfServiceCase, HttpCase):
    def _post(self, url, **values):
        page = self.url_open(url)
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
        return self.url_open(url, data=values | {"csrf_token": token and token[1]})

    def test_f89_a_quantity_is_shown_first_and_then_changed(self):
        self.authenticate(self.customer.login, self.customer.login)
        url = f"/my/contracts/{self.contract.id}/quantity/{self.item.id}"
        self.assertIn(url, self.url_open(f"/my/contracts/{self.contract.id}").text)
        page = self._post(url, quantity="8")
        self.assertIn("8.00", page.text)
        self.assertNotIn("MRR", page.text)
        self.assertEqual(self.contract.amendment_ids.mapped("kind"), ["new"])
        self.assertIn("from 2 to 10", self._post(url, quantity="99").text)
        self.assertIn("as a number", self._post(url, quantity="many").text)
        page = self._post(url, quantity="8", confirm="1")
        self.assertIn("the quantity is changed", page.text)
        self.assertEqual(self.contract.amendment_ids[0].create_uid, self.customer)

    def test_f89_a_post_without_its_token_is_refused(self):
        self.authenticate(self.customer.login, self.customer.login)
        with self.assertLogs("odoo.http", "WARNING"):
            page = self.url_open(f"/my/contracts/{self.contract.id}/notice", data={"confirm": "1"})
        self.assertEqual(page.status_code, 400)
        self.assertFalse(self.contract.date_end)

    def test_f14_notice_in_the_portal(self):
        self.authenticate(self.customer.login, self.customer.login)
        reason = self.env.ref("recurring_contracts.close_reason_need")
        url = f"/my/contracts/{self.contract.id}/notice"
        self.assertIn("choose why", self._post(url).text)
        page = self._post(url, reason_id=str(reason.id), note="We merge")
        self.assertIn("Confirm the notice", page.text)
        self.assertFalse(self.contract.date_end)
        page = self._post(url, reason_id=str(reason.id), note="We merge", confirm="1")
        self.assertIn("received your notice", page.text)
        self.assertEqual(self.contract.close_reason_id, reason)

    def test_f89_a_foreign_customer_and_a_mere_link_change_nothing(self):
        link = self.contract.get_portal_url()
        paths = [
            f"/my/contracts/{self.contract.id}/notice",
            f"/my/contracts/{self.contract.id}/quantity/{self.item.id}",
        ]
        self.authenticate(self.other.login, self.other.login)
        page = self.url_open(link)
        self.assertIn("Hosting", page.text)
        self.assertNotIn("Give notice", page.text)
        for path in paths:
            self.assertTrue(self.url_open(path).url.endswith("/my"))
        self.authenticate(None, None)
        self.assertNotIn("Give notice", self.url_open(link).text)
        for path in paths:
            self.assertIn("/web/login", self.url_open(path).url)

    def test_offers_to_sign_are_linked(self):
        order = self._create_order(
            [(self.support, 1)],
            plan=self.plan,
            partner_id=self.customer.partner_id.id,
            recurring_added_contract_id=self.contract.id,
        )
        order.action_quotation_sent()
        self.authenticate(self.customer.login, self.customer.login)
        self.assertIn(order.name, self.url_open(f"/my/contracts/{self.contract.id}").text)

    def test_f89_tour(self):
        self.start_tour(
            f"/my/contracts/{self.contract.id}", "recurring_contracts_self_service", login=self.customer.login
        )
        self.assertEqual(self.item.segment_ids.sorted("date_start")[-1].quantity, 8.0)
