from datetime import date

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from ..hooks import uninstall_hook
from .common import RecurringRevenueCommon

YEAR = date(2026, 1, 1), date(2026, 12, 31)


@tagged("post_install", "-at_install")
class TestScreens(RecurringRevenueCommon):
    """What an accountant finds around schedules."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accountant = new_test_user(
            cls.env,
            "rr_accountant",
            "account.group_account_manager",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.schedule = cls._schedules(cls._invoice(365, *YEAR)).with_user(cls.accountant)

    def test_from_the_customer(self):
        contact = self.env["res.partner"].create({"name": "Purchasing", "parent_id": self.partner_a.id})
        for partner in (self.partner_a, contact):
            own = partner.with_user(self.accountant)
            self.assertEqual(own.recurring_schedule_count, 1)
            domain = own.action_open_recurring_schedules()["domain"]
            self.assertEqual(self.schedule.search(domain), self.schedule)
        self.assertEqual(self.partner_b.with_user(self.accountant).recurring_schedule_count, 0)

    def test_f78_the_chatter_says_what_was_decided_and_why(self):
        self.schedule._adjust("adjustment", "Set-up done", 35)
        self.schedule._set_hold(True, "Disputed")
        self.schedule._set_hold(False, "Settled")
        bodies = [str(body) for body in self.schedule.message_ids.mapped("body")]
        self.assertIn("the first open month. Reason: Set-up done", bodies[2])
        self.assertIn("Reason: Disputed", bodies[1])
        self.assertIn("Reason: Settled", bodies[0])
        self.assertFalse(self.schedule.sudo().message_ids.tracking_value_ids)

    def test_f78_an_adjustment_beyond_the_total_names_the_range(self):
        self._close(date(2026, 1, 31))
        with self.assertRaisesRegex(UserError, r"between \$\s-\S?31.00 and \$\s334.00"):
            self.schedule._adjust("adjustment", "Too much", 500)

    def test_a_preview_says_that_it_is_on_hold(self):
        self.schedule._set_hold(True, "Disputed")
        action = self.schedule.action_preview()
        preview = self.env[action["res_model"]].with_user(self.accountant).with_context(**action["context"]).create({})
        self.assertTrue(preview.is_on_hold)

    def test_uninstalling_waits_until_all_is_recognised(self):
        with self.assertRaisesRegex(UserError, "not recognised in full"):
            uninstall_hook(self.env)
        others = self.schedule.sudo().search([("id", "!=", self.schedule.id)])
        others.write({"remaining": 0, "remaining_currency": 0})
        self._close(YEAR[1])
        uninstall_hook(self.env)
