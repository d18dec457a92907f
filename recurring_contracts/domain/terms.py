"""What an item costs and to whom, over a range of days."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .money import HUNDRED, ZERO, round_half_up


@dataclass(frozen=True)
class Terms:
    """The commercial terms of an item on one day.

    :param Decimal quantity: in the item's unit of measure
    :param Decimal price: of one unit for one whole billing period, in the contract's currency and
        in the tax basis of its taxes
    :param Decimal discount: in percent
    :param tuple taxes: ids of the taxes, sorted
    :param payer: id of the partner who is invoiced
    :param bool suspended: whether the service is suspended
    :param bool billed_suspended: whether its days are owed although it is suspended
    """

    quantity: Decimal = ZERO
    price: Decimal = ZERO
    discount: Decimal = ZERO
    taxes: tuple = ()
    payer: int | None = None
    suspended: bool = False
    billed_suspended: bool = False

    @property
    def exact(self):
        """The price of one whole period, unrounded."""
        return self.quantity * self.price * (HUNDRED - self.discount) / HUNDRED

    def whole(self, rounding):
        """Return the price of one whole period (W), rounded to the currency's smallest unit."""
        return round_half_up(self.exact, rounding)


@dataclass(frozen=True)
class Segment:
    """Terms in force over the half-open days ``[start, end)``; ``end`` may be ``None`` (open)."""

    start: date
    end: date | None
    terms: Terms

    def covers(self, day):
        return self.start <= day and (self.end is None or day < self.end)
