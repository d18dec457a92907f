from dataclasses import replace
from datetime import date
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ..domain.notice import earliest_end
from ..domain.owed import owed
from ..domain.periods import Grid, Interval
from ..domain.terms import Segment, Terms

ONE = Terms(Decimal(1), Decimal(100))
TWO = Terms(Decimal(2), Decimal(100))
JAN, FEB, MAR, APR = (date(2026, month, 1) for month in range(1, 5))


@tagged("post_install", "-at_install")
class TestOwed(BaseCase):
    def test_days_owed(self):
        segments = [Segment(JAN, FEB, ONE), Segment(FEB, MAR, TWO)]
        cases = [
            ("as in force", None, None, segments),
            ("longer", None, APR, [segments[0], Segment(FEB, APR, TWO)]),
            ("shorter", None, date(2026, 2, 10), [segments[0], Segment(FEB, date(2026, 2, 10), TWO)]),
            ("not at all any more", None, JAN, []),
            ("later", date(2026, 1, 10), None, [Segment(date(2026, 1, 10), FEB, ONE), segments[1]]),
            ("only the second", FEB, MAR, [segments[1]]),
        ]
        for name, since, until, expected in cases:
            with self.subTest(name):
                self.assertEqual(owed(segments, since, until), expected)
        self.assertEqual(owed([], JAN, MAR), [])
        self.assertEqual(owed([Segment(JAN, None, ONE)], None, FEB), [Segment(JAN, FEB, ONE)])

    def test_suspended_days_that_are_billed_are_owed_as_any_other(self):
        paused = replace(ONE, suspended=True, billed_suspended=True)
        segments = [Segment(JAN, FEB, ONE), Segment(FEB, MAR, paused), Segment(MAR, None, ONE)]
        self.assertEqual(owed(segments), [Segment(JAN, None, ONE)])
        paused = replace(ONE, suspended=True)
        segments = [Segment(JAN, FEB, ONE), Segment(FEB, MAR, paused)]
        self.assertEqual(owed(segments), segments)

    def test_the_earliest_end(self):
        years = Grid(JAN, Interval("year", 1))
        term_end = date(2026, 12, 31)
        cases = [
            ("no term", date(2026, 3, 10), 30, None, None, date(2026, 4, 9)),
            ("no term, no notice", date(2026, 3, 10), 0, None, None, date(2026, 3, 10)),
            ("in time", date(2026, 12, 1), 30, term_end, years, term_end),
            ("a day late", date(2026, 12, 2), 30, term_end, years, date(2027, 12, 31)),
            ("late, but it ends anyway", date(2026, 12, 20), 30, term_end, None, term_end),
        ]
        for name, notice, days, end, grid, expected in cases:
            with self.subTest(name):
                self.assertEqual(earliest_end(notice, days, end, grid), expected)
