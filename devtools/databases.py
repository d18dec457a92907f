"""Databases: made here, marked as made here, and only those ever dropped.

The template databases form a chain: Odoo alone, then each addon of the repository installed on the one before it.
A second chain begins with the further apps that bridges (addons that install themselves) join ours with, so that
each addon comes with its bridges. A template is made again when what it contains has changed. Tests run on a copy.
"""

import ast
import contextlib
import os
import re
import shutil
import time
from pathlib import Path

from . import logs, odoo, postgres
from .core import LOGS, CommandFailed, Progress, Stop, digest, digest_files, lock, run_logged

BASE = "recurring_base"
JOINED_BASE = "recurring_joined"
# The sample business has a French company, so its chart of accounts must be there.
BASE_MODULES = ["account", "contacts", "l10n_fr_account", "sale_management"]
# What bridges use where it is installed beside what they join: timesheets of projects.
JOINED_MODULES = ["sale_timesheet"]
FILESTORE = odoo.DATA_DIR / "filestore"


def environment():
    """Return the environment in which Odoo, its tests and this project's own scripts run."""
    folders = [odoo.HOME / "bin", odoo.VENV / "bin", postgres.programs(), os.environ.get("PATH", os.defpath)]
    path = os.pathsep.join(str(folder) for folder in folders if folder)
    names = {"RECURRING_BASE_DATABASE": BASE, "RECURRING_TEMPLATE_DATABASE": _template_name(main_addons()[-1])}
    return os.environ | postgres.environment() | odoo.environment() | {"PATH": path} | names


def state(name):
    """Return what was recorded of a database made here, None if there is no such database.

    :raise Stop: the database exists, but was not made here
    """
    rows = postgres.query(
        f"SELECT coalesce(shobj_description(oid, 'pg_database'), '') FROM pg_database WHERE datname = '{name}'"
    )
    if not rows:
        return None
    comment = rows[0][0] if rows[0] else ""
    if not comment.startswith(postgres.MARK):
        raise Stop(
            f"The database {name} was not made by this repository's dev: rename or drop it, then run this again."
        )
    return comment.removeprefix(postgres.MARK).strip()


def is_current(name, wanted):
    """Tell whether a database was made here with these contents and its files are still there."""
    noted = state(name)
    return noted is not None and noted.split("\n")[0] == wanted and (FILESTORE / name).is_dir()


def record(name, text):
    """Mark a database as made here, with a note of its contents."""
    comment = f"{postgres.MARK} {text}".replace("'", "''")
    postgres.query(f"COMMENT ON DATABASE \"{name}\" IS '{comment}'")


def drop(name):
    """Drop a database that was made here, with its files."""
    if state(name) is not None:
        postgres.query(f'DROP DATABASE "{name}" WITH (FORCE)')
    shutil.rmtree(FILESTORE / name, ignore_errors=True)


