from contextlib import closing
from datetime import date
from fractions import Fraction

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import BaseCase, Form, tagged

from ..domain.recognition import adjusted_share
from .common import RecurringRevenueCommon

YEAR = date(2026, 1, 1), date(2026, 12, 31)
JANUARY, FEBRUARY, MARCH = date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)


@tagged("post_install", "-at_install")
class TestAdjustedShare(BaseCase):
    def test_the_rest_is_spread_over_what_remains(self):
        def planned(day):
            return Fraction(min(day, 10), 10)

        for adjustments, upto, share in (
            (((2, Fraction(2, 10)),), 2, Fraction(2, 10)),
            (((2, Fraction(2, 10)),), 3, Fraction(4, 10) + Fraction(6, 10) / 8),
            (((2, Fraction(2, 10)),), 10, 1),
            (((2, None),), 3, 1),
            (((2, Fraction(-1)),), 3, Fraction(1, 8)),
            (((10, Fraction(-1, 2)),), 12, Fraction(1, 2)),
            (((2, Fraction(1, 10)), (2, Fraction(1, 10))), 3, Fraction(4, 10) + Fraction(6, 10) / 8),
        ):
            with self.subTest(adjustments=adjustments, upto=upto):
                self.assertEqual(adjusted_share(planned, adjustments, upto), share)


