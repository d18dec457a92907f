"""Reading Odoo's log: what our own addons complain about must not pass unseen."""

import re

from . import odoo

ENTRY = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \d+ (?P<level>[A-Z]+) \S+ (?P<logger>\S+): ")


def entries(path):
    """Yield (level, logger, text) of each entry of a log, with the lines that follow it, such as tracebacks."""
    current = None
    with open(path, encoding="utf-8", errors="replace") as handle:
        for line in handle:
            match = ENTRY.match(line)
            if match:
                if current:
                    yield current["level"], current["logger"], "".join(current["lines"])
                current = {"level": match["level"], "logger": match["logger"], "lines": [line]}
            elif current:
                current["lines"].append(line)
    if current:
        yield current["level"], current["logger"], "".join(current["lines"])


def complaints(path, *, every_warning=False):
    """Return the first lines of the warnings and errors that concern our addons.

    :param every_warning: take all warnings and errors, whoever wrote them
    """
    if not path.is_file():
        return []
    # A page that is still loading when its test has ended says so.
    harmless = "received after termination"
    names = "|".join(re.escape(addon.name) for addon in odoo.own_addons()) or "-"
    ours = re.compile(rf"\b(?:{names})\b|\brecurring\.[a-z]")
    return [
        text.splitlines()[0]
        for level, _logger, text in entries(path)
        if level in ("WARNING", "ERROR", "CRITICAL") and harmless not in text and (every_warning or ours.search(text))
    ]


def last_failure(path):
    """Return the lines of the last error entry of a log."""
    found = [text for level, _logger, text in entries(path) if level in ("ERROR", "CRITICAL")]
    return found[-1].splitlines()[-40:] if found else []
