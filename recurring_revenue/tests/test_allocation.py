from decimal import Decimal

from odoo.tests import BaseCase, tagged

from odoo.addons.recurring_contracts.tests.properties import given, st

from ..domain.allocation import Promise, allocate, has_observed_discount, standalone_in_range

CENT = Decimal("0.01")
CENTS = st.integers(0, 10**8).map(lambda cents: cents * CENT)


def amounts(total, *promises):
    named = [Promise(number, *map(_decimal, values)) for number, values in enumerate(promises)]
    return [float(share.amount) for share in allocate(Decimal(str(total)), named, CENT).values()]


def _decimal(value):
    return value if value is None or isinstance(value, bool) else Decimal(str(value))


@st.composite
def promises(draw):
    standalone = st.one_of(st.none(), CENTS)
    return [
        Promise(number, draw(CENTS), draw(standalone), draw(st.booleans())) for number in range(draw(st.integers(1, 6)))
    ]


@tagged("post_install", "-at_install")
class TestAllocation(BaseCase):
    def test_f76_tables(self):
        for name, total, given_promises, expected in (
            ("bundle of two", 1400, [(800, 750), (600, 560)], [801.53, 598.47]),
            ("no discount", 1310, [(700, 750), (610, 560)], [750, 560]),
            # IFRS 15, illustrative example 33
            ("discount to all", 100, [(50, 50), (25, 25), (25, 75)], [33.33, 16.67, 50]),
            # Example 34, case A: B and C are regularly sold together for 60
            ("discount to some", 100, [(0, 40, False), (0, 55), (0, 45)], [40, 33, 27]),
            # Example 34, case B: D takes the residual, after the discount
            ("residual", 130, [(0, 40, False), (0, 60), (0, None)], [40, 60, 30]),
            ("thirds: the rest goes to the first", 100, [(0, 1), (0, 1), (0, 1)], [33.34, 33.33, 33.33]),
            ("nothing left for the residual", 90, [(0, 40), (0, 60), (50, None)], [36, 54, 0]),
            ("one alone is the residual", 70, [(70, None)], [70]),
            ("two residuals by stated price", 100, [(0, 40), (45, None), (15, None)], [40, 45, 15]),
            ("all free, at their prices", 50, [(30, 0), (20, 0)], [30, 20]),
            ("nothing known", 10, [(0, 0), (0, 0)], [5, 5]),
            ("free contract", 0, [(0, 750), (0, 560)], [0, 0]),
            ("a premium is borne by all", 120, [(0, 40, False), (0, 60)], [48, 72]),
            ("discount larger than those that bear it", 30, [(0, 40, False), (0, 60)], [12, 18]),
            ("all exempt: all bear it", 50, [(0, 40, False), (0, 60, False)], [20, 30]),
        ):
            with self.subTest(name):
                self.assertEqual(amounts(total, *given_promises), expected)

    def test_the_remainder_is_shown(self):
        shares = allocate(Decimal(100), [Promise(key, Decimal(0), Decimal(1)) for key in "abc"], CENT)
        self.assertEqual([share.remainder for share in shares.values()], [CENT, 0, 0])

    def test_range(self):
        for price, expected in ((90, 90), (110, 110), (89, 100), (150, 100)):
            value = standalone_in_range(Decimal(price), Decimal(90), Decimal(110))
            self.assertEqual(value, expected)
        with self.assertRaises(ValueError):
            standalone_in_range(Decimal(1), Decimal(2), Decimal(1))

    def test_discount_of_an_observed_bundle(self):
        self.assertTrue(has_observed_discount(Decimal(40), Decimal(100), Decimal(60), CENT))
        self.assertFalse(has_observed_discount(Decimal(40), Decimal(100), Decimal(80), CENT))
        self.assertFalse(has_observed_discount(Decimal(0), Decimal(100), Decimal(100), CENT))

    def test_nothing_to_allocate_to(self):
        with self.assertRaises(ValueError):
            allocate(Decimal(1), [], CENT)

    @given(CENTS, promises())
    def test_shares_add_up_and_have_the_sign_of_the_price(self, total, drawn):
        for sign in (1, -1):
            shares = allocate(sign * total, drawn, CENT)
            self.assertEqual(sum(share.amount for share in shares.values()), sign * total)
            for share in shares.values():
                self.assertEqual(share.amount % CENT, 0)
                self.assertGreaterEqual(share.amount * sign, 0)

    @given(CENTS, promises())
    def test_order_moves_no_more_than_the_remainder(self, total, drawn):
        forward, backward = allocate(total, drawn, CENT), allocate(total, drawn[::-1], CENT)
        for promise in drawn:
            difference = abs(forward[promise.key].amount - backward[promise.key].amount)
            self.assertLessEqual(difference, len(drawn) * CENT)
