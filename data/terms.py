"""What a book sells and how it changes, day by day, as its files say it; for the referee.

Terms are found for each day from what was agreed, not from a journal of the addons.
"""

import calendar
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

DAY = timedelta(days=1)
FOREVER = date.max


@dataclass(frozen=True)
class Terms:
    """What holds on a day: quantity, price of one unit for one period, discount in percent."""

    quantity: Decimal
    price_unit: Decimal
    discount: Decimal
    suspended: bool = False

    def whole(self, rounding):
        """Return the price of one whole period, rounded."""
        return round_half_up(self.quantity * self.price_unit * (1 - self.discount / 100), rounding)


@dataclass
class Sold:
    """One thing that was sold.

    :param str ref: external id of the item; empty where it has none
    :param Terms terms: those of its first day
    :param date start: first day in force
    :param date end: last day in force, or ``FOREVER``
    :param date billed_through: last day that was billed before the opening, or ``None``
    :param dict plan: the row of its plan
    :param int own_day: the customer's own billing day
    :param date anchor: the day from which its billing periods are counted
    :param tuple uplift: its own rule for renewals: mode, percent, index
    :param list changes: ``(first day, number, name, value)`` of each change of its terms
    :param Decimal included: of something charged by usage, what a period includes; otherwise ``None``
    """

    ref: str
    currency: str
    one_time: bool
    terms: Terms
    start: date
    end: date
    billed_through: date | None
    plan: dict
    own_day: int
    anchor: date
    renewable: bool = True
    uplift: tuple = ("", "", "")
    changes: list = field(default_factory=list)
    included: Decimal | None = None

    def change(self, day, name, value):
        """Let a value hold from a day on; of a quantity the difference is carried through later changes."""
        known = getattr(self.terms_on(day), name)
        if value != known:
            value = value - known if name == "quantity" else value
            self.changes.append((day, len(self.changes), name, value))

    def give_free(self, periods):
        """Let the first periods, counted from the first day, cost nothing."""
        if periods:
            agreed, self.terms = self.terms.discount, replace(self.terms, discount=Decimal(100))
            self.changes.insert(0, (self.period_start(periods), -1, "discount", agreed))

    def pay_in_instalments(self, count, rounding):
        """Take the price of a period as a total that is paid in equal parts, one a period, the cents spread."""
        if not count:
            return
        total = self.terms.whole(rounding)
        marks = [round_half_up(total * number / count, rounding) for number in range(count + 1)]
        self.terms = Terms(Decimal(1), marks[1], Decimal(0))
        for number in range(1, count):
            self.change(self.period_start(number), "price_unit", marks[number + 1] - marks[number])
        self.end = self.period_start(count) - DAY

    def period_start(self, number):
        """Return the first day of a period of months or years, counted from the item's first day."""
        months = int(self.plan["billing_count"]) * (12 if self.plan["billing_unit"] == "year" else 1)
        return month_day(self.start, number * months, self.start.day)

    def terms_on(self, day):
        """Return the terms of a day, whether or not the item is in force then."""
        if not self.changes:
            return self.terms
        terms = self.terms
        for first, _number, name, value in sorted(self.changes):
            if first <= day:
                value = terms.quantity + value if name == "quantity" else value
                terms = replace(terms, **{name: value})
        return terms


@dataclass
class Deal:
    """A contract: its rows, its plan and what it sold.

    :param dict row: the first row of the contract
    :param list items: its :class:`Sold`
    """

    row: dict
    plan: dict
    start: date
    end: date
    items: list

    def amend(self, amendment, one_time):
        """Apply an amendment of the diary.

        :param Amendment amendment: of any action but ``undo``
        :param bool one_time: of an added item, whether it is charged once
        """
        mine = [item for item in self.items if amendment.item in ("", item.ref)]
        if amendment.action == "add":
            self.items.append(self._added(amendment, one_time))
        elif amendment.action != "payer":
            getattr(self, f"_{amendment.action}")(mine, amendment)

    def _change(self, mine, amendment):
        for name, value in amendment.terms.items():
            mine[0].change(amendment.effective, name, value)

    def _suspend(self, _mine, amendment):
        for item in self.items:
            if item.start <= amendment.effective <= item.end:
                item.change(amendment.effective, "suspended", amendment.action == "suspend")

    _resume = _suspend

    def _end(self, mine, amendment):
        for item in mine:
            item.end = min(item.end, amendment.effective)
        self.end = self.end if amendment.item else amendment.effective

    def _extend(self, mine, amendment):
        for item in mine:
            item.end = amendment.effective if item.end == self.end else item.end
        self.end = amendment.effective

    def _transfer(self, mine, amendment):
        """Let another customer go on at the same terms; each of them pays his own days."""
        for item in mine:
            if item.start <= amendment.effective <= item.end and not item.one_time:
                self._part(item, amendment.effective)

    def _swap(self, mine, amendment):
        """Let another product take an item's place, at the price that was agreed."""
        successor = self._part(mine[0], amendment.effective)
        for name, value in amendment.terms.items():
            successor.change(amendment.effective, name, value)

    def _part(self, item, day):
        """End an item the day before, and return what goes on from the day at its terms."""
        successor = replace(item, ref="", start=day, terms=item.terms_on(day), changes=[], billed_through=None)
        if item.billed_through and item.billed_through >= day:
            raise ValueError(f"{item.ref} was billed before the opening through a day after {day}")
        item.end = day - DAY
        self.items.append(successor)
        return successor

    def _added(self, amendment, one_time):
        """Return an item that is added in the course of the contract, billed along with the others."""
        first = next(item for item in self.items if not item.one_time)
        terms = Terms(**{"discount": Decimal(0)} | amendment.terms)
        return Sold(
            amendment.ref, first.currency, one_time, terms, amendment.effective, self.end, None,
            self.plan, first.own_day, first.anchor,
        )  # fmt: skip


def month_day(start, months, day):
    """Return a day of the month that lies some months after ``start``, at most that month's last."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(day, calendar.monthrange(year, month + 1)[1]))


def round_half_up(value, rounding):
    """Return a Decimal rounded to a multiple, halves away from zero."""
    return (value / rounding).quantize(Decimal(1), ROUND_HALF_UP) * rounding
