from datetime import date
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ..domain.money import ZERO, round_half_up
from ..domain.renewal import Offer, merge, uplift
from .properties import given, st

CENT = Decimal("0.01")
START = date(2027, 1, 1)


def offer(number, quantity, price, discount=0, product="p", taxes=()):
    return Offer(product, Decimal(quantity), Decimal(price), Decimal(discount), taxes, START, (number,))


def total(offers):
    return sum((round_half_up(o.exact, CENT) for o in offers), ZERO)


@tagged("post_install", "-at_install")
class TestRenewal(BaseCase):
    def test_f21_uplift_over_three_years(self):
        price, prices = Decimal("100.00"), []
        for _year in range(3):
            prices.append(price)
            price = uplift(price, Decimal(5), CENT)
        self.assertEqual(prices, [Decimal("100.00"), Decimal("105.00"), Decimal("110.25")])

    def test_uplift_keeps_the_decimals_of_small_prices(self):
        self.assertEqual(uplift(Decimal("0.0035"), Decimal(10), CENT), Decimal("0.0039"))
        self.assertEqual(uplift(Decimal("99.99"), Decimal("-10"), CENT), Decimal("89.99"))
        self.assertEqual(uplift(Decimal(1000), Decimal("2.5"), Decimal(1)), Decimal(1025))

    def test_f20_merging(self):
        lines = [offer(1, 1, 10), offer(2, 1, 10), offer(3, 1, 12)]
        for by, count in (("none", 3), ("price", 2), ("product", 1)):
            with self.subTest(by=by):
                merged = merge(lines, by, CENT)
                self.assertEqual(len(merged), count)
                self.assertEqual(total(merged), Decimal("32.00"))
                self.assertEqual(sorted(o for m in merged for o in m.origins), [1, 2, 3])

    def test_other_taxes_and_other_days_stay_apart(self):
        lines = [offer(1, 1, 10), offer(2, 1, 10, taxes=(5,))]
        self.assertEqual(len(merge(lines, "product", CENT)), 2)

    @given(
        st.lists(
            st.tuples(
                st.decimals("0.01", 500, places=2),
                st.decimals(0, 9000, places=2),
                st.integers(0, 100),
                st.sampled_from("pq"),
            ),
            min_size=1,
            max_size=8,
        ),
        st.sampled_from(("none", "price", "product")),
    )
    def test_merging_keeps_the_total(self, lines, by):
        offers = [offer(n, *line[:3], product=line[3]) for n, line in enumerate(lines)]
        merged = merge(offers, by, CENT)
        self.assertEqual(total(merged), total(offers))
        self.assertEqual(sorted(o for m in merged for o in m.origins), list(range(len(offers))))
