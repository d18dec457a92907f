"""What a quotation promises, and what a contract is worth: first invoice, value of the term."""

from .money import ZERO
from .proration import NONE, get_measure, piece_amount


def first_amount(grid, segments, method, rounding, merge_stub=False):
    """Return what an item billed in advance costs on its first day.

    :param Grid grid: the billing periods
    :param list[Segment] segments: the item's terms, in order and disjoint
    :param str method: the proration, see ``proration``
    :param Decimal rounding: the currency's smallest unit
    :param bool merge_stub: whether a partial first period is billed together with the next one
    :rtype: Decimal
    """
    start = segments[0].start
    first = grid.period_at(start)
    periods = [first]
    if merge_stub and first.start < start:
        periods.append(grid.following(first))
    return sum((period_amount(grid, period, segments, method, rounding) for period in periods), ZERO)


def term_value(grid, segments, end, method, rounding):
    """Return what an item costs in all from its first day to the end of the term.

    :param list[Segment] segments: the item's terms, in order and disjoint
    :param date end: the day after the term's last
    :rtype: Decimal
    """
    return sum(
        (
            period_amount(grid, period, segments, method, rounding, end)
            for period in grid.periods(segments[0].start, end)
        ),
        ZERO,
    )


def period_amount(grid, period, segments, method, rounding, end=None):
    """Return what the days in force of a period cost; see ``proration.piece_amount``.

    :param Period period: a period of ``grid``
    :param date end: the day after the last that counts, ``None`` for no limit
    :rtype: Decimal
    """
    measure, total = get_measure(grid, period, method)
    covered, amount = {}, ZERO
    for segment in segments:
        low = max(segment.start, period.first)
        high = min(day for day in (segment.end, end, period.stop) if day)
        if low >= high:
            continue
        whole = segment.terms.whole(rounding)
        if method == NONE:
            return whole
        units, before = measure([(low, high)]), covered.get(whole, 0)
        amount += piece_amount(whole, before, units, total, rounding)
        covered[whole] = before + units
    return amount
