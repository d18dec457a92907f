from datetime import date

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged

from .test_obligation import DECEMBER, ObligationCommon

JUNE = date(2026, 6, 30)


@tagged("post_install", "-at_install")
@freeze_time("2026-07-10")
class TestRemainingObligations(ObligationCommon):
    """What was promised and not rendered on any day, within twelve months of it and later (IFRS 15.120)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        values = {"company_id": cls.company.id, "company_ids": [Command.set(cls.company.ids)]}
        cls.accountant = new_test_user(cls.env, "rr_accountant", "account.group_account_manager", **values)
        cls.clerk = new_test_user(cls.env, "rr_clerk", "account.group_account_invoice", **values)
        cls.rule.method = "even_months"
        cls.three_years = cls._create_plan(
            name="Monthly, three years", term_count=3, term_unit="year", renewal_policy="end"
        )

    def _subscription(self, price=100, **values):
        item = {"product_id": self.licence.id, "quantity": 1, "price_unit": price, "tax_ids": []}
        return self._create_contract(items=[item], plan_id=self.three_years.id, **values)

    def _show(self, day, user=None, **values):
        report = self.env["recurring.revenue.remaining"].with_user(user or self.accountant)
        report = report.with_company(self.company).create({"date": day, **values})
        action = report.action_show()
        return report.env[action["res_model"]].search(action["domain"])

    def _amounts(self, day, **values):
        lines = self._show(day, **values)
        return tuple(round(sum(lines.mapped(name)), 2) for name in ("remaining", "within", "later"))

    def test_f76_on_any_day(self):
        contract = self._subscription()
        self._close(JUNE)
        for day, amounts in (
            (date(2025, 12, 31), (0, 0, 0)),
            (date(2026, 3, 31), (3300, 1200, 2100)),
            (JUNE, (3000, 1200, 1800)),
            (date(2027, 12, 31), (1200, 1200, 0)),
            (date(2028, 12, 31), (0, 0, 0)),
        ):
            with self.subTest(day):
                self.assertEqual(self._amounts(day), amounts)
        self.assertEqual(contract.revenue_allocation_id.obligation_ids.remaining, 3000)

    def test_f76_changes_count_from_their_day(self):
        contract = self._subscription()
        self._amend(contract.item_ids, "price", date(2026, 7, 1), price_unit=200)
        self.assertEqual(self._amounts(JUNE), (3000, 1200, 1800))
        self.assertEqual(self._amounts(date(2026, 7, 31)), (6000 - 200, 2400, 3400))

    def test_f76_what_was_closed_agrees_with_the_books(self):
        contract = self._subscription()
        self._bill(JUNE)
        self._close(JUNE)
        contract._end(date(2027, 3, 31))
        self._close(date(2026, 7, 31))
        self.assertEqual(self._amounts(date(2026, 7, 31))[0], 2900, "agreed later")
        self.env.cr.execute("UPDATE recurring_revenue_schedule SET create_date = '2026-07-10'")
        rows = self.env["recurring.revenue.waterfall"].search([("contract_id", "=", contract.id)])
        self.assertEqual(self._amounts(date(2026, 7, 31))[0], sum(rows.mapped("amount")))
        self.assertEqual(self._amounts(date(2026, 7, 31)), (800, 800, 0))

    def test_f76_progress_that_is_not_reported_comes_later(self):
        self.rule.method = "percent"
        contract = self._subscription()
        obligation = contract.revenue_allocation_id.obligation_ids
        obligation._get_progress_schedule()._report_progress(date(2026, 3, 1), 25)
        self.assertEqual(self._amounts(date(2026, 2, 28)), (3600, 900, 2700))
        self.assertEqual(self._amounts(JUNE), (2700, 0, 2700))

    def test_f76_short_terms_may_be_left_out(self):
        self._subscription()
        self._contract(1200, products=(self.support,))
        self.assertEqual(self._amounts(JUNE)[0], 3000 + 600)
        self.assertEqual(self._amounts(JUNE, leaves_out_short=True)[0], 3000)

    def test_f76_another_currency_at_the_rate_of_the_contract(self):
        currency = self.setup_other_currency("CHF", rates=[("2025-01-01", 2.0), ("2026-05-01", 1.0)])
        self._subscription(currency_id=currency.id)
        self._close(JUNE)
        lines = self._show(JUNE)
        self.assertRecordValues(lines, [{"remaining": 1500, "remaining_currency": 3000}])

    def test_the_last_close_is_proposed(self):
        self._subscription()
        report = self.env["recurring.revenue.remaining"].with_user(self.accountant).with_company(self.company)
        self.assertEqual(report.create({}).date, JUNE)  # the month that ended last
        self._close(date(2026, 3, 31))
        self.assertEqual(report.create({}).date, date(2026, 3, 31))

    def test_who_may_see_it(self):
        with self.assertRaises(AccessError):
            self._show(DECEMBER, self.clerk)
