"""What an item owes: expected charges through a day, less the charges that exist.

Periods of the item's grid are compared one by one. The days whose expected terms equal those of an
existing charge keep it; its other days are credited; days that no charge covers are charged. What
part of a period costs follows from how much of it is charged at the same whole price ``W``:

    ``R(W·(c+k)/n) − R(W·c/n)``

with ``c`` units covered before, ``k`` units of the piece, ``n`` units of the period and ``R`` the
currency's rounding. So the pieces of a period add up to ``R(W·covered/n)``, in whatever order they
become known, and credits are the same formula read backwards.
"""

from dataclasses import replace
from datetime import timedelta

from odoo.addons.recurring_contracts.domain.periods import Period
from odoo.addons.recurring_contracts.domain.proration import ACTUAL, NONE, get_measure

from .charges import (
    ARREARS,
    MERGE,
    NEVER,
    ONE_TIME,
    OPENING,
    RECURRING,
    USAGE,
    Outcome,
    Piece,
)
from .days import intersect, merge, subtract
from .period_book import Bucket, Line, PeriodBook
from .usage import charge_usage

ONE_DAY = timedelta(days=1)


def charge(billing, segments, booked, through, since=None, used=()):
    """Compute what is to be booked so that all that is due through a day is charged exactly.

    :param Billing billing: how the item is billed
    :param list[Segment] segments: its terms, in order and disjoint
    :param list[Booked] booked: its charges that are not void, oldest first; with ``since``, those
        of earlier periods may be left out
    :param date through: the last day on which something may be due (inclusive)
    :param since: a previous outcome's ``settled_until``, lowered to the first day whose terms or
        charges changed since; ``None`` looks at everything
    :param list[Used] used: by usage, what was used in the periods that are looked at
    :rtype: Outcome
    """
    firm, loose = _split(booked)
    if billing.charge_type == ONE_TIME:
        outcome = _charge_once(billing, segments, _lines(firm, billing), through)
    else:
        if not billing.last_day and billing.charge_type == RECURRING:
            segments = without_last_day(segments)
        first = _first_period(billing, segments, booked, since)
        firm = [b for b in firm if first and b.period_end > first.first]
        loose = [b for b in loose if first and b.period_end > first.first]
        lines = _lines(firm, billing)
        if billing.charge_type == USAGE:
            outcome = charge_usage(billing, segments, used, lines, through, first)
        else:
            outcome = _charge_periods(billing, segments, lines, through, first)
    return _reuse(outcome, loose)


def opening(billing, segments, billed_through):
    """Return the charge that stands for what another system billed last.

    It covers the period that holds ``billed_through``, from the period's or the item's first day,
    whichever is later, to that day. Its first day becomes the item's ``floor``.

    :param Billing billing: how the item is billed
    :param list[Segment] segments: its terms, in order and disjoint
    :param date billed_through: the last day that was billed (inclusive)
    :return: ``None`` where the item was not in force on any such day
    :rtype: Piece | None
    """
    if not billing.last_day:
        segments = without_last_day(segments)
    days = _in_force(segments, None, billed_through + ONE_DAY)
    if not days:
        return None
    start, end, terms = days[-1]
    if billing.charge_type == ONE_TIME:
        start, _end, terms = days[0]
        period = Period(0, start, start + ONE_DAY)
        return _whole_piece(billing, OPENING, period, start, period.end, terms, start)
    period = billing.grid.period_at(end - ONE_DAY)
    start = max(start, period.start)
    if billing.proration == NONE:
        return _whole_piece(billing, OPENING, period, start, end, terms, start)
    measure, total = get_measure(billing.grid, period, billing.proration)
    bucket = Bucket(terms.whole(billing.rounding), total, billing.rounding)
    units = measure([(start, end)])
    return Piece(
        OPENING, period, start, end, terms, bucket.whole, 0, units, total, bucket.target(units),
        start,
    )  # fmt: skip


def without_last_day(segments):
    """Return the terms without the last day in force, which is free of charge."""
    if not segments or segments[-1].end is None:
        return segments
    *kept, last = segments
    last = replace(last, end=last.end - ONE_DAY)
    return [*kept, last] if last.start < last.end else kept


