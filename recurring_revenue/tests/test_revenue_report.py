from datetime import date

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from .test_obligation import DECEMBER, JANUARY, ObligationCommon

MARCH = date(2026, 3, 31)


@tagged("post_install", "-at_install")
class TestRevenueReport(ObligationCommon):
    """Every report ties: to the schedules, to the ledger, and to itself."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accountant = cls._create_accountant()
        cls.advance = cls._contract(800, 600)
        cls.arrears = cls._contract(365, products=(cls.licence,), plan_id=cls.quarterly.id)
        cls.ordinary = cls._invoice(1000, date(2026, 1, 10), date(2027, 6, 9))
        cls.env["recurring.bill.run"].create(
            {"company_id": cls.company.id, "date_through": date(2026, 1, 1)}
        ).action_start()
        credit = cls.ordinary._reverse_moves([{"date": date(2026, 2, 1), "invoice_date": date(2026, 2, 1)}])
        credit.invoice_line_ids.price_unit = 300
        credit.action_post()
        cls._close(JANUARY)
        cls._close(MARCH)

    def _waterfall(self, domain=()):
        return self.env["recurring.revenue.waterfall"].with_user(self.accountant).search(list(domain))

    def test_revenue_to_come_is_what_schedules_have_left(self):
        schedules = self.env["recurring.revenue.schedule"].search([("company_id", "=", self.company.id)])
        rows = self._waterfall()
        self.assertAlmostEqual(sum(rows.mapped("amount")), sum(schedules.mapped("remaining")), 4)
        for schedule in schedules:
            own = rows.filtered(lambda row, schedule=schedule: row.schedule_id == schedule)
            self.assertAlmostEqual(sum(own.mapped("amount")), schedule.remaining, 4, schedule.name)
        self.assertGreater(min(rows.mapped("month")), MARCH)
        deferred = rows.filtered(lambda row: row.account_id == self.deferred_account)
        self.assertAlmostEqual(sum(deferred.mapped("amount")), self._balance(self.deferred_account), 4)

    def test_the_next_close_recognises_what_was_to_come(self):
        april = sum(self._waterfall([("month", "=", date(2026, 4, 30))]).mapped("amount"))
        self.assertAlmostEqual(self._close(date(2026, 4, 30)).amount, april, 4)

    def test_remaining_obligations_within_a_year_and_later(self):
        rows = self._waterfall([("basis", "=", "contract")])
        obligations = (self.advance + self.arrears).revenue_allocation_id.obligation_ids
        self.assertAlmostEqual(sum(rows.mapped("amount")), sum(obligations.mapped("remaining")), 4)
        later = self._waterfall([("horizon", "=", "later")])
        self.assertEqual(set(later.mapped("basis")), {"invoice"})
        self.assertGreater(min(later.mapped("month")), MARCH.replace(year=2027))

    def test_f79_rollforward_of_any_period(self):
        reports = self.env["recurring.revenue.report"].with_user(self.accountant).with_company(self.company)
        totals = set()
        for group in ("account", "partner", "product", "plan"):
            report = reports.create(
                {"date_from": date(2026, 2, 1), "date_to": MARCH, "group": group, "company_id": self.company.id}
            )
            report.action_show()
            for line in report.line_ids:
                moved = line.billed - line.recognised - line.exchange + line.netted
                self.assertAlmostEqual(line.opening + moved, line.closing, 4)
            totals.add(round(sum(report.line_ids.mapped("closing")), 2))
            if group == "account":
                by_name = {line.name: line.closing for line in report.line_ids}
                for account in (self.deferred_account, self.balance_account, self.asset_account):
                    self.assertAlmostEqual(by_name[account.display_name], self._balance(account, through=MARCH), 4)
        self.assertEqual(len(totals), 1)

    def test_every_report_prints(self):
        for kind in ("rollforward", "waterfall", "comparison"):
            report = self.env["recurring.revenue.report"].create(
                {"kind": kind, "date_from": JANUARY, "date_to": DECEMBER, "company_id": self.company.id}
            )
            report.action_print()
            html, _type = self.env["ir.actions.report"]._render_qweb_html(
                "recurring_revenue.report_revenue", report.ids
            )
            self.assertIn(report._get_title().encode(), html)
            self.assertIn(b"Total", html)

    def test_recognised_beside_billed_and_mrr(self):
        rows = self.env["recurring.revenue.comparison"].with_user(self.accountant).search([])
        entries = self.env["recurring.revenue.entry"].search([("company_id", "=", self.company.id)])
        self.assertAlmostEqual(sum(rows.mapped("recognised")), sum(entries.mapped("amount")), 4)
        own = rows.filtered(lambda row: row.contract_id == self.advance)
        self.assertEqual(sum(own.mapped("billed")), 1400)

    def test_mrr_over_months_is_that_of_the_last_one(self):
        self.advance._end(date(2026, 2, 28))
        comparison = self.env["recurring.revenue.comparison"].with_user(self.accountant).with_company(self.company)
        domain = [("company_id", "=", self.company.id), ("month", "<=", MARCH)]
        by_month = dict(comparison._read_group(domain, ["month:month"], ["mrr:sum"]))
        january, march = (by_month[day.replace(day=1)] for day in (JANUARY, MARCH))
        self.assertGreater(january, march)
        self.assertEqual(comparison._read_group(domain, [], ["mrr:sum"]), [(march,)])
        by_contract = dict(comparison._read_group(domain, ["contract_id"], ["mrr:sum"]))
        self.assertEqual(by_contract[self.advance], 0)
        self.assertAlmostEqual(sum(filter(None, by_contract.values())), march, 2)

    def test_f84_each_report_on_screen_as_an_accountant(self):
        """A list, a pivot and a graph of each report, with the columns that the views name."""
        reports = self.env["recurring.revenue.report"].with_user(self.accountant).with_company(self.company)
        for kind in ("rollforward", "waterfall", "comparison"):
            report = reports.create(
                {"kind": kind, "date_from": JANUARY, "date_to": MARCH, "company_id": self.company.id}
            )
            action = report.action_show()
            lines = self.env[action["res_model"]].with_user(self.accountant)
            self.assertTrue(lines.search(action["domain"]), kind)
            views = lines.get_views(action["views"])["views"]
            self.assertEqual(list(views), ["list", "pivot", "graph"])
        figures = report.line_ids
        self.assertEqual(figures.mapped("name"), ["January 2026", "February 2026", "March 2026"])
        entries = self.env["recurring.revenue.entry"].search([("company_id", "=", self.company.id)])
        self.assertAlmostEqual(sum(figures.mapped("recognised")), sum(entries.mapped("amount")), 4)

    def test_f76_the_accountant_combines_contracts(self):
        self._price(self.licence, 750)
        self._price(self.support, 560)
        one, other = self._contract(800, start=MARCH), self._contract(600, products=(self.support,), start=MARCH)
        allocations = (one + other).revenue_allocation_id
        wizard = self.env["recurring.revenue.allocate"].with_user(self.accountant)
        action = allocations.with_user(self.accountant).action_allocate()
        wizard = wizard.browse(action["res_id"])
        self.assertEqual(sorted(wizard.line_ids.mapped("share")), [598.47, 801.53])
        self.assertEqual(sorted(allocations.obligation_ids.mapped("share")), [600, 800])
        wizard.action_apply()
        self.assertEqual(one.revenue_allocation_id, other.revenue_allocation_id)
        self.assertEqual(sorted(one.revenue_allocation_id.obligation_ids.mapped("share")), [598.47, 801.53])
        self.assertContractTies()

    def test_nothing_is_shown_of_another_companys_obligation(self):
        other = self.setup_other_company()["company"]
        self.accountant.write({"company_ids": [Command.set(other.ids)], "company_id": other.id})
        obligation = self.advance.revenue_allocation_id.obligation_ids[0]
        lines = [Command.create({"obligation_id": obligation.id})]
        wizard = self.env["recurring.revenue.allocate"].with_user(self.accountant)
        wizard = wizard.create({"currency_id": obligation.currency_id.id, "line_ids": lines})
        terms = ("contract_id", "product_id", "price", "standalone", "ssp_method")
        for name in (*terms, "share_before", "share", "moved"):
            self.env.flush_all()
            self.env.invalidate_all()
            with self.subTest(field=name), self.assertRaises(AccessError):
                wizard.line_ids.read([name])
