"""An Odoo 19 and the Python environment it runs in."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from . import debian
from .core import (
    HOME,
    LOGS,
    ROOT,
    CommandFailed,
    Progress,
    Stop,
    digest,
    remove,
    run,
    run_logged,
    set_stamp,
    stamp_matches,
)

UNPACKED = HOME / "odoo"
VENV = HOME / "venv"
PYTHON = VENV / "bin" / "python"
CONFIG = HOME / "odoo.conf"
DATA_DIR = HOME / "data"
DEBIAN_PATH = Path("usr/lib/python3/dist-packages")
PACKAGES = [
    "odoo-19",
    "fonts-inconsolata",
    "fonts-montserrat",
    "fonts-ocr-b",
    "fonts-roboto-unhinted",
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
]
STAND_IN = "odoo/addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"
PYTHONS = ["python3.13", "python3.12", "python3.11", "python3.10"]


def package_folder():
    """Return the folder that holds the `odoo` package: ODOO_HOME's, else the one unpacked here."""
    given = os.environ.get("ODOO_HOME")
    if not given:
        return UNPACKED / DEBIAN_PATH
    home = Path(given).expanduser().resolve()
    for folder in (home, home / DEBIAN_PATH, *home.glob("lib/python3*/site-packages")):
        if (folder / "odoo" / "release.py").is_file():
            return folder
    if (home / "release.py").is_file() and home.name == "odoo":
        return home.parent
    raise Stop("ODOO_HOME names no Odoo: set it to the folder that contains odoo-bin or the odoo package.")


def release():
    """Return the version of the Odoo in use, for instance 19.0."""
    text = (package_folder() / "odoo" / "release.py").read_text(encoding="utf-8")
    return ".".join(re.search(r"^version_info = \((\d+), (\d+)", text, re.MULTILINE).groups())


def identity():
    """Return a text that changes whenever the Odoo in use does."""
    folder = package_folder()
    if (folder / ".git").exists() and shutil.which("git"):
        head = run(["git", "-C", folder, "rev-parse", "HEAD"], check=False).stdout.strip()
        return f"{folder} {head}"
    return f"{folder} {(folder / 'odoo' / 'release.py').stat().st_mtime_ns}"


def own_addons():
    """Return the folders of the addons of this repository."""
    return sorted(path.parent for path in ROOT.glob("*/__manifest__.py"))


def addons_path():
    """Return the folders in which Odoo finds addons, besides those in the `odoo` package."""
    checkout = package_folder() / "addons"
    return [ROOT, checkout] if (checkout / "account").is_dir() else [ROOT]


def set_up():
    """Make Odoo and its Python environment ready."""
    if not os.environ.get("ODOO_HOME"):
        _unpack_odoo()
    if not release().startswith("19."):
        raise Stop(f"ODOO_HOME holds Odoo {release()}: these addons need Odoo 19.")
    _make_environment()
    CONFIG.write_text(
        "[options]\n"
        f"addons_path = {','.join(map(str, addons_path()))}\n"
        f"data_dir = {DATA_DIR}\n"
        "http_interface = 127.0.0.1\n"
        "list_db = False\n",
        encoding="utf-8",
    )


def _unpack_odoo():
    value = digest(*PACKAGES, "fonts-font-awesome 4.7")
    if stamp_matches("odoo", value) and UNPACKED.is_dir():
        return
    progress = Progress("Odoo 19 from Debian (130 MB to download)")
    debian.prepare(progress)
    if "sid" not in debian.versions("odoo-19").values():
        raise Stop("The Debian mirror has no odoo-19: use a full mirror, or name an Odoo 19 in ODOO_HOME.")
    # Odoo's icons need the files of Font Awesome 4.7, which later releases of Debian no longer have.
    icons = next((version for version in debian.versions("fonts-font-awesome") if "4.7" in version), None)
    if icons is None:
        raise Stop("The Debian mirror has no Font Awesome 4.7: use a full mirror, or name an Odoo 19 in ODOO_HOME.")
    debian.unpack([*PACKAGES, f"fonts-font-awesome={icons}"], UNPACKED, progress, extra=_complete_odoo)
    set_stamp("odoo", value)
    progress.done()


def _complete_odoo(root):
    """Drop what the Debian package duplicates and add the file it leaves out, without which pages log an error."""
    for name in ("addons", "doc", "setup"):
        remove(root / DEBIAN_PATH / name)
    stand_in = root / DEBIAN_PATH / STAND_IN
    if not stand_in.exists():
        stand_in.parent.mkdir(parents=True, exist_ok=True)
        stand_in.write_text("/* Left out by Debian: background blur in calls is not available. */\n", encoding="utf-8")


