from contextlib import closing
from datetime import date
from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from ..domain.release import BY_ACCOUNT, BY_CONTRACT, BY_LINE, BY_PARTNER
from .test_contract import ContractCommon

YEAR = (date(2026, 1, 1), date(2026, 12, 31))
JANUARY = date(2026, 1, 31)
COUNTS = ((BY_ACCOUNT, 1), (BY_PARTNER, 2), (BY_CONTRACT, 3), (BY_LINE, 4))


@tagged("post_install", "-at_install")
class TestGrouping(ContractCommon):
    """What a journal item of a close sums up, under deferral: of two customers, three contracts and four items."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        values = {"company_id": cls.company.id, "company_ids": [Command.set(cls.company.ids)]}
        cls.accountant = new_test_user(cls.env, "rev_grouping", "account.group_account_manager", **values)

    def _bill_three_contracts(self):
        other = self._create_contract(
            plan_id=self.yearly.id, partner_id=self._create_customer("B").id, items=[{"price_unit": 365}]
        )
        self._create_contract(plan_id=self.yearly.id, items=[{"price_unit": 365}, {"price_unit": 730}])
        self._create_contract(plan_id=self.yearly.id, items=[{"price_unit": 365}])
        return other, self._schedules(self._bill(YEAR[0]))

    def _close_as_accountant(self):
        run = self.env["recurring.revenue.run"].with_user(self.accountant)._create_run(self.company, JANUARY)
        run.action_close()
        return run

    def test_f74_every_grouping_leads_to_its_schedules_and_back(self):
        for grouping, count in COUNTS:
            with self.subTest(grouping), closing(self.env.cr.savepoint()):
                self.company.recurring_revenue_grouping = grouping
                other, schedules = self._bill_three_contracts()
                lines = self._close_as_accountant().move_ids.line_ids.with_user(self.accountant)
                self.assertEqual(len(lines), 2 * count)
                found = self.env["recurring.revenue.schedule"]
                for line in lines:
                    behind = found.search(line.action_open_recurring_schedules()["domain"])
                    self.assertAlmostEqual(abs(line.balance), sum(behind.mapped("recognised")), 4)
                    self.assertIn(line.id, behind.action_open_journal_items()["domain"][0][2])
                    self.assertEqual(
                        line.partner_id, behind.partner_id if len(behind.partner_id) == 1 else found.partner_id
                    )
                    self.assertEqual(other.name in line.name, behind.contract_id == other)
                for schedule in schedules.with_user(self.accountant):
                    behind = self.env["account.move.line"].search(schedule.action_open_journal_items()["domain"])
                    self.assertEqual(len(behind & lines), 2)
                self.assertTies()

    def test_f74_computed_by_the_database_or_one_by_one(self):
        for grouping, _count in COUNTS:
            with self.subTest(grouping):
                Run = type(self.env["recurring.revenue.run"])
                with patch.object(Run, "_get_set_based_condition", lambda *_args: SQL("FALSE")):
                    one_by_one = self._journal_items(grouping)
                with patch.object(Run, "_get_due", lambda *_args: self.fail("not computed by the database")):
                    self.assertEqual(self._journal_items(grouping), one_by_one)

    def _journal_items(self, grouping):
        """Return what a close posts, as plain values; nothing of it stays."""
        with closing(self.env.cr.savepoint()):
            self.company.recurring_revenue_grouping = grouping
            self._bill_three_contracts()
            lines = self._close_as_accountant().move_ids.line_ids
            self.assertTies()
            return sorted((line.account_id.code, line.partner_id.name or "", line.balance) for line in lines)

    def test_f74_the_same_number_of_queries_however_many(self):
        """A group more costs its journal items, no query of its own."""
        statements = []
        for size in (2, 12):
            with closing(self.env.cr.savepoint()):
                self.company.recurring_revenue_grouping = BY_LINE
                self._create_contract(plan_id=self.yearly.id, items=[{"price_unit": 365}] * size)
                self._bill(YEAR[0])
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                self._close_as_accountant()
                statements.append(self.env.cr.sql_log_count - before)
        self.assertLess(statements[1] - statements[0], 10, statements)
