from contextlib import closing
from datetime import date

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .test_contract import ContractCommon

YEAR = date(2026, 1, 1), date(2026, 12, 31)
JANUARY, FEBRUARY, MARCH = date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)


class CutoffCommon(ContractCommon):
    """A company whose invoices credit revenue, with accounts for accruals, and its accountant."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accrued_account, cls.refund_account = cls.env["account.account"].create(
            [
                {"name": "Accrued income", "code": "418100", "account_type": "asset_current"},
                {"name": "Credits to issue", "code": "419800", "account_type": "liability_current"},
            ]
        )
        cls.company.write(
            {
                "recurring_revenue_booking": "cutoff",
                "recurring_accrued_income_account_id": cls.accrued_account.id,
                "recurring_refund_liability_account_id": cls.refund_account.id,
            }
        )
        cls.accountant = cls._create_accountant()

    def _close_as_accountant(self, day):
        run = self.env["recurring.revenue.run"].with_user(self.accountant)._create_run(self.company, day)
        run.action_close()
        return run.sudo()

    def assertMonthEnd(self, day, **balances):
        """Compare balances at a day: deferred, refund as liabilities, accrued as an asset, income."""
        accounts = {
            "deferred": (self.deferred_account, 1),
            "accrued": (self.accrued_account, -1),
            "refund": (self.refund_account, 1),
            "income": (self.income_account, 1),
        }
        found = {name: sign * self._balance(account, through=day) for name, (account, sign) in accounts.items()}
        for name, balance in {**dict.fromkeys(("deferred", "accrued", "refund"), 0), **balances}.items():
            self.assertAlmostEqual(found[name], balance, 4, f"{name} at {day}: {found}")


@tagged("post_install", "-at_install")
class TestCutoff(CutoffCommon):
    def test_f77_invoice_credits_revenue_and_the_close_defers_until_the_next_day(self):
        invoice = self._invoice(365, *YEAR)
        self.assertEqual(invoice.invoice_line_ids.account_id, self.income_account)
        self.assertMonthEnd(date(2026, 1, 30), income=365)
        run = self._close_as_accountant(JANUARY)
        self.assertMonthEnd(JANUARY, income=31, deferred=334)
        self.assertMonthEnd(date(2026, 2, 1), income=365)
        self.assertEqual((run.amount, run.deferred_amount), (31, 334))
        self.assertEqual(sorted(run.move_ids.mapped("date")), [JANUARY, date(2026, 2, 1)])
        self._close_as_accountant(FEBRUARY)
        self.assertMonthEnd(FEBRUARY, income=59, deferred=306)
        schedule = self._schedules(invoice)
        self.assertRecordValues(schedule, [{"booking": "cutoff", "recognised": 59, "remaining": 306}])
        self.assertTies()
        self._close_as_accountant(YEAR[1])
        self.assertMonthEnd(YEAR[1], income=365)
        self.assertEqual(schedule.state, "done")
        self.assertTies()

    def test_f74_every_journal_item_leads_to_its_schedules_and_back(self):
        for grouping, count in (("account", 1), ("partner", 2), ("contract", 3), ("line", 4)):
            with self.subTest(grouping), closing(self.env.cr.savepoint()):
                self.company.recurring_revenue_grouping = grouping
                other = self._create_contract(
                    plan_id=self.yearly.id, partner_id=self._create_customer("B").id, items=[{"price_unit": 365}]
                )
                self._create_contract(plan_id=self.yearly.id, items=[{"price_unit": 365}, {"price_unit": 365}])
                self._create_contract(plan_id=self.yearly.id, items=[{"price_unit": 365}])
                schedules = self._schedules(self._bill(YEAR[0]))
                run = self._close_as_accountant(JANUARY)
                lines = run.move_ids.line_ids.filtered(lambda line: line.account_id == self.deferred_account)
                self.assertEqual(len(lines), 2 * count)
                found = self.env["recurring.revenue.schedule"]
                for line in lines.with_user(self.accountant):
                    behind = found.search(line.action_open_recurring_schedules()["domain"])
                    self.assertAlmostEqual(abs(line.balance), sum(behind.mapped("remaining")), 4)
                    self.assertIn(line.id, behind.action_open_journal_items()["domain"][0][2])
                if grouping != "account":
                    line = lines.filtered_domain([("partner_id", "=", other.partner_id.id)])[0]
                    self.assertIn("January 2026", line.name)
                    self.assertIn(other.name, line.name)
                self.assertEqual(len(schedules), 4)
                self.assertTies()

    def test_f77_reopened(self):
        self._invoice(365, *YEAR)
        run = self._close_as_accountant(JANUARY)
        run.with_user(self.accountant).action_reopen()
        self.assertMonthEnd(JANUARY, income=365)
        self.assertTies()
        self.assertRecordValues(run, [{"state": "draft", "deferred_amount": 0}])
        run.with_user(self.accountant).action_close()
        self.assertMonthEnd(JANUARY, income=31, deferred=334)
        self.assertTies()

    def test_f74_a_late_invoice_is_caught_up_and_january_stays(self):
        self._close_as_accountant(JANUARY)
        self._invoice(365, *YEAR, day=date(2026, 2, 10))
        self._close_as_accountant(FEBRUARY)
        self.assertMonthEnd(JANUARY, income=0)
        self.assertMonthEnd(FEBRUARY, income=59, deferred=306)
        self.assertTies()

    def test_f78_credit_note_reset_and_post(self):
        invoice = self._invoice(365, *YEAR)
        self._close_as_accountant(JANUARY)
        credit_note = invoice._reverse_moves([{"date": date(2026, 2, 10), "invoice_date": date(2026, 2, 10)}])
        credit_note.action_post()
        self.assertEqual(credit_note.invoice_line_ids.account_id, self.income_account)
        self.assertEqual(self._schedules(credit_note).booking, "cutoff")
        self._close_as_accountant(FEBRUARY)
        self.assertMonthEnd(FEBRUARY, income=0)
        self.assertTies()
        other = self._invoice(365, *YEAR, day=date(2026, 3, 1))
        self._close_as_accountant(MARCH)
        other.button_draft()
        self._close_as_accountant(date(2026, 4, 30))
        self.assertMonthEnd(date(2026, 4, 30), income=0)
        self.assertTies()
        other.action_post()
        self._close_as_accountant(date(2026, 5, 31))
        self.assertMonthEnd(date(2026, 5, 31), income=151, deferred=214)
        self.assertTies()

    def test_a_rule_wins_over_the_company_and_both_live_side_by_side(self):
        deferral = self.rule_by_day.copy({"name": "By day, deferral", "booking": "deferral"})
        self._create_document(
            [self._line(365, *YEAR), self._line(365, *YEAR, recurring_revenue_rule_id=deferral.id)], YEAR[0]
        )
        self.assertMonthEnd(date(2026, 1, 2), income=365, deferred=365)
        self._close_as_accountant(JANUARY)
        self.assertMonthEnd(JANUARY, income=62, deferred=668)
        self.assertTies()

    def test_a_draft_follows_its_rule(self):
        invoice = self._create_document([self._line(365, *YEAR)], YEAR[0])
        invoice.button_draft()
        line = invoice.invoice_line_ids
        for booking, account in (("deferral", self.deferred_account), ("cutoff", self.income_account)):
            self.company.recurring_revenue_booking = booking
            line._apply_recurring_deferral()
            self.assertEqual(line.account_id, account)
            self.assertEqual(line.recurring_revenue_account_id, self.income_account)
            self.assertEqual(bool(line.recurring_cutoff_account_id), booking == "cutoff")
        line.write({"recurring_date_start": False, "recurring_date_end": False})
        line._apply_recurring_deferral()
        self.assertFalse(line.recurring_revenue_account_id | line.recurring_cutoff_account_id)

    def test_foreign_currency_keeps_its_rate(self):
        currency = self.setup_other_currency("CHF", rates=[("2026-01-01", 2.0), ("2026-02-01", 4.0)])
        self._invoice(730, *YEAR, currency_id=currency.id)
        self._close_as_accountant(JANUARY)
        self.assertMonthEnd(JANUARY, income=31, deferred=334)
        self._close_as_accountant(FEBRUARY)
        self.assertMonthEnd(FEBRUARY, income=59, deferred=306)
        self.assertEqual(self._balance(self.deferred_account, "amount_currency", FEBRUARY), 612)
        self.assertTies()

    def test_analytic_distribution_follows(self):
        plan = self.env["account.analytic.plan"].create({"name": "Projects"})
        account = self.env["account.analytic.account"].create({"name": "A", "plan_id": plan.id})
        distribution = {str(account.id): 100.0}
        self._create_document([self._line(365, *YEAR, analytic_distribution=distribution)], YEAR[0])
        run = self._close_as_accountant(JANUARY)
        self.assertEqual(run.move_ids.line_ids.mapped("analytic_distribution"), [distribution] * 4)

    def test_f72_recognised_over_other_days_than_billed(self):
        other = {"recurring_revenue_date_start": date(2026, 2, 1), "recurring_revenue_date_end": date(2027, 1, 31)}
        for booking in ("deferral", "cutoff"):
            with self.subTest(booking), closing(self.env.cr.savepoint()):
                self.company.recurring_revenue_booking = booking
                billed = date(2026, 1, 15)
                self._create_document([self._line(365, billed, date(2027, 1, 14), **other)], billed)
                receivable = self.company_data["default_account_receivable"]
                self.assertEqual(-self._balance(receivable, through=billed), 365)
                self._close_as_accountant(JANUARY)
                self.assertMonthEnd(JANUARY, income=0, deferred=365)
                self._close_as_accountant(FEBRUARY)
                self.assertMonthEnd(FEBRUARY, income=28, deferred=337)
                self.assertTies()

    def test_f84_roll_forward_of_the_cut_off_account(self):
        self._invoice(365, *YEAR)
        self._close_as_accountant(JANUARY)
        self._invoice(365, *YEAR, day=date(2026, 1, 20))  # after the close: the next one counts it
        self._close_as_accountant(FEBRUARY)
        rows = self.env["recurring.revenue.rollforward"].with_user(self.accountant)
        rows = rows.search([("company_id", "=", self.company.id)], order="month")
        self.assertRecordValues(
            rows[:2],
            [
                {
                    "opening": 0,
                    "billed": 730,
                    "recognised": 31,
                    "closing": 699,
                    "explained": 365,
                    "ledger_balance": 334,
                },
                {"opening": 699, "billed": 0, "recognised": 87, "closing": 612, "explained": 0, "ledger_balance": 612},
            ],
        )
        self.assertEqual(set(rows.mapped("difference")), {0})

    def test_a_lock_on_the_next_day_is_named(self):
        self._invoice(365, *YEAR)
        self.company.fiscalyear_lock_date = date(2026, 2, 1)
        with self.assertRaisesRegex(UserError, "locked"):
            self._close_as_accountant(JANUARY)


@tagged("post_install", "-at_install")
class TestAccruals(CutoffCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.arrears = cls._create_plan(name="Arrears", billing_timing="arrears", billing_unit="year")

    def test_f72_arrears_accrue_until_they_are_invoiced(self):
        for booking in ("deferral", "cutoff"):
            with self.subTest(booking), closing(self.env.cr.savepoint()):
                self.company.recurring_revenue_booking = booking
                self._create_contract(plan_id=self.arrears.id, items=[{"price_unit": 365}])
                self.assertFalse(self._bill(JANUARY))
                run = self._close_as_accountant(JANUARY)
                self.assertMonthEnd(JANUARY, income=31, accrued=31)
                self.assertMonthEnd(date(2026, 2, 1), income=0)
                self.assertEqual(run.accrued_amount, 31)
                self._close_as_accountant(FEBRUARY)
                self.assertMonthEnd(FEBRUARY, income=59, accrued=59)
                self._close_as_accountant(YEAR[1])
                self.assertMonthEnd(YEAR[1], income=365, accrued=365)
                self._bill(date(2027, 1, 1))
                self._close_as_accountant(date(2027, 1, 31))
                self.assertMonthEnd(date(2027, 1, 31), income=396, accrued=31)
                self.assertTies()

    def test_in_advance_and_billed_late(self):
        self._create_contract(plan_id=self.yearly.id, items=[{"price_unit": 365}])
        self._close_as_accountant(JANUARY)
        self.assertMonthEnd(JANUARY, income=31, accrued=31)
        invoice = self._bill(date(2026, 2, 10), invoice_date=date(2026, 2, 10))
        invoice.button_draft()
        self._close_as_accountant(FEBRUARY)
        self.assertMonthEnd(FEBRUARY, income=59, accrued=59)
        invoice.action_post()
        self._close_as_accountant(MARCH)
        self.assertMonthEnd(MARCH, income=90, deferred=275)
        self.assertTies()

    def test_taxes_in_the_price_stay_out(self):
        included = self.tax.copy({"name": "20% in the price", "price_include_override": "tax_included"})
        self._create_contract(
            plan_id=self.arrears.id, items=[{"price_unit": 438, "tax_ids": [Command.set(included.ids)]}]
        )
        self._close_as_accountant(JANUARY)
        self.assertMonthEnd(JANUARY, income=31, accrued=31)

    def test_at_the_closing_rate(self):
        currency = self.setup_other_currency("CHF", rates=[("2026-01-01", 2.0), ("2026-02-10", 4.0)])
        pricelist = self.env["product.pricelist"].create({"name": "CHF", "currency_id": currency.id})
        self._create_contract(
            plan_id=self.arrears.id, pricelist_id=pricelist.id, currency_id=currency.id, items=[{"price_unit": 365}]
        )
        self._close_as_accountant(JANUARY)
        self.assertMonthEnd(JANUARY, income=15.5, accrued=15.5)
        self._close_as_accountant(FEBRUARY)
        self.assertMonthEnd(FEBRUARY, income=14.75, accrued=14.75)

    def test_f78_an_end_cuts_the_schedule_before_the_credit_note(self):
        for booking in ("deferral", "cutoff"):
            with self.subTest(booking), closing(self.env.cr.savepoint()):
                self.company.recurring_revenue_booking = booking
                contract = self._create_contract(plan_id=self.yearly.id, items=[{"price_unit": 365}])
                self._bill(YEAR[0])
                contract._end(date(2026, 6, 30))
                self._close_as_accountant(date(2026, 6, 30))
                self.assertMonthEnd(date(2026, 6, 30), income=181, deferred=184)
                run = self._close_as_accountant(date(2026, 7, 31))
                self.assertMonthEnd(date(2026, 7, 31), income=181, refund=184)
                self.assertEqual(run.refund_amount, 184)
                self.assertTies()
                self._bill(date(2026, 8, 5), invoice_date=date(2026, 8, 5))
                self._close_as_accountant(date(2026, 8, 31))
                self.assertMonthEnd(date(2026, 8, 31), income=181)
                self.assertTies()

    def test_f78_a_raise_owes_nothing_back(self):
        contract = self._create_contract(plan_id=self.yearly.id, items=[{"price_unit": 365}])
        self._bill(YEAR[0])
        self._amend(contract.item_ids, "price", date(2026, 7, 1), price_unit=730)
        self._close_as_accountant(date(2026, 7, 31))
        # 184 of the old price are owed back, 368 of the new one due; 62 of them earned
        self.assertMonthEnd(date(2026, 7, 31), income=181 + 62, deferred=122)
        self._close_as_accountant(YEAR[1])
        self.assertMonthEnd(YEAR[1], income=181 + 368, accrued=184)
        self.assertTies()

    def test_f78_a_cut_price_is_owed_back_in_part(self):
        contract = self._create_contract(plan_id=self.yearly.id, items=[{"price_unit": 730}])
        self._bill(YEAR[0])
        self._amend(contract.item_ids, "price", date(2026, 7, 1), price_unit=365)
        self._close_as_accountant(date(2026, 7, 31))
        self.assertMonthEnd(date(2026, 7, 31), income=362 + 31, deferred=153, refund=184)
        self._bill(date(2026, 8, 1))
        self._close_as_accountant(date(2026, 8, 31))
        self.assertMonthEnd(date(2026, 8, 31), income=362 + 62, deferred=122)
        self.assertTies()

    def test_without_accounts_revenue_waits_for_its_invoice(self):
        self.company.write(
            {"recurring_accrued_income_account_id": False, "recurring_refund_liability_account_id": False}
        )
        self._create_contract(plan_id=self.arrears.id, items=[{"price_unit": 365}])
        contract = self._create_contract(plan_id=self.yearly.id, items=[{"price_unit": 365}])
        self._bill(YEAR[0])
        contract._end(date(2026, 6, 30))
        self._close_as_accountant(date(2026, 7, 31))
        self.assertMonthEnd(date(2026, 7, 31), income=181, deferred=184)
