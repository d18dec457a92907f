from datetime import date, timedelta
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ..domain.alignment import aligned_amount, exact_unit_price, last_term_start, rescale
from ..domain.money import HUNDRED, ZERO, round_half_up
from ..domain.periods import Interval
from .properties import given, st

CENT = Decimal("0.01")
YEAR = Interval("year", 1)


@tagged("post_install", "-at_install")
class TestAlignment(BaseCase):
    def test_f19_the_aligned_amount(self):
        table = (
            # term price, days, new days, uplift, rounding, amount
            ("6000", 181, 306, "10", "0.01", "11158.01"),
            ("6000", 181, 181, "0", "0.01", "6000.00"),
            ("1200", 365, 1, "0", "0.01", "3.29"),
            ("1200", 365, 184, "-5", "0.01", "574.68"),
            ("1200", 365, 184, "0", "1", "605"),
            ("1200", 365, 184, "0", "0.05", "604.95"),
            ("0", 30, 60, "10", "0.01", "0.00"),
            ("-100", 200, 3, "0", "0.01", "-1.50"),
            ("0.01", 2, 1, "0", "0.01", "0.01"),
        )
        for price, days, new_days, percent, rounding, amount in table:
            with self.subTest(price=price, days=days, new_days=new_days):
                found = aligned_amount(Decimal(price), days, new_days, Decimal(percent), Decimal(rounding))
                self.assertEqual(found, Decimal(amount))

    def test_f19_the_last_term(self):
        start, end = date(2024, 1, 1), date(2027, 1, 1)
        table = (
            # contract start, item start, first day out, term, first day of the last term
            (start, start, end, YEAR, date(2026, 1, 1)),
            (start, date(2026, 5, 1), end, YEAR, date(2026, 5, 1)),
            (start, start, end, None, start),
            (start, start, date(2026, 9, 1), YEAR, start),
            (date(2024, 2, 29), date(2024, 2, 29), date(2025, 2, 28), YEAR, date(2024, 2, 29)),
        )
        for contract_start, item_start, first_day_out, term, expected in table:
            with self.subTest(item_start=item_start, first_day_out=first_day_out):
                self.assertEqual(last_term_start(contract_start, item_start, first_day_out, term), expected)

    def test_a_price_for_another_period(self):
        month, quarter = Interval("month", 1), Interval("month", 3)
        self.assertEqual(rescale(Decimal("10.10"), month, YEAR, CENT), Decimal("121.20"))
        self.assertEqual(rescale(Decimal("100"), quarter, month, CENT), Decimal("33.33"))
        self.assertEqual(rescale(Decimal("0.0035"), month, month, CENT), Decimal("0.0035"))

    def test_the_unit_price_has_as_few_decimals_as_will_do(self):
        table = (("11158.01", 1, 0, "11158.01"), ("100.00", 3, 0, "33.333"), ("90.00", 2, 10, "50.00"))
        for amount, quantity, discount, price in table:
            found = exact_unit_price(Decimal(amount), Decimal(quantity), Decimal(discount), CENT)
            self.assertEqual(found, Decimal(price))

    @given(
        st.decimals(0, 10**7, places=2),
        st.decimals("0.001", 10**6, places=3),
        st.decimals(0, "99.99", places=2),
        st.sampled_from(("0.01", "1", "0.05")),
    )
    def test_the_unit_price_gives_the_amount_again(self, amount, quantity, discount, rounding):
        rounding = Decimal(rounding)
        amount = round_half_up(amount, rounding)
        price = exact_unit_price(amount, quantity, discount, rounding)
        self.assertEqual(round_half_up(quantity * price * (HUNDRED - discount) / HUNDRED, rounding), amount)

    @given(
        st.decimals(0, 10**6, places=2),
        st.integers(1, 2000),
        st.integers(1, 2000),
        st.decimals(-50, 50, places=2),
    )
    def test_the_price_of_a_day_stays(self, price, days, new_days, percent):
        """As many days at no uplift cost the same; each day is worth the same share; no day is free."""
        self.assertEqual(aligned_amount(price, days, days, ZERO, CENT), price)
        amount = aligned_amount(price, days, new_days, percent, CENT)
        exact = price / days * new_days * (HUNDRED + percent) / HUNDRED
        self.assertLessEqual(abs(amount - exact), CENT / 2 + Decimal("1e-12"))
        self.assertLessEqual(amount, aligned_amount(price, days, new_days + 1, percent, CENT))

    @given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 3000), st.integers(1, 3000))
    def test_the_last_term_lies_within_the_item(self, start, added, length):
        item_start = start + timedelta(days=added)
        end = item_start + timedelta(days=length)
        for term in (None, YEAR, Interval("month", 1)):
            first = last_term_start(start, item_start, end, term)
            self.assertLessEqual(item_start, first)
            self.assertLess(first, end)
