from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ..domain.forecast import term_value
from ..domain.periods import Interval

MONTH, QUARTER, YEAR = Interval("month", 1), Interval("month", 3), Interval("year", 1)


@tagged("post_install", "-at_install")
class TestForecast(BaseCase):
    def test_f25_what_a_term_is_worth(self):
        table = [
            ("100", MONTH, YEAR, "1200"),
            ("100", MONTH, None, "1200"),
            ("100", MONTH, Interval("month", 18), "1800"),
            ("300", QUARTER, Interval("year", 3), "3600"),
            ("365", YEAR, YEAR, "365"),
            ("365", YEAR, Interval("month", 6), "182.5"),
            ("10", Interval("week", 1), YEAR, "520"),
            ("1", Interval("day", 1), YEAR, "365"),
        ]
        for amount, interval, term, expected in table:
            with self.subTest(amount=amount, interval=interval, term=term):
                value = term_value(Decimal(amount), interval, term)
                self.assertEqual(value.quantize(Decimal("0.000001")), Decimal(expected))
