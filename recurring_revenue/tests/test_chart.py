from odoo.tests import tagged

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

from .common import RecurringRevenueCommon


@tagged("post_install", "-at_install")
class TestChart(RecurringRevenueCommon):
    def test_generic_chart_brings_account_and_journal(self):
        self.assertEqual(self.company.chart_template, "generic_coa")
        self.assertEqual(self.deferred_account.account_type, "liability_current")
        self.assertEqual(self.deferred_account.name, "Deferred Revenue")
        self.assertEqual(self.company.recurring_revenue_journal_id.code, "RREV")

    def test_companies_that_had_their_chart_before(self):
        journal = self.company.recurring_revenue_journal_id
        self.company.write({"recurring_revenue_journal_id": False, "deferred_revenue_account_id": False})
        self.env["ir.model.data"].search(
            [("name", "=", f"{self.company.id}_recurring_revenue"), ("module", "=", "account")]
        ).unlink()
        journal.unlink()
        self.company._load_recurring_revenue_defaults()
        self.assertEqual(self.company.deferred_revenue_account_id, self.deferred_account)
        self.assertEqual(self.company.recurring_revenue_journal_id.code, "RREV")

    def test_what_was_chosen_stays(self):
        account = self.deferred_account.copy({"name": "Other deferral"})
        self.company.deferred_revenue_account_id = account
        self.company._load_recurring_revenue_defaults()
        self.assertEqual(self.company.deferred_revenue_account_id, account)

    def test_branch_takes_the_settings_of_its_root(self):
        branch = self.env["res.company"].create({"name": "Branch", "parent_id": self.company.id})
        self.cr.precommit.run()  # loads the chart of accounts
        self.assertEqual(branch.deferred_revenue_account_id, self.deferred_account)
        branch.write({"recurring_revenue_journal_id": False, "deferred_revenue_account_id": False})
        self.assertEqual(branch._get_recurring_revenue_journal(), self.company.recurring_revenue_journal_id)
        self.assertEqual(self.rule_by_day._get_deferred_account(branch), self.deferred_account)

    def test_opening_counterpart(self):
        account = self.company._get_recurring_opening_account()
        self.assertEqual(account.account_type, "equity_unaffected")
        self.company.recurring_opening_account_id = self.deferred_account
        self.assertEqual(self.company._get_recurring_opening_account(), self.deferred_account)


@tagged("post_install", "-at_install")
class TestFrenchChart(AccountTestInvoicingCommon):
    @classmethod
    @AccountTestInvoicingCommon.setup_chart_template("fr")
    def setUpClass(cls):
        super().setUpClass()

    def test_487(self):
        company = self.company_data["company"]
        self.assertTrue(company.deferred_revenue_account_id.code.startswith("487"))
        self.assertEqual(company.recurring_revenue_journal_id.code, "RREV")

    def test_period_end(self):
        company = self.company_data["company"]
        self.assertEqual(company.recurring_revenue_booking, "cutoff")
        self.assertTrue(company.recurring_accrued_income_account_id.code.startswith("4181"))
        self.assertTrue(company.recurring_refund_liability_account_id.code.startswith("4198"))
