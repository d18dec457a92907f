"""What a change of a contract does to revenue (IFRS 15.18 to 15.21; ASC 606-10-25-10 to 25-13)."""

from decimal import Decimal
from typing import NamedTuple

from odoo.addons.recurring_contracts.domain.money import HUNDRED, ZERO

from .allocation import allocate

AUTOMATIC = "automatic"
SEPARATE = "separate"
PROSPECTIVE = "prospective"
CATCH_UP = "catch_up"


class Change(NamedTuple):
    """By how much a modification changes the promises of a contract, over the days that remain.

    :param Decimal price: the change of the price
    :param Decimal standalone: the change of the sum of stand-alone selling prices
    :param bool removes: whether some promise becomes smaller, or its price changes
    """

    price: Decimal
    standalone: Decimal
    removes: bool


def choose(change, is_distinct, tolerance=ZERO):
    """Return how a modification is accounted for.

    It is a contract of its own where it adds distinct goods or services at a price that reflects
    their stand-alone selling prices (15.20). Otherwise, where what remains is distinct from what
    was transferred, it ends the old contract and begins a new one (15.21(a)); where it is not, the
    revenue so far is adjusted at once (15.21(b)).

    :param Change change: what changes
    :param bool is_distinct: whether what remains is distinct from what was transferred, as the days
        of a service rendered evenly are (15.22(b))
    :param Decimal tolerance: by how many per cent of the stand-alone selling price the price may
        differ from it and still reflect it
    :return: ``separate``, ``prospective`` or ``catch_up``
    :rtype: str
    """
    reflects = abs(change.price - change.standalone) <= abs(change.standalone) * tolerance / HUNDRED
    if change.standalone > 0 and not change.removes and reflects:
        return SEPARATE
    return PROSPECTIVE if is_distinct else CATCH_UP


def blend(unrecognised, price_change, remaining, rounding):
    """Share what is yet to be recognised, and what the modification adds, among what remains (15.21(a)).

    :param Decimal unrecognised: the part of the old price that is not recognised on the day of the
        modification
    :param Decimal price_change: by how much the modification changes the price
    :param list[Promise] remaining: what is still to be transferred, with its stand-alone selling
        prices on the day of the modification
    :param Decimal rounding: the smallest unit of the currency
    :return: as ``allocate``
    :rtype: dict
    """
    return allocate(unrecognised + price_change, remaining, rounding)


def catch_up(total, progress, recognised, rounding_function):
    """Return what a modification adds to the revenue recognised so far (15.21(b)).

    :param Decimal total: the obligation's share of the modified price
    :param progress: which share of it is satisfied, between 0 and 1 (Fraction or Decimal)
    :param Decimal recognised: what was recognised before
    :param rounding_function: rounds a Decimal to the currency's smallest unit
    :rtype: Decimal
    """
    numerator, denominator = progress.as_integer_ratio()
    return rounding_function(total * numerator / denominator) - recognised


def blended_price(units_left, price, units_added, price_added):
    """Return the price of each unit still to be delivered after units were added (15.21(a)).

    :rtype: Decimal
    """
    return (units_left * price + units_added * price_added) / Decimal(units_left + units_added)
