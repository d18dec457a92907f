"""Odoo as a library: configuration, registry and environments for scripts."""

import os
from contextlib import contextmanager


def configure(database):
    """Read Odoo's configuration: the server from the PG* variables, folders from RECURRING_*.

    :param str database: the database to work on
    """
    from odoo.tools import config

    options = ["--database", database, "--no-http", "--log-level", "warn"]
    if os.environ.get("RECURRING_ADDONS_PATH"):
        options += ["--addons-path", os.environ["RECURRING_ADDONS_PATH"]]
    if os.environ.get("RECURRING_ODOO_DATA_DIR"):
        options += ["--data-dir", os.environ["RECURRING_ODOO_DATA_DIR"]]
    config.parse_config(options, setup_logging=True)


@contextmanager
def environment(database):
    """Yield a superuser environment that has all companies; commit at the end, roll back on error."""
    from odoo import SUPERUSER_ID, api
    from odoo.modules.registry import Registry

    with Registry(database).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        companies = env["res.company"].search([], order="id")
        yield env(context={"allowed_company_ids": companies.ids, "tz": "UTC", "lang": "en_US"})


def install_modules(database, names):
    """Install the modules that are not there yet.

    :param str database: the database
    :param names: technical names
    :raises LookupError: naming the modules that this Odoo does not have
    """
    from odoo.modules.registry import Registry

    with environment(database) as env:
        Modules = env["ir.module.module"]
        found = Modules.search([("name", "in", list(names))])
        if set(names) - set(found.mapped("name")):
            Modules.update_list()
            found = Modules.search([("name", "in", list(names))])
        missing = set(names) - set(found.mapped("name"))
        if missing:
            raise LookupError(", ".join(sorted(missing)))
        waiting = found.filtered(lambda module: module.state != "installed").mapped("name")
    if waiting:
        Registry.new(database, install_modules=waiting, update_module=True)
