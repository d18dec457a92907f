from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ..domain import replay as journal
from ..domain.money import ZERO
from ..domain.replay import Event, movements
from ..domain.terms import Segment, Terms
from .properties import assume, given, settings, st

START = date(2026, 1, 1)


def day(n):
    return START + timedelta(days=n)


def new(quantity=1, price=10, **values):
    return Event(START, 0, journal.NEW, Decimal(quantity), Decimal(price), payer=1, **values)


def terms(quantity=1, price=10, **values):
    return Terms(Decimal(quantity), Decimal(price), payer=1, **values)


@tagged("post_install", "-at_install")
class TestReplay(BaseCase):
    def test_open_item(self):
        self.assertEqual(journal.replay([new()]), [Segment(START, None, terms())])
        self.assertEqual(journal.replay([]), [])

    def test_end_and_renewal(self):
        ended = [new(), Event(day(10), 1, journal.END)]
        self.assertEqual(journal.replay(ended), [Segment(START, day(10), terms())])
        renewed = [
            *ended,
            Event(day(10), 2, journal.RENEWAL),
            Event(day(20), 3, journal.END),
        ]
        self.assertEqual(journal.replay(renewed), [Segment(START, day(20), terms())])

    def test_an_end_before_a_renewal_that_was_entered_earlier(self):
        events = [
            new(),
            Event(day(10), 1, journal.END),
            Event(day(10), 2, journal.RENEWAL),
            Event(day(20), 3, journal.END),
            Event(day(5), 4, journal.END),
        ]
        self.assertEqual(journal.replay(events), [Segment(START, day(5), terms())])

    def test_renewal_dates_pass_by_ends_journalled_before(self):
        events = [new(), Event(day(20), 1, journal.END), Event(day(10), 2, journal.END)]
        self.assertEqual(journal.renewal_dates(events, day(30)), [day(10), day(20)])
        self.assertEqual(journal.renewal_dates(events, day(15)), [day(10)])
        self.assertEqual(journal.renewal_dates(events, day(10)), [])
        self.assertEqual(journal.renewal_dates([new()], day(10)), [])

    def test_quantities_are_differences_and_prices_absolute(self):
        events = [
            new(2, 100),
            Event(day(10), 1, journal.QUANTITY, Decimal(1)),
            Event(day(5), 2, journal.PRICE, price=Decimal(120)),
        ]
        self.assertEqual(
            journal.replay(events),
            [
                Segment(START, day(5), terms(2, 100)),
                Segment(day(5), day(10), terms(2, 120)),
                Segment(day(10), None, terms(3, 120)),
            ],
        )

    def test_two_changes_on_one_day_both_stand(self):
        events = [
            new(),
            Event(day(3), 1, journal.QUANTITY, Decimal(1)),
            Event(day(3), 2, journal.PRICE, price=Decimal(7)),
        ]
        self.assertEqual(journal.replay(events)[1], Segment(day(3), None, terms(2, 7)))

    def test_a_change_on_the_first_day_leaves_no_empty_segment(self):
        events = [new(), Event(START, 1, journal.PRICE, price=Decimal(7))]
        self.assertEqual(journal.replay(events), [Segment(START, None, terms(1, 7))])

    def test_an_end_on_the_first_day_leaves_nothing(self):
        self.assertEqual(journal.replay([new(), Event(START, 1, journal.END)]), [])

    def test_suspension(self):
        events = [new(), Event(day(3), 1, journal.SUSPEND), Event(day(6), 2, journal.RESUME)]
        self.assertEqual(
            [(s.start, s.terms.suspended) for s in journal.replay(events)],
            [(START, False), (day(3), True), (day(6), False)],
        )

    def test_suspended_days_may_be_billed(self):
        events = [new(), Event(day(3), 1, journal.SUSPEND, billed=True), Event(day(6), 2, journal.RESUME)]
        self.assertEqual(
            [(s.terms.suspended, s.terms.billed_suspended) for s in journal.replay(events)],
            [(False, False), (True, True), (False, False)],
        )

    def test_the_days_owed_follow_the_end_that_counts(self):
        term = Event(day(20), 1, journal.END)
        left = Event(day(10), 2, journal.END, owed_until=day(15))
        self.assertEqual(journal.owed_bounds([new(), term]), (None, None))
        self.assertEqual(journal.owed_bounds([new(), term, left]), (None, day(15)))
        self.assertEqual(journal.owed_bounds([new(), term, left, Event(day(10), 3, journal.UNDO, undoes=2)])[1], None)
        self.assertEqual(journal.owed_bounds([new(), term, left, Event(day(10), 3, journal.RENEWAL)])[1], None)
        last_day = Event(day(20), 2, journal.END, owed_until=day(5))
        self.assertEqual(journal.owed_bounds([new(), term, last_day]), (None, day(5)))
        self.assertEqual(journal.owed_bounds([new(owed_from=day(4))]), (day(4), None))

    def test_a_successor_carries_on_what_was_agreed_for_later(self):
        events = [
            new(2, 100),
            Event(day(10), 1, journal.QUANTITY, Decimal(1)),
            Event(day(15), 2, journal.SUSPEND, billed=True),
            Event(day(20), 3, journal.END),
        ]
        successor = journal.continuation(journal.replay(events), day(5), payer=7)
        self.assertEqual([e.kind for e in successor], ["new", "quantity", "suspend", "end"])
        self.assertEqual(
            journal.replay(successor),
            [
                Segment(day(5), day(10), replace(terms(2, 100), payer=7)),
                Segment(day(10), day(15), replace(terms(3, 100), payer=7)),
                Segment(day(15), day(20), replace(terms(3, 100), payer=7, suspended=True, billed_suspended=True)),
            ],
        )
        self.assertEqual(journal.continuation(journal.replay(events), day(20)), [])

    def test_undo_and_undo_of_the_undo(self):
        events = [new(), Event(day(3), 1, journal.PRICE, price=Decimal(7))]
        undone = [*events, Event(day(3), 2, journal.UNDO, undoes=1)]
        self.assertEqual(journal.replay(undone), journal.replay([new()]))
        redone = [*undone, Event(day(3), 3, journal.UNDO, undoes=2)]
        self.assertEqual(journal.replay(redone), journal.replay(events))

    def test_movements_carry_before_and_after(self):
        events = [new(2, 100), Event(day(10), 1, journal.QUANTITY, Decimal(1))]
        result = movements(events, lambda t: t.exact)
        self.assertEqual(result[0].delta, 200)
        self.assertEqual((result[1].delta, result[1].before, result[1].after), (100, 2, 3))


