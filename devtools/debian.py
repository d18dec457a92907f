"""Debian packages, downloaded and unpacked privately: nothing is installed on the machine."""

import os
import re
import shutil
import time
from pathlib import Path
from urllib.parse import urlsplit

from .core import HOME, LOGS, CommandFailed, Stop, digest, is_root, remove, run, run_logged

APT = HOME / "apt"
SOURCES = Path("/etc/apt")
KEYRINGS = Path("/usr/share/keyrings")
LISTS_ARE_FRESH = 24 * 3600


def own_suite():
    """Return the code name of the Debian release this machine runs, or None elsewhere."""
    try:
        text = Path("/etc/os-release").read_text(encoding="utf-8")
    except OSError:
        return None
    values = dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', text, re.MULTILINE))
    return values.get("VERSION_CODENAME") if values.get("ID") == "debian" else None


def _one_line_sources(text):
    for line in text.splitlines():
        match = re.match(r"\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+(.+)", line)
        if match:
            yield match[1], [match[2]], match[3].split("#")[0].split()


def _deb822_sources(text):
    text = re.sub(r"^#.*\n?", "", text, flags=re.MULTILINE)
    for stanza in re.split(r"\n\s*\n", text):
        fields = {
            key.lower(): value.split()
            for key, value in re.findall(r"^([\w-]+):((?:.*)(?:\n[ \t].*)*)", stanza, re.MULTILINE)
        }
        if "deb" in fields.get("types", ()) and fields.get("enabled") not in (["no"], ["false"]):
            for uri in fields.get("uris", ()):
                yield uri, fields.get("suites", []), fields.get("components", [])


def mirrors(sources=SOURCES):
    """Return the Debian mirrors that the machine's own apt sources name, the likeliest first.

    Security archives and sources of others are left out; what is not Debian's is found out by its signature.
    """
    found = []
    for path in [sources / "sources.list", *sorted((sources / "sources.list.d").glob("*"))]:
        if path.suffix not in (".list", ".sources") or not path.is_file():
            continue
        parse = _deb822_sources if path.suffix == ".sources" else _one_line_sources
        for uri, suites, components in parse(path.read_text(encoding="utf-8", errors="replace")):
            security = "security" in uri or all("security" in suite for suite in suites)
            if "main" in components and not security and not uri.startswith("cdrom:"):
                found.append(uri.rstrip("/"))
    return sorted(dict.fromkeys(found), key=lambda uri: not urlsplit(uri).path.endswith("/debian"))


def _options():
    user = ["-o", "APT::Sandbox::User=root"] if is_root() else []
    settings = {
        "Dir::State::Lists": APT / "lists",
        "Dir::Cache": APT / "cache",
        "Dir::Etc::SourceList": APT / "sources.list",
        "Dir::Etc::SourceParts": APT / "none",
        "Dir::Etc::Preferences": APT / "none" / "preferences",
        "Dir::Etc::PreferencesParts": APT / "none",
        "Dir::Log": APT / "log",
        "Acquire::Languages": "none",
        "Acquire::Retries": "3",
        "Debug::NoLocking": "1",
    }
    return user + [part for key, value in settings.items() for part in ("-o", f"{key}={value}")]


def _update(mirror, keyring, progress):
    suites = dict.fromkeys(filter(None, ["sid", "bookworm", own_suite()]))
    lines = "".join(f"deb [signed-by={keyring}] {mirror} {suite} main\n" for suite in suites)
    stamp = APT / "updated"
    unchanged = stamp.is_file() and stamp.read_text(encoding="utf-8") == digest(lines)
    if unchanged and time.time() - stamp.stat().st_mtime < LISTS_ARE_FRESH:
        return
    (APT / "sources.list").write_text(lines, encoding="utf-8")
    describe = {"Get": "reading the package lists"}.get
    run_logged(
        ["apt-get", *_options(), "-o", "APT::Update::Error-Mode=any", "update"],
        LOGS / "apt.log",
        progress=progress,
        describe=lambda line: describe(line.split(":")[0]),
    )
    stamp.write_text(digest(lines), encoding="utf-8")


