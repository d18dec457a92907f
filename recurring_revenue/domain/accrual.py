"""What stands on the balance sheet at the end of a period only, and is taken back the next day.

Two things do. Under *cut-off* booking an invoice credits revenue directly, and what of it is not
earned is deferred at the end of the period. And under either booking, what was earned and not yet
invoiced is accrued income, what is owed back and not yet credited is a refund liability (IFRS 15.105
to 15.108 and B20; French general chart of accounts: 487, 418 and 4198).
"""

from decimal import Decimal
from typing import NamedTuple

from odoo.addons.recurring_contracts.domain.money import ZERO, round_half_up

DEFERRED = "deferred"
UNBILLED = "unbilled"
CREDIT = "credit"


class Accrual(NamedTuple):
    """An amount that a close puts on the balance sheet: of a schedule or of a contract's item.

    Its other names are those of ``release.ScheduleState``, so that both are grouped alike. Amounts
    go along with it, signed like their effect on revenue: below zero where revenue is deferred.

    :param str kind: ``DEFERRED``, ``UNBILLED`` or ``CREDIT``
    :param int deferred_account_id: the balance sheet account
    """

    kind: str
    currency_id: int
    deferred_account_id: int
    revenue_account_id: int
    analytic: str | None
    partner_id: int | None = None
    contract_id: int | None = None
    schedule_id: int | None = None
    item_id: int | None = None

    @property
    def id(self):
        return self.schedule_id


class Pending(NamedTuple):
    """A charge or credit that no posted invoice bears yet.

    :param Decimal earned: what of it was earned (or, as a credit, no longer is) through the period's
        end, in company currency
    :param Decimal earned_currency: the same in its own currency
    :param Decimal total_currency: all of it
    """

    earned: Decimal
    earned_currency: Decimal
    total_currency: Decimal


class Unbilled(NamedTuple):
    """What contracts have earned or owe that no posted invoice bears.

    :param list accruals: ``(Accrual, amount, amount in currency)``, signed like their effect on revenue
    :param dict corrections: by schedule id, the ``Correction`` of credits that are owed
    """

    accruals: list
    corrections: dict


def positions(pending, rounding):
    """Return what must stand on the balance sheet for what is earned or owed and not invoiced.

    Charges and credits are set off against each other: a raise that credits the old quantity and
    charges the new one owes nothing back. Of a position against the company as much is a refund
    liability as the customer will be credited on balance; the rest is service still to be rendered.

    :param list[Pending] pending: what one payer owes or is owed for one item
    :param Decimal rounding: the smallest unit of the company's currency
    :return: kind, amount and amount in currency, signed like their effect on revenue
    :rtype: list[tuple[str, Decimal, Decimal]]
    """
    amount = sum((each.earned for each in pending), ZERO)
    amount_currency = sum((each.earned_currency for each in pending), ZERO)
    if not amount and not amount_currency:
        return []
    if (amount_currency or amount) > 0:
        return [(UNBILLED, amount, amount_currency)]
    owed = max(ZERO, -sum((each.total_currency for each in pending), ZERO))
    refund_currency = max(amount_currency, -owed)
    refund = amount
    if refund_currency != amount_currency:
        refund = round_half_up(amount * refund_currency / amount_currency, rounding)
    parts = [(CREDIT, refund, refund_currency), (DEFERRED, amount - refund, amount_currency - refund_currency)]
    return [part for part in parts if part[1] or part[2]]
