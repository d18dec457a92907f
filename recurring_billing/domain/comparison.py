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
