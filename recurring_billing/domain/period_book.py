"""Pieces of one period that add up exactly, whatever is credited and charged anew."""

from odoo.addons.recurring_contracts.domain.money import ZERO, round_half_up
from odoo.addons.recurring_contracts.domain.proration import get_measure

from .charges import RECURRING, ROUNDING, Piece
from .days import subtract


class Line:
    """An existing charge with what credits have left of its days and of its amount."""

    def __init__(self, booked, whole):
        self.booked = booked
        self.whole = whole
        self.days = [(booked.start, booked.end)]
        self.amount = booked.amount

    def correct(self, booked):
        self.amount += booked.amount
        if booked.kind != ROUNDING:
            self.days = subtract(self.days, [(booked.start, booked.end)])


class Bucket:
    """What of a period is charged at one whole price: its units and its amount."""

    def __init__(self, whole, total, rounding):
        self.whole = whole
        self.total = total
        self.rounding = rounding
        self.units = 0
        self.amount = ZERO

    def target(self, units=None):
        """Return what ``units`` (by default those covered now) cost together."""
        units = self.units if units is None else units
        return round_half_up(self.whole * units / self.total, self.rounding)


class PeriodBook:
    """Turns the removed and the fresh days of one period into pieces that add up exactly."""

    def __init__(self, billing, period, lines):
        self.billing = billing
        self.period = period
        self.lines = lines
        self.measure, self.total = get_measure(billing.grid, period, billing.proration)
        self.buckets = {}
        self.pieces = []
        for line in lines:
            bucket = self.bucket(line.whole)
            bucket.units += self.measure(line.days)
            bucket.amount += line.amount

    def bucket(self, whole):
        if whole not in self.buckets:
            self.buckets[whole] = Bucket(whole, self.total, self.billing.rounding)
        return self.buckets[whole]

    def book(self, removed, fresh, due_of):
        """Return the pieces.

        :param dict removed: the days to credit, by line
        :param list fresh: ``(start, end, terms)`` of the days to charge
        :param due_of: function of a range of days that returns when its piece is due
        """
        touched = {}
        for line in reversed(self.lines):
            for start, end in reversed(removed[line]):
                due = due_of(start, end)
                touched[line.whole] = max(due, touched.get(line.whole, due))
                self._credit(line, start, end, due)
        self.pieces.reverse()
        for start, end, terms in fresh:
            due, whole = due_of(start, end), terms.whole(self.billing.rounding)
            touched[whole] = max(due, touched.get(whole, due))
            self._charge(start, end, terms, due)
        for whole, due in touched.items():
            self._even_out(self.buckets[whole], due)
        return self.pieces

    def _credit(self, line, start, end, due):
        """Credit days of a line: its share or, with its last day, exactly what is left of it."""
        bucket = self.bucket(line.whole)
        units = self.measure([(start, end)])
        line.days = subtract(line.days, [(start, end)])
        bucket.units -= units
        amount = bucket.amount - bucket.target() if line.days else line.amount
        amount = _clamp(amount, line.amount)
        line.amount -= amount
        bucket.amount -= amount
        self._add(
            RECURRING, start, end, line.booked.terms, bucket, bucket.units, units, -amount, due,
            line.booked.key,
        )  # fmt: skip

    def _charge(self, start, end, terms, due):
        """Charge days. The piece takes along the cents that full credits left in its bucket."""
        bucket = self.bucket(terms.whole(self.billing.rounding))
        units, before = self.measure([(start, end)]), bucket.units
        exact = bucket.target(before + units) - bucket.target(before)
        amount = bucket.target(before + units) - bucket.amount
        if not _same_sign(amount, bucket.whole):
            amount = exact
        bucket.units += units
        bucket.amount += amount
        self._add(RECURRING, start, end, terms, bucket, before, units, amount, due)

    def _even_out(self, bucket, due):
        """Put the cents that are over or short in a bucket on its latest charges that stay.

        A charge whose every day is credited gets back exactly what it cost, which may differ by
        cents from its share of what the others cost together.
        """
        for line in reversed([line for line in self.lines if line.whole == bucket.whole]):
            short = bucket.target() - bucket.amount
            if not short:
                return
            if not line.days:
                continue
            amount = short if _same_sign(short, bucket.whole) else -_clamp(-short, line.amount)
            if amount:
                line.amount += amount
                bucket.amount += amount
                self._add(
                    ROUNDING, line.booked.start, line.booked.end, line.booked.terms, bucket,
                    bucket.units, 0, amount, due, line.booked.key,
                )  # fmt: skip

    def _add(self, kind, start, end, terms, bucket, before, units, amount, due, corrects=None):
        self.pieces.append(
            Piece(
                kind,
                self.period,
                start,
                end,
                terms,
                bucket.whole,
                before,
                units,
                self.total,
                amount,
                due,
                corrects,
            )  # fmt: skip
        )


def _same_sign(amount, other):
    return not amount or (amount > 0) == (other > 0)


def _clamp(amount, limit):
    """Return ``amount``, but never more than ``limit`` nor of another sign."""
    return max(ZERO, min(amount, limit)) if limit >= 0 else min(ZERO, max(amount, limit))
