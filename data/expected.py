"""What a book must bill, worked out from its files alone.

This is the referee of the demonstration: it shares no code with the billing engine. It counts the
days of each period one by one, from the rows of the book, and knows nothing of charges.
"""

from collections import defaultdict
from decimal import Decimal

from .agreed import Agreed
from .diary import read_usage
from .terms import DAY, month_day, round_half_up


def expected_totals(book, company, through, rounding):
    """Return what the contracts of one company bill from the opening through a day.

    :param Book book: the book
    :param Company company: one of its companies
    :param date through: the last day (inclusive) on which a charge may fall due
    :param rounding: called with the external id of a currency, returns its rounding as a Decimal
    :return: currency's external id -> sum of the net amounts
    :rtype: dict[str, Decimal]
    """
    totals, readings = defaultdict(Decimal), defaultdict(list)
    for reading in read_usage(book, company, []):
        if reading.entered <= through:
            readings[reading.item].append(reading)
    for sold in Agreed(book, company, through, rounding).sold():
        if sold.included is None:
            totals[sold.currency] += _billed(sold, through, rounding(sold.currency))
        else:
            totals[sold.currency] += _used(sold, readings[sold.ref], through, rounding(sold.currency))
    return dict(totals)


def _used(sold, readings, through, rounding):
    """Return the price of what was used, above what is included, in the periods that are over."""
    total = Decimal(0)
    for first, following in _periods(sold, through) if sold.ref else ():
        if following > through:
            break
        if sold.billed_through and following <= sold.billed_through:
            continue
        days = set(_days(max(first, sold.start), min(following - DAY, sold.end) + DAY))
        used = sum(reading.quantity for reading in readings if reading.day in days)
        units = max(used - sold.included, Decimal(0))
        total += round_half_up(units * sold.terms.price_unit * (1 - sold.terms.discount / 100), rounding)
    return total


def _billed(sold, through, rounding):
    if sold.start > through:
        return Decimal(0)
    if sold.one_time:
        return Decimal(0) if sold.billed_through else sold.terms.whole(rounding)
    total = Decimal(0)
    for first, following in _periods(sold, through):
        if sold.billed_through and following <= sold.billed_through:
            continue
        last = min(following - DAY, sold.end)
        terms = {day: sold.terms_on(day) for day in _days(max(first, sold.start), last + DAY)}
        days = [day for day in terms if not terms[day].suspended]
        if not days:
            continue
        due = days[0] if sold.plan["billing_timing"] == "advance" else last + DAY
        if due <= through:
            total += _period(sold, days, terms, first, following, rounding)
    return total


def _period(sold, days, terms, first, following, rounding):
    """Return the price of days of one period: those at the same terms add up before they are rounded."""
    groups = defaultdict(list) if sold.changes else {sold.terms: days}
    for day in days if sold.changes else ():
        # Without proration the terms of the period's first day count for all of it.
        groups[terms[days[0] if sold.plan["proration"] == "none" else day]].append(day)
    total = Decimal(0)
    for group, mine in groups.items():
        amount, method = group.whole(rounding), sold.plan["proration"]
        before = [day for day in mine if sold.billed_through and day <= sold.billed_through]
        if len(before) < len(mine):
            total += _share(amount, mine, first, following, method, rounding)
            total -= _share(amount, before, first, following, method, rounding)
    return total


def _share(amount, days, first, following, method, rounding):
    """Return the price of some days of the period [first, following)."""
    if not days:
        return Decimal(0)
    if method == "none":
        return amount
    if method == "30e360":
        part = sum(_days_360(start, end) for start, end in _stretches(days))
        whole = _days_360(first, following)
    else:
        part, whole = len(days), (following - first).days
    return round_half_up(amount * part / whole, rounding)


def _stretches(days):
    """Yield the first day of each run of days that follow each other, and the day after its last."""
    start = days[0]
    for day, following in zip(days, [*days[1:], None], strict=True):
        if following != day + DAY:
            yield start, day + DAY
            start = following


def _days_360(start, end):
    return (end.year - start.year) * 360 + (end.month - start.month) * 30 + min(end.day, 30) - min(start.day, 30)


def _days(start, end):
    return (start + number * DAY for number in range((end - start).days))


def _periods(sold, through):
    """Yield the first days of each period and the next, over the contract's life through a day."""
    start = sold.anchor
    unit, count = sold.plan["billing_unit"], int(sold.plan["billing_count"])
    if unit in ("day", "week"):
        step = count * (7 if unit == "week" else 1) * DAY
        first = start
        while first <= through:
            yield first, first + step
            first += step
        return
    months = count * (12 if unit == "year" else 1)
    anchor, day = start, start.day
    if sold.plan["alignment"] == "billing_day":
        day = int(sold.plan["billing_day"]) or sold.own_day or 1
        anchor = month_day(start, 0, day)
        if anchor < start:
            anchor = month_day(start, 1, day)
    # Days before the anchor belong to the period that ends with it.
    number = -1
    while month_day(anchor, number * months, day) <= through:
        yield month_day(anchor, number * months, day), month_day(anchor, (number + 1) * months, day)
        number += 1
