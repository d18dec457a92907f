"""Co-termination: what an item costs from its end to a common end."""

from decimal import Decimal

from .money import HUNDRED, round_half_up
from .mrr import monthly
from .periods import Grid

# A unit price that must give an exact amount gets this many decimals at most.
MOST_DECIMALS = 12


def last_term_start(contract_start, item_start, end, term):
    """Return the first day of the last term that an item was sold for.

    Terms are counted from the contract's first day as long as the end lies on that grid; otherwise,
    and without a term, all the item's days count.

    :param date contract_start: the first day of the contract
    :param date item_start: the first day of the item, which may have been added later
    :param date end: the first day no longer in force
    :param term: the contract's term as an ``Interval``, or ``None``
    :rtype: date
    """
    if not term:
        return item_start
    grid = Grid(contract_start, term)
    index = grid.index(end)
    if grid.boundary(index) != end:
        return item_start
    return max(item_start, grid.boundary(index - 1))


def aligned_amount(term_price, days, new_days, percent, rounding):
    """Return the price of an aligned stretch: term price ÷ its days × new days × uplift, rounded once.

    :param Decimal term_price: what the old term costs, after discount
    :param int days: the days of the old term
    :param int new_days: the days from the item's end to the common end
    :param Decimal percent: the uplift, such as 10 for ten percent
    :param Decimal rounding: the currency's smallest unit
    :rtype: Decimal
    """
    return round_half_up(term_price * new_days * (HUNDRED + percent) / (HUNDRED * days), rounding)


def exact_unit_price(amount, quantity, discount, rounding):
    """Return the unit price, of as few decimals as will do, that gives ``amount`` again when rounded.

    :param Decimal amount: a multiple of ``rounding``
    :param Decimal quantity: not zero
    :param Decimal discount: in percent, less than 100
    :param Decimal rounding: the currency's smallest unit
    :rtype: Decimal
    """
    factor = quantity * (HUNDRED - discount) / HUNDRED
    step = rounding
    for _decimals in range(MOST_DECIMALS):
        price = round_half_up(amount / factor, step)
        if round_half_up(price * factor, rounding) == amount:
            return price
        step /= 10
    return price


def rescale(price, old, new, rounding):
    """Return the price for one billing period of another length, rounded.

    :param Decimal price: of one period of the ``Interval`` ``old``
    :param Interval new: the period that the result is for
    :param Decimal rounding: the currency's smallest unit
    :rtype: Decimal
    """
    if old == new:
        return price
    return round_half_up(monthly(price, old) / monthly(Decimal(1), new), rounding)
