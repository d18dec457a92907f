"""A billing run killed at random moments, and one worked by two at once, against an undisturbed one.

    ./dev bench faults [CONTRACTS [KILLS [SEED [BATCH]]]]

Each works a copy of the same book: four contracts a customer, three lines each; one customer in a hundred
fails, by an archived account, an archived tax, a locked period or because he is blocked. The killed run must
end with the same invoices, numbers and amounts; of the shared one each customer's invoice is the same and the
numbers have no gap.
"""

import os
import random
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from data import session  # noqa: E402
from tests.bench._processes import check, kill_later, spawn, wait, wait_for_server  # noqa: E402
from tests.bench.billing import CONTRACTS_A_CUSTOMER, END, PRICE, START, make_contracts  # noqa: E402

BROKEN_IN = 100


def make_untaxed_book(env, contracts):
    """Create customers with their contracts, without taxes: a tax lock is to stop those only that get one."""
    product = env["product.product"].create(
        {"name": "Bench service", "type": "service", "recurring_charge_type": "recurring", "taxes_id": False}
    )
    plan = env["recurring.plan"].create({"name": f"Faults {contracts}"})
    line = {"product_id": product.id, "price_unit": PRICE, "tax_ids": False}
    return make_contracts(env, contracts, CONTRACTS_A_CUSTOMER, plan, line, customer_rank=1)


