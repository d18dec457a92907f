from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from odoo.tests import tagged

from odoo.addons.recurring_contracts.domain import ramp
from odoo.addons.recurring_contracts.domain.ramp import Step
from odoo.addons.recurring_contracts.domain.replay import replay
from odoo.addons.recurring_contracts.tests.properties import given, settings, st

from .domain_case import Ledger, make_billing, make_terms, oracle_boundaries, oracle_round, oracle_total
from .test_charging_properties import DAYS, HORIZON, ONE_DAY, START, ItemHistoryCase, amendments

KINDS = ("quantity", "price", "discount")
VALUES = {
    "quantity": [Decimal(0), Decimal(1), Decimal(3)],
    "price": [Decimal("10"), Decimal("24.99"), Decimal("0.07")],
    "discount": [Decimal(0), Decimal(20), Decimal("33.3"), Decimal(100)],
}


@st.composite
def agreed_steps(draw):
    kind = draw(st.sampled_from(KINDS))
    # also before the first day, and several on one day
    day = draw(st.one_of(DAYS, st.sampled_from([START - ONE_DAY, START, date(2028, 2, 1)])))
    return Step(day, kind, draw(st.sampled_from(VALUES[kind])))


BASES = st.fixed_dictionaries({kind: st.sampled_from(VALUES[kind]) for kind in KINDS})
STEPS = st.lists(agreed_steps(), max_size=5)
# in no order: whoever bills through a later day first must not bill the earlier one again
RUNS = st.lists(st.tuples(DAYS, st.booleans()), max_size=6)
ITEMS = st.builds(
    make_billing,
    st.sampled_from([date(2027, 12, 1), date(2027, 8, 31), date(2028, 1, 30), START]),
    count=st.sampled_from([1, 3]),
    rounding=st.sampled_from(["0.01", "1"]),
    timing=st.sampled_from(["advance", "arrears"]),
    stub=st.sampled_from(["separate", "merge"]),
)


class AgreedCase(ItemHistoryCase):
    def run_all(self, ledger, runs):
        """Bill through days in the given order; of some, what was billed comes off its invoice again."""
        for day, release in runs:
            self.run_both(ledger, day, release)

    def settle(self, ledger, boundaries):
        """Bill through the last of some periods."""
        through = boundaries[-1] - (ONE_DAY if ledger.billing.timing == "advance" else timedelta(0))
        for _again in range(2):
            self.run_both(ledger, through)


