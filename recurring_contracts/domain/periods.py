"""Billing periods: a grid of boundaries, each computed from the anchor and never from its neighbour."""

from calendar import monthrange
from dataclasses import dataclass, replace
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
    """The half-open days ``[start, end)`` between two neighbouring boundaries of a grid.

    :param low: where the boundaries were moved, the first day that belongs to the period
    :param high: the day after the last that belongs to it
    """

    index: int
    start: date
    end: date
    low: date | None = None
    high: date | None = None

    @property
    def days(self):
        return (self.end - self.start).days

    @property
    def first(self):
        """The first day that belongs to the period."""
        return self.low or self.start

    @property
    def stop(self):
        """The day after the last that belongs to the period."""
        return self.high or self.end


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
        year, month = months // 12, months % 12 + 1
        return date(year, month, min(self.day or self.anchor.day, monthrange(year, month)[1]))

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

    def following(self, period):
        """Return the period after ``period``."""
        return self.period(period.index + 1)

    def periods(self, start, end):
        """Yield the periods that share a day with ``[start, end)``, in order; ``end`` may be ``None``."""
        return _walk(self, start, end)

    def months(self, period):
        """Return the boundaries of the months of a period, both its ends among them.

        :return: nothing for periods of days and weeks
        :rtype: list[date]
        """
        if self.interval.days:
            return []
        months = Grid(self.anchor, Interval("month", 1), self.day)
        first = period.index * self.interval.months
        return [months.boundary(first + n) for n in range(self.interval.months + 1)]


@dataclass(frozen=True)
class MovedGrid:
    """Billing periods whose boundaries move: those of one grid up to a day, of another from then on.

    Periods keep the length that they have in their own grid; the days that belong to the last one
    before and to the first one after the move are fewer.

    :param before: the grid of earlier days, a ``Grid`` or a ``MovedGrid``
    :param date day: the first day that counts by ``after``
    :param Grid after: the grid of the day and of later ones
    """

    before: "Grid | MovedGrid"
    day: date
    after: Grid

    @property
    def interval(self):
        return self.after.interval

    def period_at(self, day):
        """Return the period that holds ``day``, with the days that belong to it."""
        if day >= self.day:
            period = self.after.period_at(day)
            return replace(period, low=max(period.start, self.day))
        period = self.before.period_at(day)
        return replace(period, high=min(period.stop, self.day))

    def following(self, period):
        """Return the period after ``period``."""
        return self.period_at(period.stop)

    def periods(self, start, end):
        """Yield the periods that share a day with ``[start, end)``, in order; ``end`` may be ``None``."""
        return _walk(self, start, end)

    @property
    def moves(self):
        """The moves in order: ``(first day after, grid before)``."""
        earlier = self.before.moves if isinstance(self.before, MovedGrid) else []
        last = self.before.after if isinstance(self.before, MovedGrid) else self.before
        return [*earlier, (self.day, last)]

    def months(self, period):
        """Return the boundaries of the months of a period, both its ends among them."""
        return (self.after if period.first >= self.day else self.before).months(period)


def _walk(grid, start, end):
    period = grid.period_at(start)
    while end is None or period.first < end:
        yield period
        period = grid.following(period)


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


def aligned_grid(start, interval, other):
    """Return the grid of an item that joins the boundaries of another one, such as a customer's first.

    :param date start: the item's first day
    :param Interval interval: the item's own billing period
    :param Grid other: the grid to join; where its interval is the same, all boundaries are shared,
        of months and years at least the day of the month; else the grid is anchored at ``start``
    :rtype: Grid
    """
    if other.interval == interval:
        return other
    if interval.months and other.interval.months:
        return billing_day_grid(start, interval, other.day or other.anchor.day)
    return Grid(start, interval)


def add_term(start, interval):
    """Return the first day after a term of one ``interval`` that begins on ``start``."""
    return Grid(start, interval).boundary(1)
