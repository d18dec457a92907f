from dataclasses import replace
from datetime import date
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from odoo.addons.recurring_billing.domain import charging
from odoo.addons.recurring_billing.domain.charges import NEVER
from odoo.addons.recurring_billing.domain.usage import Used
from odoo.addons.recurring_contracts.domain.periods import Interval, billing_day_grid
from odoo.addons.recurring_contracts.tests.properties import given, settings, st

from .domain_case import Ledger, Segment, make_billing, make_terms, oracle_round

START = date(2026, 1, 1)
CENT = Decimal("0.01")
HORIZON = date(2026, 7, 1)


class UsageLedger(Ledger):
    """Books what usage costs, as the models do."""

    def __init__(self, *args):
        super().__init__(*args)
        self.used = []

    def use(self, day, quantity):
        """Enter a reading; a negative quantity stands for readings that are cancelled."""
        known = dict((u.day, u.quantity) for u in self.used)
        known[day] = known.get(day, 0) + Decimal(str(quantity))
        self.used = [Used(*pair) for pair in known.items() if pair[1]]
        if self.since:
            self.since = min(self.since, day)

    def compute(self, through, since=None):
        return charging.charge(self.billing, self.segments, self.booked, through, since, self.used)


def amounts(pieces):
    return [str(piece.amount) for piece in pieces]


def make_usage(included=0, **values):
    billing = make_billing(START, charge_type="usage", **values)
    return replace(billing, included=Decimal(str(included)))


@tagged("post_install", "-at_install")
class TestUsageCharging(BaseCase):
    def make(self, price=3.20, included=0, end=None, **values):
        return UsageLedger(make_usage(included, **values), Segment(START, end, make_terms(price, 0)))

    def test_three_cubic_metres(self):
        ledger = self.make()
        ledger.use(date(2026, 1, 10), 3)
        self.assertEqual(ledger.run(date(2026, 1, 31)), [])
        (piece,) = ledger.run(date(2026, 2, 1))
        self.assertEqual((str(piece.amount), piece.terms.quantity), ("9.60", 3))
        self.assertEqual(ledger.since, date(2026, 2, 1))

    def test_above_what_is_included(self):
        ledger = self.make(included=100)
        ledger.use(date(2026, 1, 10), 60)
        ledger.use(date(2026, 1, 20), 70)
        (piece,) = ledger.run(date(2026, 2, 1))
        self.assertEqual((str(piece.amount), piece.used, piece.included), ("96.00", 130, 100))
        ledger.use(date(2026, 2, 5), 100)
        self.assertEqual(ledger.run(date(2026, 3, 1)), [])

    def test_a_partial_period_includes_as_much_as_a_whole_one(self):
        """From the 28th to the billing day, and to an end within the period: 100 units each, not a share."""
        start, end = date(2026, 1, 28), date(2026, 2, 12)
        billing = replace(make_usage(100), grid=billing_day_grid(start, Interval("month", 1), 5))
        ledger = UsageLedger(billing, Segment(start, end, make_terms("3.20", 0)))
        for n in (date(2026, 2, 1), date(2026, 2, 6)):
            ledger.use(n, 110)
        self.assertEqual(amounts(ledger.run(date(2026, 2, 5))), ["32.00"])
        (piece,) = ledger.run(end)
        self.assertEqual((str(piece.amount), piece.included, piece.end), ("32.00", 100, end))

    def test_late_usage_belongs_to_its_own_period(self):
        ledger = self.make(included=100)
        ledger.use(date(2026, 1, 10), 130)
        ledger.run(date(2026, 2, 1))
        ledger.use(date(2026, 1, 15), 15)
        (piece,) = ledger.run(date(2026, 2, 20))
        self.assertEqual((str(piece.amount), piece.terms.quantity, piece.period.start), ("48.00", 15, START))
        self.assertEqual(ledger.run(date(2026, 2, 20)), [])

    def test_cancelled_usage_is_credited(self):
        ledger = self.make()
        ledger.use(date(2026, 1, 10), 10)
        ledger.run(date(2026, 2, 1))
        ledger.use(date(2026, 1, 12), 5)
        ledger.run(date(2026, 2, 1))
        ledger.use(date(2026, 1, 10), -3)
        pieces = ledger.run(date(2026, 2, 10))
        self.assertEqual(amounts(pieces), ["-16.00", "6.40"])
        self.assertEqual(pieces[0].corrects, 2)
        ledger.use(date(2026, 1, 10), -7)
        ledger.use(date(2026, 1, 12), -5)
        ledger.run(date(2026, 2, 10))
        self.assertEqual(ledger.total, 0)

    def test_price_of_the_day_and_the_earliest_units_included(self):
        day = date(2026, 1, 16)
        segments = [Segment(START, day, make_terms(1, 0)), Segment(day, None, make_terms(2, 0))]
        ledger = UsageLedger(make_usage(10), *segments)
        for n in (5, 12, 20, 30):
            ledger.use(date(2026, 1, n), 8)
        self.assertEqual(amounts(ledger.run(date(2026, 2, 1))), ["6.00", "32.00"])

    def test_days_out_of_force_have_no_price(self):
        ledger = self.make(end=date(2026, 1, 11))
        for n in (10, 11):
            ledger.use(date(2026, 1, n), 1)
        self.assertEqual(amounts(ledger.run(date(2026, 1, 11))), ["3.20"])
        self.assertEqual(ledger.since, NEVER)

    def test_cents_follow_from_all_units_together(self):
        ledger = self.make(price="0.333")
        for n in range(1, 4):
            ledger.use(date(2026, 1, n), 1)
            ledger.run(date(2026, 2, n))
        self.assertEqual(ledger.total, Decimal("1.00"))

    def test_charges_billed_ahead_stay(self):
        ledger = self.make()
        ledger.use(date(2026, 2, 10), 3)
        ledger.run(date(2026, 3, 1))
        ledger.since = None
        self.assertEqual(ledger.run(date(2026, 2, 15)), [])
        self.assertEqual(str(ledger.total), "9.60")