@st.composite
def histories(draw):
    """A journal of one item as amendments, renewals, ends and undos leave it."""
    events = [new(draw(st.integers(1, 5)), draw(st.integers(1, 50)))]
    for number in range(1, draw(st.integers(0, 9)) + 1):
        kind = draw(
            st.sampled_from(
                [
                    journal.QUANTITY,
                    journal.PRICE,
                    journal.DISCOUNT,
                    journal.TAX,
                    journal.PAYER,
                    journal.SUSPEND,
                    journal.RESUME,
                    journal.END,
                    journal.RENEWAL,
                    journal.UNDO,
                ]
            )
        )
        when = day(draw(st.integers(0, 60)))
        value = Decimal(draw(st.integers(0, 40)))
        events.append(
            Event(
                when,
                number,
                kind,
                quantity=value,
                price=value,
                discount=value,
                taxes=(int(value),),
                payer=int(value),
                undoes=draw(st.integers(1, number - 1)) if kind == journal.UNDO and number > 1 else None,
                billed=kind == journal.SUSPEND and draw(st.booleans()),
                owed_until=when + timedelta(days=draw(st.integers(-5, 5))) if kind == journal.END else None,
            )
        )
    return events


@tagged("post_install", "-at_install")
class TestReplayProperties(BaseCase):
    @given(histories(), st.randoms())
    @settings(max_examples=200)
    def test_segments(self, events, random):
        segments = journal.replay(events)
        shuffled = list(events)
        random.shuffle(shuffled)
        self.assertEqual(journal.replay(shuffled), segments)
        for before, after in zip(segments, segments[1:], strict=False):
            self.assertLessEqual(before.end, after.start)
            if before.end == after.start:
                self.assertNotEqual(before.terms, after.terms)
        for segment in segments:
            self.assertTrue(segment.end is None or segment.start < segment.end)

    @given(histories())
    @settings(max_examples=200)
    def test_each_day_agrees_with_applying_the_events_up_to_it(self, events):
        live = journal.effective(events)
        for n in range(0, 62):
            state = journal.State()
            for event in live:
                if event.date <= day(n):
                    state = state.apply(event)
            covering = [s for s in journal.replay(events) if s.covers(day(n))]
            self.assertEqual([s.terms for s in covering], [state.terms] if state.in_force else [])

    @given(histories())
    @settings(max_examples=200)
    def test_movements_add_up_to_the_figure_on_every_day(self, events):
        result = movements(events, lambda t: ZERO if t.suspended else t.exact)
        dates = {event.sequence: event.date for event in events}
        segments = journal.replay(events)
        for n in range(0, 62):
            figure = sum(
                (ZERO if s.terms.suspended else s.terms.exact for s in segments if s.covers(day(n))),
                ZERO,
            )
            moved = sum(m.delta for key, m in result.items() if dates[key] <= day(n))
            self.assertEqual(figure, moved)

    @given(histories())
    @settings(max_examples=100)
    def test_undoing_all_later_events_restores_the_earlier_segments(self, events):
        cut = len(events) // 2 + 1
        undos = [
            Event(event.date, len(events) + n, journal.UNDO, undoes=event.sequence)
            for n, event in enumerate(reversed(events[cut:]))
        ]
        self.assertEqual(journal.replay([*events, *undos]), journal.replay(events[:cut]))

    @given(histories(), st.permutations(range(10)))
    @settings(max_examples=200)
    def test_the_order_of_entry_counts_only_for_one_attribute_on_one_day(self, events, order):
        same = {journal.RESUME: journal.SUSPEND, journal.RENEWAL: journal.END}
        events = [event for event in events if event.kind != journal.UNDO]
        touched = [(same.get(e.kind, e.kind), e.date) for e in events if e.kind != journal.QUANTITY]
        assume(len(touched) == len(set(touched)))
        start, *changes = events
        entered = [start, *(replace(event, sequence=order[n] + 1) for n, event in enumerate(changes))]
        self.assertEqual(journal.replay(entered), journal.replay(events))
        self.assertEqual(journal.owed_bounds(entered), journal.owed_bounds(events))

    @given(histories())
    @settings(max_examples=200)
    def test_there_is_no_hole_but_after_an_end(self, events):
        ends = {event.date for event in journal.effective(events) if event.kind == journal.END}
        segments = journal.replay(events)
        for before, after in zip(segments, segments[1:], strict=False):
            self.assertTrue(before.end == after.start or before.end in ends)

    @given(histories(), st.integers(0, 60))
    @settings(max_examples=200)
    def test_a_successor_has_the_terms_of_what_it_carries_on(self, events, n):
        segments = journal.replay(events)
        left = [replace(s, start=max(s.start, day(n))) for s in segments if s.end is None or s.end > day(n)]
        self.assertEqual(journal.replay(journal.continuation(segments, day(n))), left)
