from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ..domain.money import round_half_up, to_decimal
from ..domain.mrr import monthly
from ..domain.periods import Interval


@tagged("post_install", "-at_install")
class TestMoney(BaseCase):
    def test_round_half_up(self):
        for value, rounding, expected in (
            ("0.005", "0.01", "0.01"),
            ("-0.005", "0.01", "-0.01"),
            ("2.675", "0.01", "2.68"),
            ("1234.5", "1", "1235"),
            ("-1234.5", "1", "-1235"),
            ("0.0005", "0.001", "0.001"),
            ("1.024", "0.05", "1.00"),
            ("1.025", "0.05", "1.05"),
        ):
            with self.subTest(value=value, rounding=rounding):
                self.assertEqual(round_half_up(Decimal(value), Decimal(rounding)), Decimal(expected))

    def test_to_decimal_reads_a_float_as_a_person_does(self):
        self.assertEqual(to_decimal(0.1), Decimal("0.1"))
        self.assertEqual(to_decimal(24.99), Decimal("24.99"))
        self.assertEqual(to_decimal(None), Decimal(0))
        self.assertEqual(to_decimal("7.5"), Decimal("7.5"))

    def test_monthly(self):
        for unit, count, amount, expected in (
            ("month", 1, 50, 50),
            ("month", 3, 300, 100),
            ("year", 1, 1200, 100),
            ("year", 2, 2400, 100),
            ("week", 1, 12, 52),
            ("day", 1, 12, 365),
        ):
            with self.subTest(unit=unit, count=count):
                self.assertEqual(monthly(Decimal(amount), Interval(unit, count)), expected)
