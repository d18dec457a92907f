"""Running the tests, with pytest and with Odoo's own runner."""

import re
import socket
from pathlib import Path

from . import databases, logs, odoo
from .core import ROOT, say


def _test_paths():
    folders = [addon / "tests" for addon in databases.ordered_addons()] + [ROOT / "tests"]
    return [str(folder.relative_to(ROOT)) for folder in folders if folder.is_dir()]


def _named_paths(arguments):
    return [name for name in (argument.split("::")[0] for argument in arguments) if Path(ROOT, name).exists()]


def _last_addon(paths):
    """Return the addon up to which installing is enough for the tests in these paths, None for all addons."""
    names = [addon.name for addon in databases.ordered_addons()]
    named = {Path(ROOT, path).relative_to(ROOT).parts[0] for path in paths}
    return max(named, key=names.index) if named and named <= set(names) else None


def run_pytest(arguments):
    """Run pytest on a copy of the template database; return its exit code, 1 if our addons complained in the log."""
    paths = _named_paths(arguments)
    log = databases.new_log("test")
    with databases.throwaway("test", _last_addon(paths)) as (name, complaints):
        config = databases.write_config(name, log)
        environment = databases.environment() | {"ODOO_RC": str(config)}
        command = [odoo.PYTHON, "-m", "pytest", "--odoo-http", "--odoo-log-level=info", *arguments]
        try:
            code = odoo.call(command + ([] if paths else _test_paths()), env=environment, cwd=ROOT)
        finally:
            config.unlink()
    return _verdict(code, complaints + logs.complaints(log), log)


def run_odoo_runner():
    """Update the addons in a copy of the template database under Odoo's own test runner, and judge its log."""
    names = [addon.name for addon in databases.ordered_addons()]
    log = databases.new_log("odoo-runner")
    with databases.throwaway("runner") as (name, complaints):
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
