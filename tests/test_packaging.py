"""The distribution that setup.py makes: Odoo finds the addons in it, whole, without an addons path."""

import ast
import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MANIFESTS = {
    path.parent.name: ast.literal_eval(path.read_text(encoding="utf-8")) for path in ROOT.glob("*/__manifest__.py")
}
ADDONS = sorted(MANIFESTS)
BRIDGES = {addon for addon, manifest in MANIFESTS.items() if manifest.get("auto_install")}
LEFT_BEHIND = ("__pycache__", ".*")
LIST_ADDONS = """
import json, odoo.modules.module as modules
from odoo.tools import config
config.parse_config([])
modules.initialize_sys_path()
found = {manifest.name: manifest.path for manifest in modules.Manifest.all_addon_manifests()}
print(json.dumps({name: path for name, path in found.items() if name.startswith("recurring_")}))
"""


def files_of(folder):
    """Return the files below a folder, relative to it, without what Python writes there."""
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {str(path) for path in found if "__pycache__" not in path.parts}


def run(command, cwd):
    """Run a program away from this checkout and its settings, and return what it printed."""
    environment = {key: value for key, value in os.environ.items() if key not in ("ODOO_RC", "PYTHONPATH")}
    command = [str(part) for part in command]
    result = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def make_environment(folder):
    """Create a virtual environment that sees this one's packages, and so Odoo, but is written to alone."""
    run([sys.executable, "-m", "venv", "--without-pip", folder], folder.parent)
    site = next(folder.glob("lib/python3*/site-packages"))
    here = next(path for path in map(Path, sys.path) if path.name == "site-packages")
    (site / "parent.pth").write_text(f"import site; site.addsitedir({str(here)!r})\n", encoding="utf-8")
    return folder / "bin" / "python"


def pip_install(python, cwd, *arguments):
    """Install with the requirements checked, from what is on this machine only."""
    options = ["--no-index", "--no-build-isolation", "--disable-pip-version-check", "--quiet"]
    run([python, "-m", "pip", "install", *options, *arguments], cwd)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """Return a copy of what packaging reads, since building leaves files behind."""
    folder = tmp_path_factory.mktemp("source")
    for name in ("setup.py", "pyproject.toml", "MANIFEST.in", "LICENSE", "README.md", "CHANGELOG.md"):
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, folder)
    ignore = shutil.ignore_patterns(*LEFT_BEHIND)
    for name in ADDONS:
        shutil.copytree(ROOT / name, folder / name, ignore=ignore)
    (folder / "devtools").mkdir()
    shutil.copy(ROOT / "devtools" / "requirements-test.txt", folder / "devtools")
    # A migration's folder has dots in its name, which package finders skip: there must be one to prove it ships.
    migration = folder / "recurring_contracts" / "migrations" / "19.0.1.0.1"
    migration.mkdir(parents=True, exist_ok=True)
    (migration / "post-example.py").write_text("def migrate(cr, version):\n    pass\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def wheel(source):
    """Return the wheel that setup.py builds."""
    build = "from setuptools.build_meta import build_wheel; print(build_wheel('dist'))"
    return source / "dist" / run([sys.executable, "-c", build], source).splitlines()[-1]


def assert_whole(source, root):
    """Check that every file of every addon is in its folder below `root`."""
    for addon in ADDONS:
        assert files_of(source / addon) == files_of(root / addon)


def test_versions_agree():
    assert len({manifest["version"] for manifest in MANIFESTS.values()}) == 1
    assert {manifest["license"] for manifest in MANIFESTS.values()} == {"LGPL-3"}


def test_manifest_in_names_every_addon():
    lines = (ROOT / "MANIFEST.in").read_text(encoding="utf-8").splitlines()
    assert {line.split()[1] for line in lines if line.startswith("graft ")} == set(ADDONS)


def test_wheel_is_whole(source, wheel, tmp_path):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    assert_whole(source, tmp_path / "odoo" / "addons")
    assert {path.name for path in (tmp_path / "odoo").iterdir()} == {"addons"}


def test_sdist_is_whole_and_builds(source, wheel, tmp_path):
    build = f"from setuptools.build_meta import build_sdist; print(build_sdist({str(tmp_path)!r}))"
    name = run([sys.executable, "-c", build], source).splitlines()[-1]
    with tarfile.open(tmp_path / name) as archive:
        archive.extractall(tmp_path, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    unpacked = tmp_path / name.removesuffix(".tar.gz")
    assert_whole(source, unpacked)
    build = "from setuptools.build_meta import build_wheel; print(build_wheel('dist'))"
    again = unpacked / "dist" / run([sys.executable, "-c", build], unpacked).splitlines()[-1]
    with zipfile.ZipFile(again) as first, zipfile.ZipFile(wheel) as second:
        assert set(first.namelist()) == set(second.namelist())


@pytest.mark.parametrize("editable", [False, True], ids=["wheel", "editable"])
def test_odoo_lists_the_addons(source, wheel, tmp_path, editable):
    python = make_environment(tmp_path / "venv")
    pip_install(python, tmp_path, *(["-e", source] if editable else [wheel]))
    found = json.loads(run([python, "-c", LIST_ADDONS], tmp_path))
    assert sorted(found) == ADDONS
    assert not any(Path(path).is_relative_to(ROOT) for path in found.values())
    assert_whole(source, Path(found["recurring_contracts"]).parent)


def test_install_without_addons_path(source, tmp_path):
    python = make_environment(tmp_path / "venv")
    pip_install(python, tmp_path, source)
    database = f"recurring_pip_{os.getpid()}"
    base = os.environ["RECURRING_BASE_DATABASE"]
    files = Path(os.environ["RECURRING_ODOO_DATA_DIR"], "filestore", base)
    if files.is_dir():
        shutil.copytree(files, tmp_path / "data" / "filestore" / database)
    run(["createdb", "-T", base, database], tmp_path)
    try:
        options = ["--data-dir", tmp_path / "data", "--stop-after-init", "--no-http", "--log-level", "warn"]
        run([python, "-m", "odoo", "-d", database, "-i", "recurring_revenue", *options], tmp_path)
        states = "SELECT name FROM ir_module_module WHERE state = 'installed' AND name LIKE 'recurring%' ORDER BY name"
        installed = set(run(["psql", "-XAtd", database, "-c", states], tmp_path).split())
        # Bridges install themselves where what they join is installed.
        assert installed | BRIDGES == set(ADDONS)
    finally:
        run(["dropdb", "--force", database], tmp_path)
