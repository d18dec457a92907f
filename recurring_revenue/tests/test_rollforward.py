from datetime import date

from odoo.fields import Command
from odoo.tests import tagged

from .common import RecurringRevenueCommon

JANUARY, FEBRUARY, MARCH = date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)


@tagged("post_install", "-at_install")
class TestRollforward(RecurringRevenueCommon):
    def setUp(self):
        super().setUp()
        self._invoice(365, date(2026, 1, 1), date(2026, 12, 31))
        self._close(JANUARY)
        self._close(FEBRUARY)
        self._invoice(730, date(2026, 3, 1), date(2027, 2, 28))
        self._close(MARCH)

    def _rows(self):
        self.env.invalidate_all()
        return self.env["recurring.revenue.rollforward"].search(
            [("company_id", "=", self.company.id), ("account_id", "=", self.deferred_account.id)],
            order="month",
        )

    def test_opening_billed_recognised_closing(self):
        names = ("month", "opening", "billed", "recognised", "closing", "ledger_balance")
        expected = (
            (JANUARY, 0, 365, 31, 334, 334),
            (FEBRUARY, 334, 0, 28, 306, 306),
            (MARCH, 306, 730, 31 + 62, 943, 943),
        )
        self.assertRecordValues(
            self._rows(),
            [dict(zip(names, row, strict=True), difference=0) for row in expected],
        )

    def test_booking_by_hand_shows_as_difference(self):
        self.env["account.move"].create(
            {
                "date": FEBRUARY,
                "line_ids": [
                    Command.create({"account_id": self.deferred_account.id, "debit": 5}),
                    Command.create({"account_id": self.income_account.id, "credit": 5}),
                ],
            }
        )._post(soft=False)
        self.assertEqual(self._rows().mapped("difference"), [0, 5, 5])

    def test_totals_over_months_are_not_summed_balances(self):
        totals = self.env["recurring.revenue.rollforward"]._read_group(
            [("id", "in", self._rows().ids)],
            [],
            ["opening:sum", "billed:sum", "recognised:sum", "closing:sum", "ledger_balance:sum"],
        )
        self.assertEqual(totals, [(0, 1095, 152, 943, 943)])

    def test_behind_a_row(self):
        january, _february, march = self._rows()
        Schedule = self.env["recurring.revenue.schedule"]
        schedules = Schedule.search([("company_id", "=", self.company.id)], order="id")
        action = january.action_open_schedules()
        self.assertEqual(Schedule.search(action["domain"]), schedules[0])
        action = march.action_open_schedules()
        self.assertEqual(Schedule.search(action["domain"], order="id"), schedules)
        action = march.action_open_journal_items()
        items = self.env["account.move.line"].search(action["domain"])
        self.assertEqual(sorted(items.mapped("balance")), [-730, 93])
