"""A private PostgreSQL cluster on a unix socket, or the server that the PG* variables name."""

import json
import os
import pwd
import re
import shutil
import subprocess
from pathlib import Path

from . import debian
from .core import HOME, LOGS, ROOT, CommandFailed, Progress, Stop, digest, is_root, remove, run

RECORD = HOME / "postgres.json"
USER = "odoo"
MARK = f"made by dev of {ROOT}:"


def external():
    """Tell whether the user named a server by the usual variables."""
    return bool(os.environ.get("PGHOST"))


def set_up():
    """Make the server ready, and start it if it is ours."""
    if external():
        _check_external()
        return
    place = _place()
    if not (place["bin"] / "postgres").exists():
        RECORD.unlink()
        place = _place()
    if not _cluster_fits(place):
        _create_cluster(place)
    if not is_running():
        _start(place)


def environment():
    """Return the PG* variables that lead to the server."""
    if external():
        return {key: value for key, value in os.environ.items() if key.startswith("PG")}
    place = _place()
    return {"PGHOST": str(place["socket"]), "PGPORT": "5432", "PGUSER": USER} | _library_path(place)


def programs():
    """Return the folder of PostgreSQL's programs, None where they are on the path."""
    return None if external() else _place()["bin"]


def is_running():
    """Tell whether the private server runs."""
    place = _place()
    return _as_owner([place["bin"] / "pg_ctl", "-D", place["data"], "status"], place, check=False).returncode == 0


def stop():
    """Stop the private server, if it runs; return whether it did."""
    if external() or not RECORD.is_file() or not is_running():
        return False
    place = _place()
    _as_owner([place["bin"] / "pg_ctl", "-D", place["data"], "-m", "fast", "-w", "stop"], place)
    return True


