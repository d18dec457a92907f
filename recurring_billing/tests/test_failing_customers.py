from datetime import date

from odoo import Command
from odoo.exceptions import UserError
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
        reason = (
            "119999 Account Receivable (copy) is archived. Unarchive it, or enter another account on Archived account"
        )
        return contract, reason, lambda: account.write({"active": True})

    def _archived_income_account(self):
        account = self.company_data["default_account_revenue"].copy({"code": "419999"})
        service = self._create_service("Old service", property_account_income_id=account.id)
        contract = self._untaxed("Archived income account", {"product_id": service.id})
        account.active = False
        return contract, "enter another account on Old service", lambda: account.write({"active": True})

    def _archived_journal(self):
        journal = self.company_data["default_journal_sale"].copy({"code": "SALX"})
        contract = self._untaxed("Archived journal", journal_id=journal.id)
        journal.active = False
        reason = f"is archived. Unarchive it, or enter another journal on {contract.name}."
        return contract, reason, lambda: journal.write({"active": True})

    def _locked_period(self):
        contract = self._untaxed("Locked period", {"tax_ids": [Command.set(self.tax.ids)]})
        self.company.tax_lock_date = date(2026, 1, 31)
        return contract, "Choose a later invoice date", lambda: self.company.write({"tax_lock_date": False})

    def _blocked_partner(self):
        contract = self._untaxed("Blocked partner")
        contract.partner_id.active = False
        return contract, "is archived. Unarchive the customer", lambda: contract.partner_id.write({"active": True})

    def _taxed(self, name, **values):
        """Return a tax, and the contract of a customer of his own that bears it."""
        tax = self.tax.copy({"name": f"Tax of {name}", **values})
        return tax, self._untaxed(name, {"tax_ids": [Command.set(tax.ids)]})

    def _archived_tax(self):
        tax, contract = self._taxed("Archived tax")
        tax.active = False
        reason = f"The tax Tax of Archived tax of {contract.name} is archived. Amend"
        return contract, reason, lambda: tax.write({"active": True})

    def _archived_tax_that_is_amended(self):
        tax, contract = self._taxed("Withdrawn tax")
        tax.active = False
        other = self.tax.copy({"name": "Tax of today"})

        def mend():
            self._amend(contract.item_ids, "tax", DAY, tax_ids=[Command.set(other.ids)])

        return contract, "The tax Tax of Withdrawn tax", mend

    def _tax_without_account(self):
        tax, contract = self._taxed("Tax without account")
        lines = (tax.invoice_repartition_line_ids | tax.refund_repartition_line_ids).filtered(
            lambda line: line.repartition_type == "tax"
        )
        account = lines.account_id
        self.assertTrue(account)
        lines.account_id = False
        return contract, "has no account, so that", lambda: lines.write({"account_id": account.id})

    def _tax_of_another_company(self):
        tax, contract = self._taxed("Foreign tax")
        other = self.setup_other_company()["company"]

        def give(company):
            # Odoo and we refuse this on every screen: only the database could be changed so.
            self.env.flush_all()
            self.env.cr.execute("UPDATE account_tax SET company_id = %s WHERE id = %s", (company.id, tax.id))
            self.env.invalidate_all()

        give(other)
        return contract, f"belongs to another company than {self.company.name}", lambda: give(self.company)

    def test_f58_each_failure_says_what_to_do_and_is_retried_alone(self):
        makers = [
            self._archived_account,
            self._archived_journal,
            self._locked_period,
            self._blocked_partner,
            self._archived_tax,
            self._archived_tax_that_is_amended,
            self._tax_without_account,
            self._tax_of_another_company,
        ]
        if "recurring_revenue_rule_id" not in self.env["account.move.line"]._fields:
            # Where revenue is deferred, no invoice uses the income account: the close speaks of it.
            makers.append(self._archived_income_account)
        cases = [make() for make in makers]
        runs = self.env["recurring.bill.run"].with_user(self.clerk)
        run = runs.create({"company_id": self.company.id, "date_through": DAY})
        run.action_start()
        self.assertEqual((run.state, run.failed_count, run.invoice_count), ("attention", len(cases), len(self.healthy)))
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

    def test_f58_a_credit_returns_the_tax_that_was_invoiced_though_it_is_archived(self):
        tax, contract = self._taxed("Credited")
        self._bill(DAY)
        tax.active = False
        contract._end(date(2026, 1, 21))
        refund = self._bill(date(2026, 1, 22)).filtered(lambda move: move.partner_id == contract.partner_id)
        self.assertEqual((refund.move_type, refund.amount_tax), ("out_refund", round(32.26 * 0.2, 2)))

    def test_f58_a_tax_of_an_order_that_joins(self):
        self.company.recurring_join_orders = True
        contract = self._untaxed("Joining")
        tax = self.tax.copy({"name": "Tax of the order"})
        router = self.env["product.product"].create(
            {"name": "Router", "type": "consu", "invoice_policy": "order", "taxes_id": [Command.set(tax.ids)]}
        )
        order = self.env["sale.order"].create(
            {"partner_id": contract.partner_id.id, "order_line": [Command.create({"product_id": router.id})]}
        )
        order.action_confirm()
        tax.active = False
        run = self._run(DAY)
        row = run.customer_ids.filtered(lambda r: r.commercial_partner_id == contract.partner_id)
        self.assertIn(f"The tax Tax of the order of {order.name} is archived", row.message)

    def test_a_tax_of_contracts_is_not_deleted(self):
        tax, contract = self._taxed("Deleted tax")
        with self.assertRaisesRegex(UserError, f"Tax of Deleted tax is a tax of {contract.display_name}"):
            tax.unlink()
        self._amend(contract.item_ids, "tax", DAY, tax_ids=[Command.clear()])
        with self.assertRaisesRegex(UserError, "Archive it"):
            tax.unlink()
        self.tax.copy({"name": "Of nothing"}).unlink()
