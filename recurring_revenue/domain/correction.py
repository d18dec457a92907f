"""What a credit note leaves of the revenue that it corrects.

A credit changes the price of a service that is partly rendered. What it takes from days that have
passed is booked at once, in the first open period, and what it takes from days to come is taken
from these (IFRS 15.87 and 15.88; ASC 606-10-32-42 to 32-44). What was recognised is never rewritten.

An original and its corrections are rounded together, once. So a stretch that was credited in full
earns nothing, to the cent, and the days before and after it earn what they did. All ranges are
half-open, ``[start, end)``.
"""

import datetime
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from odoo.addons.recurring_contracts.domain.money import ZERO, round_half_up

from .recognition import STEPPED, whole_share


class Service(NamedTuple):
    """The days over which an original is earned, and how: see ``recognition.earned_share``."""

    start: datetime.date
    end: datetime.date
    method: str
    steps: tuple = ()
    adjustments: tuple = ()

    def share(self, upto):
        """Return which share is earned before the day ``upto``, a Fraction between 0 and 1."""
        return whole_share(*self[:3], upto, self.steps, self.adjustments)

    @property
    def is_stepped(self):
        return self.method in STEPPED

    @property
    def days(self):
        """The range that holds the service and its steps."""
        steps = [day for day, _share in self.steps]
        return min([self.start, *steps]), max([self.end, *(day + datetime.timedelta(days=1) for day in steps)])


class Correction(NamedTuple):
    """Days of an original that were credited (or charged again), and for how much.

    Amounts are signed like the original's: a credit of revenue is negative. ``removes_days`` tells
    that the days are no longer served, so that none of what was not credited is earned on them.
    """

    start: datetime.date
    end: datetime.date
    total: Decimal
    total_currency: Decimal
    removes_days: bool

    def share(self, service, upto):
        """Return which share of the correction counts before the day ``upto``.

        It follows the original over the corrected days. Where these are no longer served, or the
        original earns nothing on them, all of it counts from their first day on. Where the original is
        earned by steps, days say nothing: a credit is a lower price, and follows all of it.

        :param Service service: the original's
        :param datetime.date upto: the day before which it must count
        :return: a number between 0 and 1
        :rtype: fractions.Fraction | int
        """
        if any(share is None and day < upto for day, share in service.adjustments):
            return 1  # all the rest was recognised, and with it what the credit takes from it
        if service.is_stepped:
            return service.share(upto)
        before, through = service.share(self.start), service.share(self.end)
        if self.removes_days or before == through:
            return int(upto > max(self.start, service.start))
        return (service.share(min(max(upto, self.start), self.end)) - before) / (through - before)

    def settled(self, service, total_currency):
        """Return the correction with ``removes_days`` set where it credits all that its days hold.

        :param Service service: the original's
        :param Decimal total_currency: the original's total, in the currency of the invoice
        :rtype: Correction
        """
        if service.is_stepped:
            return self._replace(removes_days=False)
        held = Fraction(total_currency) * (service.share(self.end) - service.share(self.start))
        credits_all = self.total_currency * total_currency < 0 and abs(self.total_currency) >= abs(held)
        return self._replace(removes_days=self.removes_days or credits_all)


def corrected(total, service, upto, rounding, correction_totals, corrections):
    """Return what is due of an original before the day ``upto``, given its corrections.

    Together with what ``correction_amount`` gives for each correction it makes up the rounded sum
    of all. It never passes the total, and equals it once the range has ended.

    :param Decimal total: the original's signed amount, a multiple of ``rounding``
    :param Service service: its days and method
    :param datetime.date upto: the day before which it was earned
    :param Decimal rounding: the smallest unit of the currency
    :param correction_totals: the amount of each correction, in the currency of ``total``
    :param corrections: each ``Correction``, settled
    :rtype: Decimal
    """
    exact = Fraction(total) * _served_share(service, upto, corrections)
    booked = ZERO
    for amount, correction in zip(correction_totals, corrections, strict=True):
        exact += Fraction(amount) * correction.share(service, upto)
        booked += correction_amount(amount, correction, service, upto, rounding)
    due = _rounded(exact, rounding) - booked
    return min(max(due, min(total, ZERO)), max(total, ZERO))


def correction_amount(amount, correction, service, upto, rounding):
    """Return what is due of a correction before the day ``upto``.

    :param Decimal amount: its signed amount, a multiple of ``rounding``
    :param Correction correction: its days, settled
    :param Service service: the days and method of what it corrects
    :param datetime.date upto: the day before which it must count
    :param Decimal rounding: the smallest unit of the currency
    :rtype: Decimal
    """
    return _rounded(Fraction(amount) * correction.share(service, upto), rounding)


def _served_share(service, upto, corrections):
    """Return the original's share, stretches that are no longer served counting from their start."""
    for correction in sorted(corrections):
        if correction.removes_days and max(correction.start, service.start) < upto < correction.end:
            upto = correction.end
    return service.share(upto)


def _rounded(exact, rounding):
    return round_half_up(Decimal(exact.numerator) / exact.denominator, rounding)
