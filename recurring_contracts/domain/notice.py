"""When a customer may leave at the earliest."""

from datetime import timedelta

ONE_DAY = timedelta(days=1)


def earliest_end(notice, notice_days, term_end=None, grid=None):
    """Return the earliest last day of service for a notice received on a day.

    Without a term, the service lasts for as many days as the notice period after the notice. A term
    is served out. Where it renews tacitly and notice comes too late for that, so is the next one.

    :param date notice: the day on which notice is received
    :param int notice_days: the notice period in days
    :param date term_end: the last day of the current term (inclusive), ``None`` for none
    :param Grid grid: the terms, where they renew tacitly
    :return: the last day in force (inclusive)
    :rtype: date
    """
    earliest = notice + timedelta(days=notice_days)
    if term_end is None:
        return earliest
    if grid is None or earliest <= term_end:
        return term_end
    period = grid.period_at(term_end + ONE_DAY)
    while period.end - ONE_DAY < earliest:
        period = grid.period(period.index + 1)
    return period.end - ONE_DAY
