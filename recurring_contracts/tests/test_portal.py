from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user, tagged

from .common import RecurringContractsCommon


@tagged("post_install", "-at_install")
class TestPortal(RecurringContractsCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = new_test_user(cls.env, "contract_customer", groups="base.group_portal")
        cls.other = new_test_user(cls.env, "contract_other", groups="base.group_portal")
        cls.mine = cls._create_contract([(cls.service, 2, 100.0)], partner_id=cls.customer.partner_id.id)
        cls.theirs = cls._create_contract([(cls.support, 1, 40.0)], partner_id=cls.other.partner_id.id)

    def test_the_customer_sees_his_own_contracts(self):
        self.authenticate("contract_customer", "contract_customer")
        page = self.url_open("/my/contracts")
        self.assertEqual(page.status_code, 200)
        self.assertIn(self.mine.name, page.text)
        self.assertNotIn(self.theirs.name, page.text)
        page = self.url_open(f"/my/contracts/{self.mine.id}")
        self.assertIn("Hosting", page.text)
        self.assertIn("200.00", page.text)
        page = self.url_open(f"/my/contracts/{self.theirs.id}")
        self.assertTrue(page.url.endswith("/my"), page.url)

    def test_a_link_with_its_token_needs_no_login(self):
        self.authenticate(None, None)
        page = self.url_open(self.mine.get_portal_url())
        self.assertIn("Hosting", page.text)
        page = self.url_open(f"/my/contracts/{self.mine.id}?access_token=wrong")
        self.assertNotIn("Hosting", page.text)

    def test_a_draft_is_not_shown(self):
        draft = self._create_contract([(self.service, 2, 100.0)], partner_id=self.customer.partner_id.id, started=False)
        with self.assertRaises(AccessError):
            draft.with_user(self.customer).check_access("read")

    def test_the_customer_changes_nothing(self):
        contract = self.mine.with_user(self.customer)
        with self.assertRaises(AccessError):
            contract.write({"note": "free"})
        with self.assertRaises(AccessError):
            contract.action_end()
        with self.assertRaises(AccessError):
            contract._amend("end", self.mine.date_start, [])
