from decimal import Decimal
from fractions import Fraction

from odoo.tests import BaseCase, tagged

from ..domain.allocation import Promise
from ..domain.modification import Change, blend, blended_price, catch_up, choose

CENT = Decimal("0.01")


@tagged("post_install", "-at_install")
class TestModification(BaseCase):
    def test_f76_choice(self):
        for name, price, standalone, removes, is_distinct, tolerance, expected in (
            # IFRS 15, illustrative example 5, 120 units at 100, 60 of them delivered
            ("30 more at 95, as sold alone", 2850, 2850, False, True, 0, "separate"),
            ("30 more at 80", 2400, 2850, False, True, 0, "prospective"),
            ("within the tolerance", 2780, 2850, False, True, 5, "separate"),
            ("beyond the tolerance", 2700, 2850, False, True, 5, "prospective"),
            ("fewer units", -100, -100, True, True, 0, "prospective"),
            ("another price", -100, 0, True, True, 0, "prospective"),
            ("added, and another price", 2850, 2850, True, True, 0, "prospective"),
            # Example 8: a building, one obligation
            ("not distinct", 150000, 120000, False, False, 0, "catch_up"),
        ):
            with self.subTest(name):
                change = Change(Decimal(price), Decimal(standalone), removes)
                self.assertEqual(choose(change, is_distinct, Decimal(tolerance)), expected)

    def test_f76_blended_price(self):
        price = blended_price(60, Decimal(100), 30, Decimal(80))
        self.assertEqual(price.quantize(CENT), Decimal("93.33"))

    def test_blend_shares_the_rest_anew(self):
        remaining = [Promise("old", Decimal(6000), Decimal(5700)), Promise("new", Decimal(2400), Decimal(2850))]
        shares = blend(Decimal(6000), Decimal(2400), remaining, CENT)
        self.assertEqual([share.amount for share in shares.values()], [5600, 2800])

    def test_catch_up(self):
        # Example 8: 1,000,000 with 60 % done; then 1,350,000 with 51.2 %
        adjustment = catch_up(
            Decimal(1350000), Fraction(512, 1000), Decimal(600000), lambda amount: amount.quantize(CENT)
        )
        self.assertEqual(adjustment, 91200)
