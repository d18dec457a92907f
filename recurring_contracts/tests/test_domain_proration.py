from datetime import date
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ..domain.money import round_half_up
from ..domain.proration import ACTUAL, THIRTY_360, count_units, piece_amount
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
