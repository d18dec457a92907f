from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from odoo.addons.recurring_billing.domain.charges import NEVER
from odoo.addons.recurring_contracts.domain import replay
from odoo.addons.recurring_contracts.domain.periods import Grid, Interval, MovedGrid, billing_day_grid
from odoo.addons.recurring_contracts.tests.properties import given, settings, st

from .domain_case import Ledger, Segment, make_billing, make_terms, oracle_period
from .test_charging_properties import ONE_DAY, START, ItemHistoryCase, histories, terms_on

MONTH = Interval("month", 1)


def amounts(pieces):
    return [str(piece.amount) for piece in pieces]


def days(pieces):
    return [(str(piece.start), str(piece.end - ONE_DAY)) for piece in pieces]


@tagged("post_install", "-at_install")
class TestChargingPolicies(BaseCase):
    """Tables of examples for the policies of first, last and moved periods."""

    def setUp(self):
        super().setUp()
        self.start = date(2026, 3, 28)
        self.grid = billing_day_grid(self.start, MONTH, 5)
        self.billing = replace(make_billing(self.start), grid=self.grid)

    def test_stub_together_with_the_next_period_in_advance(self):
        ledger = Ledger(replace(self.billing, stub="merge"), Segment(self.start, None, make_terms(90)))
        self.assertEqual(ledger.run(self.start - ONE_DAY), [])
        pieces = ledger.run(self.start)
        self.assertEqual(amounts(pieces), ["23.23", "90.00"])
        self.assertEqual(days(pieces), [("2026-03-28", "2026-04-04"), ("2026-04-05", "2026-05-04")])
        self.assertEqual({piece.due for piece in pieces}, {self.start})
        self.assertEqual(ledger.run(date(2026, 5, 4)), [])
        self.assertEqual(amounts(ledger.run(date(2026, 5, 5))), ["90.00"])

    def test_stub_together_with_the_next_period_in_arrears(self):
        billing = replace(self.billing, stub="merge", timing="arrears")
        ledger = Ledger(billing, Segment(self.start, None, make_terms(90)))
        self.assertEqual(ledger.run(date(2026, 5, 4)), [])
        pieces = ledger.run(date(2026, 5, 5))
        self.assertEqual(amounts(pieces), ["23.23", "90.00"])
        ended = Ledger(billing, Segment(self.start, date(2026, 4, 10), make_terms(90)))
        self.assertEqual(amounts(ended.run(date(2026, 4, 10))), ["23.23", "15.00"])

    def test_merged_stub_without_a_partial_period(self):
        billing = replace(make_billing(self.start), stub="merge")
        ledger = Ledger(billing, Segment(self.start, None, make_terms(90)))
        self.assertEqual(amounts(ledger.run(date(2026, 4, 27))), ["90.00"])

    def test_last_day_free(self):
        start, end = date(2026, 6, 1), date(2026, 6, 11)
        billing = replace(make_billing(start), last_day=False)
        ledger = Ledger(billing, Segment(start, end, make_terms(30)))
        (piece,) = ledger.run(end)
        self.assertEqual((str(piece.amount), piece.units), ("9.00", 9))
        self.assertEqual(ledger.since, NEVER)
        ledger.amend(Segment(start, None, make_terms(30)), since=end)
        self.assertEqual(days(ledger.run(end)), [("2026-06-10", "2026-06-30")])
        self.assertEqual(ledger.total, 30)

    def test_last_day_free_at_a_boundary_that_moves_on(self):
        start, july = date(2026, 6, 1), date(2026, 7, 1)
        billing = replace(make_billing(start), last_day=False)
        ledger = Ledger(billing, Segment(start, july, make_terms(30)))
        self.assertEqual(amounts(ledger.run(july)), ["29.00"])
        ledger.amend(Segment(start, date(2026, 8, 1), make_terms(31)), since=start)
        ledger.run(july)
        self.assertEqual(ledger.total, 31 + 30)

    def test_item_of_one_day_that_is_free(self):
        start = date(2026, 6, 1)
        ledger = Ledger(replace(make_billing(start), last_day=False), Segment(start, start + ONE_DAY, make_terms(30)))
        self.assertEqual(ledger.run(date(2026, 7, 1)), [])
        self.assertEqual(ledger.since, NEVER)

    def test_moved_periods_make_one_adjustment(self):
        """90.00 from the 28th, moved to the 5th: the days between are charged, once."""
        ledger = Ledger(make_billing(self.start), Segment(self.start, None, make_terms(90)))
        ledger.run(self.start)
        move = date(2026, 4, 28)
        ledger.move(MovedGrid(ledger.billing.grid, move, billing_day_grid(move, MONTH, 5)), move)
        self.assertEqual(ledger.run(date(2026, 4, 27)), [])
        (adjustment,) = ledger.run(move)
        self.assertEqual((str(adjustment.amount), adjustment.units, adjustment.total), ("21.00", 7, 30))
        self.assertEqual(days([adjustment]), [("2026-04-28", "2026-05-04")])
        pieces = ledger.run(date(2026, 6, 5))
        self.assertEqual(days(pieces), [("2026-05-05", "2026-06-04"), ("2026-06-05", "2026-07-04")])

    def test_a_move_that_is_taken_back(self):
        start = self.start
        ledger = Ledger(make_billing(start), Segment(start, None, make_terms(90)))
        ledger.run(start)
        old, move = ledger.billing.grid, date(2026, 4, 28)
        ledger.move(MovedGrid(old, move, billing_day_grid(move, MONTH, 5)), move)
        ledger.run(date(2026, 5, 5))
        ledger.move(old, move)
        ledger.run(date(2026, 5, 28))
        clean = Ledger(make_billing(start), Segment(start, None, make_terms(90)))
        clean.run(date(2026, 5, 28))
        self.assertEqual(ledger.total, clean.total)

    def test_move_in_february_where_two_periods_begin_on_one_day(self):
        start, move = date(2026, 1, 28), date(2026, 3, 28)
        ledger = Ledger(make_billing(start), Segment(start, None, make_terms(31)))
        ledger.run(date(2026, 3, 1))
        ledger.move(MovedGrid(ledger.billing.grid, move, Grid(date(2026, 3, 31), MONTH, 31)), move)
        (adjustment,) = ledger.run(move)
        self.assertEqual((adjustment.period.start, adjustment.units, adjustment.total), (date(2026, 2, 28), 3, 31))
        self.assertEqual(ledger.run(move), [])

    def test_by_month(self):
        billing = make_billing(date(2026, 1, 1), count=3, proration="month")
        ledger = Ledger(billing, Segment(date(2026, 2, 15), None, make_terms(300)))
        self.assertEqual(amounts(ledger.run(date(2026, 2, 15))), ["150.00"])


