"""Bringing the translation files up to date."""

from . import databases, odoo
from .core import LOGS, ROOT, CommandFailed, Progress, Stop, run_logged, say

MERGE = ROOT / "devtools" / "merge_translations.py"


def update():
    """Export the terms of every addon and merge them into its translation files; return 1 if some are missing."""
    log = LOGS / "i18n.log"
    progress = Progress("Exporting the terms")
    try:
        # Further apps add terms of theirs to the main addons' models, so these are exported without them.
        _export(databases.main_addons(), log)
        if databases.bridges():
            _export(databases.bridges(), log, joined=True)
    except CommandFailed:
        raise Stop(f"The terms could not be exported: see {log.relative_to(ROOT)}.") from None
    progress.done()
    code = odoo.call([odoo.PYTHON, MERGE, *databases.ordered_addons()])
    if code:
        say("Translate what is listed above in the .po files, then run this again.")
    return code


def _export(addons, log, joined=False):
    with databases.throwaway("terms", joined=joined) as (name, _complaints):
        run_logged(
            odoo.command("i18n", "export", "-d", name, *(addon.name for addon in addons)),
            log,
            env=databases.environment(),
        )
