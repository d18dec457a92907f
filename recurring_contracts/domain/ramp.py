"""What is agreed at signature for later days: free periods, steps, instalments, as dated changes."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from .money import HUNDRED, ZERO, round_half_up
from .periods import Grid
from .replay import DISCOUNT, END, NEW, PRICE, QUANTITY, Event

STUB_FREE = "free"

# The order in which steps of one day are entered.
STEPPED = (QUANTITY, PRICE, DISCOUNT)


@dataclass(frozen=True)
class Step:
    """A value that is agreed from a later day on.

    :param date date: the first day on which it is in force
    :param str kind: ``quantity``, ``price`` or ``discount``
    :param Decimal value: the new value itself, not the difference
    """

    date: date
    kind: str
    value: Decimal


def free_until(start, grid, periods=0, through=None, stub=None):
    """Return the first day that an item is paid for.

    :param date start: the item's first day
    :param Grid grid: its billing periods
    :param int periods: how many billing periods are free, counted from the first day or, where the
        partial first period is free itself, from the first whole one
    :param date through: the last free day (inclusive), if one is agreed; the later day counts
    :param str stub: ``free`` where a partial first period is free
    :rtype: date
    """
    paid = start
    if stub == STUB_FREE:
        first = grid.period_at(start)
        paid = first.stop if first.first < start else start
        while periods:
            paid, periods = grid.period_at(paid).stop, periods - 1
    elif periods:
        paid = Grid(start, grid.interval).boundary(periods)
    if through:
        paid = max(paid, date.fromordinal(through.toordinal() + 1))
    return paid


def agreed_events(start, terms, paid_from, steps, end=None):
    """Return the events that put an item in force with all that is agreed for later days.

    Free days carry a discount of 100 %; on the first day that is paid for, the discount agreed for
    that day takes its place.

    :param date start: the item's first day
    :param Terms terms: what is agreed for the beginning
    :param date paid_from: see ``free_until``
    :param list[Step] steps: in any order; those up to the first day are in force on it. Of one kind the
        one of the latest day counts, on one day the last one
    :param date end: the first day no longer in force, if one is agreed
    :return: in order of entry; the sequence of each is its place
    :rtype: list[Event]
    """
    values = {QUANTITY: terms.quantity, PRICE: terms.price, DISCOUNT: terms.discount}
    dated = {}
    for step in sorted(steps, key=lambda step: step.date):
        if step.date <= start:
            values[step.kind] = step.value
        elif end is None or step.date < end:
            dated[step.date, STEPPED.index(step.kind)] = step
    steps = [dated[key] for key in sorted(dated)]
    free = paid_from > start
    events = [
        Event(
            start, 0, NEW, values[QUANTITY], values[PRICE], HUNDRED if free else values[DISCOUNT], terms.taxes,
            terms.payer,
        )
    ]  # fmt: skip
    if free and (end is None or paid_from < end):
        agreed = [step.value for step in steps if step.kind == DISCOUNT and step.date <= paid_from]
        steps = [step for step in steps if step.kind != DISCOUNT or step.date > paid_from]
        steps.append(Step(paid_from, DISCOUNT, agreed[-1] if agreed else values[DISCOUNT]))
        steps.sort(key=lambda step: step.date)
    for step in steps:
        change = step.value - values[QUANTITY] if step.kind == QUANTITY else step.value
        values[step.kind] = step.value
        events.append(Event(step.date, len(events), step.kind, **{step.kind: change}))
    if end:
        events.append(Event(end, len(events), END))
    return events


def instalments(total, count, rounding):
    """Part a total into equal instalments whose cents add up to it.

    :param Decimal total: rounded to the currency's smallest unit
    :param int count: at least 1
    :rtype: list[Decimal]
    """
    marks = [round_half_up(total * n / count, rounding) for n in range(count + 1)]
    return [high - low for low, high in zip(marks, marks[1:], strict=False)]


def instalment_events(start, terms, grid, count, rounding):
    """Return the events of an item whose whole price is paid in instalments, one a billing period.

    The first one falls into the period that holds the item's first day, and the item ends with the
    period of the last one.

    :param date start: the item's first day
    :param Terms terms: whose price of a whole period is the total to pay
    :param Grid grid: the billing periods
    :param int count: number of instalments, at least 1
    :param Decimal rounding: the currency's smallest unit
    :rtype: list[Event]
    """
    amounts = instalments(terms.whole(rounding), count, rounding)
    days, period = [start], grid.period_at(start)
    for _amount in amounts:
        days.append(period.stop)
        period = grid.following(period)
    steps = [Step(day, PRICE, amount) for day, amount in zip(days, amounts, strict=False)]
    steps = [step for n, step in enumerate(steps) if not n or step.value != steps[n - 1].value]
    once = replace(terms, quantity=Decimal(1), price=ZERO, discount=ZERO)
    return agreed_events(start, once, start, steps, days[-1])
