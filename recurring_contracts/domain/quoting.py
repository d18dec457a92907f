"""What a quotation promises: its first invoice and the value of its term."""

from .money import ZERO
from .proration import NONE, count_units, piece_amount


def first_piece(grid, start, whole, method, rounding):
    """Return the price of an item's first billing period, which may be a partial one.

    :param Grid grid: the billing periods
    :param date start: the item's first day
    :param Decimal whole: the rounded price of a whole period
    :param str method: the proration, see ``proration``
    :param Decimal rounding: the currency's smallest unit
    :rtype: Decimal
    """
    return _piece(grid.period_at(start), start, None, whole, method, rounding)


def term_value(grid, start, end, whole, method, rounding):
    """Return what an item costs in all from its first day to the end of the term.

    :param date end: the day after the term's last
    :rtype: Decimal
    """
    return sum(
        (_piece(period, start, end, whole, method, rounding) for period in grid.periods(start, end)),
        ZERO,
    )


def _piece(period, start, end, whole, method, rounding):
    low = max(start, period.start)
    high = min(end or period.end, period.end)
    total = count_units(period.start, period.end, method)
    if method == NONE or not total:
        return whole
    return piece_amount(whole, 0, count_units(low, high, method), total, rounding)