class AdjustmentCommon(RecurringRevenueCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accountant = cls._create_accountant()
        cls.clerk = cls._create_clerk()
        cls.rule_even = cls.rule_by_day.copy({"name": "Even", "method": "even_months"})

    def _apply(self, schedule, button, **values):
        action = getattr(schedule.with_user(self.accountant), button)()
        form = Form(self.env[action["res_model"]].with_user(self.accountant).with_context(**action["context"]))
        for name, value in {"reason": "Agreed with Azure", **values}.items():
            form[name] = value
        form.save().action_apply()

    def _even(self, price=1200, **values):
        line = self._line(price, *YEAR, recurring_revenue_rule_id=self.rule_even.id)
        return self._schedules(self._create_document([line], YEAR[0], **values))


@tagged("post_install", "-at_install")
class TestAdjustment(AdjustmentCommon):
    def test_f78_more_now_and_the_rest_over_what_remains(self):
        for booking in ("deferral", "cutoff"):
            with self.subTest(booking), closing(self.env.cr.savepoint()):
                self.company.recurring_revenue_booking = booking
                schedule = self._even()
                self._close(MARCH)
                self._apply(schedule, "action_adjust", amount=450)
                self.assertIn("April 2026", schedule.message_ids[0].body)
                self.assertEqual(self._close(date(2026, 4, 30)).amount, 500)
                self.assertEqual(self._close(date(2026, 5, 31)).amount, 50)
                adjustment = schedule.adjustment_ids.with_user(self.accountant)
                self.assertEqual((adjustment.user_id, adjustment.reason), (self.accountant, "Agreed with Azure"))
                adjustment.action_undo()
                self.assertEqual(self._close(date(2026, 6, 30)).amount, 600 - 850)
                self.assertEqual(schedule.recognised, 600)
                with self.assertRaisesRegex(UserError, "undone already"):
                    adjustment.action_undo()
                self._close(YEAR[1])
                self.assertEqual(schedule.recognised, 1200)
                self.assertTies()

    def test_f78_write_off_of_the_remainder_and_undo(self):
        schedule = self._even()
        self._close(MARCH)
        self._apply(schedule, "action_write_off")
        self.assertEqual(self._close(date(2026, 4, 30)).amount, 900)
        schedule.adjustment_ids.with_user(self.accountant).action_undo()
        self.assertEqual(self._close(date(2026, 5, 31)).amount, -700)
        self.assertTies()

    def test_never_beyond_the_total(self):
        schedule = self._even()
        self._close(MARCH)
        for amount in (900.01, -300.01, 0):
            with self.assertRaisesRegex(UserError, "beyond its total"):
                self._apply(schedule, "action_adjust", amount=amount)
        self._apply(schedule, "action_adjust", amount=-300)
        self.assertEqual(self._close(date(2026, 4, 30)).amount, -300 + 133.33)
        self.assertTies()

    def test_f78_hold_and_release(self):
        for booking in ("deferral", "cutoff"):
            with self.subTest(booking), closing(self.env.cr.savepoint()):
                self.company.recurring_revenue_booking = booking
                schedule = self._even()
                self._close(JANUARY)
                self._apply(schedule, "action_hold")
                self.assertEqual(self._close(FEBRUARY).amount, 0)
                self.assertEqual(self._balance(self.deferred_account, through=FEBRUARY), 1100)
                self._apply(schedule, "action_release")
                self.assertIn("March 2026", " ".join(schedule.message_ids.mapped("body")))
                self.assertEqual(self._close(MARCH).amount, 200)
                self.assertTies()

    def test_in_foreign_currency(self):
        currency = self.setup_other_currency("CHF", rates=[("2026-01-01", 2.0)])
        schedule = self._even(2400, currency_id=currency.id)
        self._close(MARCH)
        self._apply(schedule, "action_adjust", amount=450)
        self._close(date(2026, 4, 30))
        self.assertRecordValues(schedule, [{"recognised": 800, "recognised_currency": 1600}])
        self.assertTies()

    def test_only_accountants(self):
        schedule = self._even().with_user(self.clerk)
        with self.assertRaises(AccessError):
            schedule._adjust("write_off", "No")
        with self.assertRaises(AccessError):
            schedule._set_hold(True, "No")
        adjustment = schedule.sudo()._adjust("write_off", "Yes").with_user(self.clerk)
        with self.assertRaises(AccessError):
            adjustment.action_undo()
        with self.assertRaises(AccessError):
            adjustment.with_user(self.accountant).amount = 1


@tagged("post_install", "-at_install")
class TestAcceptedBalance(AdjustmentCommon):
    def _failing(self):
        return self.env["recurring.revenue.check"]._get_failing(self.company)

    def test_f84_an_earlier_balance_is_accepted_once(self):
        lines = [
            Command.create({"account_id": self.deferred_account.id, "credit": 70}),
            Command.create({"account_id": self.income_account.id, "debit": 70}),
        ]
        self.env["account.move"].create({"date": date(2025, 12, 31), "line_ids": lines})._post(soft=False)
        self._even()
        self.assertIn("ledger", self._failing())
        rows = self.env["recurring.revenue.rollforward"].with_user(self.accountant)
        row = rows.search([("company_id", "=", self.company.id), ("month", "=", date(2025, 12, 31))])
        self.assertEqual(row.difference, -70)
        action = row.action_accept()
        form = Form(self.env[action["res_model"]].with_user(self.accountant).with_context(**action["context"]))
        self.assertEqual(form.amount, 70)
        form.reason = "Opening balance"
        form.save().action_accept()
        self.assertFalse(self._failing())
        self._close(JANUARY)
        rows.invalidate_model()
        self.assertEqual(set(rows.search([("company_id", "=", self.company.id)]).mapped("difference")), {0})
        accepted = self.env["recurring.revenue.accepted.balance"].search([])
        self.assertRecordValues(accepted, [{"amount": 70, "user_id": self.accountant.id, "reason": "Opening balance"}])
        with self.assertRaisesRegex(UserError, "equals the schedules"):
            accepted._accept(self.company, self.deferred_account, JANUARY, "Again")
        with self.assertRaises(AccessError):
            accepted.with_user(self.clerk).action_undo()
        accepted.with_user(self.accountant).action_undo()
        self.assertIn("ledger", self._failing())


@tagged("post_install", "-at_install")
class TestEntriesByHand(AdjustmentCommon):
    def test_odoo_discount_account_leaves_deferred_revenue_alone(self):
        self.company.account_discount_expense_allocation_id = self.income_account.copy({"name": "Discounts"})
        line = self._line(1000, *YEAR, discount=10)
        for booking, deferred in (("deferral", 900), ("cutoff", 0)):
            self.company.recurring_revenue_booking = booking
            invoice = self._create_document([line], YEAR[0])
            self.assertEqual(self._balance(self.deferred_account), 900)
            self.assertEqual(bool(self._schedules(invoice)), True)
            self.assertFalse(self.env["recurring.revenue.check"]._get_failing(self.company))
            self.assertEqual(deferred, 900 if booking == "deferral" else 0)

    def test_a_credit_among_the_lines_of_a_foreign_invoice(self):
        currency = self.setup_other_currency("CHF", rates=[("2026-01-01", 3.0)])
        invoice = self._create_document(
            [self._line(100.01, *YEAR), self._line(-33.34, *YEAR)], YEAR[0], currency_id=currency.id
        )
        for month in (JANUARY, FEBRUARY, YEAR[1]):
            self._close(month)
            self.assertTies()
        self.assertEqual(sum(self._schedules(invoice).mapped("remaining_currency")), 0)