def _split(booked):
    """Part the charges that stand from the loose ones that may be replaced.

    A loose charge that a standing credit refers to stands as well: the credit would hang in the
    air without it.
    """
    corrected = {b.corrects for b in booked if not b.loose}
    firm = [b for b in booked if not b.loose or b.key in corrected]
    loose = [b for b in booked if b.loose and b.key not in corrected]
    return firm, loose


def _lines(booked, billing):
    """Return the charges in their own right, with what their corrections left of them."""
    lines = {b.key: Line(b, b.terms.whole(billing.rounding)) for b in booked if not b.corrects}
    for correction in booked:
        if correction.corrects in lines:
            lines[correction.corrects].correct(correction)
    return list(lines.values())


def _in_force(segments, start, end):
    """Return ``(start, end, terms)`` of the days in force and not suspended within a range.

    :param start: first day of the range, ``None`` for no limit
    :param date end: the day after the range
    """
    result = []
    for segment in segments:
        low = segment.start if start is None else max(segment.start, start)
        high = end if segment.end is None else min(segment.end, end)
        if low < high and not segment.terms.suspended:
            last = result[-1] if result else None
            if last and last[1] == low and last[2] == segment.terms:
                result[-1] = (last[0], high, segment.terms)
            else:
                result.append((low, high, segment.terms))
    return result


def _first_period(billing, segments, booked, since):
    """Return the first period to look at, or ``None`` where there is nothing to look at."""
    if since == NEVER:
        return None
    starts = [b.period_start for b in booked]
    if segments:
        starts.append(max(segments[0].start, billing.floor or segments[0].start))
    if since:
        starts = [max(since, min(starts))] if starts else []
    return billing.grid.period_at(min(starts)) if starts else None


def _due(billing, segments, period):
    """Return the first day on which the period's charge is owed."""
    if not segments:
        return period.stop if billing.timing == ARREARS else period.first
    start, end = segments[0].start, segments[-1].end
    stub = billing.grid.period_at(start)
    merged = billing.stub == MERGE and start > stub.first
    if billing.timing == ARREARS:
        if merged and period == stub:
            period = billing.grid.following(stub)
        return period.stop if end is None or end <= period.first else min(period.stop, end)
    if merged and period == billing.grid.following(stub):
        return start
    return max(period.first, start)


def _charge_periods(billing, segments, lines, through, first):
    """Compare period by period what is expected with what is charged."""
    if first is None:
        return Outcome([], [])
    by_period = {}
    for line in lines:
        by_period.setdefault((line.booked.period_start, line.booked.period_end), []).append(line)
    finish = segments[-1].end if segments else first.first
    charged_to = max((end for _start, end in by_period), default=first.first)
    settle = _settle_whole if billing.proration == NONE else _settle_days
    pieces, waiting, period = [], [], first
    while finish is None or period.first < finish or period.first < charged_to:
        due = _due(billing, segments, period)
        if min(period.first, due) > through and period.first >= charged_to:
            waiting.append((due, period.first))
            break
        start = max(period.first, billing.floor or period.first)
        expected = _in_force(segments, start, period.stop)
        charged = by_period.pop((period.start, period.end), [])
        new, next_due = settle(billing, period, due, expected, charged, through)
        pieces += new
        if next_due:
            waiting.append((next_due, period.first))
        period = billing.grid.following(period)
    new, later = _settle_strays(billing, segments, by_period, settle, through)
    pieces, waiting = new + pieces, waiting + later
    if not waiting:
        return Outcome(pieces, [])
    return Outcome(pieces, [], min(day for _due, day in waiting), min(waiting)[0])


def _settle_strays(billing, segments, by_period, settle, through):
    """Credit charges of periods that are none any more, since their boundaries were moved.

    A charge is credited whole, as soon as the period that holds its first day is due.

    :return: the pieces to book, and ``(when due, first day of its period)`` of what is not due yet
    :rtype: tuple[list[Piece], list[tuple]]
    """
    pieces, waiting = [], []
    if billing.proration != NONE:
        billing = replace(billing, proration=ACTUAL)
    for (start, end), lines in by_period.items():
        days = [day for line in lines for day, _end in line.days]
        if not days:
            continue
        first = min(days)
        due = min(first, _due(billing, segments, billing.grid.period_at(first)))
        if due > through:
            waiting.append((due, min(start, first)))
        else:
            new, _next_due = settle(billing, Period(0, start, end), due, [], lines, NEVER)
            pieces += new
    return pieces, waiting