def create(name, template=None):
    """Create a database, empty or as a copy of a template with its files."""
    drop(name)
    if template:
        postgres.query(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    else:
        postgres.query(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C'")
    record(name, "unfinished")
    if not template:
        postgres.query("CREATE EXTENSION IF NOT EXISTS pg_trgm", database=name)
    elif (FILESTORE / template).is_dir():
        # Odoo never changes a stored file, so the copies may share them.
        shutil.copytree(FILESTORE / template, FILESTORE / name, copy_function=os.link)


def install(name, modules, title, *options):
    """Install modules into a database with a line of progress; return the complaints found in the log."""
    progress = Progress(title)
    log = LOGS / f"install-{name}.log"
    log.unlink(missing_ok=True)

    def describe(line):
        match = re.search(r"Loading module (\w+) \((\d+)/(\d+)\)", line)
        return f"{match[1]} ({match[2]} of {match[3]})" if match else None

    arguments = ["-d", name, "-i", ",".join(modules), "--stop-after-init", "--no-http", *options]
    try:
        run_logged(
            odoo.command(*arguments),
            log,
            progress=progress,
            describe=describe,
            env=environment(),
        )
    except CommandFailed as error:
        shown = "\n".join(logs.last_failure(log) or error.lines)
        raise Stop(f"{shown}\n\n{', '.join(modules)} could not be installed: see {log}.") from None
    complaints = logs.complaints(log, every_warning=True)
    progress.done("done" if not complaints else "installed with warnings")
    return complaints


def _manifest(addon):
    return ast.literal_eval((addon / "__manifest__.py").read_text(encoding="utf-8"))


def ordered_addons():
    """Return the repository's addons, each after those it depends on."""
    folders = {path.name: path for path in odoo.own_addons()}
    depends = {name: _manifest(path).get("depends", []) for name, path in folders.items()}
    done = []

    def visit(name):
        if name in folders and name not in done:
            for needed in depends[name]:
                visit(needed)
            done.append(name)

    for name in folders:
        visit(name)
    return [folders[name] for name in done]


def _odoo_depends(addon):
    """Return the names of the modules outside the repository that an addon depends on."""
    return set(_manifest(addon).get("depends", [])) - {own.name for own in odoo.own_addons()}


def is_bridge(addon):
    """Tell whether an addon installs itself where what it joins is installed."""
    return bool(_manifest(addon).get("auto_install"))


def main_addons():
    """Return the addons that people install, in order."""
    return [addon for addon in ordered_addons() if not is_bridge(addon)]


def bridges():
    """Return the addons that install themselves, in order."""
    return [addon for addon in ordered_addons() if is_bridge(addon)]


def main_addon_of(bridge):
    """Return the main addon with whose installation nothing of the repository is missing to a bridge."""
    ordered = main_addons()
    found, waiting = set(), [bridge]
    while waiting:
        names = set(_manifest(waiting.pop()).get("depends", []))
        found |= {addon for addon in ordered if addon.name in names}
        waiting += [addon for addon in bridges() if addon.name in names]
    return max(found, key=ordered.index)


def _base_modules():
    names = set(BASE_MODULES).union(*map(_odoo_depends, main_addons()))
    return sorted(names)


def _installed(name):
    """Return the names of the modules installed in a database."""
    rows = postgres.query("SELECT name FROM ir_module_module WHERE state = 'installed'", database=name)
    return {row[0] for row in rows}


def _content(addon):
    """Return a hash of what an addon installs: all its files but its tests and what tools leave behind."""

    def counts(path):
        parts = path.relative_to(addon).parts
        left = any(part == "__pycache__" or part.startswith(".") for part in parts)
        return path.is_file() and not left and parts[0] != "tests" and path.suffix != ".pot"

    return digest_files(path for path in addon.rglob("*") if counts(path))


def prepare_templates():
    """Make again whatever template is missing or outdated; return the complaints of the installations."""
    with lock("templates"):
        return _template()[1] + (_template(joined=True)[1] if bridges() else [])


def _template_name(addon, joined=False):
    """Return the name of the template that has the addons up to this one."""
    return f"{JOINED_BASE if joined else 'recurring'}_with_{addon.name.removeprefix('recurring_')}"


def _make_base():
    """Make the template with Odoo's own modules unless it is there; return the hash of its contents."""
    modules = _base_modules()
    wanted = digest(odoo.identity(), *modules)
    if not is_current(BASE, wanted):
        create(BASE)
        install(BASE, modules, f"Database with Odoo's own {', '.join(modules)}")
        record(BASE, wanted)
    return wanted


def _base(joined):
    """Return the name of the template that the addons are installed on, and a hash of its contents.

    :param joined: with the further apps that the bridges join ours with
    """
    wanted = _make_base()
    if not joined:
        return BASE, wanted
    modules = sorted(set(JOINED_MODULES).union(*map(_odoo_depends, bridges())))
    wanted = digest(wanted, *modules)
    if not is_current(JOINED_BASE, wanted):
        create(JOINED_BASE, BASE)
        install(JOINED_BASE, modules, f"Database with {', '.join(modules)} beside them")
        record(JOINED_BASE, wanted)
    return JOINED_BASE, wanted


def _template(last=None, joined=False):
    """Return the name of a template with the main addons up to `last` (default: all), and the complaints.

    :param joined: with the apps that the bridges join ours with, and so with the bridges
    """
    previous, wanted = _base(joined)
    present = _installed(previous)
    complaints = []
    for addon in main_addons():
        # Bridges install themselves: named here, a change of one makes the template again.
        step = [addon] + [
            bridge for bridge in bridges() if main_addon_of(bridge) == addon and _odoo_depends(bridge) <= present
        ]
        name = _template_name(addon, joined)
        wanted = digest(wanted, *map(_content, step))
        if is_current(name, wanted):
            complaints += state(name).split("\n")[1:]
        else:
            create(name, previous)
            names = [path.name for path in step]
            found = install(name, names, f"Installing {', '.join(names)}{' beside further apps' if joined else ''}")
            record(name, "\n".join([wanted, *found]))
            complaints += found
        previous = name
        if addon.name == last:
            break
    return previous, complaints


def fill(name, last=None, joined=False):
    """Make a database with the main addons up to `last` (default: all) installed; return the complaints.

    The copy is made while the lock is held: nobody else may be making the template again meanwhile.

    :param joined: with the apps that the bridges join ours with, and so with the bridges
    """
    with lock("templates"):
        source, complaints = _template(last, joined and bool(bridges()))
        create(name, source)
    return complaints


def fill_base(name):
    """Make a database with Odoo's own modules alone; return the complaints."""
    with lock("templates"):
        _make_base()
        create(name, BASE)
    return []


@contextlib.contextmanager
def throwaway(purpose, last=None, *, joined=False, install=True):
    """Give a database with the addons up to `last` installed, and the complaints; it is dropped at the end.

    :param joined: with the apps that the bridges join ours with, and so with the bridges
    :param bool install: whether any of our addons is wanted in it
    """
    _sweep()
    name = f"recurring_{purpose}_{os.getpid()}"
    complaints = fill(name, last, joined) if install else fill_base(name)
    record(name, f"pid {os.getpid()}")
    try:
        yield name, complaints
    finally:
        drop(name)


def contents():
    """Return a hash of what the repository's addons install."""
    return digest(odoo.identity(), *map(_content, ordered_addons()))


def _sweep():
    """Drop the copies that killed runs left behind."""
    rows = postgres.query("SELECT datname FROM pg_database WHERE datname ~ '^recurring_[a-z]+_[0-9]+$'")
    for (name,) in rows:
        with contextlib.suppress(Stop):
            note = state(name) or ""
            if note.startswith("pid ") and not Path(f"/proc/{note.removeprefix('pid ')}").exists():
                drop(name)


def write_config(name, log):
    """Write an Odoo configuration for one database and return its path."""
    path = LOGS / f"{name}.conf"
    text = odoo.CONFIG.read_text(encoding="utf-8")
    path.write_text(f"{text}db_name = {name}\ndbfilter = ^{name}$\nlogfile = {log}\n", encoding="utf-8")
    return path


def new_log(purpose):
    """Return the path of a fresh log file, and delete the oldest ones of its kind."""
    earlier = sorted(LOGS.glob(f"{purpose}-*.log"))
    for path in earlier[:-20]:
        path.unlink(missing_ok=True)
    return LOGS / f"{purpose}-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.log"
