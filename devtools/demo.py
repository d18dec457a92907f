"""The demo: a business loaded, its months run, and Odoo served."""

import os
import re
import signal
import time
from pathlib import Path

from . import databases, odoo
from .core import HOME, LOGS, ROOT, CommandFailed, Progress, Stop, digest, digest_files, lock, run_logged, say
from .testing import free_port

DATABASE = "recurring_demo"
DRIVER = ROOT / "data" / "run_demo.py"
SAMPLE = ROOT / "data" / "sample"
SERVERS = HOME / "servers"


def run(options):
    """Load the book into the demo database, run its months, and serve it unless told not to."""
    if options.book and not Path(options.book).is_dir():
        raise Stop(f"There is no folder {options.book}: name one with a book's CSV files after --book.")
    if not re.fullmatch(r"recurring_[a-z0-9_]+", options.database):
        raise Stop("A demo database's name begins with recurring_ and has small letters, digits and _ only.")
    command = [odoo.PYTHON, DRIVER, "--database", options.database, "--months", options.months]
    command += ["--book", Path(options.book).resolve()] if options.book else []
    command += ["--open-work"]
    command += ["--workers", options.workers] if options.workers else []
    with lock(options.database):
        _prepare(options)
        code = odoo.call(command, env=databases.environment(), cwd=ROOT)
    if code or options.no_serve:
        return code
    return serve(options.database, options.port)


def _prepare(options):
    """Make the demo database, unless there is one of the same book, which the driver then continues."""
    book = Path(options.book).resolve() if options.book else SAMPLE
    files = digest_files(path for path in book.rglob("*") if path.is_file())
    wanted = f"demo {digest(files, options.months, databases.contents())}"
    if not options.fresh and databases.is_current(options.database, wanted):
        say("Going on with the demo database that is there (--fresh starts again).")
        return
    databases.fill(options.database)
    progress = Progress("Demo database")
    try:
        run_logged(
            odoo.command("i18n", "loadlang", "-d", options.database, "-l", "fr_FR"),
            LOGS / "demo.log",
            progress=progress,
            env=databases.environment(),
        )
    except CommandFailed:
        raise Stop("French could not be loaded into the demo database: see .dev/log/demo.log.") from None
    databases.record(options.database, wanted)
    progress.done()


def serve(database, port):
    """Serve a database in the foreground until it is interrupted."""
    if databases.state(database) is None:
        raise Stop(f"There is no database {database}: ./dev demo makes one.")
    port = free_port(port)
    log = databases.new_log("server")
    say(f"\nOdoo: http://localhost:{port}/odoo   login: admin   password: admin   (Ctrl-C ends it; log: {log})")
    arguments = ["-d", database, "--db-filter", f"^{database}$", "--http-port", port, "--logfile", log]
    SERVERS.mkdir(exist_ok=True)
    notes = []

    def note(process):
        notes.append(SERVERS / str(process.pid))
        notes[0].write_text(f"Odoo on port {port}", encoding="utf-8")

    try:
        return odoo.call(odoo.command(*arguments), started=note, env=databases.environment())
    finally:
        notes[0].unlink(missing_ok=True)


def stop():
    """Stop the servers that were started here; return what they were."""
    stopped = []
    for note in SERVERS.glob("*"):
        process = Path("/proc") / note.name
        if process.exists() and str(odoo.PYTHON) in (process / "cmdline").read_text(encoding="utf-8"):
            os.kill(int(note.name), signal.SIGTERM)
            stopped.append(note.read_text(encoding="utf-8"))
            _wait_for_end(process)
        note.unlink(missing_ok=True)
    return stopped


def _wait_for_end(process):
    for _tenth in range(100):
        if not process.exists():
            return
        time.sleep(0.1)
