"""What an item by usage owes: what was used in a period above what it includes, less what is charged.

The included quantity counts once for each period, first come first served: the earliest units of a
period are the included ones, and each unit above them costs the price of its own day. What is charged
for a period adds up to the rounded price of all units above, in whatever order they become known.
"""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from odoo.addons.recurring_contracts.domain.money import ZERO
from odoo.addons.recurring_contracts.domain.periods import Period

from .charges import USAGE, Outcome, Piece


@dataclass(frozen=True)
class Used:
    """How much of an item was used on a day."""

    day: date
    quantity: Decimal


@dataclass
class Rated:
    """The units of a period at one price.

    :param Terms terms: their terms, without a quantity
    :param date start: first day on which the terms are in force in the period
    :param date end: the day after the last
    :param Decimal used: all units used at these terms
    :param Decimal included: those of them that the period includes
    """

    terms: object
    start: date
    end: date
    used: Decimal = ZERO
    included: Decimal = ZERO

    @property
    def quantity(self):
        """The units that are charged."""
        return self.used - self.included


def charge_usage(billing, segments, used, lines, through, first):
    """Compare period by period what was used above what is included with what is charged.

    A period is owed once it is over, or once the item has ended.

    :param Billing billing: how the item is billed
    :param list[Segment] segments: its terms, in order and disjoint
    :param list[Used] used: what was used, of the periods from ``first`` on
    :param list[Line] lines: its charges in their own right, see ``period_book.Line``
    :param date through: the last day on which something may be due (inclusive)
    :param Period first: the first period to look at, ``None`` where there is none
    :rtype: Outcome
    """
    if first is None:
        return Outcome([], [])
    by_period = defaultdict(list)
    for line in lines:
        by_period[line.booked.period_start, line.booked.period_end].append(line)
    finish = segments[-1].end if segments else first.first
    pieces, waiting, period = [], [], first
    while finish is None or period.first < finish:
        due = period.stop if finish is None else min(period.stop, finish)
        if due > through:
            waiting.append((due, period.first))
            break
        charged = by_period.pop((period.start, period.end), [])
        pieces += settle_usage(billing, period, due, rate(billing, segments, used, period), charged)
        period = billing.grid.following(period)
    # What was billed ahead, for periods that are not over by then, stays until their own day.
    while waiting and by_period and period.first < max(end for _start, end in by_period):
        by_period.pop((period.start, period.end), None)
        period = billing.grid.following(period)
    for (start, end), charged in by_period.items():
        pieces += settle_usage(billing, Period(0, start, end), min(end, through), [], charged)
    if not waiting:
        return Outcome(pieces, [])
    return Outcome(pieces, [], waiting[0][1], waiting[0][0])


def rate(billing, segments, used, period):
    """Return the units of a period by price, the included ones taken from the earliest.

    Units of days on which the item is not in force, or suspended, have no price and are left out.

    :rtype: list[Rated]
    """
    rated, left = {}, billing.included
    for event in sorted(used, key=lambda u: u.day):
        if not period.first <= event.day < period.stop:
            continue
        segment = next((s for s in segments if s.covers(event.day) and not s.terms.suspended), None)
        if not segment or billing.floor and event.day < billing.floor:
            continue
        terms = replace(segment.terms, quantity=ZERO)
        start = max(segment.start, period.first)
        end = min(segment.end or period.stop, period.stop)
        group = rated.setdefault(terms, Rated(terms, start, end))
        group.start, group.end = min(group.start, start), max(group.end, end)
        free = min(event.quantity, left)
        left -= free
        group.used += event.quantity
        group.included += free
    return list(rated.values())


def settle_usage(billing, period, due, rated, charged):
    """Return the pieces that make what is charged for a period what its units cost.

    More units at a price are charged on top. Where there are fewer, the latest charges at that
    price are credited whole, and what stays of them is charged anew.

    :param list[Rated] rated: see ``rate``
    :param list[Line] charged: the period's charges
    :rtype: list[Piece]
    """
    expected = {group.terms: group for group in rated}
    by_terms = defaultdict(list)
    for line in charged:
        if line.days:
            by_terms[replace(line.booked.terms, quantity=ZERO)].append(line)
    pieces = []
    for terms, lines in by_terms.items():
        target = expected[terms].quantity if terms in expected else ZERO
        while lines and sum(line.booked.terms.quantity for line in lines) > target:
            pieces.append(_credit(period, due, lines.pop()))
    for group in rated:
        lines = by_terms[group.terms]
        billed = sum((line.booked.terms.quantity for line in lines), ZERO)
        if group.quantity > billed:
            pieces.append(_charge(billing, period, due, group, billed, sum((line.amount for line in lines), ZERO)))
    return pieces


def _credit(period, due, line):
    booked = line.booked
    own = Period(0, booked.period_start, booked.period_end)
    return Piece(
        USAGE, own, booked.start, booked.end, booked.terms, line.whole, 0, 1, 1, -line.amount, max(due, period.first),
        booked.key,
    )  # fmt: skip


def _charge(billing, period, due, group, billed, amount):
    """Charge the units above those that are billed; the cents follow from all of them together."""
    total = replace(group.terms, quantity=group.quantity).whole(billing.rounding)
    terms = replace(group.terms, quantity=group.quantity - billed)
    return Piece(
        USAGE, period, group.start, group.end, terms, terms.whole(billing.rounding), 0, 1, 1, total - amount, due,
        used=group.used, included=group.included,
    )  # fmt: skip
