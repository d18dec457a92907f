"""Package the addons of this repository as one distribution in the odoo.addons namespace."""

import ast
from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).parent


def addon_packages(addon):
    """Return {package: folder} of an addon and the Python packages in it."""
    inner = {f"odoo.addons.{addon}.{name}": f"{addon}/{name.replace('.', '/')}" for name in find_packages(addon)}
    return {f"odoo.addons.{addon}": addon, **inner}


def read_version(addons):
    """Return the one version that the manifests of all addons state."""
    manifests = (ast.literal_eval((ROOT / addon / "__manifest__.py").read_text(encoding="utf-8")) for addon in addons)
    versions = {manifest["version"] for manifest in manifests}
    if len(versions) != 1:
        raise SystemExit(f"The addons must have the same version, not {', '.join(sorted(versions))}.")
    return versions.pop()


ADDONS = sorted(path.parent.name for path in ROOT.glob("*/__manifest__.py"))
PACKAGES = {package: folder for addon in ADDONS for package, folder in addon_packages(addon).items()}
README = ROOT / "README.md"

setup(
    name="odoo-addons-recurring",
    version=read_version(ADDONS),
    description="Recurring contracts, consolidated billing and revenue recognition for Odoo 19 Community",
    long_description=README.read_text(encoding="utf-8") if README.exists() else "",
    long_description_content_type="text/markdown",
    license="LGPL-3.0-only",
    python_requires=">=3.10",
    packages=list(PACKAGES),
    package_dir=PACKAGES,
    # All files of an addon belong to it, also those in folders that are no Python package, such as migrations/.
    package_data={f"odoo.addons.{addon}": ["**/*"] for addon in ADDONS},
    exclude_package_data={"": ["*.pyc", "*.pyo", "**/__pycache__/*"]},
    include_package_data=False,
    # Odoo looks for addons in folders, so an editable installation must make real ones.
    options={"editable_wheel": {"mode": "strict"}},
    install_requires=["odoo==19.0.*", "python-dateutil"],
    extras_require={"test": (ROOT / "devtools" / "requirements-test.txt").read_text(encoding="utf-8").split()},
    classifiers=[
        "Framework :: Odoo",
        "Framework :: Odoo :: 19.0",
        "License :: OSI Approved :: GNU Lesser General Public License v3 (LGPLv3)",
        "Programming Language :: Python :: 3",
    ],
    zip_safe=False,
)
