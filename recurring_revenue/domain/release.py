"""What a close moves from deferred revenue to revenue, schedule by schedule and grouped."""

import datetime
from decimal import Decimal
from typing import NamedTuple

from odoo.addons.recurring_contracts.domain.money import ZERO

from .correction import Correction, Service, corrected, correction_amount
from .recognition import cumulative


class ScheduleState(NamedTuple):
    """A schedule as a close finds it: what is to be earned, and what was recognised so far.

    Amounts are signed, positive for revenue; ``opening`` is what another system had recognised and
    is part of ``recognised``. Each amount stands in company currency and in the schedule's own.

    ``corrections`` are those of an original. A correction itself names in ``corrects`` the days and
    method of its original, and in ``correction`` what it changes there.

    ``is_cutoff`` tells that the invoice credited revenue: see ``accrual``.
    """

    id: int
    method: str
    cancelled: bool
    start: datetime.date
    end: datetime.date
    currency_id: int
    deferred_account_id: int
    revenue_account_id: int
    analytic: str | None
    total: Decimal
    total_currency: Decimal
    recognised: Decimal
    recognised_currency: Decimal
    opening: Decimal
    opening_currency: Decimal
    corrections: tuple[Correction, ...] = ()
    corrects: Service | None = None
    correction: Correction | None = None
    is_cutoff: bool = False
    partner_id: int | None = None
    contract_id: int | None = None
    kind: str | None = None
    steps: tuple = ()
    adjustments: tuple = ()
    on_hold: bool = False

    def due(self, upto, rounding, rounding_currency):
        """Return what must be recognised for all that is earned before the day ``upto``.

        :param datetime.date upto: the day before which it was earned
        :param Decimal rounding: the smallest unit of the company's currency
        :param Decimal rounding_currency: the smallest unit of the schedule's currency
        :return: the amounts in company currency and in the schedule's
        :rtype: tuple[Decimal, Decimal]
        """
        if self.on_hold and not self.cancelled:
            return ZERO, ZERO
        if self.cancelled:
            earned, earned_currency = self.opening, self.opening_currency
        else:
            earned = self._earned("total", upto, rounding)
            earned_currency = self._earned("total_currency", upto, rounding_currency)
        return earned - self.recognised, earned_currency - self.recognised_currency

    def standing(self, upto, rounding, rounding_currency):
        """Return what is invoiced and not earned before the day ``upto``, of a schedule in force.

        :return: the amounts in company currency and in the schedule's
        :rtype: tuple[Decimal, Decimal]
        """
        if self.cancelled:
            return ZERO, ZERO
        if self.on_hold:
            return self.total - self.recognised, self.total_currency - self.recognised_currency
        return (
            self.total - self._earned("total", upto, rounding),
            self.total_currency - self._earned("total_currency", upto, rounding_currency),
        )

    def _earned(self, name, upto, rounding):
        """Return what is earned of ``total`` or ``total_currency``, credits considered."""
        total = getattr(self, name)
        if self.corrects:
            return correction_amount(total, self.correction, self.corrects, upto, rounding)
        if self.corrections:
            service = Service(self.start, self.end, self.method, self.steps, self.adjustments)
            amounts = [getattr(correction, name) for correction in self.corrections]
            return corrected(total, service, upto, rounding, amounts, self.corrections)
        return cumulative(total, self.start, self.end, self.method, upto, rounding, self.steps, self.adjustments)


class Release:
    """Amounts of one close that share their pair of journal items.

    In a foreign currency revenue and taking back stand apart, since a journal item's amounts in
    both currencies must have the same sign.
    """

    def __init__(self, number, source):
        """Start a group.

        :param int number: its position among the groups of the close
        :param source: a ``ScheduleState`` or ``Accrual`` of the group
        """
        self.number = number
        self.kind = source.kind
        self.currency_id = source.currency_id
        self.deferred_account_id = source.deferred_account_id
        self.revenue_account_id = source.revenue_account_id
        self.analytic = source.analytic
        self.amount = self.amount_currency = ZERO
        self.count = 0
        # what all sources of the group have in common
        self.partner_id = source.partner_id
        self.contract_id = source.contract_id
        self.schedule_id = source.id

    def add(self, source, amount, amount_currency):
        """Add what is due of one schedule."""
        self.amount += amount
        self.amount_currency += amount_currency
        self.count += 1
        if source.partner_id != self.partner_id:
            self.partner_id = None
        if source.contract_id != self.contract_id:
            self.contract_id = None
        if source.id != self.schedule_id:
            self.schedule_id = None

    def parts(self):
        """Return the group's amounts such that each part's two amounts have the same sign.

        :rtype: list[tuple[Decimal, Decimal]]
        """
        if self.amount * self.amount_currency >= 0:
            return [(self.amount, self.amount_currency)]
        return [(self.amount, ZERO), (ZERO, self.amount_currency)]


BY_ACCOUNT = "account"
BY_PARTNER = "partner"
BY_CONTRACT = "contract"
BY_LINE = "line"
GROUPINGS = {
    BY_ACCOUNT: lambda source: None,
    BY_PARTNER: lambda source: source.partner_id,
    BY_CONTRACT: lambda source: (source.partner_id, source.contract_id),
    BY_LINE: lambda source: source.id or source,
}


class Releases:
    """The groups of one close, found by what their journal items have in common."""

    def __init__(self, company_currency_id, grouping=BY_ACCOUNT):
        """Start without groups.

        :param int company_currency_id: the company's currency
        :param str grouping: what beside accounts and analytic distribution keeps journal items
            apart; a key of ``GROUPINGS``
        """
        self._company_currency_id = company_currency_id
        self._get_part = GROUPINGS[grouping]
        self._by_key = {}

    def __iter__(self):
        return iter(self._by_key.values())

    def add(self, source, amount, amount_currency):
        """Add what is due of one schedule to its group.

        :param source: the ``ScheduleState`` or ``Accrual``
        :param Decimal amount: signed, in company currency
        :param Decimal amount_currency: signed, in the source's currency
        :return: the group's number
        :rtype: int
        """
        sign = 0
        if source.currency_id != self._company_currency_id:
            sign = (min(amount, amount_currency) >= 0) - (max(amount, amount_currency) <= 0)
        key = (
            source.kind,
            source.currency_id,
            source.deferred_account_id,
            source.revenue_account_id,
            source.analytic,
            sign,
            self._get_part(source),
        )
        release = self._by_key.get(key)
        if not release:
            release = self._by_key[key] = Release(len(self._by_key), source)
        release.add(source, amount, amount_currency)
        return release.number
