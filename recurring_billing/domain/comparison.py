"""Comparing what was approved with what comes out now, and telling what keeps invoices apart."""


def compare(approved, current):
    """Compare two sets of rows by their identity.

    :param dict approved: the rows that were approved: a dict of values by name, by identity
    :param dict current: the same of the rows that come out now
    :return: identities that are new, identities that are gone and, by identity that stayed, what
        changed: ``(old value, new value)`` by name
    :rtype: tuple[list, list, dict]
    """
    new = [identity for identity in current if identity not in approved]
    gone = [identity for identity in approved if identity not in current]
    changed = {}
    for identity in current:
        if identity in approved:
            differences = _get_differences(approved[identity], current[identity])
            if differences:
                changed[identity] = differences
    return new, gone, changed


def _get_differences(old, new):
    return {name: (old[name], new[name]) for name in new if old[name] != new[name]}


def get_parting_names(keys):
    """Return the names whose values are not the same in all keys, in the keys' own order.

    :param list[dict] keys: what each invoice's charges have in common, all with the same names
    :rtype: list[str]
    """
    if not keys:
        return []
    return [name for name, value in keys[0].items() if any(key[name] != value for key in keys[1:])]


def is_far(amount, before, percent, minimum):
    """Tell whether an amount is far from the one before.

    :param Decimal amount: what is charged now
    :param Decimal before: what was charged before
    :param Decimal percent: by how many percent of ``before`` it may differ
    :param Decimal minimum: a difference below this amount never counts
    :rtype: bool
    """
    difference = abs(amount - before)
    return difference > 0 and difference >= minimum and difference * 100 > percent * abs(before)


def is_comparable(days, days_before):
    """Tell whether two billing periods are of about the same length, so that their prices compare.

    Months and quarters differ by up to a tenth of their days; other intervals by far more.

    :param int days: days of one period
    :param int days_before: days of the other
    :rtype: bool
    """
    return abs(days - days_before) * 20 <= 3 * max(days, days_before)
