from datetime import date, timedelta
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ..domain.recognition import cumulative, earned_share, whole_months


def month_ends(start, end):
    """Yield the day after each calendar month that ``[start, end)`` touches."""
    day = start
    while day < end:
        day = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
        yield day


def monthly_amounts(total, start, end, method, rounding="0.01"):
    """Return the amounts of the calendar months, as strings, for a range of inclusive days."""
    end += timedelta(days=1)
    booked, amounts = Decimal(0), []
    for upto in month_ends(start, end):
        earned = cumulative(Decimal(total), start, end, method, upto, Decimal(rounding))
        amounts.append(str(earned - booked))
        booked = earned
    return amounts


@tagged("post_install", "-at_install")
class TestRecognition(BaseCase):
    def assertAmounts(self, cases):
        for name, arguments, expected in cases:
            with self.subTest(name):
                self.assertEqual(monthly_amounts(*arguments), expected)

    def test_by_month(self):
        self.assertAmounts(
            [
                (
                    "three anniversary months share equally, the last takes the rest",
                    ("300.00", date(2026, 1, 15), date(2026, 4, 14), "by_month"),
                    ["54.84", "100.00", "100.00", "45.16"],
                ),
                (
                    "whole calendar months",
                    ("300.00", date(2026, 1, 1), date(2026, 3, 31), "by_month"),
                    ["100.00", "100.00", "100.00"],
                ),
                (
                    "thirds do not lose a cent",
                    ("100.00", date(2026, 1, 1), date(2026, 3, 31), "by_month"),
                    ["33.33", "33.34", "33.33"],
                ),
                (
                    "monthly from 31 January",
                    ("31.00", date(2026, 1, 31), date(2026, 2, 27), "by_month"),
                    ["1.00", "30.00"],
                ),
                (
                    "its second period",
                    ("28.00", date(2026, 2, 28), date(2026, 3, 30), "by_month"),
                    ["1.00", "27.00"],
                ),
                (
                    "a year from 29 February",
                    ("1200.00", date(2024, 2, 29), date(2025, 2, 27), "by_month"),
                    ["3.45"] + ["100.00"] * 11 + ["96.55"],
                ),
                (
                    "no whole months: days over the month's length",
                    ("150.00", date(2026, 4, 1), date(2026, 5, 15), "by_month"),
                    ["101.09", "48.91"],
                ),
                (
                    "within one month",
                    ("10.00", date(2026, 4, 3), date(2026, 4, 9), "by_month"),
                    ["10.00"],
                ),
                (
                    "a credit mirrors it",
                    ("-300.00", date(2026, 1, 15), date(2026, 4, 14), "by_month"),
                    ["-54.84", "-100.00", "-100.00", "-45.16"],
                ),
            ]
        )

    def test_by_day(self):
        self.assertAmounts(
            [
                (
                    "a quarter from the fifteenth",
                    ("90.00", date(2026, 1, 15), date(2026, 4, 14), "by_day"),
                    ["17.00", "28.00", "31.00", "14.00"],
                ),
                (
                    "across a leap day",
                    ("366.00", date(2024, 1, 1), date(2024, 12, 31), "by_day"),
                    [f"{days}.00" for days in (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)],
                ),
                (
                    "31 January",
                    ("28.00", date(2026, 1, 31), date(2026, 2, 27), "by_day"),
                    ["1.00", "27.00"],
                ),
                (
                    "no decimals",
                    ("1000", date(2026, 1, 1), date(2026, 3, 31), "by_day", "1"),
                    ["344", "312", "344"],
                ),
                (
                    "three decimals",
                    ("10.000", date(2026, 1, 1), date(2026, 3, 31), "by_day", "0.001"),
                    ["3.444", "3.112", "3.444"],
                ),
                (
                    "halves away from zero",
                    ("0.01", date(2026, 1, 31), date(2026, 2, 1), "by_day"),
                    ["0.01", "0.00"],
                ),
                (
                    "halves away from zero, below it",
                    ("-0.01", date(2026, 1, 31), date(2026, 2, 1), "by_day"),
                    ["-0.01", "0.00"],
                ),
            ]
        )

    def test_at_once(self):
        day, whole = date(2026, 5, 10), Decimal("12.34")
        arguments = (day, date(2027, 5, 10), "at_once")
        self.assertEqual(cumulative(whole, *arguments, day, Decimal("0.01")), 0)
        self.assertEqual(cumulative(whole, *arguments, day + timedelta(days=1), Decimal("0.01")), whole)

    def test_coarse_rounding_does_not_pass_the_total(self):
        arguments = (Decimal("10.03"), date(2026, 1, 1), date(2027, 1, 1), "by_day")
        earned = cumulative(*arguments, date(2026, 12, 31), Decimal("0.05"))
        self.assertEqual(earned, Decimal("10.00"))
        self.assertEqual(cumulative(*arguments, date(2027, 1, 1), Decimal("0.05")), Decimal("10.03"))

    def test_whole_months(self):
        for start, end, expected in (
            (date(2026, 1, 15), date(2026, 4, 15), 3),
            (date(2026, 1, 31), date(2026, 2, 28), 1),
            (date(2026, 2, 28), date(2026, 3, 31), 1),
            (date(2026, 2, 28), date(2026, 3, 30), 1),
            (date(2024, 2, 29), date(2025, 2, 28), 12),
            (date(2025, 2, 28), date(2028, 2, 29), 36),
            (date(2026, 1, 31), date(2026, 3, 1), 0),
            (date(2026, 1, 15), date(2026, 4, 14), 0),
            (date(2026, 1, 15), date(2026, 1, 20), 0),
        ):
            with self.subTest(start=start, end=end):
                self.assertEqual(whole_months(start, end), expected)

    def test_nonsense_is_refused(self):
        with self.assertRaises(ValueError):
            earned_share(date(2026, 1, 1), date(2026, 1, 1), "by_day", date(2026, 1, 1))
        with self.assertRaises(ValueError):
            earned_share(date(2026, 1, 1), date(2026, 2, 1), "by_moon", date(2026, 1, 9))
