"""How the price of a contract is shared among what it promises.

Each performance obligation bears the share of the transaction price that its stand-alone selling
price has in the sum of all (IFRS 15.73 to 15.86; ASC 606-10-32-28 to 32-41). All amounts are in one
currency and without tax.
"""

from collections.abc import Hashable
from decimal import Decimal
from typing import NamedTuple

from odoo.addons.recurring_contracts.domain.money import ZERO, round_half_up

AMOUNT = "amount"
RANGE = "range"
RESIDUAL = "residual"
LIST = "list"


class Promise(NamedTuple):
    """One performance obligation before allocation.

    :param key: its identity
    :param Decimal price: the price stated for it in the contract
    :param standalone: its stand-alone selling price as a Decimal, ``None`` where it is so variable
        or uncertain that the obligation takes the residual (IFRS 15.79(c))
    :param bool bears_discount: whether it takes part in the contract's discount; see ``allocate``
    """

    key: Hashable
    price: Decimal
    standalone: Decimal | None
    bears_discount: bool = True


class Share(NamedTuple):
    """What allocation gives one performance obligation.

    :param Decimal standalone: the stand-alone selling price that was used, a residual filled in
    :param Decimal amount: its share of the transaction price, a multiple of the rounding
    :param Decimal remainder: what of ``amount`` is the cents that rounding left over
    """

    standalone: Decimal
    amount: Decimal
    remainder: Decimal


def standalone_in_range(price, low, high):
    """Return the stand-alone selling price where it is observed as a range.

    A stated price within the range is itself a stand-alone selling price; otherwise the range's
    mid-point is the estimate.

    :param Decimal price: the stated price
    :param Decimal low: the lowest price observed
    :param Decimal high: the highest price observed
    :rtype: Decimal
    :raise ValueError: where the range is empty
    """
    if low > high:
        raise ValueError(f"a range cannot go from {low} to {high}")
    return price if low <= price <= high else (low + high) / 2


def allocate(total, promises, rounding):
    """Share the transaction price among the obligations.

    A discount is shared by all in proportion to their stand-alone selling prices, unless it is
    known to belong to some of them only (IFRS 15.82): then the others get their stand-alone selling
    price, and those that bear the discount share what is left. The residual approach comes after
    that (IFRS 15.83), and gives what the others leave. Where nothing is left for those that bear
    the discount, the condition cannot hold, and all bear it.

    Each share is rounded by itself. What this leaves over goes to the largest share, the first one
    of equals.

    :param Decimal total: the transaction price, a multiple of ``rounding``
    :param list[Promise] promises: the obligations, in order
    :param Decimal rounding: the smallest unit of the currency
    :return: the shares by key; their amounts add up to ``total``
    :rtype: dict[Hashable, Share]
    :raise ValueError: without obligations
    """
    if not promises:
        raise ValueError("a price cannot be allocated to nothing")
    if total < 0:
        shares = allocate(-total, promises, rounding)
        return {key: Share(share.standalone, -share.amount, -share.remainder) for key, share in shares.items()}
    fixed = {
        promise.key: round_half_up(promise.standalone, rounding)
        for promise in promises
        if promise.standalone is not None and not promise.bears_discount
    }
    bearing = [promise for promise in promises if promise.key not in fixed]
    left = total - sum(fixed.values(), ZERO)
    discount = sum((p.standalone or ZERO for p in promises), ZERO) - total
    # the others keep their stand-alone price only while there is a discount, and room for it
    if not bearing or left <= 0 or (discount <= 0 and _residuals(promises) == []):
        fixed, bearing, left = {}, list(promises), total
    weights = _weights(left, bearing)
    shares = _in_proportion(left, weights, rounding)
    for promise in promises:
        if promise.key in fixed:
            shares[promise.key] = Share(promise.standalone, fixed[promise.key], ZERO)
    return {promise.key: shares[promise.key] for promise in promises}


def has_observed_discount(discount, bundle_standalone, bundle_price, rounding):
    """Return whether a discount belongs to some obligations only (IFRS 15.82(c)).

    It does where these are regularly sold together, and the discount of that bundle is
    substantially the contract's.

    :param Decimal discount: the contract's: the sum of all stand-alone selling prices less its price
    :param Decimal bundle_standalone: the sum of the stand-alone selling prices of those obligations
    :param Decimal bundle_price: for how much they are regularly sold together
    :param Decimal rounding: the smallest unit of the currency
    :rtype: bool
    """
    return discount > 0 and abs(bundle_standalone - bundle_price - discount) < rounding


def _residuals(promises):
    return [promise for promise in promises if promise.standalone is None]


def _weights(total, promises):
    """Return the stand-alone selling price of each promise, residuals filled in."""
    weights = {promise.key: promise.standalone for promise in promises if promise.standalone is not None}
    residuals = _residuals(promises)
    residual = max(abs(total) - sum(weights.values(), ZERO), ZERO)
    stated = sum((abs(promise.price) for promise in residuals), ZERO)
    for promise in residuals:
        part = abs(promise.price) / stated if stated else Decimal(1) / len(residuals)
        weights[promise.key] = residual * part
    if not any(weights.values()):
        # nothing is known but what the contract states
        weights = {promise.key: abs(promise.price) for promise in promises}
    if not any(weights.values()):
        weights = {promise.key: Decimal(1) for promise in promises}
    return weights


def _in_proportion(total, weights, rounding):
    whole = sum(weights.values(), ZERO)
    amounts = {key: round_half_up(total * weight / whole, rounding) for key, weight in weights.items()}
    left = total - sum(amounts.values(), ZERO)
    shares = {}
    for key in sorted(weights, key=lambda key: weights[key], reverse=True):
        # of minute totals the largest share may not hold all that the others were rounded up
        remainder = max(left, -amounts[key])
        shares[key] = Share(weights[key], amounts[key] + remainder, remainder)
        left -= remainder
    return shares
