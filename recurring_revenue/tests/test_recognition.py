from datetime import date, timedelta
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ..domain.recognition import cumulative, earned_share, monthly_amounts, shift, whole_months


def amounts_by_month(total, start, end, method, rounding="0.01"):
    """Return the amounts of the calendar months, as strings, for a range of inclusive days."""
    months = monthly_amounts(Decimal(total), start, end + timedelta(days=1), method, Decimal(rounding))
    return [str(amount.quantize(Decimal(rounding))) for _month, amount in months]


@tagged("post_install", "-at_install")
class TestRecognition(BaseCase):
    def assertAmounts(self, cases):
        for name, arguments, expected in cases:
            with self.subTest(name):
                self.assertEqual(amounts_by_month(*arguments), expected)

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

    def test_full_months(self):
        self.assertAmounts(
            [
                (
                    "every month that is touched counts whole",
                    ("300.00", date(2026, 1, 15), date(2026, 4, 14), "full_months"),
                    ["75.00"] * 4,
                ),
                (
                    "the last day of a month is a month",
                    ("100.00", date(2026, 1, 31), date(2026, 3, 1), "full_months"),
                    ["33.33", "33.34", "33.33"],
                ),
                (
                    "within one month",
                    ("-10.00", date(2026, 4, 3), date(2026, 4, 9), "full_months"),
                    ["-10.00"],
                ),
                (
                    "across a year",
                    ("300.00", date(2026, 12, 31), date(2027, 2, 28), "full_months"),
                    ["100.00"] * 3,
                ),
            ]
        )

    def test_even_periods(self):
        none = "0.00"
        self.assertAmounts(
            [
                (
                    "months from the fifteenth, each earned with its last day",
                    ("300.00", date(2026, 1, 15), date(2026, 4, 14), "even_months"),
                    [none, "100.00", "100.00", "100.00"],
                ),
                (
                    "months from the 31st",
                    ("90.00", date(2026, 1, 31), date(2026, 4, 29), "even_months"),
                    [none, "30.00", "30.00", "30.00"],
                ),
                (
                    "quarters",
                    ("1000.00", date(2026, 1, 1), date(2026, 12, 31), "even_quarters"),
                    [none, none, "250.00"] * 4,
                ),
                (
                    "a short last quarter counts whole",
                    ("300.00", date(2026, 1, 1), date(2026, 4, 30), "even_quarters"),
                    [none, none, "150.00", "150.00"],
                ),
                (
                    "years",
                    ("200.00", date(2026, 1, 1), date(2027, 12, 31), "even_years"),
                    ([none] * 11 + ["100.00"]) * 2,
                ),
                (
                    "the last period takes the rest",
                    ("-100.00", date(2026, 1, 1), date(2026, 9, 30), "even_quarters"),
                    [none, none, "-33.33", none, none, "-33.34", none, none, "-33.33"],
                ),
            ]
        )

    def test_shift(self):
        for months, days, expected in (
            (0, 0, (date(2026, 1, 31), date(2026, 3, 1))),
            (1, 0, (date(2026, 2, 28), date(2026, 4, 1))),
            (-2, 0, (date(2025, 11, 30), date(2026, 1, 1))),
            (0, 10, (date(2026, 2, 10), date(2026, 3, 11))),
            (1, 1, (date(2026, 3, 1), date(2026, 4, 2))),
        ):
            with self.subTest(months=months, days=days):
                self.assertEqual(shift(date(2026, 1, 31), date(2026, 3, 1), months, days), expected)
        self.assertEqual(
            shift(date(2026, 1, 30), date(2026, 1, 31), 1, 0),
            (date(2026, 2, 28), date(2026, 3, 1)),
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
