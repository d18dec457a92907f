"""Monthly recurring revenue."""

from decimal import Decimal

MONTHS_PER_YEAR = Decimal(12)
WEEKS_PER_YEAR = Decimal(52)
DAYS_PER_YEAR = Decimal(365)


def monthly(amount, interval):
    """Normalise the price of one billing period to a month, unrounded.

    A year is twelve months, 52 weeks or 365 days.

    :param Decimal amount: the price of one period
    :param Interval interval: the billing period
    :rtype: Decimal
    """
    per_year = {
        "day": DAYS_PER_YEAR,
        "week": WEEKS_PER_YEAR,
        "month": MONTHS_PER_YEAR,
        "year": Decimal(1),
    }[interval.unit]
    return amount * per_year / interval.count / MONTHS_PER_YEAR
