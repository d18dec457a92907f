"""How much of a total is earned up to a day: plain arithmetic over dates and Decimals.

Revenue for a service that the customer receives evenly over time is recognised straight-line
over its days (IFRS 15.35(a), 15.39, B18; ASC 606-10-25-27(a)). All ranges are half-open,
``[start, end)``, and "up to a day" means before that day.

What a period earns is always the difference of two cumulative amounts. So the periods add up to
the total whatever its rounding, and a period that was missed is caught up by the next.
"""

import calendar
import datetime
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from odoo.addons.recurring_contracts.domain.money import round_half_up

AT_ONCE = "at_once"
BY_DAY = "by_day"
BY_MONTH = "by_month"
FULL_MONTHS = "full_months"
EVEN_MONTHS = "even_months"
EVEN_QUARTERS = "even_quarters"
EVEN_YEARS = "even_years"
MONTHS_OF_PERIODS = {EVEN_MONTHS: 1, EVEN_QUARTERS: 3, EVEN_YEARS: 12}
METHODS = (AT_ONCE, BY_DAY, BY_MONTH, FULL_MONTHS, *MONTHS_OF_PERIODS)
CUSTOM = "custom"
MILESTONE = "milestone"
PERCENT = "percent"
STEPPED = (CUSTOM, MILESTONE, PERCENT)

DAY = datetime.timedelta(days=1)


def cumulative(total, start, end, method, upto, rounding, steps=(), adjustments=()):
    """Return what of ``total`` is earned before the day ``upto``.

    The amount has the sign of ``total`` and never passes it. But for methods by steps and adjustments it
    never falls as ``upto`` rises and equals the total once the range has ended. Halves are rounded away
    from zero.

    :param Decimal total: the signed amount to recognise, a multiple of ``rounding``
    :param datetime.date start: the first day of service
    :param datetime.date end: the day after the last day of service
    :param str method: one of ``METHODS`` or ``STEPPED``
    :param datetime.date upto: the day before which the amount must have been earned
    :param Decimal rounding: the smallest unit of the currency, such as ``0.01``
    :param tuple steps: of a method by steps, see ``stepped_share``
    :param tuple adjustments: see ``adjusted_share``
    :rtype: Decimal
    :raise ValueError: for an empty range or an unknown method
    """
    share = whole_share(start, end, method, upto, steps, adjustments)
    if share == 1:
        return total
    if not share:
        return Decimal(0)
    amount = round_half_up(total * share.numerator / share.denominator, rounding)
    return min(amount, total) if total > 0 else max(amount, total)


