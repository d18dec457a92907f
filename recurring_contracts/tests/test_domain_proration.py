from datetime import date
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ..domain.money import round_half_up
from ..domain.periods import Grid, Interval, MovedGrid
from ..domain.proration import ACTUAL, MONTH, THIRTY_360, count_units, get_measure, piece_amount
from .properties import given, st

CENT = Decimal("0.01")


@tagged("post_install", "-at_install")
class TestProration(BaseCase):
    def test_pieces(self):
        for whole, before, units, total, rounding, expected in (
            ("50", 0, 22, 31, "0.01", "35.48"),
            ("90", 0, 8, 31, "0.01", "23.23"),
            ("10", 0, 10, 30, "0.01", "3.33"),
            ("20", 0, 20, 30, "0.01", "13.33"),
            ("10", 10, 20, 30, "0.01", "6.67"),
            ("1000", 0, 1, 3, "1", "333"),
            ("1000", 1, 1, 3, "1", "334"),
            ("1.000", 0, 1, 3, "0.001", "0.333"),
            ("-10", 0, 10, 30, "0.01", "-3.33"),
        ):
            with self.subTest(whole=whole, before=before, units=units, total=total):
                self.assertEqual(
                    piece_amount(Decimal(whole), before, units, total, Decimal(rounding)),
                    Decimal(expected),
                )

    def test_units(self):
        for start, end, method, expected in (
            (date(2025, 3, 28), date(2025, 4, 5), ACTUAL, 8),
            (date(2024, 2, 15), date(2024, 3, 15), ACTUAL, 29),
            (date(2025, 1, 31), date(2025, 2, 28), THIRTY_360, 28),
            (date(2025, 1, 1), date(2025, 2, 1), THIRTY_360, 30),
            (date(2024, 2, 1), date(2024, 3, 1), THIRTY_360, 30),
            (date(2025, 1, 31), date(2025, 3, 31), THIRTY_360, 60),
            (date(2025, 1, 1), date(2026, 1, 1), THIRTY_360, 360),
        ):
            with self.subTest(start=start, end=end, method=method):
                self.assertEqual(count_units(start, end, method), expected)

    def test_by_month_whole_months_are_equal(self):
        """A quarter at 300.00: 100.00 for each month, and part of a month by its own days."""
        grid = Grid(date(2026, 1, 1), Interval("month", 3))
        period = grid.period_at(date(2026, 2, 3))
        measure, total = get_measure(grid, period, MONTH)
        for start, end, expected in (
            (date(2026, 1, 1), date(2026, 2, 1), "100.00"),
            (date(2026, 2, 1), date(2026, 3, 1), "100.00"),
            (date(2026, 2, 15), date(2026, 4, 1), "150.00"),
            (date(2026, 1, 1), date(2026, 2, 15), "150.00"),
            (date(2026, 1, 17), date(2026, 2, 1), "48.39"),
            (date(2026, 1, 1), date(2026, 4, 1), "300.00"),
        ):
            with self.subTest(start=start, end=end):
                units = measure([(start, end)])
                self.assertEqual(piece_amount(Decimal(300), 0, units, total, CENT), Decimal(expected))

    def test_by_month_of_the_anchor_31(self):
        grid = Grid(date(2026, 1, 31), Interval("month", 2))
        period = grid.period_at(date(2026, 2, 1))
        self.assertEqual((period.start, period.end), (date(2026, 1, 31), date(2026, 3, 31)))
        measure, total = get_measure(grid, period, MONTH)
        self.assertEqual(measure([(date(2026, 1, 31), date(2026, 2, 28))]) * 2, total)

    def test_by_month_of_one_month_and_of_weeks_counts_days(self):
        for interval, days in ((Interval("month", 1), 31), (Interval("week", 2), 14)):
            grid = Grid(date(2026, 1, 1), interval)
            measure, total = get_measure(grid, grid.period(0), MONTH)
            self.assertEqual((measure([(date(2026, 1, 1), date(2026, 1, 8))]), total), (7, days))

    def test_by_month_after_a_move_counts_the_new_months(self):
        grid = MovedGrid(
            Grid(date(2026, 1, 28), Interval("month", 3)),
            date(2026, 4, 28),
            Grid(date(2026, 5, 5), Interval("month", 3), 5),
        )
        period = grid.period_at(date(2026, 4, 30))
        self.assertEqual((period.start, period.first, period.stop), (date(2026, 2, 5), date(2026, 4, 28),
                                                                     date(2026, 5, 5)))  # fmt: skip
        measure, total = get_measure(grid, period, MONTH)
        units = measure([(period.first, period.stop)])
        self.assertEqual(piece_amount(Decimal(900), 0, units, total, CENT), Decimal("70.00"), "7 of 30 days of 300")

    @given(
        st.dates(date(2023, 1, 1), date(2028, 12, 31)),
        st.integers(1, 12),
        st.lists(st.integers(1, 400), max_size=6),
        st.sampled_from([ACTUAL, MONTH]),
    )
    def test_units_of_parts_add_up_to_the_period(self, anchor, months, cuts, method):
        grid = Grid(anchor, Interval("month", months))
        period = grid.period(0)
        measure, total = get_measure(grid, period, method)
        days = sorted({date.fromordinal(period.start.toordinal() + cut) for cut in cuts})
        marks = [period.start, *(day for day in days if day < period.end), period.end]
        self.assertEqual(sum(measure([part]) for part in zip(marks, marks[1:], strict=False)), total)

    @given(
        st.decimals(-10000, 10000, places=2),
        st.lists(st.integers(1, 40), min_size=1, max_size=12),
        st.sampled_from([Decimal("1"), Decimal("0.01"), Decimal("0.001"), Decimal("0.05")]),
    )
    def test_pieces_add_up_in_any_order(self, whole, pieces, rounding):
        whole = round_half_up(whole, rounding)
        total = sum(pieces)
        for order in (pieces, pieces[::-1], sorted(pieces)):
            before, amounts = 0, []
            for units in order:
                amounts.append(piece_amount(whole, before, units, total, rounding))
                before += units
                self.assertEqual(sum(amounts), round_half_up(whole * before / total, rounding))
            self.assertEqual(sum(amounts), whole)
