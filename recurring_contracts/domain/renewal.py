"""What a renewal offers: uplifted prices, lines merged or kept apart."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from .money import HUNDRED, ZERO, round_half_up

MERGE_NONE = "none"
MERGE_PRICE = "price"
MERGE_PRODUCT = "product"

# A price that stands for several others keeps this many decimals at most.
PRICE_STEP = Decimal("0.000001")


@dataclass(frozen=True)
class Offer:
    """One line of a renewal.

    :param product: identity of the product with its unit
    :param Decimal quantity: in that unit
    :param Decimal price: of one unit for one billing period
    :param Decimal discount: in percent
    :param tuple taxes: ids of the taxes, sorted
    :param date start: the first day of the renewed service
    :param tuple origins: the items that the line carries on, the first one standing for them
    """

    product: object
    quantity: Decimal
    price: Decimal
    discount: Decimal
    taxes: tuple
    start: date
    origins: tuple

    @property
    def exact(self):
        return self.quantity * self.price * (HUNDRED - self.discount) / HUNDRED


def uplift(price, percent, rounding):
    """Return ``price`` raised by ``percent`` (lowered where negative).

    The result has the decimals of the currency, or of the old price where that has more.

    :param Decimal price: the old price
    :param Decimal percent: such as 5 for five percent
    :param Decimal rounding: the currency's smallest unit
    :rtype: Decimal
    """
    own = Decimal(1).scaleb(min(price.normalize().as_tuple().exponent, 0))
    return round_half_up(price * (HUNDRED + percent) / HUNDRED, min(own, rounding))


def merge(offers, by, rounding):
    """Merge lines of one product, taxes and first day; the total stays the same to the cent.

    :param list[Offer] offers: in order
    :param str by: ``none``, ``price`` (same price and discount too) or ``product``
    :param Decimal rounding: the currency's smallest unit
    :rtype: list[Offer]
    """
    if by == MERGE_NONE:
        return list(offers)
    groups = {}
    for offer in offers:
        key = (offer.product, offer.taxes, offer.start)
        if by == MERGE_PRICE:
            key += (offer.price, offer.discount)
        groups.setdefault(key, []).append(offer)
    return [merged for group in groups.values() for merged in _merge_group(group, rounding)]


def _merge_group(group, rounding):
    first = group[0]
    quantity = sum((offer.quantity for offer in group), ZERO)
    origins = tuple(origin for offer in group for origin in offer.origins)
    total = sum((round_half_up(offer.exact, rounding) for offer in group), ZERO)
    merged = replace(first, quantity=quantity, origins=origins)
    if round_half_up(merged.exact, rounding) == total:
        return [merged]
    if quantity:
        price = round_half_up(total / quantity, PRICE_STEP)
        merged = replace(merged, price=price, discount=ZERO)
        if round_half_up(merged.exact, rounding) == total:
            return [merged]
    return group
