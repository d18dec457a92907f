"""Sets of days, held as sorted lists of disjoint half-open ranges ``(start, end)``."""


def merge(ranges):
    """Return the union of ``ranges`` as a sorted list in which no two ranges touch."""
    result = []
    for start, end in sorted(ranges):
        if start >= end:
            continue
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def subtract(ranges, others):
    """Return the days of ``ranges`` that are in none of ``others``."""
    result = merge(ranges)
    for cut_start, cut_end in merge(others):
        kept = []
        for start, end in result:
            if cut_end <= start or end <= cut_start:
                kept.append((start, end))
                continue
            if start < cut_start:
                kept.append((start, cut_start))
            if cut_end < end:
                kept.append((cut_end, end))
        result = kept
    return result


def intersect(ranges, others):
    """Return the days that are in both ``ranges`` and ``others``."""
    result = []
    for start, end in merge(ranges):
        for other_start, other_end in merge(others):
            low, high = max(start, other_start), min(end, other_end)
            if low < high:
                result.append((low, high))
    return result
