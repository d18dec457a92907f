"""How long open amounts have been due."""

NOT_DUE = "not_due"
BUCKETS = ((30, "due_30"), (60, "due_60"), (90, "due_90"))
OLDER = "due_older"
NAMES = (NOT_DUE, *(name for _days, name in BUCKETS), OLDER)


def get_bucket(due, as_of):
    """Return in which column of an ageing an open amount stands.

    :param date due: the day on which it is to be paid (inclusive); ``None`` counts as not due
    :param date as_of: the day of the statement
    :return: ``not_due``, ``due_30`` (1 to 30 days late), ``due_60``, ``due_90`` or ``due_older``
    :rtype: str
    """
    late = (as_of - due).days if due else 0
    if late <= 0:
        return NOT_DUE
    return next((name for days, name in BUCKETS if late <= days), OLDER)


def age(lines, as_of):
    """Add open amounts up by how long they have been due.

    :param lines: pairs of due date and amount
    :param date as_of: the day of the statement
    :return: the amount by name of the column, all of ``NAMES``
    :rtype: dict
    """
    totals = dict.fromkeys(NAMES, 0)
    for due, amount in lines:
        totals[get_bucket(due, as_of)] += amount
    return totals
