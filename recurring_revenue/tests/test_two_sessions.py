from datetime import date
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, tagged
from odoo.tests.common import get_db_name


@tagged("post_install", "-at_install")
class TestTwoSessions(BaseCase):
    """One month, closed by two sessions that see each other's committed work only."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        with self.registry.cursor() as cursor:
            env = api.Environment(cursor, SUPERUSER_ID, {})
            company = env["res.company"].create({"name": f"Two sessions: {self._testMethodName}"})
            journal = env["account.journal"].create(
                {"name": "Recognition", "code": "TWO", "type": "general", "company_id": company.id}
            )
            company.recurring_revenue_journal_id = journal
            self.run_id = env["recurring.revenue.run"]._create_run(company, date(2026, 1, 31)).id
        self.addCleanup(self._clean_up)

    def _clean_up(self):
        with self.registry.cursor() as cursor:
            env = api.Environment(cursor, SUPERUSER_ID, {})
            run = env["recurring.revenue.run"].browse(self.run_id)
            company = run.company_id
            run._write_protected({"state": "draft", "revision": 0})
            run.unlink()
            company.recurring_revenue_journal_id = False
            env["account.journal"].search([("company_id", "=", company.id)]).unlink()
            company.active = False

    def _run(self, cursor):
        return api.Environment(cursor, SUPERUSER_ID, {})["recurring.revenue.run"].browse(self.run_id)

    def test_f77_the_second_one_waits_and_finds_it_done(self):
        with self.registry.cursor() as second:
            with self.registry.cursor() as first:
                self._run(first).action_close()
                with self.assertRaisesRegex(UserError, "closed or reopened by somebody else"):
                    self._run(second).action_close()
            second.rollback()
            run = self._run(second)
            revision = run.revision
            run.action_close()
            self.assertEqual((run.state, run.revision), ("done", revision))

    def test_f77_a_close_that_dies_leaves_nothing(self):
        first = self.registry.cursor()
        self._run(first).action_close()
        first.close()  # without commit, as when its process is killed
        with self.registry.cursor() as second:
            run = self._run(second)
            self.assertEqual(run.state, "draft")
            run.action_close()
            self.assertEqual(run.state, "done")

    def test_f77_the_scheduled_close_gives_way_to_a_person(self):
        """Somebody closes the month between the moment when the night has looked and the one when it closes."""
        month_end = date(2026, 1, 31)

        def look(*_args):
            with self.registry.cursor() as person:
                self._run(person).action_close()
            return [month_end]

        with self.registry.cursor() as night:
            run = self._run(night)
            company, revision = run.company_id, run.revision
            with patch.object(self.registry["recurring.revenue.run"], "_get_ended_months", look):
                run._close_ended_months(company)
            self.assertEqual((run.state, run.revision), ("done", revision))