def break_customers(env, contracts):
    """Break every hundredth customer, and one of each kind at least; return how many fail by reason."""
    customers = contracts.partner_id
    broken = customers[:: max(1, min(BROKEN_IN, len(customers) // len(KINDS)))]
    count = {}
    for number, customer in enumerate(broken):
        kind, reason = KINDS[number % len(KINDS)]
        kind(env, customer, contracts.filtered(lambda contract, customer=customer: contract.partner_id == customer))
        count[reason] = count.get(reason, 0) + 1
    env.flush_all()
    env.cr.commit()
    return count


def archive_account(env, customer, _contracts):
    receivable = env["account.account"].search(
        [("account_type", "=", "asset_receivable"), ("company_ids", "in", env.company.ids)], limit=1
    )
    archived = receivable.copy({"code": f"BROKEN{customer.id}", "name": "Archived"})
    archived.active = False
    customer.property_account_receivable_id = archived


def archive_tax(env, _customer, contracts):
    set_tax(env, contracts).active = False


def lock_period(env, _customer, contracts):
    set_tax(env, contracts)
    env.company.tax_lock_date = END


def block_customer(_env, customer, _contracts):
    customer.active = False


def set_tax(env, contracts):
    """Let contracts bear a tax of their own; return it."""
    domain = [("type_tax_use", "=", "sale"), ("amount", ">", 0), ("company_id", "=", env.company.id)]
    tax = env["account.tax"].search(domain, limit=1).copy({"name": f"Tax of {contracts[0].name}"})
    for contract in contracts:
        values = [item._prepare_event_values("tax", START, tax_ids=[(6, 0, tax.ids)]) for item in contract.item_ids]
        contract._amend("change", START, values)
    return tax


# Of each kind how it is brought about, and what the reason that the run gives says.
KINDS = (
    (archive_account, "enter another account on"),
    (archive_tax, "unarchive the tax"),
    (lock_period, "lies in a locked period"),
    (block_customer, "Unarchive the customer"),
)


def prepare(name, contracts):
    """Create the book and a run that is not started; return the run's id and how many customers fail by reason."""
    session.configure(name)
    with session.environment(name) as env:
        made = make_untaxed_book(env, contracts)
        broken = break_customers(env, made)
        run = env["recurring.bill.run"]._create_run(env.company, START, new=True)
        return run.id, broken


def set_batch_size(size):
    """Have as many customers worked in each transaction: a small book needs small batches to be interrupted."""
    from odoo.addons.recurring_billing.models import recurring_bill_run_work

    recurring_bill_run_work.BATCH_SIZE = size


def work(name, run_id):
    """Start the run, or go on with it, and work it to its end; in a process of its own."""
    with session.environment(name) as env:
        run = env["recurring.bill.run"].browse(run_id)
        start(env, run)
        while run.state == "running":
            if not run._work(commit=True):
                time.sleep(0.05)


def start(env, run):
    """Start the run; on a collision with another start, try again, as Odoo does with a click on a button."""
    from odoo.addons.recurring_billing.models.recurring_bill_run_work import CONCURRENCY_ERRORS

    while run.state == "draft":
        try:
            run._start()
            env.cr.commit()
        except CONCURRENCY_ERRORS:
            env.cr.rollback()
            time.sleep(random.uniform(0.0, 0.1))


def get_figures(name, run_id):
    """Return the run's state, its customers' states and its invoices as plain values, in order of their numbers."""
    import odoo.sql_db

    with session.environment(name) as env:
        run = env["recurring.bill.run"].browse(run_id)
        moves = run.move_ids.sorted("name")
        customers = sorted(
            (row.commercial_partner_id.id, row.state, row.message, row.invoice_count, row.amount_untaxed)
            for row in run.customer_ids
        )
        figures = {
            "state": run.state,
            "customers": customers,
            "numbers": moves.mapped("name"),
            "invoices": [
                (
                    move.name,
                    move.partner_id.id,
                    move.state,
                    move.amount_untaxed,
                    move.amount_total,
                    [(line.name, line.quantity, line.price_subtotal) for line in move.invoice_line_ids],
                )
                for move in moves
            ],
            "charges": env["recurring.charge"].search_count([("is_void", "=", False)]),
        }
    odoo.sql_db.close_all()
    return figures


def main(arguments):
    defaults = [5000, 20, random.randrange(10**6), 100]
    contracts, kills, seed, batch = [int(value) for value in arguments] + defaults[len(arguments) :]
    draw = random.Random(seed)
    name = os.environ["PGDATABASE"]
    killed, shared = f"{name}_killed", f"{name}_shared"
    print(f"{contracts} contracts, {kills} kills, seed {seed}", flush=True)
    run_id, broken = prepare(name, contracts)
    set_batch_size(batch)
    import odoo.sql_db

    odoo.sql_db.close_all()
    wait_for_server(name)
    try:
        for copy in (killed, shared):
            subprocess.run(["createdb", "-T", name, copy], check=True)
        return compare(draw, (name, killed, shared), run_id, contracts, kills, broken)
    finally:
        odoo.sql_db.close_all()
        for copy in (killed, shared):
            subprocess.run(["dropdb", "--force", "--if-exists", copy], check=True)


def compare(draw, names, run_id, contracts, kills, broken):
    """Work the three copies and compare their ends; return the number of what does not hold."""
    name, killed, shared = names
    problems = []
    child, began = spawn(name, partial(work, name, run_id)), time.monotonic()
    check("the undisturbed run ends", problems, wait(child) == 0)
    seconds = time.monotonic() - began
    calm = get_figures(name, run_id)
    failing = sum(broken.values())
    invoices = contracts // CONTRACTS_A_CUSTOMER - failing
    check(
        f"{invoices} invoices, {failing} failed with a reason, {seconds:.0f} s", problems, calm["state"] == "attention"
    )
    check("every other customer is invoiced", problems, len(calm["invoices"]) == invoices)
    failures = [row[1:3] for row in calm["customers"] if row[1] != "done"]
    check("nobody else fails", problems, len(failures) == failing)
    for reason, count in broken.items():
        found = [message for state, message in failures if state == "failed" and reason in message]
        check(f"{count} failed because: {reason}", problems, len(found) == count)
    hits = 0
    for _kill in range(kills):
        hits += kill_later(spawn(killed, partial(work, killed, run_id)), draw.uniform(0.0, 1.6 * seconds / kills))
        wait_for_server(killed)
    check(f"killed {hits} times of {kills} while it worked", problems, hits >= kills // 2)
    check("what was killed goes on to its end", problems, wait(spawn(killed, partial(work, killed, run_id))) == 0)
    check("killed: same invoices, numbers and amounts", problems, get_figures(killed, run_id) == calm)
    children = [spawn(shared, partial(work, shared, run_id)) for _worker in range(2)]
    check("two at once come to an end", problems, [wait(child) for child in children] == [0, 0])
    both = get_figures(shared, run_id)
    check("two at once: same numbers, no gap", problems, both["numbers"] == calm["numbers"])
    check("two at once: same customers and charges", problems, both["customers"] == calm["customers"])
    check("two at once: same invoices", problems, _by_customer(both) == _by_customer(calm))
    check("two at once: same number of charges", problems, both["charges"] == calm["charges"])
    return len(problems)


def _by_customer(figures):
    return sorted(invoice[1:] for invoice in figures["invoices"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
