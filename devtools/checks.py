"""The linters, in an environment of their own."""

import re
import shutil

from . import databases, logs, odoo, testing
from .core import HOME, ROOT, Progress, digest, lock, remove, say, set_stamp, stamp_matches

VENV = HOME / "lint-venv"
BIN = VENV / "bin"
REQUIREMENTS = ROOT / "devtools" / "requirements-lint.txt"


def _addons():
    return [addon.name for addon in databases.ordered_addons()]


def _call(*command):
    return odoo.call(command, cwd=ROOT)


def _ruff(fix):
    if fix:
        _call(BIN / "ruff", "check", "--quiet", "--fix-only", ".")
        _call(BIN / "ruff", "format", "--quiet", ".")
    code = _call(BIN / "ruff", "check", "--quiet", ".")
    return _call(BIN / "ruff", "format", "--quiet", "--diff", ".") or code


def _pylint(_fix):
    # A large model is written in several files, one concern each.
    split_models = "--disable=consider-merging-classes-inherited"
    return _call(BIN / "pylint", "--rcfile=.pylintrc", "--score=n", split_models, *_addons())


def _oca(_fix):
    files = [path for name in _addons() for path in (ROOT / name).glob("i18n/*.po*")]
    code = _call(BIN / "oca-checks-odoo-module", *_addons())
    # Its layout clears a translation that equals its term; here every term shows that it was translated.
    return (_call(BIN / "oca-checks-po", "--disable=po-pretty-format", *files) if files else 0) or code


def _xml(fix):
    return _call(BIN / "python", ROOT / "devtools" / "check_xml.py", *(["--fix"] if fix else []), *_addons())


def _test_lint(_fix):
    """Run Odoo's own checks of all addons and keep what they say about ours."""
    log = databases.new_log("test-lint")
    # A folder with nothing but the addons, since these checks read everything in an addons path.
    addons = HOME / "lint-addons"
    remove(addons)
    for name in _addons():
        shutil.copytree(ROOT / name, addons / name, ignore=shutil.ignore_patterns("__pycache__"))
    path = ",".join(map(str, [addons, *odoo.addons_path()[1:]]))
    tags = "/test_lint,-/test_lint:TestPyLint,-/test_lint:TestESLint"
    with databases.throwaway("lint", joined=True) as (name, _complaints):
        odoo.call(
            odoo.command(
                *("-d", name, "-i", "test_lint", "--test-tags", tags, "--stop-after-init"),
                *("--addons-path", path, "--http-port", testing.free_port(), "--logfile", log),
            ),
            env=databases.environment(),
        )
    text = log.read_text(encoding="utf-8", errors="replace")
    say("\n".join(re.findall(r"odoo\.tests\.result: (.*)", text)))
    found = logs.complaints(log)
    say("\n".join(found))
    return 1 if found or not re.search(r"of [1-9]\d* tests", text) else 0


CHECKS = {"ruff": _ruff, "pylint": _pylint, "oca": _oca, "xml": _xml, "test_lint": _test_lint}


def needs_odoo(names):
    """Tell whether one of the checks runs Odoo."""
    return not names or "test_lint" in names


def run(names, *, fix=False):
    """Run the checks of these names, or all; return 1 if one of them finds fault."""
    unknown = set(names) - set(CHECKS)
    if unknown:
        say(f"There is no check {', '.join(sorted(unknown))}; there are {', '.join(CHECKS)}.")
        return 1
    with lock("setup"):
        _set_up()
    failed = []
    for name in names or CHECKS:
        say(f"--- {name}")
        if CHECKS[name](fix):
            failed.append(name)
    say(f"Found fault: {', '.join(failed)}." if failed else "No fault found.")
    return 1 if failed else 0


def _set_up():
    value = digest(REQUIREMENTS.read_text(encoding="utf-8"), odoo.suitable_python())
    if stamp_matches("lint", value) and (BIN / "ruff").exists():
        return
    progress = Progress("Linters")
    odoo.install_packages(VENV, ["-r", REQUIREMENTS], progress)
    set_stamp("lint", value)
    progress.done()
