"""Billing the benchmark's contracts by OCA's addon contract, fetched from PyPI."""

import subprocess
import sys
import tempfile
import zipfile
from datetime import date
from pathlib import Path

START = date(2026, 1, 1)
LINES_A_CONTRACT = 3
CONTRACTS_A_CUSTOMER = 4
PRICE = 30.0
BATCH = 100


def install(database):
    """Fetch the addon, put it where Odoo finds it, and install it in the database."""
    import odoo.addons

    from data import session

    if any(Path(folder, "contract").is_dir() for folder in odoo.addons.__path__):
        return
    folder = tempfile.mkdtemp(prefix="oca_contract_")
    fetch = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder]
    subprocess.run([*fetch, "odoo-addon-contract==19.0.*"], check=True)
    with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as wheel:
        wheel.extractall(folder)
    odoo.addons.__path__.append(str(Path(folder, "odoo", "addons")))
    session.install_modules(database, ["contract"])


def make_contracts(env, contracts):
    """Create the same customers and contracts as OCA's."""
    tax = env["account.tax"].search([("type_tax_use", "=", "sale"), ("company_id", "=", env.company.id)], limit=1)
    product = env["product.product"].create({"name": "OCA service", "type": "service", "taxes_id": [(6, 0, tax.ids)]})
    partners = env["res.partner"].create(
        [{"name": f"OCA customer {number}"} for number in range(contracts // CONTRACTS_A_CUSTOMER)]
    )
    line = {
        "product_id": product.id,
        "name": "OCA service",
        "quantity": 1.0,
        "price_unit": PRICE,
        "uom_id": product.uom_id.id,
        "date_start": START,
        "recurring_next_date": START,
        "recurring_rule_type": "monthly",
        "recurring_interval": 1,
    }
    made = env["contract.contract"].create(
        [
            {
                "name": f"Contract {number}",
                "partner_id": partners[number // CONTRACTS_A_CUSTOMER].id,
                "contract_type": "sale",
                "date_start": START,
                "recurring_next_date": START,
                "contract_line_ids": [(0, 0, dict(line)) for _line in range(LINES_A_CONTRACT)],
            }
            for number in range(contracts)
        ]
    )
    env.cr.commit()
    return made


def bill(database, contracts, meter):
    """Bill the contracts by OCA's own routine and post, a batch at a time; return the cost."""
    from data import session

    install(database)
    with session.environment(database) as env:
        made = make_contracts(env, contracts)
        env.cr.execute("ANALYZE")
        with meter(env, contracts) as cost:
            for first in range(0, contracts, BATCH):
                moves = made[first : first + BATCH]._recurring_create_invoice(START)
                moves.action_post()
                env.cr.commit()
        env.cr.execute("SELECT COUNT(*) FROM account_move WHERE state = 'posted' AND invoice_origin LIKE 'Contract %'")
    return cost
