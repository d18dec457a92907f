from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from odoo.tests import BaseCase, tagged

from odoo.addons.recurring_contracts.tests.properties import given, settings, st

from ..domain.correction import Correction, Service, corrected, correction_amount
from ..domain.recognition import METHODS, cumulative, months_after

CENT = Decimal("0.01")
YEAR = (date(2026, 1, 1), date(2027, 1, 1))
SECOND_HALF = (date(2026, 7, 1), date(2027, 1, 1))


def correction(start, end, amount, removes_days=False):
    return Correction(start, end, Decimal(amount), Decimal(amount), removes_days)


def parts(total, service, corrections, upto):
    """Return what is due of the original and of each correction."""
    settled = [c.settled(service, total) for c in corrections]
    amounts = [c.total for c in settled]
    return (
        corrected(total, service, upto, CENT, amounts, settled),
        *(correction_amount(c.total, c, service, upto, CENT) for c in settled),
    )


@tagged("post_install", "-at_install")
class TestCorrection(BaseCase):
    def assertMonths(self, expected, total, service, *corrections):
        """Compare the amounts of the calendar months, original and corrections together."""
        booked, amounts = Decimal(0), []
        for upto in months_after(service.start, service.end):
            due = sum(parts(Decimal(total), service, corrections, upto))
            amounts.append(str(due - booked))
            booked = due
        self.assertEqual(amounts, expected)

    def test_cancelled_on_30_june(self):
        first_half = ["101.92", "92.05", "101.92", "98.63", "101.92", "98.63"]
        for removes_days in (True, False):
            with self.subTest(removes_days=removes_days):
                credit = correction(*SECOND_HALF, "-604.93", removes_days)
                self.assertMonths([*first_half, *["0.00"] * 6], "1200.00", Service(*YEAR, "by_day"), credit)

    def test_credit_of_another_amount_than_was_deferred(self):
        credit = correction(*SECOND_HALF, "-604.93", removes_days=True)
        expected = ["100.00"] * 6 + ["-4.93"] + ["0.00"] * 5
        self.assertMonths(expected, "1200.00", Service(*YEAR, "by_month"), credit)

    def test_the_months_after_a_credited_stretch_stay(self):
        may = correction(date(2026, 5, 1), date(2026, 6, 1), "-99.00", removes_days=True)
        expected = ["100.00"] * 4 + ["1.00"] + ["100.00"] * 7
        self.assertMonths(expected, "1200.00", Service(*YEAR, "by_month"), may)

    def test_a_lower_price_lowers_each_month(self):
        half = correction(*SECOND_HALF, "-300.00")
        expected = ["100.00"] * 6 + ["50.00"] * 6
        self.assertMonths(expected, "1200.00", Service(*YEAR, "by_month"), half)

    def test_a_credit_of_all_leaves_nothing(self):
        self.assertMonths(["0.00"] * 12, "1200.00", Service(*YEAR, "by_day"), correction(*YEAR, "-1200.00"))

    def test_more_than_the_stretch_held_comes_from_before_at_once(self):
        credit = correction(*SECOND_HALF, "-700.00")
        expected = ["100.00"] * 6 + ["-100.00"] + ["0.00"] * 5
        self.assertMonths(expected, "1200.00", Service(*YEAR, "by_month"), credit)

    def test_overlapping_credits_end_where_the_last_one_does(self):
        expected = ["100.00"] * 3 + ["0.00"] * 6 + ["100.00"] * 3
        self.assertMonths(
            expected,
            "1200.00",
            Service(*YEAR, "by_month"),
            correction(date(2026, 4, 1), date(2026, 8, 1), "-400.00", removes_days=True),
            correction(date(2026, 8, 1), date(2026, 10, 1), "-200.00", removes_days=True),
        )

    def test_an_undone_credit(self):
        self.assertMonths(
            ["100.00"] * 12,
            "1200.00",
            Service(*YEAR, "by_month"),
            correction(*SECOND_HALF, "-600.00"),
            correction(*SECOND_HALF, "600.00"),
        )


DAYS = st.dates(date(2025, 10, 1), date(2028, 3, 31))
AMOUNTS = st.integers(-(10**7), 10**7).map(lambda cents: cents * CENT)


@st.composite
def credited(draw):
    """Draw a total, its service and corrections that overlap it."""
    start = draw(st.dates(date(2025, 12, 1), date(2026, 12, 31)))
    end = start + timedelta(days=draw(st.integers(1, 500)))
    total = draw(AMOUNTS)
    corrections = []
    for _index in range(draw(st.integers(1, 3))):
        first = start + timedelta(days=draw(st.integers(0, (end - start).days - 1)))
        after = first + timedelta(days=draw(st.integers(1, 600)))
        amount = draw(st.one_of(AMOUNTS, st.just(-total)))
        corrections.append(correction(first, after, amount, draw(st.booleans())))
    return total, Service(start, end, draw(st.sampled_from(METHODS))), corrections


@tagged("post_install", "-at_install")
class TestCorrectionProperties(BaseCase):
    @settings(max_examples=200)
    @given(credited(), DAYS)
    def test_none_passes_its_total(self, case, upto):
        total, service, corrections = case
        totals = (total, *(c.total for c in corrections))
        for due, whole in zip(parts(total, service, corrections, upto), totals, strict=True):
            self.assertLessEqual(abs(due), abs(whole))
            self.assertGreaterEqual(due * whole, 0)

    @settings(max_examples=200)
    @given(credited(), st.integers(0, 400))
    def test_all_reach_their_totals(self, case, extra_days):
        total, service, corrections = case
        upto = max(service.end, *(c.end for c in corrections)) + timedelta(days=extra_days)
        self.assertEqual(parts(total, service, corrections, upto), (total, *(c.total for c in corrections)))

    @settings(max_examples=200)
    @given(credited(), DAYS)
    def test_nothing_moves_before_the_first_credited_day(self, case, upto):
        total, service, corrections = case
        upto = min(upto, *(c.start for c in corrections))
        expected = cumulative(total, *service[:3], upto, CENT)
        self.assertEqual(parts(total, service, corrections, upto), (expected, *[0] * len(corrections)))

    @settings(max_examples=200)
    @given(credited(), DAYS, DAYS)
    def test_nothing_is_earned_on_days_no_longer_served(self, case, one_day, other_day):
        total, service, corrections = case
        cut = corrections[0]._replace(removes_days=True)
        first, last = cut.start + timedelta(days=1), cut.end
        one, other = (sum(parts(total, service, [cut], min(max(day, first), last))) for day in (one_day, other_day))
        self.assertEqual(one, other)

    @settings(max_examples=200)
    @given(credited(), DAYS)
    def test_symmetric_under_sign(self, case, upto):
        total, service, corrections = case
        mirrored = [c._replace(total=-c.total, total_currency=-c.total_currency) for c in corrections]
        self.assertEqual(
            parts(-total, service, mirrored, upto),
            tuple(-due for due in parts(total, service, corrections, upto)),
        )

    @settings(max_examples=200)
    @given(credited(), DAYS)
    def test_rounded_once(self, case, upto):
        total, service, corrections = case
        partial = [c._replace(removes_days=False) for c in corrections[:1] if abs(c.total) < abs(total)]
        exact = Fraction(total) * service.share(upto)
        settled = [c.settled(service, total) for c in partial]
        if any(c.removes_days for c in settled):
            return
        exact += sum(Fraction(c.total) * c.share(service, upto) for c in settled)
        self.assertLessEqual(abs(Fraction(sum(parts(total, service, partial, upto))) - exact), Fraction(1, 100))
