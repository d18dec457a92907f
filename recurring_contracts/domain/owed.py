"""Which days of an item are owed, where they are not simply those in force."""

from dataclasses import replace


def owed(segments, since=None, until=None):
    """Return the terms at which days are owed, from the terms that are in force.

    Suspended days that are billed all the same are owed as if the service went on. An item that is
    owed longer than it is in force stays at its last terms.

    :param list[Segment] segments: the item's terms, in order and disjoint
    :param date since: the first day owed; ``None``: the first day in force
    :param date until: the first day no longer owed; ``None``: the first day no longer in force
    :return: segments in order and disjoint; neighbours that touch differ in terms
    :rtype: list[Segment]
    """
    result = []
    for segment in segments:
        terms = segment.terms
        terms = replace(terms, suspended=terms.suspended and not terms.billed_suspended, billed_suspended=False)
        _append(result, replace(segment, terms=terms))
    if until and result and result[-1].end and result[-1].end < until:
        result[-1] = replace(result[-1], end=until)
    if since:
        result = [replace(s, start=max(s.start, since)) for s in result if s.end is None or s.end > since]
    if until:
        result = [replace(s, end=min(s.end or until, until)) for s in result if s.start < until]
    return result


def _append(segments, segment):
    """Add a segment, as one with the last where they touch and agree."""
    last = segments[-1] if segments else None
    if last and last.end == segment.start and last.terms == segment.terms:
        segments[-1] = replace(last, end=segment.end)
    else:
        segments.append(segment)