@tagged("post_install", "-at_install")
class TestAgreedProperties(AgreedCase):
    """Free periods, free days and steps agreed at signature, against a reading of them day by day."""

    def make_ledger(self, billing, base, steps, free, changes=()):
        periods, through, stub = free
        paid_from = ramp.free_until(START, billing.grid, periods, through, stub)
        terms = make_terms(base["price"], base["quantity"], base["discount"])
        events = ramp.agreed_events(START, terms, paid_from, steps)
        for _entered, effective, kind, values in changes:
            events.append(replace(events[0], date=effective, sequence=len(events), kind=kind, **values))
        return Ledger(billing, *replay(events))

    def oracle_paid_from(self, billing, periods, through, stub):
        """Return the first day that is paid for, counted month by month."""
        count = billing.grid.interval.count
        if stub == "free":
            boundaries = oracle_boundaries(billing.grid.anchor, count, START, date(2029, 12, 31))
            paid = [day for day in boundaries if day >= START][periods]
        else:
            paid = oracle_boundaries(START, count, START, date(2029, 12, 31))[periods]
        return max(paid, through + ONE_DAY) if through else paid

    def oracle_terms(self, day, base, steps, paid_from):
        """Return what is agreed for a day; of several steps of one kind and day the last entered counts."""
        values = dict(base)
        for step in sorted(steps, key=lambda s: s.date):
            if step.date <= max(day, START):
                values[step.kind] = step.value
        if day < paid_from:
            values["discount"] = Decimal(100)
        return make_terms(values["price"], values["quantity"], values["discount"])

    @settings(max_examples=200)
    @given(
        ITEMS,
        BASES,
        STEPS,
        st.tuples(
            st.integers(0, 3), st.one_of(st.none(), DAYS), st.sampled_from(["separate", "merge", "free"])
        ),
        RUNS,
    )  # fmt: skip
    def test_free_periods_and_steps(self, billing, base, steps, free, runs):
        """In total each day once at what is agreed for it, however often and in whatever order it is billed."""
        self.check_against_oracle(billing, base, steps, free, runs)

    def test_steps_of_days_gone_by_are_entered_in_no_order(self):
        """Of steps up to the first day the latest is in force on it, also where nothing is owed at first."""
        day_before, later = START - ONE_DAY, date(2028, 2, 1)
        base = {"quantity": Decimal(0), "price": Decimal(10), "discount": Decimal("33.3")}
        starts = {
            "quantity": [Step(START, "quantity", Decimal(0)), Step(day_before, "quantity", Decimal(3))],
            "price": [Step(START, "price", Decimal("0.07")), Step(day_before, "price", Decimal("24.99"))],
            "discount": [Step(START, "discount", Decimal(0)), Step(day_before, "discount", Decimal(20))],
        }
        runs = [(date(2027, 12, 27), False), (date(2028, 6, 15), True), (date(2027, 12, 15), False)]
        for kind, first in starts.items():
            for timing in ("advance", "arrears"):
                for periods in (0, 2):
                    with self.subTest(kind=kind, timing=timing, periods=periods):
                        steps = [first[0], Step(later, "quantity", Decimal(1)), first[1]]
                        billing = make_billing(date(2027, 12, 1), timing=timing)
                        self.check_against_oracle(billing, base, steps, (periods, None, "separate"), runs)

    def check_against_oracle(self, billing, base, steps, free, runs):
        billing = replace(billing, stub="separate" if free[2] == "free" else free[2])
        ledger = self.make_ledger(billing, base, steps, free)
        self.run_all(ledger, runs)
        boundaries = oracle_boundaries(billing.grid.anchor, billing.grid.interval.count, START, HORIZON)
        self.settle(ledger, boundaries)
        paid_from = self.oracle_paid_from(billing, *free)
        expected, day = {}, START
        while day < boundaries[-1]:
            expected[day] = self.oracle_terms(day, base, steps, paid_from)
            day += ONE_DAY
        self.assertEqual(self.check_books(ledger, billing), expected)
        self.assertEqual(ledger.total, oracle_total(boundaries, expected.get, billing.rounding))
        for booked in ledger.booked:
            if booked.end <= paid_from:
                self.assertEqual(booked.amount, 0, "a free day")

    @settings(max_examples=100)
    @given(
        ITEMS,
        BASES,
        STEPS,
        st.integers(0, 2),
        st.lists(amendments(("price", "discount", "payer", "end")), max_size=3),
        RUNS,
    )
    def test_what_is_amended_later_wins_from_its_day_on(self, billing, base, steps, periods, changes, runs):
        first = self.make_ledger(billing, base, steps, (periods, None, "separate"))
        self.run_all(first, sorted(runs)[: len(runs) // 2])
        amended = self.make_ledger(billing, base, steps, (periods, None, "separate"), changes)
        once = Ledger(billing, *amended.segments)
        first.amend(*amended.segments, since=min((change[1] for change in changes), default=HORIZON))
        boundaries = oracle_boundaries(billing.grid.anchor, billing.grid.interval.count, START, HORIZON)
        for ledger in (first, once):
            self.settle(ledger, boundaries)
        self.assertEqual(first.total, once.total)
        self.assertEqual(self.check_books(first, billing), self.check_books(once, billing))


@tagged("post_install", "-at_install")
class TestInstalmentProperties(AgreedCase):
    """A fixed total in instalments adds up to it, whenever it is billed."""

    @settings(max_examples=150)
    @given(ITEMS, BASES, st.integers(1, 7), RUNS)
    def test_instalments(self, billing, base, count, runs):
        billing = replace(billing, proration="none", stub="separate")
        terms = make_terms(base["price"], base["quantity"], base["discount"])
        events = ramp.instalment_events(START, terms, billing.grid, count, billing.rounding)
        ledger = Ledger(billing, *replay(events))
        self.run_all(ledger, runs)
        boundaries = oracle_boundaries(billing.grid.anchor, billing.grid.interval.count, START, date(2030, 1, 1))
        self.settle(ledger, boundaries)
        boundaries = [day for day, after in zip(boundaries, boundaries[1:], strict=False) if after > START]
        total = oracle_round(base["quantity"] * base["price"] * (100 - base["discount"]) / 100, billing.rounding)
        paid = [oracle_round(total * n / count, billing.rounding) for n in range(count + 1)]
        by_period = {}
        for booked in ledger.booked:
            by_period[booked.period_start] = by_period.get(booked.period_start, Decimal(0)) + booked.amount
        self.assertEqual(ledger.total, total)
        self.assertEqual(
            by_period, {day: paid[n + 1] - paid[n] for n, day in enumerate(boundaries[:count])}, "one a period"
        )
