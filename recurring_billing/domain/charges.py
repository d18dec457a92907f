"""What the charging engine takes and gives: how an item is billed, charges that exist, pieces to book."""

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from odoo.addons.recurring_contracts.domain.money import ZERO, round_half_up
from odoo.addons.recurring_contracts.domain.periods import Grid, Period
from odoo.addons.recurring_contracts.domain.terms import Terms

RECURRING = "recurring"
ONE_TIME = "one_time"
USAGE = "usage"
OPENING = "opening"
ROUNDING = "rounding"

SEPARATE = "separate"
MERGE = "merge"

ADVANCE = "advance"
ARREARS = "arrears"

NEVER = date.max


@dataclass(frozen=True)
class Billing:
    """How one item is billed: frozen where it was sold.

    :param str charge_type: ``recurring``, ``one_time`` or ``usage``
    :param Grid grid: the billing periods, a ``MovedGrid`` where their boundaries were moved
    :param str timing: ``advance`` or ``arrears``
    :param str proration: ``actual``, ``30e360``, ``month`` or ``none``
    :param Decimal rounding: the currency's smallest unit
    :param floor: the first day that is billed here at all, ``None`` for no limit; earlier days
        were billed in another system and are neither charged nor credited
    :param str stub: ``merge`` where a partial first period is due together with the next one:
        in advance both with the item's first day, in arrears both after the second
    :param bool last_day: whether the last day in force is charged
    :param Decimal included: by usage, how many units each period includes without charge
    :param returned: of a deposit, the first day on which it is given back, where that is known
    """

    charge_type: str
    grid: Grid
    timing: str
    proration: str
    rounding: Decimal
    floor: date | None = None
    stub: str = SEPARATE
    last_day: bool = True
    included: Decimal = ZERO
    returned: date | None = None

    def round(self, amount):
        return round_half_up(amount, self.rounding)


@dataclass(frozen=True)
class Booked:
    """A charge that exists and is not void.

    :param key: its identity
    :param str kind: ``recurring``, ``one_time``, ``opening`` or ``rounding``
    :param date period_start: first day of its billing period
    :param date period_end: the day after the last of its billing period
    :param date start: first day that it covers or, as a credit, uncovers
    :param date end: the day after the last such day
    :param Terms terms: the terms that it was computed with
    :param Decimal amount: negative where it credits a positive price
    :param corrects: key of the charge that it corrects, ``None`` for a charge in its own right
    :param bool loose: on no invoice, so that it may still be replaced instead of credited
    """

    key: Hashable
    kind: str
    period_start: date
    period_end: date
    start: date
    end: date
    terms: Terms
    amount: Decimal
    corrects: Hashable = None
    loose: bool = False


@dataclass(frozen=True)
class Piece:
    """A charge to book.

    :param str kind: ``recurring``, ``one_time``, ``opening`` or ``rounding``
    :param Period period: its billing period
    :param date start: first day that it covers or, as a credit, uncovers
    :param date end: the day after the last such day
    :param Terms terms: the terms that it is computed with
    :param Decimal whole: the price of the whole period at these terms (W)
    :param int before: units of the period already covered at the same price (c)
    :param int units: its own units (k)
    :param int total: units of the whole period (n)
    :param Decimal amount: what is owed, negative where a positive price is credited
    :param date due: the first day on which it is owed
    :param corrects: key of the charge that it corrects
    :param reuses: key of a loose charge that says exactly this and stays
    :param Decimal used: by usage, how many units were used at these terms in the period
    :param Decimal included: by usage, how many of them the period includes
    """

    kind: str
    period: Period
    start: date
    end: date
    terms: Terms
    whole: Decimal
    before: int
    units: int
    total: int
    amount: Decimal
    due: date
    corrects: Hashable = None
    reuses: Hashable = None
    used: Decimal = ZERO
    included: Decimal = ZERO

    def says(self, booked):
        """Tell whether the existing charge ``booked`` is this very piece."""
        return (
            self.kind == booked.kind
            and (self.period.start, self.period.end) == (booked.period_start, booked.period_end)
            and (self.start, self.end) == (booked.start, booked.end)
            and self.terms == booked.terms
            and self.amount == booked.amount
            and self.corrects == booked.corrects
        )


@dataclass(frozen=True)
class Outcome:
    """What is to be booked for an item.

    :param list[Piece] pieces: in order of period and day, credits before what replaces them
    :param list void: keys of loose charges that no longer hold
    :param date settled_until: first day of the first period for which something may still come;
        ``NEVER`` where nothing will unless the terms change
    :param date next_due: before this day nothing more is due unless the terms change
    """

    pieces: list
    void: list
    settled_until: date = NEVER
    next_due: date = NEVER