def prepare(progress):
    """Make the private apt configuration ready, reading the package lists if that was not done yet."""
    if not shutil.which("apt-get") or not shutil.which("dpkg"):
        raise Stop("This machine has no apt: put an Odoo 19 in a folder and name it in ODOO_HOME, then run this again.")
    keyring = next(iter(sorted(KEYRINGS.glob("debian-archive-keyring.*"))), None)
    if keyring is None:
        raise Stop("Debian's archive keyring is missing: install the package debian-archive-keyring, or set ODOO_HOME.")
    for folder in ("lists/partial", "cache/archives/partial", "none", "log"):
        (APT / folder).mkdir(parents=True, exist_ok=True)
    candidates = mirrors()
    if not candidates:
        raise Stop("The apt sources of this machine name no Debian mirror: add one, or name an Odoo 19 in ODOO_HOME.")
    for mirror in candidates:
        try:
            return _update(mirror, keyring, progress)
        except CommandFailed:
            continue
    raise Stop(
        "No Debian mirror of the apt sources could be read (see .dev/log/apt.log):"
        " connect this machine to the network, then run this again."
    )


def versions(package):
    """Return {version: suite} of a package, the newest first."""
    output = run(["apt-cache", *_options(), "madison", package]).stdout
    rows = [[cell.strip() for cell in line.split("|")] for line in output.splitlines()]
    return {row[1]: row[2].split()[1].split("/")[0] for row in rows if len(row) == 3 and row[2].endswith("Packages")}


def missing_packages(package):
    """Return `package=version` of a package and of all it needs that this machine lacks, in its own release."""
    output = run(
        ["apt-get", *_options(), "-s", "--no-install-recommends", "-t", own_suite(), "install", package]
    ).stdout
    found = re.findall(r"^Inst (\S+) (?:\[\S+\] )?\((\S+)", output, re.MULTILINE)
    return [f"{name}={version}" for name, version in found]


def unpack(packages, target, progress, *, extra=None):
    """Download packages and unpack them into a folder, which appears only when it is complete.

    :param extra: function that finishes the folder before it gets its name
    """
    downloads = target.with_name(target.name + ".deb")
    fresh = target.with_name(target.name + ".new")
    remove(fresh)
    downloads.mkdir(parents=True, exist_ok=True)
    fresh.mkdir()

    def describe(line):
        match = re.match(r"dlstatus:\d+:([\d.]+):", line)
        return f"downloading {float(match[1]):.0f} %" if match else None

    try:
        run_logged(
            ["apt-get", *_options(), "-o", "APT::Status-Fd=1", "download", *packages],
            LOGS / "apt.log",
            progress=progress,
            describe=describe,
            cwd=downloads,
        )
        debs = sorted(downloads.glob("*.deb"))
        for number, deb in enumerate(debs, 1):
            progress.show(f"unpacking {number} of {len(debs)}")
            run(["dpkg", "-x", deb, fresh])
        if extra:
            extra(fresh)
    except CommandFailed as error:
        (APT / "updated").unlink(missing_ok=True)
        reason = " ".join(error.lines[-1:]).removeprefix("E: ")
        raise Stop(
            f"Debian's packages could not be fetched and unpacked ({reason}): check the network and the free space,"
            " then run this again."
        ) from None
    remove(target)
    fresh.rename(target)
    remove(downloads)


def library_path(root):
    """Return the value of LD_LIBRARY_PATH by which programs unpacked into `root` find their libraries there."""
    found = {path.parent for pattern in ("usr/lib", "lib") for path in root.glob(f"{pattern}/*-linux-*/**/lib*.so*")}
    return os.pathsep.join(sorted(map(str, found), key=len))