DAYS = st.dates(START, HORIZON)
READINGS = st.lists(st.tuples(DAYS, DAYS, st.integers(1, 50), st.booleans()), max_size=12)


@tagged("post_install", "-at_install")
class TestUsageChargingProperties(BaseCase):
    """Random readings, late, cancelled and billed at random, against a count that knows no engine."""

    @settings(max_examples=150)
    @given(
        READINGS,
        st.lists(DAYS, max_size=6),
        st.sampled_from([0, 10, 75]),
        st.sampled_from(["0.333", "3.20", "0"]),
        st.lists(st.tuples(DAYS, st.sampled_from(["0.5", "2", "0.333"])), max_size=2),
        st.sampled_from([1, 3]),
    )
    def test_total_equals_the_oracle(self, readings, runs, included, price, changes, count):
        segments = []
        prices = [(START, price), *sorted(dict(changes).items())]
        for (day, value), (end, _value) in zip(prices, [*prices[1:], (None, None)], strict=True):
            if end != day:
                segments.append(Segment(day, end, make_terms(value, 0)))
        ledger = UsageLedger(make_usage(included, count=count), *segments)
        steps = [(entered, 0, day, quantity) for entered, day, quantity, _c in readings]
        steps += [(HORIZON, 1, day, -quantity) for _e, day, quantity, cancelled in readings if cancelled]
        steps += [(day, 2, day, 0) for day in runs]
        for _entered, _order, day, quantity in sorted(steps, key=lambda step: step[:2]):
            if quantity:
                ledger.use(day, quantity)
                continue
            fresh, marked = ledger.compute(day), ledger.compute(day, ledger.since)
            self.assertEqual(fresh.pieces, marked.pieces, "the watermark hides nothing")
            ledger.run(day)
            self.assertFalse(ledger.run(day), "a second run")
        ledger.run(date(2026, 12, 1))
        self.assertFalse(ledger.run(date(2026, 12, 1)))
        kept = [(day, quantity) for _e, day, quantity, cancelled in readings if not cancelled]
        self.assertEqual(ledger.total, self.oracle(kept, included, prices, count))

    def oracle(self, readings, included, prices, count):
        """Price unit by unit: of each period the first ones are free."""
        total, month = Decimal(0), 1
        while month <= 12:
            low = date(2026, month, 1)
            high = date(2026 + (month + count > 12), (month + count - 1) % 12 + 1, 1)
            units = sorted(day for day, quantity in readings for _n in range(quantity) if low <= day < high)
            charged = {}
            for day in units[included:]:
                price = [value for first, value in prices if first <= day][-1]
                charged[price] = charged.get(price, 0) + 1
            total += sum((oracle_round(Decimal(p) * n, CENT) for p, n in charged.items()), Decimal(0))
            month += count
        return total
