from datetime import date, timedelta
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from odoo.addons.recurring_contracts.domain import replay
from odoo.addons.recurring_contracts.domain.replay import Event
from odoo.addons.recurring_contracts.tests.properties import given, settings, st

from .domain_case import Ledger, make_billing, oracle_boundaries, oracle_total

ONE_DAY = timedelta(days=1)
START = date(2027, 12, 10)
HORIZON = date(2028, 8, 20)

KINDS = ("quantity", "price", "discount", "payer", "suspend", "resume", "end", "renewal")
PRICES = st.sampled_from([Decimal(p) for p in ("10", "24.99", "0.07", "1000", "0.01", "0", "-5")])
DAYS = st.dates(START + timedelta(days=1), HORIZON - timedelta(days=40))


@st.composite
def amendments(draw, kinds):
    """Draw ``(day of entry, effective day, kind, values)`` of what happens to an item."""
    kind = draw(st.sampled_from(kinds))
    values = {
        "quantity": {"quantity": draw(st.sampled_from([Decimal(1), Decimal(2), Decimal(-1)]))},
        "price": {"price": draw(PRICES)},
        "discount": {"discount": draw(st.sampled_from([Decimal(0), Decimal(20), Decimal("33.3")]))},
        "payer": {"payer": draw(st.integers(1, 3))},
    }.get(kind, {})
    return draw(DAYS), draw(DAYS), kind, values


@st.composite
def histories(draw, kinds=KINDS):
    first = Event(START, 0, "new", Decimal(2), draw(PRICES), Decimal(0), (), 1)
    changes = draw(st.lists(amendments(kinds), max_size=6))
    runs = draw(st.lists(st.tuples(DAYS, st.booleans()), max_size=6))
    return first, changes, runs


ITEMS = st.builds(
    make_billing,
    st.sampled_from([date(2027, 12, 1), date(2027, 8, 31), date(2028, 1, 30)]),
    count=st.sampled_from([1, 3]),
    rounding=st.sampled_from(["0.01", "1", "0.001"]),
    timing=st.sampled_from(["advance", "arrears"]),
)


def terms_on(segments, day):
    for segment in segments:
        if segment.covers(day) and not segment.terms.suspended:
            return segment.terms
    return None


class ItemHistoryCase(BaseCase):
    """Plays random histories of an item against the engine, checking each step."""

    def play(self, billing, history):
        """Enter changes and run in order of the calendar; check each step; return the ledger."""
        first, changes, runs = history
        events = [first]
        ledger = Ledger(billing, *replay.replay(events))
        steps = [(day, 0, n, change) for n, (day, *change) in enumerate(changes)]
        steps += [(day, 1, n, release) for n, (day, release) in enumerate(runs)]
        for day, what, n, step in sorted(steps, key=lambda s: s[:3]):
            if what == 0:
                effective, kind, values = step
                events.append(Event(effective, n + 1, kind, **values))
                ledger.amend(*replay.replay(events), since=effective)
            else:
                self.run_both(ledger, day, release=step)
        return ledger

    def run_both(self, ledger, day, release=False):
        fresh = ledger.compute(day)
        marked = ledger.compute(day, ledger.since)
        self.assertEqual(marked.pieces, fresh.pieces, "the watermark hides nothing")
        ledger.run(day)
        again = ledger.compute(day, ledger.since)
        self.assertFalse([p for p in again.pieces if p.reuses is None], "a second run")
        if day < again.next_due < date.max:
            eve = ledger.compute(again.next_due - timedelta(days=1), ledger.since)
            self.assertFalse([p for p in eve.pieces if p.reuses is None], "nothing before its day")
        if release:
            ledger.release(set(sorted(b.key for b in ledger.booked)[::2]))

    @staticmethod
    def days_of(booked):
        return [booked.start + timedelta(days=n) for n in range((booked.end - booked.start).days)]

    def check_books(self, ledger, billing):
        """Check that credits stay within what they correct; return the terms of covered days."""
        charges = [b for b in ledger.booked if not b.corrects and b.kind != "rounding"]
        days = {b.key: set(self.days_of(b)) for b in charges}
        left = {b.key: b.amount for b in ledger.booked if not b.corrects}
        for booked in ledger.booked:
            if not booked.corrects:
                continue
            left[booked.corrects] += booked.amount
            if booked.kind != "rounding":
                self.assertLessEqual(set(self.days_of(booked)), days[booked.corrects], "credited twice")
                days[booked.corrects] -= set(self.days_of(booked))
        covered = {}
        for charge in charges:
            sign = 1 if charge.terms.whole(billing.rounding) >= 0 else -1
            self.assertGreaterEqual(left[charge.key] * sign, 0)
            # A credit whose invoice was deleted is booked anew after the charge that takes its place,
            # so what counts is what the credits leave of each charge, not their order.
            for day in days[charge.key]:
                self.assertNotIn(day, covered, "charged twice")
                covered[day] = charge.terms
        return covered


@tagged("post_install", "-at_install")
class TestChargingProperties(ItemHistoryCase):
    """Random histories, compared with a pricing day by day that shares no code with the engine."""

    @settings(max_examples=200)
    @given(ITEMS, histories(kinds=("payer", "payer", "payer", "suspend", "resume")))
    def test_payers_who_change_at_one_price(self, billing, history):
        """Pieces at the same price share their cents, whoever pays and whatever is taken out."""
        self.check_against_oracle(billing, history)

    def test_credit_of_a_deleted_draft_is_booked_anew(self):
        """Its day is charged twice on paper for a while; the next run leaves it charged once."""
        quantity = {"quantity": Decimal(1)}
        changes = [
            (date(2027, 12, 11), date(2028, 1, 1), "quantity", quantity),
            (date(2028, 1, 2), date(2028, 1, 2), "quantity", quantity),
            (date(2028, 2, 1), date(2027, 12, 11), "quantity", quantity),
        ]
        first = Event(START, 0, "new", Decimal(2), Decimal(10), Decimal(0), (), 1)
        billing = make_billing(date(2027, 12, 1))
        for before in range(2):
            runs = [(date(2027, 12, 11), False)] * before + [(date(2028, 1, 1), False), (date(2028, 1, 2), True)]
            with self.subTest(before=before):
                self.check_against_oracle(billing, (first, changes, runs))

    @settings(max_examples=300)
    @given(ITEMS, histories())
    def test_total_equals_the_oracle_and_each_day_is_covered_once(self, billing, history):
        self.check_against_oracle(billing, history)

    def check_against_oracle(self, billing, history):
        ledger = self.play(billing, history)
        interval = billing.grid.interval
        boundaries = oracle_boundaries(billing.grid.anchor, interval.count, START, HORIZON)
        through = boundaries[-1] - timedelta(days=1 if billing.timing == "advance" else 0)
        self.run_both(ledger, through)
        self.run_both(ledger, through)
        ends = boundaries[-1]
        covered = self.check_books(ledger, billing)
        expected = {}
        day = boundaries[0]
        while day < ends:
            terms = terms_on(ledger.segments, day)
            if terms:
                expected[day] = terms
            day += timedelta(days=1)
        self.assertEqual(covered, expected)
        self.assertEqual(ledger.total, oracle_total(boundaries, expected.get, billing.rounding))

    @settings(max_examples=150)
    @given(ITEMS, histories())
    def test_when_runs_happen_does_not_matter(self, billing, history):
        first, changes, _runs = history
        through = HORIZON + timedelta(days=120)
        often, once = self.play(billing, history), self.play(billing, (first, changes, []))
        self.run_both(often, through)
        self.run_both(once, through)
        self.assertEqual(often.total, once.total)
