from datetime import date
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ..domain.periods import Interval, billing_day_grid
from ..domain.proration import ACTUAL, NONE
from ..domain.quoting import first_piece, term_value

MONTH = Interval("month", 1)
CENT = Decimal("0.01")


@tagged("post_install", "-at_install")
class TestQuoting(BaseCase):
    def test_first_piece(self):
        start = date(2025, 3, 28)
        grid = billing_day_grid(start, MONTH, 5)
        self.assertEqual(first_piece(grid, start, Decimal(90), ACTUAL, CENT), Decimal("23.23"))
        self.assertEqual(first_piece(grid, start, Decimal(90), NONE, CENT), Decimal(90))
        grid = billing_day_grid(start, MONTH, 0)
        self.assertEqual(first_piece(grid, start, Decimal(90), ACTUAL, CENT), Decimal(90))

    def test_term_value(self):
        start = date(2025, 3, 28)
        grid = billing_day_grid(start, MONTH, 5)
        value = term_value(grid, start, date(2026, 2, 5), Decimal(90), ACTUAL, CENT)
        self.assertEqual(value, Decimal("923.23"))
