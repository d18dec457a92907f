from datetime import date, timedelta
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ..domain import replay as journal
from ..domain.money import ZERO
from ..domain.replay import Event, movements, replay
from ..domain.terms import Segment, Terms
from .properties import given, settings, st

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
        self.assertEqual(replay([new()]), [Segment(START, None, terms())])
        self.assertEqual(replay([]), [])

    def test_end_and_renewal(self):
        ended = [new(), Event(day(10), 1, journal.END)]
        self.assertEqual(replay(ended), [Segment(START, day(10), terms())])
        renewed = [
            *ended,
            Event(day(10), 2, journal.RENEWAL),
            Event(day(20), 3, journal.END),
        ]
        self.assertEqual(replay(renewed), [Segment(START, day(20), terms())])

    def test_an_end_before_a_renewal_that_was_entered_earlier(self):
        events = [
            new(),
            Event(day(10), 1, journal.END),
            Event(day(10), 2, journal.RENEWAL),
            Event(day(20), 3, journal.END),
            Event(day(5), 4, journal.END),
        ]
        self.assertEqual(replay(events), [Segment(START, day(5), terms())])

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
            replay(events),
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
        self.assertEqual(replay(events)[1], Segment(day(3), None, terms(2, 7)))

    def test_a_change_on_the_first_day_leaves_no_empty_segment(self):
        events = [new(), Event(START, 1, journal.PRICE, price=Decimal(7))]
        self.assertEqual(replay(events), [Segment(START, None, terms(1, 7))])

    def test_an_end_on_the_first_day_leaves_nothing(self):
        self.assertEqual(replay([new(), Event(START, 1, journal.END)]), [])

    def test_suspension(self):
        events = [new(), Event(day(3), 1, journal.SUSPEND), Event(day(6), 2, journal.RESUME)]
        self.assertEqual(
            [(s.start, s.terms.suspended) for s in replay(events)],
            [(START, False), (day(3), True), (day(6), False)],
        )

    def test_undo_and_undo_of_the_undo(self):
        events = [new(), Event(day(3), 1, journal.PRICE, price=Decimal(7))]
        undone = [*events, Event(day(3), 2, journal.UNDO, undoes=1)]
        self.assertEqual(replay(undone), replay([new()]))
        redone = [*undone, Event(day(3), 3, journal.UNDO, undoes=2)]
        self.assertEqual(replay(redone), replay(events))

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
            )
        )
    return events


@tagged("post_install", "-at_install")
class TestReplayProperties(BaseCase):
    @given(histories(), st.randoms())
    @settings(max_examples=200)
    def test_segments(self, events, random):
        segments = replay(events)
        shuffled = list(events)
        random.shuffle(shuffled)
        self.assertEqual(replay(shuffled), segments)
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
            covering = [s for s in replay(events) if s.covers(day(n))]
            self.assertEqual([s.terms for s in covering], [state.terms] if state.in_force else [])

    @given(histories())
    @settings(max_examples=200)
    def test_movements_add_up_to_the_figure_on_every_day(self, events):
        result = movements(events, lambda t: ZERO if t.suspended else t.exact)
        dates = {event.sequence: event.date for event in events}
        segments = replay(events)
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
        self.assertEqual(replay([*events, *undos]), replay(events[:cut]))
