"""What a part of a billing period costs."""

from math import lcm

from .money import round_half_up

ACTUAL = "actual"
THIRTY_360 = "30e360"
MONTH = "month"
NONE = "none"


def count_units(start, end, method=ACTUAL):
    """Count the units of proration in ``[start, end)``.

    :param str method: ``actual`` counts days; ``30e360`` counts days of months of thirty days
        (30E/360, ISDA 2006 section 4.16(g): a 31st counts as a 30th)
    :rtype: int
    """
    if method == THIRTY_360:
        return 360 * (end.year - start.year) + 30 * (end.month - start.month) + min(end.day, 30) - min(start.day, 30)
    return (end - start).days


def get_measure(grid, period, method):
    """Return a function that counts the units of ranges of days within a period, and the period's units.

    By month, each month of the period is worth the same and a part of one counts by its days: the
    unit is the fraction of a month that divides each of them into whole days. A period without
    any unit (a single 31st in months of thirty days), and one that is no number of months, is counted
    in days.

    :param grid: the ``Grid`` or ``MovedGrid`` that the period belongs to
    :param Period period: the period
    :param str method: ``actual``, ``30e360`` or ``month``
    :rtype: tuple[callable, int]
    """
    months = grid.months(period) if method == MONTH else []
    if len(months) > 2:
        return _get_measure_by_month(months)
    if method == MONTH or not count_units(period.start, period.end, method):
        method = ACTUAL

    def measure(ranges):
        return sum(count_units(start, end, method) for start, end in ranges)

    return measure, measure([(period.start, period.end)])


def _get_measure_by_month(boundaries):
    months = [(low, high, (high - low).days) for low, high in zip(boundaries, boundaries[1:], strict=False)]
    scale = lcm(*(days for _low, _high, days in months))

    def measure(ranges):
        return sum(
            max((min(end, high) - max(start, low)).days, 0) * (scale // days)
            for start, end in ranges
            for low, high, days in months
        )

    return measure, scale * len(months)


def piece_amount(whole, before, units, total, rounding):
    """Return the price of ``units`` of a period of which ``before`` units are already priced.

    ``R(W·(c+k)/n) − R(W·c/n)``: pieces add up to the rounded share of all they cover, in whatever
    order they become known, and to ``whole`` when they cover the period.

    :param Decimal whole: the rounded price of the whole period (W)
    :param int before: units already priced at the same terms (c)
    :param int units: units of this piece (k)
    :param int total: units of the whole period (n)
    :param Decimal rounding: the currency's smallest unit (R)
    :rtype: Decimal
    """
    return round_half_up(whole * (before + units) / total, rounding) - round_half_up(whole * before / total, rounding)
