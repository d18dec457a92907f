"""The upgrade check: a business made by an earlier version goes on under this one, and nothing of it is lost."""

import ast
import os
import subprocess

from . import databases, logs, odoo, postgres
from .core import HOME, LOGS, ROOT, CommandFailed, Progress, Stop, remove, run, run_logged, say

MANIFEST = "recurring_contracts/__manifest__.py"
FOLDER = HOME / "upgrade"
MONTHS_BEFORE = 3
MONTHS_AFTER = 5


def check(revision=None):
    """Run a sample business under an earlier commit, update it to this one, compare, and go on with it.

    :param str revision: the commit to come from; the newest one whose addons have another version by default
    :return: the exit code, 1 where something was lost, the update complained or the business does not add up
    """
    revision = revision or _last_other_version()
    tree = _unpack(revision)
    names = [path.parent.name for path in sorted(tree.glob("*/__manifest__.py"))]
    with databases.throwaway("upgrade", install=False) as (name, _complaints):
        log = databases.new_log("upgrade")
        _run_months(tree, name, names, MONTHS_BEFORE, log)
        before = _figures(name)
        complaints = _update(name, names, log)
        lost = _differences(before, _figures(name))
        for line in [*complaints, *lost]:
            say(line)
        if complaints or lost:
            return 1
        say(f"All {len(before)} figures are what they were; going on to month {MONTHS_AFTER}:")
        # The business is the one that was begun: this version's sample book may have other contracts.
        return odoo.call(
            [*_driver(ROOT, name, MONTHS_AFTER), "--book", tree / "data" / "sample"],
            env=databases.environment(),
            cwd=ROOT,
        )


def _last_other_version():
    """Return the last commit before the addons got the version that the working copy has."""
    now = ast.literal_eval((ROOT / MANIFEST).read_text(encoding="utf-8"))["version"]
    newer = "HEAD"
    for revision in _git("log", "--format=%H", "--", MANIFEST).split():
        if ast.literal_eval(_git("show", f"{revision}:{MANIFEST}"))["version"] != now:
            return newer
        newer = f"{revision}^"
    raise Stop("The history holds no earlier version: name a commit to come from.")


def _git(*arguments):
    try:
        return run(["git", *arguments], cwd=ROOT).stdout
    except (CommandFailed, OSError):
        raise Stop("The upgrade check reads earlier versions from the git history, which is not here.") from None


def _unpack(revision):
    """Put the files of a commit into a folder of their own and return it."""
    commit = _git("rev-parse", "--verify", f"{revision}^{{commit}}").strip()
    tree = FOLDER / commit[:12]
    if not tree.is_dir():
        fresh = tree.with_suffix(".new")
        remove(fresh)
        fresh.mkdir(parents=True)
        archive = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=True).stdout
        subprocess.run(["tar", "-x"], cwd=fresh, input=archive, check=True)
        fresh.rename(tree)
    say(f"Coming from {commit[:12]}.")
    return tree


def _driver(tree, name, months):
    return [odoo.PYTHON, tree / "data" / "run_demo.py", "--database", name, "--months", str(months)]


def _addons_path(tree):
    return ",".join(map(str, [tree, *odoo.addons_path()[1:]]))


def _run_months(tree, name, names, months, log):
    """Install an earlier version's addons and run its sample business for some months."""
    databases.install(name, names, "Installing the earlier version", "--addons-path", _addons_path(tree))
    progress = Progress(f"{months} months of the sample business")
    environment = databases.environment() | {"RECURRING_ADDONS_PATH": _addons_path(tree)}
    try:
        run_logged(_driver(tree, name, months), log, progress=progress, env=environment, cwd=tree)
    except CommandFailed as error:
        raise Stop("\n".join([*error.lines[-10:], f"The earlier version failed: see {log}."])) from None
    progress.done()


def _update(name, names, log):
    """Update the database to the working copy; return what Odoo's log complains about."""
    progress = Progress("Updating")
    command = odoo.command("-d", name, "-u", ",".join(names), "--stop-after-init", "--no-http")
    log = LOGS / f"{log.stem}-update.log"
    try:
        run_logged(command, log, progress=progress, env=os.environ | databases.environment())
    except CommandFailed as error:
        shown = logs.last_failure(log) or error.lines
        raise Stop("\n".join([*shown, f"The update failed: see {log}."])) from None
    progress.done()
    return logs.complaints(log)


def _figures(name):
    """Return what must survive an update: the rows and the sums of each numeric column of our tables, by name."""
    columns = postgres.query(
        """
        SELECT relation.relname, attribute.attname
          FROM pg_class relation
          JOIN pg_attribute attribute ON attribute.attrelid = relation.oid
          JOIN ir_model model ON replace(model.model, '.', '_') = relation.relname AND NOT model.transient
         WHERE relation.relkind = 'r' AND NOT attribute.attisdropped AND attribute.attnum > 0
           AND attribute.atttypid IN ('numeric'::regtype, 'float8'::regtype)
           AND (relation.relname LIKE 'recurring\\_%' OR relation.relname IN ('account_move', 'account_move_line'))
         ORDER BY 1, 2
        """,
        database=name,
    )
    tables = {}
    for table, column in columns:
        tables.setdefault(table, []).append(column)
    figures = {}
    for table, names in tables.items():
        sums = ", ".join(f'round(sum("{column}")::numeric, 6)' for column in names)
        row = postgres.query(f'SELECT count(*), {sums} FROM "{table}"', database=name)[0]
        figures |= dict(zip([(table, "rows"), *((table, column) for column in names)], row, strict=True))
    return figures


def _differences(before, after):
    """Return a line for each figure that an update has changed or lost."""
    return [
        f"{table}.{column} was {value or 'empty'} and is {after.get((table, column), 'gone') or 'empty'}."
        for (table, column), value in before.items()
        if after.get((table, column)) != value
    ]
