"""What a part of a billing period costs."""

from .money import round_half_up

ACTUAL = "actual"
THIRTY_360 = "30e360"
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