@lru_cache(maxsize=65536)
def earned_share(start, end, method, upto):
    """Return which share of the whole is earned before the day ``upto``.

    * at once: all of it from the first day on.
    * by day: the days elapsed over all days.
    * by month: a whole calendar month weighs one, part of one its days over the month's length.
      A range of n whole months from an anniversary to another weighs n in all, so that its last
      partial month takes what the first has left.
    * full months: each calendar month that the range touches has the same share, earned with its
      first day in the range.
    * even months, quarters, years: the range is cut into such periods from its first day on, the
      last maybe short. Each has the same share, earned with its last day.

    :param datetime.date start: the first day of service
    :param datetime.date end: the day after the last day of service
    :param str method: one of ``METHODS``
    :param datetime.date upto: the day before which it must have been earned
    :return: an exact number between 0 and 1
    :rtype: fractions.Fraction
    :raise ValueError: for an empty range or an unknown method
    """
    if start >= end:
        raise ValueError(f"nothing can be earned between {start} and {end}")
    if method not in METHODS:
        raise ValueError(f"unknown recognition method {method!r}")
    if upto <= start:
        return Fraction(0)
    if upto >= end or method == AT_ONCE:
        return Fraction(1)
    if method == BY_DAY:
        return Fraction((upto - start).days, (end - start).days)
    if method == BY_MONTH:
        return _share_by_month(start, end, upto)
    last_day, day = end - DAY, upto - DAY
    if method == FULL_MONTHS:
        first = _month_number(start) - 1
        return Fraction(_month_number(day) - first, _month_number(last_day) - first)
    months = MONTHS_OF_PERIODS[method]
    return Fraction(_elapsed_months(start, upto) // months, _elapsed_months(start, last_day) // months + 1)


def whole_share(start, end, method, upto, steps=(), adjustments=()):
    """Return which share is earned before the day ``upto``, whatever the method and what was adjusted.

    :rtype: fractions.Fraction
    """

    def planned(day):
        return stepped_share(steps, day) if method in STEPPED else earned_share(start, end, method, day)

    return adjusted_share(planned, adjustments, upto) if adjustments else planned(upto)


def adjusted_share(planned, adjustments, upto):
    """Return which share is earned before a day, given what was recognised out of turn.

    What an adjustment leaves is spread over what the plan has left after its day.

    :param planned: a function from a day to the share that is earned before it without adjustments
    :param tuple adjustments: ``(day, share)`` in order of days: what is recognised in addition (a Fraction,
        below zero where less is) with that day; ``None`` for all the rest
    :param datetime.date upto: the day before which it must have been earned
    :rtype: fractions.Fraction
    """
    earned = before = Fraction(0)
    for day, share in (*adjustments, (None, Fraction(0))):
        if day and day >= upto:
            continue
        reached = planned(day or upto)
        if before < 1:
            earned += (1 - earned) * (reached - before) / (1 - before)
        earned = Fraction(1) if share is None else min(max(earned + share, Fraction(0)), Fraction(1))
        before = reached
    return earned


def stepped_share(steps, upto):
    """Return which share of the whole the steps reached before a day give.

    :param tuple steps: ``(day, share)`` in order of days, ``share`` being what is earned in all (a
        Fraction between 0 and 1) with the end of that day
    :param datetime.date upto: the day before which it must have been earned
    :rtype: fractions.Fraction
    """
    share = Fraction(0)
    for day, earned in steps:
        if day >= upto:
            break
        share = earned
    return share


def added_up(parts):
    """Return the steps of shares that add up, in order of their days.

    :param parts: ``(day, per cent)``, of what is earned with that day (a Decimal)
    :rtype: tuple[tuple[datetime.date, fractions.Fraction]]
    """
    steps, share = [], Fraction(0)
    for day, percent in sorted(parts):
        share += Fraction(percent) / 100
        steps.append((day, share))
    return tuple(steps)


def custom_steps(start, end, months, percents):
    """Return the steps of a service whose periods have shares of their own.

    Periods are counted from the first day of service, and each is earned with its last day. What lies
    beyond the end of the service is earned with its last day.

    :param datetime.date start: the first day of service
    :param datetime.date end: the day after the last day of service
    :param int months: the length of a period
    :param list[Decimal] percents: what each period earns
    :rtype: tuple[tuple[datetime.date, fractions.Fraction]]
    """
    return added_up(
        (min(_add_months(start, number * months), end) - DAY, percent) for number, percent in enumerate(percents, 1)
    )


def monthly_amounts(total, start, end, method, rounding, steps=()):
    """Return what each calendar month earns, from the first month of the range to its last.

    :param Decimal total: the signed amount to recognise, a multiple of ``rounding``
    :param datetime.date start: the first day of service
    :param datetime.date end: the day after the last day of service
    :param str method: one of ``METHODS``
    :param Decimal rounding: the smallest unit of the currency
    :return: the last day of each month with its amount, zero where nothing is earned
    :rtype: list[tuple[datetime.date, Decimal]]
    """
    if steps:
        start, end = min(start, steps[0][0]), max(end, steps[-1][0] + DAY)
    return by_month(lambda upto: cumulative(total, start, end, method, upto, rounding, steps), start, end)


def by_month(earned, start, end):
    """Split a cumulative amount by calendar month.

    :param earned: a function from a day to the Decimal amount earned before it
    :param datetime.date start: the first day
    :param datetime.date end: the day after the last
    :return: as ``monthly_amounts``
    :rtype: list[tuple[datetime.date, Decimal]]
    """
    booked, amounts = Decimal(0), []
    for upto in months_after(start, end):
        amount = earned(upto)
        amounts.append((upto - DAY, amount - booked))
        booked = amount
    return amounts


def months_after(start, end):
    """Yield the first day after each calendar month that ``[start, end)`` touches."""
    upto = start
    while upto < end:
        upto = _add_months(upto.replace(day=1), 1)
        yield upto


def shift(start, end, months, days):
    """Return a range moved by months, then by days; it keeps at least one day.

    The day of the month is kept where the new month has it, else the last day is taken.

    :param datetime.date start: the first day
    :param datetime.date end: the day after the last
    :param int months: calendar months, below zero for earlier
    :param int days: days, below zero for earlier
    :rtype: tuple[datetime.date, datetime.date]
    """
    moved = [_add_months(day, months) + days * DAY for day in (start, end)]
    return moved[0], max(moved[1], moved[0] + DAY)


def whole_months(start, end):
    """Return how many whole months from an anniversary to another make up ``[start, end)``.

    Short months end their anniversaries early: 31 January to 28 February is one month, and so is
    28 February to 31 March.

    :param datetime.date start: the first day
    :param datetime.date end: the day after the last
    :return: the number of months, 0 where the range does not consist of whole ones
    :rtype: int
    """
    same_day = (
        start.day == end.day
        or (start.day < end.day and start.day == _month_length(start))
        or (start.day > end.day and end.day == _month_length(end))
    )
    return _month_number(end) - _month_number(start) if same_day else 0


def _share_by_month(start, end, upto):
    last_day = end - datetime.timedelta(days=1)
    months_between = _month_number(last_day) - _month_number(start)
    if not months_between:
        return Fraction((upto - start).days, (end - start).days)
    first = Fraction(_month_length(start) - start.day + 1, _month_length(start))
    middle = months_between - 1
    whole = whole_months(start, end)
    last = whole - first - middle if whole else Fraction(last_day.day, _month_length(last_day))
    return _weight(start, last_day, upto, first, last) / (first + middle + last)


def _weight(start, last_day, upto, first, last):
    """Return the weight of the days from ``start`` to before ``upto``, in months."""
    day = upto - datetime.timedelta(days=1)
    months = _month_number(day) - _month_number(start)
    if not months:
        return Fraction((upto - start).days, _month_length(start))
    if _month_number(day) == _month_number(last_day):
        return first + (months - 1) + last * Fraction(day.day, last_day.day)
    return first + (months - 1) + Fraction(day.day, _month_length(day))


def _add_months(day, months):
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    length = calendar.monthrange(year, month + 1)[1]
    return datetime.date(year, month + 1, min(day.day, length))


def _elapsed_months(start, day):
    """Return how many anniversary months from ``start`` on have passed by ``day``."""
    months = _month_number(day) - _month_number(start)
    return months - (_add_months(start, months) > day)


def _month_length(day):
    return calendar.monthrange(day.year, day.month)[1]


def _month_number(day):
    return day.year * 12 + day.month