def suitable_python():
    """Return a Python that Odoo 19 supports, preferably the one that runs this."""
    if sys.version_info < (3, 14):
        return sys.executable
    found = next(filter(None, map(shutil.which, PYTHONS)), None)
    if not found:
        raise Stop("Odoo 19 does not run on Python 3.14 or newer: install Python 3.13, then run this again.")
    return found


def _make_environment():
    folder = package_folder()
    requirements = [ROOT / "devtools" / f"requirements-{name}.txt" for name in ("odoo", "test")]
    value = digest(folder, suitable_python(), *(path.read_text(encoding="utf-8") for path in requirements))
    if stamp_matches("venv", value) and run([PYTHON, "-c", ""], check=False).returncode == 0:
        return
    progress = Progress("Python packages")
    install_packages(VENV, [part for path in requirements for part in ("-r", path)], progress)
    _show_odoo_to(VENV, folder)
    set_stamp("venv", value)
    progress.done()


def _show_odoo_to(venv, folder):
    """Put Odoo on the path of a virtual environment, as an installed distribution that pip knows of."""
    site = next(venv.glob("lib/python3*/site-packages"))
    (site / "odoo-home.pth").write_text(f"{folder}\n", encoding="utf-8")
    for outdated in site.glob("odoo-*.dist-info"):
        remove(outdated)
    info = site / f"odoo-{release()}.dist-info"
    info.mkdir()
    metadata = f"Metadata-Version: 2.1\nName: odoo\nVersion: {release()}\n"
    (info / "METADATA").write_text(metadata, encoding="utf-8")
    (info / "RECORD").touch()
    (info / "INSTALLER").write_text("dev\n", encoding="utf-8")


def install_packages(venv, arguments, progress):
    """Install Python packages into a virtual environment, which is created when it is missing or broken."""
    python = venv / "bin" / "python"
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    environment |= {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}
    try:
        if not python.exists() or run([python, "-m", "pip", "--version"], check=False).returncode:
            remove(venv)
            run([suitable_python(), "-m", "venv", "--without-pip", venv])
            _bring_pip(python, environment, progress)
        run_logged(
            [python, "-m", "pip", "install", "--progress-bar=off", *arguments],
            LOGS / "pip.log",
            progress=progress,
            describe=lambda line: line.strip() if line.startswith(("Collecting", "Installing", "Building")) else None,
            env=environment,
        )
    except CommandFailed as error:
        text = "\n".join(error.lines)
        if any(sign in text for sign in ("NewConnectionError", "Temporary failure", "No matching distribution")):
            raise Stop(
                "No Python package index could be reached: connect this machine to the network, then run this again."
            ) from None
        raise Stop(
            "Python packages could not be installed: look into .dev/log/pip.log, put right what it says,"
            " then run this again."
        ) from None


def _bring_pip(python, environment, progress):
    """Install pip from Python's own copy, or from Debian's where Debian has split that off."""
    if run([python, "-m", "ensurepip"], check=False, env=environment).returncode == 0:
        return
    if not debian.own_suite():
        raise Stop("This Python has no ensurepip: install the package python3-venv (or its like), then run this again.")
    folder = HOME / "pip"
    debian.prepare(progress)
    debian.unpack([f"python3-pip-whl/{debian.own_suite()}"], folder, progress)
    wheel = next(folder.glob("usr/share/python-wheels/pip-*.whl"))
    site = next(python.parent.parent.glob("lib/python3*/site-packages"))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)


def command(*arguments):
    """Return the command line that runs Odoo; the environment tells it where its configuration is."""
    return [PYTHON, "-m", "odoo", *arguments]


def environment():
    """Return the variables by which Odoo and this project's own scripts find the addons and their files."""
    names = {
        "ODOO_RC": CONFIG,
        "RECURRING_ADDONS_PATH": ",".join(map(str, addons_path())),
        "RECURRING_ODOO_DATA_DIR": DATA_DIR,
        "HYPOTHESIS_STORAGE_DIRECTORY": HOME / "hypothesis",
    }
    return {key: str(value) for key, value in names.items()}


def call(arguments, started=None, **options):
    """Run a program on the user's terminal until it ends, and return its exit code.

    :param started: function that gets the process once it runs
    """
    process = subprocess.Popen([str(part) for part in arguments], **options)
    if started:
        started(process)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue
