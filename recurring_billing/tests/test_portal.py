from datetime import date

from odoo.tests import HttpCase, new_test_user, tagged

from .common import RecurringBillingCommon


@tagged("post_install", "-at_install")
class TestPortalInvoices(RecurringBillingCommon, HttpCase):
    """A customer finds the invoices of a contract on its page, and nobody else's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = new_test_user(cls.env, "billed_customer", groups="base.group_portal")
        cls.contract = cls._create_contract(partner_id=cls.user.partner_id.id)

    def _page(self, url=None):
        return self.url_open(url or f"/my/contracts/{self.contract.id}").text

    def test_posted_invoices_are_listed(self):
        first = self._bill(date(2026, 1, 1))
        second = self._bill(date(2026, 2, 1))
        second.button_draft()
        self.authenticate(self.user.login, self.user.login)
        page = self._page()
        self.assertIn(first.name, page)
        self.assertIn(f"/my/invoices/{first.id}", page)
        self.assertIn("120.00", page)
        self.assertNotIn(f"/my/invoices/{second.id}", page)
        self.assertEqual(self.url_open(f"/my/invoices/{first.id}").status_code, 200)

    def test_nothing_is_said_of_no_invoices(self):
        self.authenticate(self.user.login, self.user.login)
        self.assertNotIn('name="invoices"', self._page())

    def test_an_invoice_to_somebody_else_is_not_shown(self):
        payer = self._create_customer("Payer")
        self._amend(self.contract.item_ids, "payer", date(2026, 1, 1), payer_id=payer.id)
        invoice = self._bill(date(2026, 1, 1))
        self.assertEqual(invoice.partner_id, payer)
        self.authenticate(self.user.login, self.user.login)
        self.assertNotIn(invoice.name, self._page())

    def test_the_link_to_a_contract_opens_no_invoice(self):
        invoice = self._bill(date(2026, 1, 1))
        self.authenticate(None, None)
        page = self._page(self.contract.get_portal_url())
        self.assertIn("Hosting", page)
        self.assertNotIn(invoice.name, page)

    def test_usage_of_the_contract_is_listed(self):
        water = self._create_service("Water", recurring_charge_type="usage")
        contracts = [
            self._create_contract(items=[{"product_id": water.id, "price_unit": 3.2}], partner_id=partner.id)
            for partner in (self.user.partner_id, self._create_customer("Neighbour"))
        ]
        for contract, quantity in zip(contracts, (31.5, 77.25), strict=True):
            values = {"item_id": contract.item_ids.id, "date": date(2026, 1, 10), "quantity": quantity}
            self.env["recurring.usage"].create(values)
        self.authenticate(self.user.login, self.user.login)
        page = self._page(f"/my/contracts/{contracts[0].id}")
        self.assertIn('name="usage"', page)
        self.assertIn("31.5", page)
        self.assertNotIn("77.25", page)
        self.assertNotIn('name="usage"', self._page())

    def test_f89_the_coming_invoice_is_shown(self):
        self._bill(date(2026, 1, 1))
        contract = self.contract.sudo()
        coming = contract._get_coming_invoice()
        self.assertEqual(coming["lines"][0]["text"], "1 × 100.00 (1 Feb to 28 Feb)")
        count = len(contract.charge_ids)
        self.authenticate(self.user.login, self.user.login)
        self.assertIn("1 × 100.00 (1 Feb to 28 Feb)", self._page())
        self.assertEqual(len(contract.charge_ids), count)

    def test_f89_the_customer_sees_what_a_change_costs(self):
        self._bill(self.contract.company_id._recurring_today())
        contract = self.contract.sudo()
        contract.self_service_quantity = "now"
        own = contract.with_user(self.user)
        effect = own._get_quantity_effect(contract.item_ids, 3)
        own._change_quantity_by_customer(contract.item_ids, 3)
        moves = contract._bill(contract.company_id._recurring_today()).move_ids
        self.assertAlmostEqual(sum(moves.mapped("amount_untaxed")), effect["billing"]["net"])
