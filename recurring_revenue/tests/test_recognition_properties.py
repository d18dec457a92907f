from datetime import date, timedelta
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from odoo.addons.recurring_contracts.tests.properties import assume, given, settings, st

from ..domain.recognition import METHODS, cumulative

ROUNDINGS = [Decimal("1"), Decimal("0.01"), Decimal("0.001"), Decimal("0.05")]
DAYS = st.dates(date(2019, 12, 1), date(2030, 12, 31))


@st.composite
def schedules(draw):
    """Draw the arguments of ``cumulative`` but for ``upto``, with the rounding last."""
    start = draw(DAYS)
    end = start + timedelta(days=draw(st.integers(1, 1500)))
    rounding = draw(st.sampled_from(ROUNDINGS))
    total = draw(st.integers(-(10**9), 10**9)) * rounding
    return total, start, end, draw(st.sampled_from(METHODS)), rounding


def earned(schedule, upto):
    *arguments, rounding = schedule
    return cumulative(*arguments, upto, rounding)


@tagged("post_install", "-at_install")
class TestRecognitionProperties(BaseCase):
    @settings(max_examples=200)
    @given(schedules(), DAYS, DAYS)
    def test_monotone_and_never_past_the_total(self, schedule, one_day, other_day):
        earlier, later = sorted((one_day, other_day))
        total = schedule[0]
        sign = -1 if total < 0 else 1
        self.assertGreaterEqual(earned(schedule, earlier) * sign, 0)
        self.assertLessEqual(earned(schedule, earlier) * sign, earned(schedule, later) * sign)
        self.assertLessEqual(earned(schedule, later) * sign, total * sign)

    @settings(max_examples=200)
    @given(schedules(), st.integers(0, 400))
    def test_reaches_the_total_exactly(self, schedule, extra_days):
        total, start, end, *_rest = schedule
        self.assertEqual(earned(schedule, end + timedelta(days=extra_days)), total)
        self.assertEqual(earned(schedule, start - timedelta(days=extra_days)), 0)

    @settings(max_examples=200)
    @given(schedules(), DAYS)
    def test_a_credit_mirrors_its_invoice(self, schedule, upto):
        mirrored = (-schedule[0], *schedule[1:])
        self.assertEqual(earned(mirrored, upto), -earned(schedule, upto))

    @settings(max_examples=200)
    @given(schedules(), DAYS)
    def test_amounts_are_multiples_of_the_rounding(self, schedule, upto):
        self.assertEqual(earned(schedule, upto) % schedule[-1], 0)

    @settings(max_examples=200)
    @given(DAYS, st.integers(1, 36), st.integers(1, 34))
    def test_whole_calendar_months_share_equally(self, day, months, elapsed):
        assume(elapsed <= months)
        start = day.replace(day=1)

        def boundary(count):
            number = start.year * 12 + start.month - 1 + count
            return date(number // 12, number % 12 + 1, 1)

        schedule = (Decimal(7) * months, start, boundary(months), "by_month", Decimal("0.01"))
        self.assertEqual(earned(schedule, boundary(elapsed)), Decimal(7) * elapsed)
