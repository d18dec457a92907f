"""The journal of an item and its replay.

The journal is an append-only list of dated events; what holds on a day is found by replaying the
events in order of (effective date, order of entry), leaving out those that a later event undid.
"""

from collections.abc import Hashable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from .money import ZERO
from .periods import Grid, MovedGrid
from .terms import Segment, Terms

NEW = "new"
QUANTITY = "quantity"
PRICE = "price"
DISCOUNT = "discount"
TAX = "tax"
PAYER = "payer"
END = "end"
RENEWAL = "renewal"
SUSPEND = "suspend"
RESUME = "resume"
UNDO = "undo"
ANCHOR = "anchor"


@dataclass(frozen=True)
class Event:
    """One dated change of one item.

    :param date date: the first day on which the change is in force; of an ``end``, the first day
        no longer in force; of a ``renewal``, the first day of the added term
    :param sequence: the order of entry
    :param str kind: one of this module's constants
    :param Decimal quantity: of ``new`` the quantity, of ``quantity`` the difference
    :param Decimal price: of ``new`` and ``price``
    :param Decimal discount: of ``new`` and ``discount``, in percent
    :param tuple taxes: of ``new`` and ``tax``
    :param payer: of ``new`` and ``payer``
    :param undoes: of ``undo``, the sequence of the event that is undone
    :param date anchor: of ``anchor``, a day on which billing periods begin from then on
    :param int anchor_day: of ``anchor``, the day of the month on which they begin, see ``Grid``
    :param bool billed: of ``suspend``, whether the suspended days are owed all the same
    :param owed_from: of ``new``, the first day owed where that is not the first day in force
    :param owed_until: of ``end``, the first day no longer owed where that is not the first day no
        longer in force
    """

    date: date
    sequence: Hashable
    kind: str
    quantity: Decimal = ZERO
    price: Decimal = ZERO
    discount: Decimal = ZERO
    taxes: tuple = ()
    payer: int | None = None
    undoes: Hashable = None
    anchor: date | None = None
    anchor_day: int = 0
    billed: bool = False
    owed_from: date | None = None
    owed_until: date | None = None


@dataclass(frozen=True)
class State:
    """What holds after an event: whether the item is in force, its terms, and since when it ended.

    ``owed_from`` and ``owed_until`` bound the days owed where they are not those in force.
    """

    in_force: bool = False
    terms: Terms = Terms()
    ended: date | None = None
    owed_from: date | None = None
    owed_until: date | None = None

    def apply(self, event):
        """Return the state after ``event``.

        Quantities are differences, carried through what follows; price, discount, taxes and payer
        hold until the next event on the same attribute. A renewal carries on an item that is in
        force up to its day; where the item ended earlier it changes nothing. Of two ends on one
        day the later entry says what is owed.
        """
        terms = self.terms
        match event.kind:
            case "new":
                terms = Terms(event.quantity, event.price, event.discount, event.taxes, event.payer)
                return State(True, terms, owed_from=event.owed_from)
            case "quantity":
                terms = replace(terms, quantity=terms.quantity + event.quantity)
            case "price":
                terms = replace(terms, price=event.price)
            case "discount":
                terms = replace(terms, discount=event.discount)
            case "tax":
                terms = replace(terms, taxes=event.taxes)
            case "payer":
                terms = replace(terms, payer=event.payer)
            case "suspend" | "resume":
                suspended = event.kind == SUSPEND
                terms = replace(terms, suspended=suspended, billed_suspended=suspended and event.billed)
            case "anchor":
                return self
            case "end":
                ended = replace(self, in_force=False, ended=event.date, owed_until=event.owed_until)
                return ended if self.in_force or self.ended == event.date else self
            case "renewal":
                renewed = replace(self, in_force=True, ended=None, owed_until=None)
                return renewed if self.ended == event.date else self
            case _:
                raise ValueError(f"unknown kind of event: {event.kind}")
        return replace(self, terms=terms)


def effective(events):
    """Return the events that count, in order of replay.

    An ``undo`` takes its event out. Undos are read from the newest to the oldest, so that an undo
    which is itself undone takes nothing out.
    """
    undone = set()
    for event in sorted(events, key=lambda e: e.sequence, reverse=True):
        if event.kind == UNDO and event.sequence not in undone:
            undone.add(event.undoes)
    live = [e for e in events if e.kind != UNDO and e.sequence not in undone]
    return sorted(live, key=lambda e: (e.date, e.sequence))


def states(events):
    """Yield ``(event, state before, state after)`` for each event that counts, in order of replay."""
    state = State()
    for event in effective(events):
        after = state.apply(event)
        yield event, state, after
        state = after


