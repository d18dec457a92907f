"""When what is ready of an ordinary order is invoiced."""

from datetime import timedelta

READY = "ready"
COMPLETE = "complete"
MONTH_END = "month_end"


def last_month_end(day):
    """Return the latest last day of a month that is not after ``day``."""
    following = day + timedelta(days=1)
    return following.replace(day=1) - timedelta(days=1)


def is_invoiced_on(when, day, since, complete):
    """Tell whether what is ready of an order is invoiced by a billing through a day.

    :param str when: ``ready`` after each delivery, ``complete`` once all of the order is delivered,
        ``month_end`` once a month has ended since the last invoice
    :param date day: the last day that the billing covers (inclusive)
    :param date since: the day of the order's last invoice; before its first one, the eve of the order
    :param bool complete: whether all of the order is delivered
    :rtype: bool
    """
    if when == COMPLETE:
        return complete
    if when == MONTH_END:
        return last_month_end(day) > since
    return True