ITEMS = st.builds(
    make_billing,
    st.sampled_from([date(2027, 12, 1), date(2027, 8, 31), date(2028, 1, 30)]),
    count=st.sampled_from([1, 3]),
    rounding=st.sampled_from(["0.01", "1"]),
    timing=st.sampled_from(["advance", "arrears"]),
    proration=st.sampled_from(["actual", "30e360", "month"]),
    stub=st.sampled_from(["separate", "merge"]),
    last_day=st.booleans(),
)


@tagged("post_install", "-at_install")
class TestChargingPolicyProperties(ItemHistoryCase):
    """Random histories under all policies, against a pricing day by day that knows no engine."""

    @settings(max_examples=120)
    @given(ITEMS, histories(), st.lists(st.integers(1, 31), max_size=2))
    def test_total_equals_the_oracle(self, billing, history, targets):
        ledger = self.play(billing, history)
        for target in targets:
            grid = ledger.billing.grid
            last = grid.day if isinstance(grid, MovedGrid) else START
            move = grid.period_at(max(last + ONE_DAY, START + timedelta(days=40))).stop
            ledger.move(MovedGrid(grid, move, billing_day_grid(move, grid.interval, target)), move)
            self.run_both(ledger, max(move, self.last_day(history)))
        self.check_policies(ledger)

    @settings(max_examples=80)
    @given(ITEMS, histories(), st.integers(1, 31))
    def test_a_move_taken_back_leaves_what_was(self, billing, history, target):
        ledger = self.play(billing, history)
        old = billing.grid
        move = old.period_at(START + timedelta(days=60)).stop
        ledger.move(MovedGrid(old, move, billing_day_grid(move, old.interval, target)), move)
        day = max(move, self.last_day(history))
        self.run_both(ledger, day + timedelta(days=50))
        ledger.move(old, move)
        self.run_both(ledger, day + timedelta(days=80))
        self.check_policies(ledger)

    @settings(max_examples=80)
    @given(ITEMS.map(lambda billing: replace(billing, proration="none")), histories())
    def test_each_started_period_in_full(self, billing, history):
        """Each started period costs what it costs on its first day in force, whenever it is billed."""
        ledger = self.play(billing, history)
        periods = self.settle(ledger)
        expected = sum((self.price(ledger, period) for period in periods), Decimal(0))
        self.assertEqual(ledger.total, expected)

    def last_day(self, history):
        """Return the last day on which anything was entered or billed; billing never goes back in time."""
        _first, changes, runs = history
        return max([START, *(change[0] for change in changes), *(run[0] for run in runs)])

    def check_policies(self, ledger):
        periods = self.settle(ledger)
        covered = self.check_books(ledger, ledger.billing)
        owed = {}
        for period in periods:
            day = period.first
            while day < period.stop:
                terms = self.owed_on(ledger, day)
                if terms:
                    owed[day] = terms
                day += ONE_DAY
        self.assertEqual(covered, owed)
        self.assertEqual(ledger.total, sum((self.price(ledger, period) for period in periods), Decimal(0)))

    def settle(self, ledger):
        """Bill through the end of a later period; return all periods up to it."""
        grid = ledger.billing.grid
        periods = list(grid.periods(START, date(2028, 12, 1)))
        last = periods[-1].stop
        self.run_both(ledger, last - ONE_DAY if ledger.billing.timing == "advance" else last)
        return periods

    def owed_on(self, ledger, day):
        """Return the terms of a day, ``None`` where it is not owed."""
        final = ledger.segments[-1].end if ledger.segments else None
        if not ledger.billing.last_day and final and day == final - ONE_DAY:
            return None
        return terms_on(ledger.segments, day)

    def price(self, ledger, period):
        months = ledger.billing.grid.months(period)

        def terms_of(day):
            return self.owed_on(ledger, day) if period.first <= day < period.stop else None

        return oracle_period(
            period.start, period.end, terms_of, ledger.billing.rounding, ledger.billing.proration, months
        )  # fmt: skip

    def test_replay_reads_no_terms_from_a_move(self):
        new = replay.Event(START, 0, "new", Decimal(1), Decimal(10), payer=1)
        moved = replay.Event(START + ONE_DAY, 1, "anchor", anchor=date(2028, 1, 5), anchor_day=5)
        self.assertEqual(replay.replay([new, moved]), replay.replay([new]))
