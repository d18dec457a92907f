"""Exact amounts: Decimals inside, the currency's rounding at the edge."""

from decimal import ROUND_HALF_UP, Decimal

ZERO = Decimal(0)
HUNDRED = Decimal(100)


def to_decimal(value):
    """Return ``value`` as the Decimal that a person reads when looking at it.

    :param value: an int, a str, a Decimal or a float; a float gives its shortest decimal form
        (``0.1`` is one tenth), which is what a database numeric that passed through a float was.
    :rtype: Decimal
    """
    if isinstance(value, Decimal):
        return value
    if isinstance(value, float):
        return Decimal(repr(value))
    return Decimal(value or 0)


def round_half_up(value, rounding):
    """Round to a multiple of the currency's smallest unit, halves away from zero.

    :param Decimal value: the exact amount
    :param Decimal rounding: the smallest unit of the currency, such as ``0.01``, ``1`` or ``0.05``
    :rtype: Decimal
    """
    return (value / rounding).quantize(Decimal(1), rounding=ROUND_HALF_UP) * rounding
