"""What the nightly renewal costs for contracts that all are due on one night.

    ./dev bench renewals [CONTRACTS ...]

Two contracts a customer, three lines each. For each size the night is run four times over fresh books:
renewal quotations, orders to approve, confirmed orders, and reminders of the notice deadline. Printed
are processor time of this process and SQL statements for each contract, and those of a second night,
which finds nothing to do. Wall time depends on the machine.
"""

import os
import sys
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from data import session  # noqa: E402
from tests.bench.billing import Meter, make_contracts  # noqa: E402

NIGHT = date(2026, 11, 1)
CONTRACTS_A_CUSTOMER = 2
KINDS = {
    "quotation": {"renewal_policy": "order", "renewal_document": "quotation"},
    "approval": {"renewal_policy": "order", "renewal_document": "approval"},
    "confirmed": {"renewal_policy": "order", "renewal_document": "confirmed"},
    "reminder": {"renewal_policy": "tacit", "notice_days": 50},
}


def make_book(env, kind, contracts):
    """Create customers with their contracts of one kind, in force from START; return the contracts."""
    plan = env["recurring.plan"].create({"name": f"Bench {kind} {contracts}", "term_count": 12, **KINDS[kind]})
    product = env["product.product"].create(
        {"name": f"Bench {kind}", "type": "service", "recurring_charge_type": "recurring", "taxes_id": False}
    )
    return make_contracts(env, contracts, CONTRACTS_A_CUSTOMER, plan, {"product_id": product.id, "price_unit": 30.0})


def run_night(env, contracts):
    """Do what the scheduled action does, committing batch by batch; return its cost."""
    with Meter(env, contracts) as meter:
        finished = env["recurring.contract"]._renew_on(NIGHT, env.company, commit=True)
    assert finished
    return meter


def check(made, kind):
    """Make sure that the night did for each contract what it was to do."""
    if kind == "reminder":
        assert set(made.mapped("notice_reminded_for")) == set(made.mapped("notice_deadline"))
    else:
        expected = "done" if kind == "confirmed" else "progress"
        assert set(made.mapped("renewal_state")) == {expected}, made.mapped("renewal_state")


def main(arguments):
    sizes = [int(size) for size in arguments] or [200, 800]
    session.configure(os.environ["PGDATABASE"])
    print("kind        contracts   the night, each contract   a second night")
    with session.environment(os.environ["PGDATABASE"]) as env:
        for kind in KINDS:
            for size in sizes:
                made = make_book(env, kind, size)
                env.cr.execute("ANALYZE")
                night = run_night(env, size)
                check(made, kind)
                again = run_night(env, size)
                print(f"{kind:11} {size:9}   {night}      {again}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
