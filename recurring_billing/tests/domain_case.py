"""Factories for tests of the billing domain: items, bookings and an independent oracle."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from odoo.addons.recurring_billing.domain import charging
from odoo.addons.recurring_billing.domain.charges import Billing, Booked
from odoo.addons.recurring_contracts.domain.periods import Grid, Interval
from odoo.addons.recurring_contracts.domain.terms import Segment, Terms

CENT = Decimal("0.01")
ONE_DAY = timedelta(days=1)


def make_terms(price, quantity=1, discount=0, payer=1, taxes=(), suspended=False):
    return Terms(
        Decimal(str(quantity)),
        Decimal(str(price)),
        Decimal(str(discount)),
        tuple(taxes),
        payer,
        suspended,
    )


def make_billing(anchor, unit="month", count=1, day=0, rounding=CENT, **values):
    values = {"charge_type": "recurring", "timing": "advance", "proration": "actual", **values}
    grid = Grid(anchor, Interval(unit, count), day)
    return Billing(grid=grid, rounding=Decimal(str(rounding)), **values)


class Ledger:
    """Books what the engine says, as the models do, and remembers the watermark."""

    def __init__(self, billing, *segments):
        self.billing = billing
        self.segments = list(segments)
        self.booked = []
        self.since = None

    def amend(self, *segments, since=None):
        """Replace the terms, as entered with effect from ``since``."""
        self.segments = list(segments)
        if self.since and since:
            self.since = min(self.since, since if self.billing.last_day else since - ONE_DAY)

    def move(self, grid, since):
        """Let the periods begin elsewhere from a day on."""
        self.billing = replace(self.billing, grid=grid)
        if self.since:
            self.since = min(self.since, since)

    def compute(self, through, since=None):
        return charging.charge(self.billing, self.segments, self.booked, through, since)

    def run(self, through, loose=False):
        """Bill through a day and return the new pieces."""
        outcome = self.compute(through, self.since)
        self.booked = [b for b in self.booked if b.key not in outcome.void]
        for piece in outcome.pieces:
            if piece.reuses is None:
                self.book(piece)
            else:
                self.carry(piece.reuses)
        self.since = outcome.settled_until
        if loose:
            self.release()
        return outcome.pieces

    def book(self, piece):
        key = len(self.booked) and max(b.key for b in self.booked) + 1 or 1
        self.booked.append(
            Booked(
                key,
                piece.kind,
                piece.period.start,
                piece.period.end,
                piece.start,
                piece.end,
                piece.terms,
                piece.amount,
                piece.corrects,
            )
        )

    def carry(self, key):
        self.booked = [replace(b, loose=False) if b.key == key else b for b in self.booked]

    def release(self, keys=None):
        """Take charges off their invoice, as deleting a draft does."""
        for index, booked in enumerate(self.booked):
            if keys is None or booked.key in keys:
                self.booked[index] = replace(booked, loose=True)
                if self.since:
                    self.since = min(self.since, booked.period_start)

    @property
    def total(self):
        return sum((b.amount for b in self.booked), Decimal(0))


def oracle_round(value, unit):
    return (value / unit).quantize(Decimal(1), rounding=ROUND_HALF_UP) * unit


def oracle_boundaries(anchor, months, first, last):
    """Return month boundaries from the first at or before ``first`` to one after ``last``."""

    def nth(n):
        count = anchor.year * 12 + anchor.month - 1 + n * months
        for day in (anchor.day, 30, 29, 28):
            try:
                return date(count // 12, count % 12 + 1, day)
            except ValueError:
                continue
        raise AssertionError

    n = 0
    while nth(n) > first:
        n -= 1
    result = [nth(n)]
    while result[-1] <= last:
        n += 1
        result.append(nth(n))
    return result


def oracle_weights(days, method, months):
    """Return what each day of a period weighs, as fractions that add up to 1.

    :param list days: the days of the period
    :param str method: ``actual``, ``30e360`` or ``month``
    :param list months: the boundaries of the months of the period
    """
    if method == "month" and len(months) > 2:
        weights = []
        for day in days:
            first, last = next((a, b) for a, b in zip(months, months[1:], strict=False) if a <= day < b)
            weights.append(Fraction(1, (last - first).days * (len(months) - 1)))
        return weights
    if method == "30e360":
        after = [day + ONE_DAY for day in days]
        weights = [
            360 * (b.year - a.year) + 30 * (b.month - a.month) + min(b.day, 30) - min(a.day, 30)
            for a, b in zip(days, after, strict=True)
        ]
        if sum(weights):
            return [Fraction(weight, sum(weights)) for weight in weights]
    return [Fraction(1, len(days))] * len(days)


def oracle_total(boundaries, terms_of, unit, method="actual", months_of=None):
    """Price periods day by day.

    :param list boundaries: the first days of the periods, the last one closing
    :param terms_of: function of a day that returns its terms, ``None`` where nothing is owed
    :param Decimal unit: the currency's smallest unit
    :param str method: how days are weighed, or ``none`` where each started period is owed in full
    :param months_of: function of a period's first day and the day after, that returns the
        boundaries of its months
    """
    return sum(
        (
            oracle_period(start, end, terms_of, unit, method, months_of(start, end) if months_of else [])
            for start, end in zip(boundaries, boundaries[1:], strict=False)
        ),
        Decimal(0),
    )


def oracle_period(start, end, terms_of, unit, method="actual", months=()):
    """Price one period day by day; see ``oracle_total``."""
    days = [start + timedelta(days=n) for n in range((end - start).days)]
    shares = {}
    for day, weight in zip(days, oracle_weights(days, method, list(months)), strict=True):
        terms = terms_of(day)
        if terms:
            exact = terms.quantity * terms.price * (100 - terms.discount) / 100
            whole = oracle_round(exact, unit)
            if method == "none":
                return whole
            shares[whole] = shares.get(whole, 0) + weight
    return sum(
        (
            oracle_round(whole * share.numerator / share.denominator, unit)
            for whole, share in shares.items()
        ),
        Decimal(0),
    )  # fmt: skip


__all__ = ["Segment", "make_terms", "make_billing", "Ledger", "oracle_total"]
