"""What a term of service is worth, as a forecast."""

from decimal import Decimal

from .mrr import MONTHS_PER_YEAR, monthly
from .periods import Interval

YEAR = Interval("year", 1)


def term_value(amount, interval, term):
    """Return what a price for one billing period comes to over a term, unrounded.

    A year is twelve months, 52 weeks or 365 days.

    :param Decimal amount: the price of one billing period
    :param Interval interval: the billing period
    :param term: the term as an ``Interval``, ``None`` for no end, which counts as a year
    :rtype: Decimal
    """
    term = term or YEAR
    per_year = monthly(amount, interval) * MONTHS_PER_YEAR
    terms_per_year = monthly(Decimal(1), term) * MONTHS_PER_YEAR
    return per_year / terms_per_year
