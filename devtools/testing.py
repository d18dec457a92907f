"""Running the tests, with pytest and with Odoo's own runner."""

import re
import socket
from pathlib import Path

from . import databases, logs, odoo
from .core import ROOT, say

# What looks at every addon runs again beside the further apps, where the bridges are installed.
ABOUT_ALL_ADDONS = ["tests/test_i18n.py"]
NOTHING_COLLECTED = 5


def _paths(*folders):
    return [str(folder.relative_to(ROOT)) for folder in folders if folder.is_dir()]


def _main_paths():
    return _paths(*(addon / "tests" for addon in databases.main_addons()), ROOT / "tests")


def _joined_paths():
    """Return what is tested beside the further apps, nothing where there are no bridges."""
    found = _paths(*(addon / "tests" for addon in databases.bridges()))
    return found + ABOUT_ALL_ADDONS if found else []


def _is_path(argument):
    return Path(ROOT, argument.split("::")[0]).exists()


def _folder(argument):
    """Return the folder of the repository that a path given to pytest lies in."""
    return Path(ROOT, argument.split("::")[0]).resolve().relative_to(ROOT).parts[0]


def _split(paths):
    """Return those of some paths that are tested without, and those that are tested beside further apps."""
    names = {addon.name for addon in databases.bridges()}
    main = [path for path in paths if _folder(path) not in names]
    joined = [path for path in paths if path not in main or names and path.split("::")[0] in ABOUT_ALL_ADDONS]
    return main, joined


def _last_addon(paths):
    """Return the addon up to which installing is enough for the tests in these paths, None for all addons."""
    names = [addon.name for addon in databases.main_addons()]
    needed = {addon.name: databases.main_addon_of(addon).name for addon in databases.bridges()}
    named = {needed.get(folder, folder) for folder in map(_folder, paths)}
    return max(named, key=names.index) if named and named <= set(names) else None


def run_pytest(arguments):
    """Run pytest, for the bridges on a database of their own; return 0 if all passed and nothing complained.

    :param arguments: pytest's; without a path among them all tests run
    """
    named = [argument for argument in arguments if _is_path(argument)]
    options = [argument for argument in arguments if argument not in named]
    main, joined = _split(named) if named else (_main_paths(), _joined_paths())
    codes = []
    if main:
        codes.append(_run_pytest([*options, *main], _last_addon(main)))
    if joined:
        codes.append(_run_pytest([*options, *joined], _last_addon(joined), joined=True))
    # A choice of tests by name may leave nothing in one of the two.
    chosen = [code for code in codes if code != NOTHING_COLLECTED] or codes
    return max(chosen)


def _run_pytest(arguments, last, joined=False):
    """Run pytest on a copy of a template database; return its exit code, 1 if our addons complained in the log."""
    log = databases.new_log("test")
    with databases.throwaway("test", last, joined=joined) as (name, complaints):
        config = databases.write_config(name, log)
        environment = databases.environment() | {"ODOO_RC": str(config)}
        command = [odoo.PYTHON, "-m", "pytest", "--odoo-http", "--odoo-log-level=info", *arguments]
        try:
            code = odoo.call(command, env=environment, cwd=ROOT)
        finally:
            config.unlink()
    return _verdict(code, complaints + logs.complaints(log), log)


def run_odoo_runner():
    """Update all addons, beside further apps, under Odoo's own test runner, and judge its log."""
    names = [addon.name for addon in databases.ordered_addons()]
    log = databases.new_log("odoo-runner")
    with databases.throwaway("runner", joined=True) as (name, complaints):
        tags = ",".join(f"/{addon}" for addon in names)
        command = odoo.command(
            *("-d", name, "-u", ",".join(names), "--test-tags", tags, "--stop-after-init"),
            *("--http-port", free_port(), "--logfile", log),
        )
        say(f"Odoo's own runner: updating {', '.join(names)} and running their tests ...")
        code = odoo.call(command, env=databases.environment())
    text = log.read_text(encoding="utf-8", errors="replace")
    results = re.findall(r"odoo\.tests\.result: (.*)", text)
    say("\n".join(results) or "no result")
    executed = sum(int(count) for result in results for count in re.findall(r"of (\d+) tests", result))
    skipped = re.findall(r"skipped (.*) : ", text)
    if not executed:
        complaints.append("No test ran.")
    complaints += [f"Skipped: {name}" for name in skipped]
    failures = [entry.splitlines() for level, _logger, entry in logs.entries(log) if level in ("ERROR", "CRITICAL")]
    for lines in failures:
        say("\n".join(lines[:40]))
    return _verdict(code, complaints + logs.complaints(log), log)


def _verdict(code, complaints, log):
    """Print what our addons complained about and return the exit code."""
    if complaints:
        say("\nWarnings and errors in Odoo's log count as failures:")
        say("\n".join(f"  {line}" for line in dict.fromkeys(complaints)))
    say(f"Log: {log.relative_to(ROOT)}")
    return code or (1 if complaints else 0)


def free_port(first=None):
    """Return a free port, the first one from `first` on if that is given."""
    ports = range(first, first + 100) if first else [0]
    for port in ports:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return probe.getsockname()[1]
    return first
