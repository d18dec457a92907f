"""Billing periods: a grid of boundaries, each computed from the anchor and never from its neighbour."""

from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

LAST_DAY = 31


@dataclass(frozen=True)
class Interval:
    """The length of a billing period.

    :param str unit: ``day``, ``week``, ``month`` or ``year``
    :param int count: how many of them, at least 1
    """

    unit: str
    count: int

    def __post_init__(self):
        if self.unit not in ("day", "week", "month", "year"):
            raise ValueError(f"unknown unit: {self.unit}")
        if self.count < 1:
            raise ValueError(f"an interval counts at least one {self.unit}")

    @property
    def days(self):
        """The length in days, or ``None`` where it depends on the calendar."""
        return {"day": self.count, "week": 7 * self.count}.get(self.unit)

    @property
    def months(self):
        """The length in months, or ``None`` for days and weeks."""
        return {"month": self.count, "year": 12 * self.count}.get(self.unit)


@dataclass(frozen=True)
class Period:
    """The half-open days ``[start, end)`` between two neighbouring boundaries of a grid."""

    index: int
    start: date
    end: date

    @property
    def days(self):
        return (self.end - self.start).days


@dataclass(frozen=True)
class Grid:
    """All billing periods of an item, in both directions of time.

    Boundary ``n`` is ``anchor + n × interval``, so that 31 January gives 28 or 29 February and
    then 31 March.

    :param date anchor: a boundary of the grid
    :param Interval interval: the distance of boundaries
    :param int day: the day of the month that boundaries fall on (31: the last); 0 keeps the
        anchor's own. It matters where the anchor itself stands in a month too short for it.
        Without meaning for intervals of days and weeks.
    """

    anchor: date
    interval: Interval
    day: int = 0

    def boundary(self, n):
        """Return the first day of period ``n``; ``n`` may be negative."""
        if self.interval.days:
            return self.anchor + timedelta(days=n * self.interval.days)
        months = self.anchor.year * 12 + self.anchor.month - 1 + n * self.interval.months
        first = date(months // 12, months % 12 + 1, 1)
        return first + relativedelta(day=self.day or self.anchor.day)

    def index(self, day):
        """Return ``n`` of the period that holds ``day``."""
        if self.interval.days:
            return (day - self.anchor).days // self.interval.days
        months = (day.year - self.anchor.year) * 12 + day.month - self.anchor.month
        n = months // self.interval.months
        return n if self.boundary(n) <= day else n - 1

    def period(self, n):
        return Period(n, self.boundary(n), self.boundary(n + 1))

    def period_at(self, day):
        """Return the period that holds ``day``."""
        return self.period(self.index(day))

    def periods(self, start, end):
        """Yield the periods that share a day with ``[start, end)``, in order; ``end`` may be ``None``."""
        period = self.period_at(start)
        while end is None or period.start < end:
            yield period
            period = self.period(period.index + 1)


def billing_day_grid(start, interval, day):
    """Return the grid whose anchor is the first ``day`` of a month on or after ``start``.

    :param date start: the item's first day
    :param Interval interval: of months or years; for days and weeks a billing day means nothing
        and the grid is anchored at ``start``
    :param int day: 1 to 31, where 31 is the month's last day and every day that a month lacks is
        its last; 0 anchors at ``start``
    :rtype: Grid
    """
    if not day or interval.days:
        return Grid(start, interval)
    anchor = start + relativedelta(day=day)
    if anchor < start:
        anchor = start + relativedelta(months=1, day=day)
    return Grid(anchor, interval, day)


def add_term(start, interval):
    """Return the first day after a term of one ``interval`` that begins on ``start``."""
    return Grid(start, interval).boundary(1)
