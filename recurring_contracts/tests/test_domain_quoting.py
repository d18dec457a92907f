from datetime import date
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ..domain.periods import Interval, billing_day_grid
from ..domain.proration import ACTUAL, NONE
from ..domain.quoting import first_amount, term_value
from ..domain.terms import Segment, Terms

MONTH = Interval("month", 1)
CENT = Decimal("0.01")
START = date(2025, 3, 28)


def segment(price, start=START, end=None):
    return Segment(start, end, Terms(Decimal(1), Decimal(price)))


@tagged("post_install", "-at_install")
class TestQuoting(BaseCase):
    def test_first_amount(self):
        grid = billing_day_grid(START, MONTH, 5)
        ninety = [segment(90)]
        self.assertEqual(first_amount(grid, ninety, ACTUAL, CENT), Decimal("23.23"))
        self.assertEqual(first_amount(grid, ninety, NONE, CENT), Decimal(90))
        self.assertEqual(first_amount(grid, ninety, ACTUAL, CENT, merge_stub=True), Decimal("113.23"))
        grid = billing_day_grid(START, MONTH, 0)
        self.assertEqual(first_amount(grid, ninety, ACTUAL, CENT), Decimal(90))
        self.assertEqual(first_amount(grid, ninety, ACTUAL, CENT, merge_stub=True), Decimal(90))

    def test_term_value(self):
        grid, end = billing_day_grid(START, MONTH, 5), date(2026, 2, 5)
        self.assertEqual(term_value(grid, [segment(90)], end, ACTUAL, CENT), Decimal("923.23"))
        stepped = [segment(90, end=date(2026, 1, 5)), segment(120, date(2026, 1, 5))]
        self.assertEqual(term_value(grid, stepped, end, ACTUAL, CENT), Decimal("953.23"))
