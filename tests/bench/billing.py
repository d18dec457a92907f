"""What a billing run costs, beside the same invoices made by plain batched calls of Odoo's own.

    ./dev bench billing [CONTRACTS ...]

Four contracts a customer, three lines each, one tax, one consolidated invoice a customer. Printed are
processor time of this process and SQL statements for each contract; wall time depends on the machine.
"""

import os
import sys
import time
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from data import session  # noqa: E402

START = date(2026, 1, 1)
CONTRACTS_A_CUSTOMER = 4
LINES_A_CONTRACT = 3
PRICE = 30.0
BATCH = 100


class Meter:
    """Processor time and SQL statements of a stretch of work."""

    def __init__(self, env, contracts):
        self.env = env
        self.contracts = contracts

    def __enter__(self):
        self.env.flush_all()
        self.env.invalidate_all()
        self.queries = self.env.cr.sql_log_count
        self.seconds = time.process_time()
        return self

    def __exit__(self, *_exception):
        self.env.flush_all()
        self.milliseconds = (time.process_time() - self.seconds) * 1000 / self.contracts
        self.statements = (self.env.cr.sql_log_count - self.queries) / self.contracts

    def __str__(self):
        return f"{self.milliseconds:7.2f} ms {self.statements:6.2f} SQL"


def make_book(env, contracts):
    """Create customers with their contracts, in force from START; return the contracts."""
    tax = env["account.tax"].search([("type_tax_use", "=", "sale"), ("company_id", "=", env.company.id)], limit=1)
    plan = env["recurring.plan"].create({"name": f"Bench {contracts}"})
    product = env["product.product"].create(
        {
            "name": "Bench service",
            "type": "service",
            "recurring_charge_type": "recurring",
            "taxes_id": [(6, 0, tax.ids)],
        }
    )
    partners = env["res.partner"].create(
        [{"name": f"Customer {number}"} for number in range(contracts // CONTRACTS_A_CUSTOMER)]
    )
    line = {"product_id": product.id, "price_unit": PRICE, "tax_ids": [(6, 0, tax.ids)]}
    made = env["recurring.contract"].create(
        [
            {
                "partner_id": partner.id,
                "plan_id": plan.id,
                "date_start": START,
                "item_ids": [(0, 0, dict(line)) for _line in range(LINES_A_CONTRACT)],
            }
            for partner in partners
            for _contract in range(CONTRACTS_A_CUSTOMER)
        ]
    )
    made.action_start()
    env.flush_all()
    env.cr.commit()
    return made


def bill(env, contracts):
    """Bill the book by a run; return its cost."""
    run = env["recurring.bill.run"]._create_run(env.company, START, new=True)
    with Meter(env, contracts) as meter:
        run._start()
        while run._work(commit=True):
            pass
    assert run.state == "done", run.state
    assert run.invoice_count == contracts // CONTRACTS_A_CUSTOMER, run.invoice_count
    return meter


def bill_plainly(env, made, deferred):
    """Create and post the same invoices by plain calls, batch by batch; return the cost."""
    groups = made.grouped("partner_id")
    values = [
        {
            "move_type": "out_invoice",
            "partner_id": partner.id,
            "invoice_date": START,
            "invoice_line_ids": [
                (
                    0,
                    0,
                    {
                        "product_id": item.product_id.id,
                        "name": item.name,
                        "quantity": 1.0,
                        "price_unit": PRICE,
                        "tax_ids": [(6, 0, item.tax_ids.ids)],
                        "account_id": deferred.id,
                    },
                )
                for item in contracts.item_ids
            ],
        }
        for partner, contracts in groups.items()
    ]
    with Meter(env, len(made)) as meter:
        for first in range(0, len(values), BATCH):
            moves = env["account.move"].create(values[first : first + BATCH])
            moves.action_post()
            env.cr.commit()
    return meter


def main(arguments):
    sizes = [int(size) for size in arguments] or [200, 1000]
    session.configure(os.environ["PGDATABASE"])
    print("contracts   a run, each contract    plain calls            ratio of processor time")
    with session.environment(os.environ["PGDATABASE"]) as env:
        deferred = env.company.deferred_revenue_account_id
        for size in sizes:
            made = make_book(env, size)
            env.cr.execute("ANALYZE")
            ours = bill(env, size)
            plain = bill_plainly(env, made, deferred)
            ratio = ours.milliseconds / plain.milliseconds
            print(f"{size:9}   {ours}   {plain}   {ratio:.2f}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
