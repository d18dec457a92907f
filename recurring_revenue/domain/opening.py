"""Schedules that another system has begun."""

import datetime
from decimal import Decimal
from typing import NamedTuple

from .recognition import cumulative


class Opening(NamedTuple):
    """What another system billed, and what of it it recognised; in one currency."""

    total: Decimal
    recognised: Decimal

    @property
    def remaining(self):
        return self.total - self.recognised


def opening(total, start, end, method, recognised_through, rounding, steps=()):
    """Split a billed amount into what was recognised elsewhere and what is deferred here.

    :param Decimal total: what was billed, without tax
    :param datetime.date start: the first day of service
    :param datetime.date end: the last day of service (inclusive)
    :param str method: see ``recognition.METHODS``
    :param datetime.date recognised_through: the last day recognised elsewhere (inclusive)
    :param Decimal rounding: the currency's smallest unit
    :param tuple steps: of a method by steps, see ``recognition.stepped_share``
    :rtype: Opening
    """
    day = datetime.timedelta(days=1)
    recognised = cumulative(total, start, end + day, method, recognised_through + day, rounding, steps)
    return Opening(total, recognised)
