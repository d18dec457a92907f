from datetime import date, timedelta

from odoo.tests import BaseCase, tagged

from ..domain.periods import Grid, Interval, MovedGrid, add_term, aligned_grid, billing_day_grid
from .properties import given, st

DAYS = st.dates(date(2000, 1, 1), date(2060, 12, 31))
INTERVALS = st.builds(Interval, st.sampled_from(("day", "week", "month", "year")), st.integers(1, 14))


@tagged("post_install", "-at_install")
class TestPeriods(BaseCase):
    def test_boundaries_count_from_the_anchor(self):
        month = Interval("month", 1)
        for anchor, interval, day, expected in (
            (
                date(2025, 1, 31),
                month,
                0,
                [date(2025, 1, 31), date(2025, 2, 28), date(2025, 3, 31), date(2025, 4, 30)],
            ),
            (date(2024, 1, 31), month, 0, [date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31)]),
            (
                date(2024, 2, 29),
                Interval("year", 1),
                0,
                [date(2024, 2, 29), date(2025, 2, 28), date(2026, 2, 28), date(2027, 2, 28), date(2028, 2, 29)],
            ),
            (date(2025, 2, 28), month, 31, [date(2025, 2, 28), date(2025, 3, 31), date(2025, 4, 30)]),
            (
                date(2025, 11, 30),
                Interval("month", 3),
                0,
                [date(2025, 11, 30), date(2026, 2, 28), date(2026, 5, 30)],
            ),
            (date(2026, 1, 1), Interval("week", 2), 0, [date(2026, 1, 1), date(2026, 1, 15)]),
            (date(2026, 2, 27), Interval("day", 2), 0, [date(2026, 2, 27), date(2026, 3, 1)]),
        ):
            with self.subTest(anchor=anchor, interval=interval):
                grid = Grid(anchor, interval, day)
                self.assertEqual([grid.boundary(n) for n in range(len(expected))], expected)

    def test_boundaries_before_the_anchor(self):
        grid = Grid(date(2025, 3, 31), Interval("month", 1))
        self.assertEqual(grid.boundary(-1), date(2025, 2, 28))
        self.assertEqual(grid.boundary(-3), date(2024, 12, 31))

    def test_billing_day(self):
        month = Interval("month", 1)
        for start, day, anchor in (
            (date(2025, 3, 28), 5, date(2025, 4, 5)),
            (date(2025, 3, 5), 5, date(2025, 3, 5)),
            (date(2025, 2, 10), 31, date(2025, 2, 28)),
            (date(2025, 2, 28), 31, date(2025, 2, 28)),
            (date(2025, 1, 31), 30, date(2025, 2, 28)),
            (date(2025, 12, 15), 1, date(2026, 1, 1)),
        ):
            with self.subTest(start=start, day=day):
                self.assertEqual(billing_day_grid(start, month, day).anchor, anchor)
        grid = billing_day_grid(date(2025, 2, 10), month, 31)
        self.assertEqual(grid.period_at(date(2025, 2, 10)).start, date(2025, 1, 31))
        self.assertEqual(grid.boundary(1), date(2025, 3, 31))

    def test_a_period_across_a_leap_day(self):
        period = Grid(date(2024, 2, 15), Interval("month", 1)).period(0)
        self.assertEqual(period.days, 29)
        period = Grid(date(2023, 3, 1), Interval("year", 1)).period(0)
        self.assertEqual(period.days, 366)

    def test_terms(self):
        self.assertEqual(add_term(date(2025, 1, 31), Interval("month", 1)), date(2025, 2, 28))
        self.assertEqual(add_term(date(2024, 2, 29), Interval("year", 1)), date(2025, 2, 28))

    def test_refuses_what_is_no_interval(self):
        for unit, count in (("month", 0), ("decade", 1)):
            with self.subTest(unit=unit), self.assertRaises(ValueError):
                Interval(unit, count)

    @given(DAYS, INTERVALS, st.integers(0, 31), DAYS)
    def test_each_day_lies_in_exactly_one_period(self, anchor, interval, day, probe):
        grid = Grid(anchor, interval, day)
        period = grid.period_at(probe)
        self.assertLessEqual(period.start, probe)
        self.assertLess(probe, period.end)
        self.assertEqual(grid.index(period.start), period.index)
        self.assertEqual(grid.index(period.end - timedelta(days=1)), period.index)
        self.assertEqual(grid.period(period.index + 1).start, period.end)

    @given(DAYS, INTERVALS, st.integers(0, 31), st.integers(1, 400))
    def test_periods_cover_a_range_without_gap_or_overlap(self, anchor, interval, day, length):
        end = anchor + timedelta(days=length)
        periods = list(Grid(anchor, interval, day).periods(anchor, end))
        self.assertLessEqual(periods[0].start, anchor)
        self.assertGreaterEqual(periods[-1].end, end)
        self.assertLess(periods[-1].start, end)
        for before, after in zip(periods, periods[1:], strict=False):
            self.assertEqual(before.end, after.start)

    @given(DAYS, INTERVALS, st.integers(0, 31))
    def test_the_billing_day_anchor_is_the_first_on_or_after_the_start(self, start, interval, day):
        grid = billing_day_grid(start, interval, day)
        self.assertGreaterEqual(grid.anchor, start)
        self.assertEqual(grid.boundary(0), grid.anchor)
        self.assertLessEqual((grid.anchor - start).days, 31)

    @given(
        DAYS, st.integers(1, 12), st.lists(st.tuples(st.integers(1, 40), st.integers(1, 31)), min_size=1, max_size=3)
    )
    def test_moved_periods_hold_each_day_once(self, anchor, months, moves):
        interval = Interval("month", months)
        grid, day = Grid(anchor, interval), anchor
        for later, target in moves:
            day = grid.period_at(day + timedelta(days=later)).stop
            grid = MovedGrid(grid, day, billing_day_grid(day, interval, target))
        periods = list(grid.periods(anchor, day + timedelta(days=800)))
        for before, after in zip(periods, periods[1:], strict=False):
            self.assertEqual(before.stop, after.first)
            self.assertLessEqual((before.start, after.first), (before.first, after.first))
            self.assertEqual(grid.period_at(after.first), after)
            self.assertEqual(grid.period_at(after.stop - timedelta(days=1)), after)
            self.assertEqual(grid.months(after)[-1], after.end)
        self.assertEqual(len(grid.moves), len(moves))
        self.assertEqual(grid.moves[0][1], Grid(anchor, interval))

    def test_joining_another_grid(self):
        start, month, year = date(2026, 3, 28), Interval("month", 1), Interval("year", 1)
        other = Grid(date(2025, 11, 5), year)
        self.assertEqual(aligned_grid(start, year, other).period_at(start).end, date(2026, 11, 5))
        self.assertEqual(aligned_grid(start, month, other).period_at(start).end, date(2026, 4, 5))
        self.assertEqual(aligned_grid(start, Interval("week", 1), other), Grid(start, Interval("week", 1)))
        weeks = Grid(date(2026, 3, 2), Interval("week", 1))
        self.assertEqual(aligned_grid(start, Interval("week", 1), weeks).period_at(start).start, date(2026, 3, 23))