def replay(events):
    """Compute what an item looks like on each day.

    :param events: the item's whole journal, in any order
    :return: segments in order, disjoint and maximal: neighbours that touch differ in terms, and
        days on which the item is not in force belong to none
    :rtype: list[Segment]
    """
    days = {event.date: after for event, _before, after in states(events)}
    segments = []
    ends = [*days, None][1:]
    for (day, state), end in zip(days.items(), ends, strict=False):
        if not state.in_force:
            continue
        last = segments[-1] if segments else None
        if last and last.end == day and last.terms == state.terms:
            segments[-1] = replace(last, end=end)
        else:
            segments.append(Segment(day, end, state.terms))
    return segments


def moved_grid(grid, events):
    """Return the billing periods of an item after all moves of its anchor.

    :param Grid grid: the periods that it was sold with
    :param events: the item's whole journal, in any order
    :rtype: Grid | MovedGrid
    """
    for event in effective(events):
        if event.kind == ANCHOR:
            grid = MovedGrid(grid, event.date, Grid(event.anchor, grid.interval, event.anchor_day))
    return grid


def owed_bounds(events):
    """Return the first day owed and the first day no longer owed, where they are not those in force.

    :param events: the item's whole journal, in any order
    :return: each ``None`` where the days owed are those in force
    :rtype: tuple[date | None, date | None]
    """
    last = State()
    for _event, _before, after in states(events):
        last = after
    return last.owed_from, last.owed_until


def continuation(segments, start, payer=None):
    """Return the journal of a successor that goes on as ``segments`` say from a day on.

    :param list[Segment] segments: the terms of the item that is carried on, in order
    :param date start: the successor's first day, if the item is in force then, else the first after
    :param payer: who pays for the successor; as before where ``None``
    :return: events with sequences from 0; none where nothing is left to carry on
    :rtype: list[Event]
    """
    left = [
        replace(s, start=max(s.start, start), terms=replace(s.terms, payer=payer or s.terms.payer))
        for s in segments
        if s.end is None or s.end > start
    ]
    events, known = [], None

    def add(day, kind, **values):
        events.append(Event(day, len(events), kind, **values))

    for segment in left:
        day, terms = segment.start, segment.terms
        if known is None or known.end != day:
            if known:
                add(known.end, END)
            values = {name: getattr(terms, name) for name in ("quantity", "price", "discount", "taxes", "payer")}
            add(day, NEW, **values)
            before = replace(terms, suspended=False, billed_suspended=False)
        else:
            before = known.terms
        for kind, name in ((PRICE, "price"), (DISCOUNT, "discount"), (TAX, "taxes"), (PAYER, "payer")):
            if getattr(terms, name) != getattr(before, name):
                add(day, kind, **{name: getattr(terms, name)})
        if terms.quantity != before.quantity:
            add(day, QUANTITY, quantity=terms.quantity - before.quantity)
        if (terms.suspended, terms.billed_suspended) != (before.suspended, before.billed_suspended):
            add(day, SUSPEND if terms.suspended else RESUME, billed=terms.billed_suspended)
        known = segment
    if known and known.end:
        add(known.end, END)
    return events


def renewal_dates(events, end):
    """Return the days on which an item needs a renewal to be in force to the day before ``end``.

    They are the day on which it ends as things stand, and each later end that was journalled before
    and would come into its own again.

    :param events: the item's whole journal, in any order
    :param date end: the first day no longer in force
    :rtype: list[date]
    """
    journal, days = list(events), []
    last = max((event.sequence for event in journal), default=0)
    while (segments := replay(journal)) and segments[-1].end and segments[-1].end < end:
        days.append(segments[-1].end)
        journal.append(Event(days[-1], last + len(days), RENEWAL))
    return days


@dataclass(frozen=True)
class Movement:
    """What an event did when it was replayed.

    :param Decimal delta: by how much it moved the figure asked for
    :param before: the attribute that the event changes, before it (``None`` where it has no number)
    :param after: the same after it
    """

    delta: Decimal = ZERO
    before: Decimal | None = None
    after: Decimal | None = None


def movements(events, value):
    """Compute by how much each event moves a figure.

    The sum of the movements up to a day is the figure on that day.

    :param events: the item's whole journal, in any order
    :param value: function of ``Terms`` that gives the figure while in force, as a Decimal
    :return: the movement of each event, by its sequence; events that were undone, and undos
        themselves, make none
    :rtype: dict[Hashable, Movement]
    """

    def figure(state):
        return value(state.terms) if state.in_force else ZERO

    result = {event.sequence: Movement() for event in events}
    for event, before, after in states(events):
        numbers = ()
        if event.kind in (QUANTITY, PRICE, DISCOUNT):
            numbers = (getattr(before.terms, event.kind), getattr(after.terms, event.kind))
        result[event.sequence] = Movement(figure(after) - figure(before), *numbers)
    return result
