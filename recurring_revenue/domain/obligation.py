"""What modifications leave of an obligation's schedules, and how the rest is spread anew.

All ranges are half-open, ``[start, end)``.
"""

from fractions import Fraction

from odoo.addons.recurring_contracts.domain.money import ZERO, round_half_up

from .correction import corrected, correction_amount
from .recognition import earned_share


def earned(pieces, upto, rounding):
    """Return what an obligation has earned before a day, cuts considered.

    :param list pieces: its schedules in force, each ``(total, service, corrections)`` with the
        ``correction.Service`` and the settled ``correction.Correction`` of it
    :param datetime.date upto: the day before which it was earned
    :param Decimal rounding: the smallest unit of the currency
    :rtype: Decimal
    """
    return sum((_earned_piece(*piece, upto, rounding) for piece in pieces), ZERO)


def _earned_piece(total, service, corrections, upto, rounding):
    totals = [correction.total_currency for correction in corrections]
    due = corrected(total, service, upto, rounding, totals, corrections)
    return due + sum(
        (
            correction_amount(amount, correction, service, upto, rounding)
            for amount, correction in zip(totals, corrections, strict=True)
        ),
        ZERO,
    )


def spread(total, ranges, method, rounding):
    """Share an amount among the ranges of days in which a service is rendered, by their weight.

    :param Decimal total: a multiple of ``rounding``
    :param list ranges: disjoint ``(start, end)`` in order; days between them earn nothing
    :param str method: see ``recognition``
    :param Decimal rounding: the smallest unit of the currency
    :return: ``(start, end, amount)`` of each range; the amounts add up to ``total``
    :rtype: list[tuple]
    """
    if len(ranges) <= 1:
        return [(start, end, total) for start, end in ranges]
    first, last = ranges[0][0], ranges[-1][1]
    weights = [
        earned_share(first, last, method, end) - earned_share(first, last, method, start) for start, end in ranges
    ]
    if not sum(weights):
        weights = [Fraction((end - start).days) for start, end in ranges]
    whole, before, booked, parts = sum(weights), Fraction(0), ZERO, []
    for (start, end), weight in zip(ranges, weights, strict=True):
        before += weight / whole
        amount = round_half_up(total * before.numerator / before.denominator, rounding) - booked
        booked += amount
        parts.append((start, end, amount))
    return parts
