from datetime import date, timedelta
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ..domain import ramp
from ..domain.periods import Grid, Interval, billing_day_grid
from ..domain.ramp import Step
from ..domain.replay import replay
from ..domain.terms import Segment, Terms
from .properties import given, st

MONTH = Interval("month", 1)
START = date(2026, 3, 28)
CENT = Decimal("0.01")


def terms(quantity=1, price=100, discount=0):
    return Terms(Decimal(quantity), Decimal(price), Decimal(discount), (), 1)


@tagged("post_install", "-at_install")
class TestRamp(BaseCase):
    def test_free_until(self):
        aligned, own = billing_day_grid(START, MONTH, 5), Grid(START, MONTH)
        for grid, periods, through, stub, expected in (
            (own, 0, None, "separate", START),
            (own, 0, None, "free", START),
            (own, 2, None, "separate", date(2026, 5, 28)),
            (aligned, 0, None, "free", date(2026, 4, 5)),
            (aligned, 1, None, "separate", date(2026, 4, 28)),
            (aligned, 1, None, "free", date(2026, 5, 5)),
            (aligned, 0, date(2026, 4, 10), "separate", date(2026, 4, 11)),
            (aligned, 1, date(2026, 4, 10), "separate", date(2026, 4, 28)),
        ):
            with self.subTest(periods=periods, through=through, stub=stub, expected=expected):
                self.assertEqual(ramp.free_until(START, grid, periods, through, stub), expected)

    def test_price_from_the_second_year(self):
        second = date(2027, 3, 28)
        events = ramp.agreed_events(START, terms(), START, [Step(second, "price", Decimal(120))])
        self.assertEqual(
            replay(events), [Segment(START, second, terms()), Segment(second, None, terms(price=120))]
        )  # fmt: skip

    def test_steps_of_quantities_are_differences(self):
        days = [START + timedelta(days=n) for n in (10, 20)]
        steps = [Step(days[1], "quantity", Decimal(3)), Step(days[0], "quantity", Decimal(10))]
        events = ramp.agreed_events(START, terms(5), START, steps, days[1] + timedelta(days=9))
        self.assertEqual([event.quantity for event in events], [5, 5, -7, 0])
        self.assertEqual([s.terms.quantity for s in replay(events)], [5, 10, 3])

    def test_free_days_end_with_the_discount_agreed_for_then(self):
        paid, later = date(2026, 4, 28), date(2026, 6, 28)
        steps = [Step(later, "discount", Decimal(0)), Step(date(2026, 4, 10), "discount", Decimal(15))]
        events = ramp.agreed_events(START, terms(discount=20), paid, steps)
        self.assertEqual(
            [(s.start, s.terms.discount) for s in replay(events)],
            [(START, Decimal(100)), (paid, Decimal(15)), (later, Decimal(0))],
        )

    def test_steps_outside_the_item(self):
        end = date(2026, 5, 28)
        steps = [Step(START, "price", Decimal(90)), Step(end, "price", Decimal(200))]
        events = ramp.agreed_events(START, terms(), START, steps, end)
        self.assertEqual(replay(events), [Segment(START, end, terms(price=90))])

    def test_of_steps_up_to_the_first_day_the_latest_is_in_force(self):
        before = START - timedelta(days=1)
        for days, expected in (
            ((before, START), 20),
            ((START, before), 10),
            ((before, before), 20),
            ((START, START), 20),
        ):
            for kind in ("quantity", "price", "discount"):
                with self.subTest(days=days, kind=kind):
                    steps = [Step(day, kind, Decimal(value)) for day, value in zip(days, (10, 20), strict=True)]
                    events = ramp.agreed_events(START, terms(), START, steps)
                    self.assertEqual(replay(events), [Segment(START, None, terms(**{kind: expected}))])

    def test_free_to_the_end(self):
        end = date(2026, 4, 10)
        events = ramp.agreed_events(START, terms(), date(2026, 4, 28), [], end)
        self.assertEqual(replay(events), [Segment(START, end, terms(discount=100))])

    def test_instalments(self):
        for total, count, rounding, expected in (
            ("1000", 3, "0.01", ["333.33", "333.34", "333.33"]),
            ("100", 1, "0.01", ["100.00"]),
            ("0.02", 3, "0.01", ["0.01", "0.00", "0.01"]),
            ("1000", 3, "1", ["333", "334", "333"]),
            ("-10", 3, "0.01", ["-3.33", "-3.34", "-3.33"]),
        ):
            with self.subTest(total=total, count=count):
                amounts = ramp.instalments(Decimal(total), count, Decimal(rounding))
                self.assertEqual(amounts, [Decimal(amount) for amount in expected])

    def test_instalments_end_with_the_last_period(self):
        grid = billing_day_grid(START, MONTH, 5)
        segments = replay(ramp.instalment_events(START, terms(2, 500), grid, 3, CENT))
        self.assertEqual(
            [(s.start, s.end, str(s.terms.price), s.terms.quantity) for s in segments],
            [
                (START, date(2026, 4, 5), "333.33", 1),
                (date(2026, 4, 5), date(2026, 5, 5), "333.34", 1),
                (date(2026, 5, 5), date(2026, 6, 5), "333.33", 1),
            ],
        )

    @given(st.decimals(-10000, 10000, places=2), st.integers(1, 60))
    def test_instalments_add_up_and_differ_by_a_cent(self, total, count):
        amounts = ramp.instalments(total, count, CENT)
        self.assertEqual(sum(amounts), total)
        self.assertLessEqual(max(amounts) - min(amounts), CENT)