def query(sql, database="postgres"):
    """Run a statement and return its rows as lists of texts."""
    psql = programs() / "psql" if programs() else "psql"
    command = [psql, "-XAtq", "-F", "\x1f", "-R", "\x1e", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", sql]
    output = run(command, env=os.environ | environment()).stdout
    return [line.split("\x1f") for line in output.removesuffix("\n").split("\x1e") if line]


def _check_external():
    if not shutil.which("psql"):
        raise Stop("PGHOST names a server but psql is missing: install PostgreSQL's client, then run this again.")
    try:
        query("SELECT 1")
    except CommandFailed as error:
        reason = (error.lines or ["no answer"])[0]
        raise Stop(
            f"The server that PGHOST names cannot be used ({reason}): correct the PG* variables, or unset PGHOST"
            " to get a private server."
        ) from None


def _place():
    """Return where the private cluster is, deciding that once."""
    if RECORD.is_file():
        record = json.loads(RECORD.read_text(encoding="utf-8"))
    else:
        record = _decide()
        RECORD.write_text(json.dumps(record), encoding="utf-8")
    return {key: Path(value) if key in ("data", "socket", "bin", "log") else value for key, value in record.items()}


def _decide():
    owner = _unprivileged_user() if is_root() else None
    base = HOME / "postgres"
    base.mkdir(exist_ok=True)
    if owner and not _can_enter(owner, base):
        # PostgreSQL refuses to run as root, and its user may not enter the folder of this repository.
        base = Path("/var/tmp") / f"recurring-dev-{digest(ROOT)}"
        base.mkdir(mode=0o755, exist_ok=True)
        if base.stat().st_uid != 0:
            raise Stop(f"{base} belongs to somebody else: remove it, or set PGHOST to a server of yours.")
    socket = base / "socket"
    if len(str(socket)) > 80:
        runtime = os.environ.get("XDG_RUNTIME_DIR") or "/tmp"
        socket = Path(runtime) / f"recurring-{digest(ROOT)[:8]}"
    return {
        "owner": owner,
        "base": str(base),
        "data": str(base / "data"),
        "socket": str(socket),
        "log": str(base / "server.log"),
        "bin": str(_binaries(base)),
    }


def _unprivileged_user():
    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    raise Stop("PostgreSQL does not run as root: run this as an ordinary user, or set PGHOST to a server.")


def _can_enter(owner, folder):
    return subprocess.run(["test", "-x", folder], user=owner, cwd="/", check=False).returncode == 0


def _binaries(base):
    """Return the folder of PostgreSQL's server programs, unpacking Debian's package if there is none."""

    def number(path):
        return [int(part) for part in re.findall(r"\d+", str(path))]

    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if found:
        return max(found, key=number)
    on_path = shutil.which("initdb")
    if on_path and shutil.which("pg_ctl"):
        return Path(on_path).resolve().parent
    target = base / "programs"
    if not any(target.glob("usr/lib/postgresql/*/bin/initdb")):
        if not debian.own_suite():
            raise Stop("PostgreSQL is missing: install its server (package postgresql), then run this again.")
        progress = Progress("PostgreSQL from Debian")
        debian.prepare(progress)
        debian.unpack(debian.missing_packages("postgresql"), target, progress)
        progress.done()
    return next(target.glob("usr/lib/postgresql/*/bin"))


def _library_path(place):
    """Return the variable by which privately unpacked programs find the libraries unpacked with them."""
    programs = Path(place["base"]) / "programs"
    if not place["bin"].is_relative_to(programs):
        return {}
    return {"LD_LIBRARY_PATH": debian.library_path(programs)}


def _cluster_fits(place):
    """Tell whether there is a cluster and the server programs are of its version."""
    made_by = place["data"] / "PG_VERSION"
    if not made_by.is_file():
        return False
    version = run([place["bin"] / "postgres", "--version"], env=os.environ | _library_path(place)).stdout
    return made_by.read_text(encoding="utf-8").strip() in re.findall(r"\d+", version)[:1]


def _as_owner(command, place, **options):
    options.setdefault("env", os.environ | _library_path(place))
    if place["owner"]:
        account = pwd.getpwnam(place["owner"])
        options |= {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    return run(command, cwd="/", **options)


def _make_folder(path, place):
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if place["owner"]:
        account = pwd.getpwnam(place["owner"])
        os.chown(path, account.pw_uid, account.pw_gid)


def _create_cluster(place):
    progress = Progress("PostgreSQL cluster")
    remove(place["data"])
    fresh = place["data"].with_suffix(".new")
    remove(fresh)
    _make_folder(fresh, place)
    initdb = [place["bin"] / "initdb", "-D", fresh, "-U", USER, "-A", "trust", "-E", "UTF8", "--no-sync"]
    try:
        _as_owner([*initdb, "--locale=C.UTF-8"], place)
    except CommandFailed:
        try:
            _as_owner([*initdb, "--locale=C"], place)
        except CommandFailed as error:
            (LOGS / "initdb.log").write_text("\n".join(error.lines), encoding="utf-8")
            raise Stop(
                "PostgreSQL could not create a cluster (see .dev/log/initdb.log): put right what it says, or set"
                " PGHOST to a server of yours."
            ) from None
    with open(fresh / "postgresql.conf", "a", encoding="utf-8") as handle:
        handle.write(_settings(place))
    fresh.rename(place["data"])
    progress.done()


def _settings(place):
    """Return settings for a server whose data can be made again: fast first, then safe against a lost machine."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1024**2
    shared = max(64, min(512, memory // 8))
    return f"""
listen_addresses = ''
unix_socket_directories = '{place["socket"]}'
max_connections = 100
shared_buffers = {shared}MB
work_mem = 16MB
maintenance_work_mem = 128MB
effective_cache_size = {max(256, memory // 2)}MB
random_page_cost = 1.1
max_wal_size = 2GB
checkpoint_timeout = 15min
fsync = off
synchronous_commit = off
full_page_writes = off
jit = off
timezone = 'UTC'
log_min_messages = warning
log_min_error_statement = fatal
"""


def _start(place):
    progress = Progress("PostgreSQL server")
    _make_folder(place["socket"], place)
    place["log"].touch()
    if place["owner"]:
        account = pwd.getpwnam(place["owner"])
        os.chown(place["log"], account.pw_uid, account.pw_gid)
    command = [place["bin"] / "pg_ctl", "-D", place["data"], "-l", place["log"], "-w", "-t", "120", "start"]
    # The server outlives this program and must not hold on to its pipes, so nothing is captured here.
    account = pwd.getpwnam(place["owner"]) if place["owner"] else None
    owner = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
    code = subprocess.run(
        [str(part) for part in command],
        cwd="/",
        env=os.environ | _library_path(place),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
        **owner,
    ).returncode
    if code:
        raise Stop(
            f"PostgreSQL did not start (see {place['log']}): put right what it says,"
            " or set PGHOST to a server of yours."
        )
    progress.done("started")