def _settle_days(billing, period, due, expected, lines, through):
    """Compare the days of one period.

    :return: the pieces to book, and the day on which more of the period is due, ``None`` if
        nothing more will be while the terms stay
    :rtype: tuple[list[Piece], date | None]
    """
    removed = {}
    for line in lines:
        same = [(start, end) for start, end, terms in expected if terms == line.booked.terms]
        removed[line] = subtract(line.days, same)
    corrections = [(start, end, max(due, start)) for start, end in merge(sum(removed.values(), []))]
    ripe = [(start, end) for start, end, when in corrections if when <= through]
    for line in lines:
        removed[line] = intersect(removed[line], ripe)
    covered = merge(days for line in lines for days in subtract(line.days, removed[line]))
    free = [] if due <= through else subtract([(period.start, period.end)], ripe)
    uncovered = [
        (start, end, terms) for low, high, terms in expected for start, end in subtract([(low, high)], covered)
    ]
    fresh = [(start, end, terms) for low, high, terms in uncovered for start, end in subtract([(low, high)], free)]
    later = [when for _start, _end, when in corrections if when > through]
    if fresh != uncovered:
        later.append(due)
    next_due = min(later, default=None)
    if not ripe and not fresh:
        return [], next_due

    def due_of(start, end):
        return max([due] + [days[0] for days in ripe if intersect([days], [(start, end)])])

    return PeriodBook(billing, period, lines).book(removed, fresh, due_of), next_due


def _whole_piece(billing, kind, period, start, end, terms, due):
    whole = terms.whole(billing.rounding)
    return Piece(kind, period, start, end, terms, whole, 0, 1, 1, whole, due)


def _settle_whole(billing, period, due, expected, lines, through, kind=RECURRING):
    """Compare one period that is owed whole, at the terms of its first day in force.

    :return: the pieces to book, and the day on which more of the period is due, ``None`` if
        nothing more will be while the terms stay
    :rtype: tuple[list[Piece], date | None]
    """
    terms = expected[0][2] if expected else None
    live = [line for line in lines if line.days]
    kept = next((line for line in live if line.booked.terms == terms), None)
    wrong = [line for line in live if line is not kept]
    pieces, later = [], []
    for line in wrong:
        when = max(due, line.booked.start)
        if when > through:
            later.append(when)
            continue
        booked = line.booked
        own = Period(0, booked.period_start, booked.period_end)
        piece = _whole_piece(billing, kind, own, booked.start, booked.end, booked.terms, when)
        pieces.append(replace(piece, amount=-line.amount, corrects=booked.key))
    if terms and not kept:
        when = max([due, *later])
        if when <= through:
            start, end = expected[0][0], expected[-1][1]
            pieces.append(_whole_piece(billing, kind, period, start, end, terms, due))
        else:
            later.append(when)
    return pieces, min(later, default=None)


def _charge_once(billing, segments, lines, through):
    """Compare an item that is owed once, on its first day in force; a deposit until it is given back."""
    horizon = max([segment.start for segment in segments], default=through) + ONE_DAY
    expected = _in_force(segments, None, horizon)[:1]
    if not expected and not lines:
        return Outcome([], [])
    first = expected[0][0] if expected else lines[0].booked.period_start
    period = Period(0, first, first + ONE_DAY)
    expected = [(first, period.end, terms) for _start, _end, terms in expected]
    due = first
    if billing.returned and billing.returned <= through:
        expected, due = [], max(first, billing.returned)
    pieces, next_due = _settle_whole(billing, period, due, expected, lines, through, kind=ONE_TIME)
    if billing.returned and billing.returned > through:
        next_due = min(next_due or billing.returned, billing.returned)
    return Outcome(pieces, [], first, next_due) if next_due else Outcome(pieces, [])


def _reuse(outcome, loose):
    """Keep the loose charges that say exactly what is to be booked, and give up the others."""
    left, pieces = list(loose), []
    for piece in outcome.pieces:
        same = next((b for b in left if piece.says(b)), None)
        if same:
            left.remove(same)
            piece = replace(piece, reuses=same.key)
        pieces.append(piece)
    return replace(outcome, pieces=pieces, void=[b.key for b in left])
