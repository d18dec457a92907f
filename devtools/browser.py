"""The browser for the browser tests, and the program that prints PDF."""

import os
import shutil
import subprocess
from pathlib import Path

from . import debian
from .core import HOME, LOGS, CommandFailed, Progress, Stop, is_root, run_logged

NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
WRAPPER = HOME / "bin" / "chromium"
PRIVATE = HOME / "chromium"
SWITCHES = (
    "--no-sandbox --disable-gpu --disable-dev-shm-usage"
    " --disable-background-networking --disable-component-update --disable-sync"
)


def set_up():
    """Make a browser ready under a name that Odoo's tests look for."""
    if _works():
        return
    folders = [part for part in os.environ.get("PATH", os.defpath).split(os.pathsep) if part != str(WRAPPER.parent)]
    existing = next(filter(None, (shutil.which(name, path=os.pathsep.join(folders)) for name in NAMES)), None)
    if existing:
        _wrap(f'exec "{existing}"')
        if _works():
            return
    if not debian.own_suite():
        raise Stop("No browser for the browser tests: install Chromium or Google Chrome, then run this again.")
    progress = Progress("Chromium from Debian (100 MB to download)")
    debian.prepare(progress)
    debian.unpack([*debian.missing_packages("chromium"), *_fonts()], PRIVATE, progress)
    fonts = Path("/etc/fonts/fonts.conf")
    configuration = "" if fonts.exists() else f'export FONTCONFIG_PATH="{PRIVATE}/etc/fonts"\n'
    _wrap(
        f'export LD_LIBRARY_PATH="{debian.library_path(PRIVATE)}"\n'
        f'export XDG_DATA_DIRS="{PRIVATE}/usr/share:/usr/share"\n'
        f"{configuration}"
        f'exec "{PRIVATE}/usr/lib/chromium/chromium"'
    )
    if not _works():
        raise Stop("The Chromium from Debian does not start: install Chromium as root (apt-get install chromium).")
    progress.done()


def _fonts():
    return [] if any(Path("/usr/share/fonts").glob("**/*.ttf")) else [f"fonts-dejavu-core/{debian.own_suite()}"]


def _wrap(start):
    WRAPPER.parent.mkdir(exist_ok=True)
    WRAPPER.write_text(f'#!/bin/sh\n{start} {SWITCHES} "$@"\n', encoding="utf-8")
    WRAPPER.chmod(0o755)


def _works():
    if not WRAPPER.exists():
        return False
    command = [WRAPPER, "--headless", f"--user-data-dir={HOME / 'browser-check'}", "--dump-dom", "about:blank"]
    stamp = HOME / "stamps" / "browser"
    content = WRAPPER.read_text(encoding="utf-8")
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == content:
        return True
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    finally:
        shutil.rmtree(HOME / "browser-check", ignore_errors=True)
    if "<html>" not in result.stdout:
        (LOGS / "chromium.log").write_text(result.stdout + result.stderr, encoding="utf-8")
        return False
    stamp.parent.mkdir(exist_ok=True)
    stamp.write_text(content, encoding="utf-8")
    return True


def set_up_pdf():
    """Install the program that prints PDF where that is possible; everything else works without it."""
    if shutil.which("wkhtmltopdf") or not is_root() or not debian.own_suite():
        return
    tried = HOME / "stamps" / "pdf"
    if tried.exists():
        return
    progress = Progress("wkhtmltopdf from Debian, to print invoices")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        run_logged(["apt-get", "update"], LOGS / "apt.log", env=environment)
        run_logged(
            ["apt-get", "install", "-y", "--no-install-recommends", "wkhtmltopdf"],
            LOGS / "apt.log",
            progress=progress,
            env=environment,
        )
        progress.done()
    except CommandFailed:
        progress.done("not available here: invoices show as web pages only")
    tried.touch()
