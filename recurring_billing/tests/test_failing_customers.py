from datetime import date

from odoo import Command
from odoo.tests import new_test_user, tagged

from .common import RecurringBillingCommon

DAY = date(2026, 1, 1)


@tagged("post_install", "-at_install")
class TestFailingCustomers(RecurringBillingCommon):
    """Invariant 10: whoever cannot be billed is listed with what to do about it; everybody else is invoiced."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = new_test_user(
            cls.env, "failing_clerk", "account.group_account_invoice",
            company_id=cls.company.id, company_ids=[Command.set(cls.company.ids)],
        )  # fmt: skip
        cls.healthy = [cls._untaxed(f"Healthy {number}") for number in range(12)]

    @classmethod
    def _untaxed(cls, name, item=None, **values):
        """Return the contract of a customer of his own, without taxes."""
        partner = cls._create_customer(name)
        return cls._create_contract(partner_id=partner.id, items=[{"tax_ids": False} | (item or {})], **values)

    def _archived_account(self):
        contract = self._untaxed("Archived account")
        account = self.company_data["default_account_receivable"].copy({"code": "119999"})
        contract.partner_id.property_account_receivable_id = account
        account.active = False
        return contract, "is archived", lambda: account.write({"active": True})

    def _archived_journal(self):
        journal = self.company_data["default_journal_sale"].copy({"code": "SALX"})
        contract = self._untaxed("Archived journal", journal_id=journal.id)
        journal.active = False
        return contract, "archived journal", lambda: journal.write({"active": True})

    def _locked_period(self):
        contract = self._untaxed("Locked period", {"tax_ids": [Command.set(self.tax.ids)]})
        self.company.tax_lock_date = date(2026, 1, 31)
        return contract, "Choose a later invoice date", lambda: self.company.write({"tax_lock_date": False})

    def _blocked_partner(self):
        contract = self._untaxed("Blocked partner")
        contract.partner_id.active = False
        return contract, "is archived. Unarchive the customer", lambda: contract.partner_id.write({"active": True})

    def test_f58_each_failure_says_what_to_do_and_is_retried_alone(self):
        cases = [
            make()
            for make in (self._archived_account, self._archived_journal, self._locked_period, self._blocked_partner)
        ]
        runs = self.env["recurring.bill.run"].with_user(self.clerk)
        run = runs.create({"company_id": self.company.id, "date_through": DAY})
        run.action_start()
        self.assertEqual((run.state, run.failed_count, run.invoice_count), ("attention", 4, len(self.healthy)))
        for contract in self.healthy:
            self.assertEqual(contract.charge_ids.state, "posted")
        for number, (contract, reason, mend) in enumerate(cases, start=1):
            with self.subTest(contract.partner_id.name):
                row = run.customer_ids.filtered(lambda r, c=contract: r.commercial_partner_id == c.partner_id)
                self.assertIn(reason, row.message)
                self.assertFalse(contract.charge_ids, "nothing half done")
                row.action_retry()
                self.assertEqual(row.state, "failed", "as long as nothing was mended")
                mend()
                row.action_retry()
                self.assertEqual((row.state, row.message, row.invoice_count), ("done", False, 1))
                self.assertEqual(run.failed_count, len(cases) - number)
        self.assertEqual((run.state, run.invoice_count), ("done", len(self.healthy) + len(cases)))
