from datetime import date
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import RecurringRevenueCommon

JANUARY, FEBRUARY, MARCH = date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)


@tagged("post_install", "-at_install")
class TestClose(RecurringRevenueCommon):
    def test_figures_by_month(self):
        self.hosting.recurring_revenue_rule_id = self.rule_by_month
        schedule = self._schedules(self._invoice(300, date(2026, 1, 15), date(2026, 4, 14)))
        amounts = [self._close(date(2026, month, 1)).amount for month in range(1, 6)]
        self.assertEqual(amounts, [54.84, 100, 100, 45.16, 0])
        self.assertEqual(schedule.state, "done")
        self.assertEqual(schedule.remaining, 0)
        self.assertTies()

    @freeze_time("2026-02-10")
    def test_a_new_close_proposes_the_month_after_the_last(self):
        Runs = self.env["recurring.revenue.run"]
        self.assertEqual(Runs.create({}).date_end, JANUARY)
        self.assertEqual(Runs.create({}).date_end, FEBRUARY)

    def test_entry_and_its_journal_items(self):
        invoice = self._invoice(365, date(2026, 1, 1), date(2026, 12, 31))
        run = self._close(JANUARY)
        move = run.move_ids
        self.assertRecordValues(
            move,
            [
                {
                    "state": "posted",
                    "date": JANUARY,
                    "journal_id": self.company.recurring_revenue_journal_id.id,
                }
            ],
        )
        self.assertRecordValues(
            move.line_ids.sorted("id"),
            [
                {"account_id": self.deferred_account.id, "debit": 31, "credit": 0},
                {"account_id": self.income_account.id, "debit": 0, "credit": 31},
            ],
        )
        self.assertIn(invoice.name, move.line_ids[0].name)
        self.assertIn("January 2026", move.line_ids[0].name)
        deferred_line, revenue_line = move.line_ids.sorted("id")
        self.assertRecordValues(
            run.entry_ids,
            [
                {
                    "schedule_id": self._schedules(invoice).id,
                    "date": JANUARY,
                    "amount": 31,
                    "move_id": move.id,
                    "move_line_id": revenue_line.id,
                    "deferred_line_id": deferred_line.id,
                    "partner_id": self.partner_a.id,
                }
            ],
        )

    def test_schedules_share_journal_items(self):
        analytic_plan = self.env["account.analytic.plan"].create({"name": "Departments"})
        analytic = self.env["account.analytic.account"].create({"name": "Sales", "plan_id": analytic_plan.id})
        year = date(2026, 1, 1), date(2026, 12, 31)
        distribution = {str(analytic.id): 100}
        self._create_document(
            [
                self._line(365, *year),
                self._line(730, *year),
                self._line(1095, *year, analytic_distribution=distribution),
            ],
            year[0],
        )
        run = self._close(JANUARY)
        self.assertEqual(len(run.move_ids), 1)
        self.assertRecordValues(
            run.move_ids.line_ids.sorted("id"),
            [
                {"balance": 93, "analytic_distribution": False},
                {"balance": -93, "analytic_distribution": False},
                {"balance": 93, "analytic_distribution": distribution},
                {"balance": -93, "analytic_distribution": distribution},
            ],
        )
        self.assertEqual(run.schedule_count, 3)
        self.assertTies()

    def test_closing_again_changes_nothing(self):
        self._invoice(365, date(2026, 1, 1), date(2026, 12, 31))
        run = self._close(JANUARY)
        self.assertEqual(self._close(date(2026, 1, 3)), run)
        self.assertEqual(len(run.move_ids), 1)
        self.assertEqual(len(run.entry_ids), 1)

    def test_late_invoice_is_caught_up(self):
        self._invoice(365, date(2026, 1, 1), date(2026, 12, 31))
        self._close(JANUARY)
        january = self._balance(self.income_account, through=JANUARY)
        self._invoice(365, date(2026, 1, 1), date(2026, 12, 31), day=date(2026, 2, 10))
        self._close(FEBRUARY)
        self.assertEqual(self._balance(self.income_account, through=JANUARY), january)
        self.assertEqual(self._balance(self.income_account, through=FEBRUARY), 31 + 28 + 31 + 28)
        self.assertTies()

    def test_invoice_back_dated_into_a_closed_month(self):
        self._close(JANUARY)
        self._invoice(365, date(2026, 1, 1), date(2026, 12, 31))
        self._close(FEBRUARY)
        self.assertEqual(self._balance(self.income_account, through=JANUARY), 0)
        self.assertEqual(self._balance(self.income_account), 59)
        self.assertTies()

    def test_invoice_of_a_later_month_waits(self):
        self._invoice(365, date(2026, 1, 1), date(2026, 12, 31), day=date(2026, 2, 10))
        self.assertFalse(self._close(JANUARY).entry_ids)
        self.assertEqual(self._close(FEBRUARY).amount, 59)

    def test_missed_month_is_caught_up(self):
        self._invoice(365, date(2026, 1, 1), date(2026, 12, 31))
        self.assertEqual(self._close(FEBRUARY).amount, 59)
        with self.assertRaisesRegex(UserError, "February 2026.*closed already"):
            self._close(JANUARY)

    def test_locked_period_is_refused(self):
        self._invoice(365, date(2026, 1, 1), date(2026, 12, 31))
        self.company.fiscalyear_lock_date = JANUARY
        with self.assertRaisesRegex(UserError, "locked"):
            self._close(JANUARY)
        self.assertEqual(self._close(FEBRUARY).amount, 59)

    def test_foreign_currency_is_released_at_its_own_rate(self):
        currency = self.setup_other_currency("CHF", rates=[("2026-01-01", 1 / 0.9), ("2026-02-01", 1.0)])
        self.hosting.recurring_revenue_rule_id = self.rule_by_month
        invoice = self._invoice(100, date(2026, 1, 1), date(2026, 2, 28), currency_id=currency.id)
        schedule = self._schedules(invoice)
        self.assertRecordValues(schedule, [{"total": 90, "total_currency": 100}])
        for day, remaining in ((JANUARY, 45), (FEBRUARY, 0)):
            run = self._close(day)
            self.assertRecordValues(
                run.move_ids.line_ids.sorted("id"),
                [
                    {"balance": 45, "amount_currency": 50, "currency_id": currency.id},
                    {"balance": -45, "amount_currency": -50, "currency_id": currency.id},
                ],
            )
            self.assertEqual(schedule.remaining, remaining)
        self.assertEqual(self._balance(self.deferred_account), 0)
        self.assertEqual(self._balance(self.deferred_account, "amount_currency"), 0)
        self.assertTies()

    def test_foreign_invoice_and_credit_at_different_rates(self):
        currency = self.setup_other_currency("CHF", rates=[("2026-01-01", 1 / 0.9), ("2026-01-02", 1.0)])
        year = date(2026, 1, 1), date(2026, 12, 31)
        self._invoice(110, *year, currency_id=currency.id)
        self._invoice(100, *year, day=date(2026, 1, 2), currency_id=currency.id, move_type="out_refund")
        run = self._close(JANUARY)
        self.assertEqual(len(run.move_ids), 1)
        self.assertEqual(len(run.move_ids.line_ids), 4)
        self.assertTies()

    def test_one_entry_per_currency(self):
        currency = self.setup_other_currency("CHF", rates=[("2026-01-01", 2.0)])
        year = date(2026, 1, 1), date(2026, 12, 31)
        self._invoice(365, *year)
        self._invoice(730, *year, currency_id=currency.id)
        run = self._close(JANUARY)
        self.assertEqual(len(run.move_ids), 2)
        self.assertEqual(run.amount, 62)
        self.assertTies()

    def test_many_batches(self):
        year = date(2026, 1, 1), date(2026, 12, 31)
        invoice = self._create_document([self._line(365, *year) for _index in range(5)], year[0])
        self._create_document([self._line(365, *year)], year[0])
        credit = invoice._reverse_moves([{"date": year[0], "invoice_date": year[0]}])
        credit.invoice_line_ids.price_unit = 36.5
        credit.action_post()
        with patch("odoo.addons.recurring_revenue.models.recurring_revenue_run_books.BATCH", 2):
            run = self._close(JANUARY)
        self.assertEqual(len(run.entry_ids), 11)
        self.assertEqual(run.schedule_count, 11)
        self.assertEqual(len(run.move_ids.line_ids), 2)
        self.assertAlmostEqual(run.amount, 31 * 6 - 15.5)
        self.assertTies()

    def test_reopened_and_closed_anew(self):
        self._invoice(365, date(2026, 1, 1), date(2026, 12, 31))
        run = self._close(JANUARY)
        run.action_reopen()
        self.assertEqual(run.state, "draft")
        self.assertEqual(self._balance(self.income_account), 0)
        self.assertEqual(self._balance(self.deferred_account), 365)
        self.assertTies()
        self._invoice(365, date(2026, 1, 1), date(2026, 12, 31))
        run.action_close()
        self.assertEqual(run.amount, 62)
        self.assertEqual(self._balance(self.income_account), 62)
        self.assertEqual(sorted(run.entry_ids.mapped("amount")), [-31, 31, 31, 31])
        self.assertTies()
        run.action_reopen()
        self.assertEqual(self._balance(self.income_account), 0)
        self.assertTies()

    def test_reopened_schedule_that_had_ended(self):
        schedule = self._schedules(self._invoice(31, date(2026, 1, 1), JANUARY))
        run = self._close(JANUARY)
        self.assertEqual(schedule.state, "done")
        run.action_reopen()
        self.assertRecordValues(schedule, [{"state": "open", "remaining": 31}])
        run.action_close()
        self.assertRecordValues(schedule, [{"state": "done", "remaining": 0}])

    def test_only_the_last_close_is_reopened(self):
        self._invoice(365, date(2026, 1, 1), date(2026, 12, 31))
        run = self._close(JANUARY)
        self._close(FEBRUARY)
        with self.assertRaisesRegex(UserError, "closed already"):
            run.action_reopen()

    def test_its_entries_are_protected(self):
        self._invoice(365, date(2026, 1, 1), date(2026, 12, 31))
        run = self._close(JANUARY)
        with self.assertRaisesRegex(UserError, "Reopen the close"):
            run.move_ids.button_draft()
        with self.assertRaisesRegex(UserError, "Reopen the close"):
            run.move_ids._reverse_moves(cancel=True)
        with self.assertRaisesRegex(UserError, "stays on record"):
            run.unlink()
        with self.assertRaisesRegex(UserError, "keeps its company"):
            run.date_end = FEBRUARY

        with self.assertRaisesRegex(UserError, "by its buttons"):
            run.state = "draft"
        with self.assertRaisesRegex(UserError, "belong to the close"):
            run.move_ids.recurring_revenue_run_id = False
        self.assertEqual(run.state, "done")

    def test_labels_are_in_the_language_of_the_books(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.company.partner_id.lang = "fr_FR"
        self._invoice(365, date(2026, 1, 1), date(2026, 12, 31))
        self.assertIn("janvier 2026", self._close(JANUARY).move_ids.ref)

    def test_any_day_stands_for_its_month(self):
        run = self.env["recurring.revenue.run"].create({"company_id": self.company.id, "date_end": date(2026, 2, 3)})
        self.assertRecordValues(
            run,
            [{"date_start": date(2026, 2, 1), "date_end": FEBRUARY, "display_name": "February 2026"}],
        )

    def test_a_branch_closes_its_own_months(self):
        branch = self.env["res.company"].create({"name": "Branch", "parent_id": self.company.id})
        self.cr.precommit.run()  # loads the chart of accounts
        year = date(2026, 1, 1), date(2026, 12, 31)
        self._invoice(365, *year)
        invoice = self._invoice(730, *year, company_id=branch.id)
        self.assertEqual(self._schedules(invoice).company_id, branch)
        run = self.env["recurring.revenue.run"]._create_run(branch, JANUARY)
        run.action_close()
        self.assertEqual(run.amount, 62)
        self.assertEqual(run.move_ids.company_id, branch)
        self.assertEqual(self._close(JANUARY).amount, 31)
        rows = self.env["recurring.revenue.rollforward"].search(
            [("company_id", "in", (self.company + branch).ids)], order="closing"
        )
        self.assertRecordValues(
            rows,
            [
                {"company_id": self.company.id, "closing": 334, "difference": 0},
                {"company_id": branch.id, "closing": 668, "difference": 0},
            ],
        )

    def test_a_failure_leaves_nothing_behind(self):
        invoice = self._invoice(365, date(2026, 1, 1), date(2026, 12, 31))
        run = self.env["recurring.revenue.run"]._create_run(self.company, JANUARY)
        with (
            self.assertRaises(ZeroDivisionError),
            self.env.cr.savepoint(),
            patch.object(type(run), "_book", lambda *_args: 1 / 0),
        ):
            run.action_close()
        self.env.invalidate_all()
        self.assertEqual(run.state, "draft")
        self.assertFalse(run.move_ids)
        self.assertEqual(self._schedules(invoice).recognised, 0)
        run.action_close()
        self.assertEqual(run.amount, 31)
        self.assertTies()


class ScheduledCloseCommon(RecurringRevenueCommon):
    def _run_cron(self):
        companies = self.env["res.company"].search([]) - self.company
        Run = type(self.env["recurring.revenue.run"])
        original = Run._get_ended_months

        def only_ours(run, company, today):
            return [] if company in companies else original(run, company, today)

        with self.enter_registry_test_mode(), patch.object(Run, "_get_ended_months", only_ours):
            self.env.ref("recurring_revenue.ir_cron_recurring_revenue_close").method_direct_trigger()

    def _runs(self):
        return self.env["recurring.revenue.run"].search([("company_id", "=", self.company.id)], order="date_end")


@tagged("post_install", "-at_install")
class TestScheduledClose(ScheduledCloseCommon):
    @freeze_time("2026-04-01")
    def test_closes_all_that_has_ended(self):
        self._invoice(365, date(2026, 1, 10), date(2027, 1, 9))
        self._run_cron()
        self.assertEqual(self._runs().mapped("date_end"), [JANUARY, FEBRUARY, MARCH])
        self.assertEqual(self._runs().mapped("state"), ["done"] * 3)
        self._run_cron()
        self.assertEqual(len(self._runs()), 3)
        self.assertTies()

    @freeze_time("2026-03-31")
    def test_waits_for_the_end_of_the_month(self):
        self._invoice(365, date(2026, 2, 10), date(2027, 2, 9))
        self._run_cron()
        self.assertEqual(self._runs().mapped("date_end"), [FEBRUARY])

    @freeze_time("2026-04-01")
    def test_skips_locked_months(self):
        self._invoice(365, date(2026, 1, 10), date(2027, 1, 9))
        self.company.fiscalyear_lock_date = FEBRUARY
        self._run_cron()
        self.assertEqual(self._runs().mapped("date_end"), [MARCH])

    @freeze_time("2026-04-01")
    def test_leaves_it_for_review(self):
        self._invoice(365, date(2026, 3, 10), date(2027, 3, 9))
        self.company.recurring_revenue_review = True
        self._run_cron()
        self.assertRecordValues(self._runs(), [{"date_end": MARCH, "state": "draft"}])

    @freeze_time("2026-04-01")
    def test_says_why_it_could_not(self):
        self._invoice(365, date(2026, 3, 10), date(2027, 3, 9))
        self.company.recurring_revenue_journal_id = False
        self._run_cron()
        run = self._runs()
        self.assertEqual(run.state, "draft")
        self.assertIn("no journal", run.message_ids[0].body)
