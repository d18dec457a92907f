"""Closes killed at random moments, and months closed by two at once, against undisturbed ones.

    ./dev bench revenue_faults [CONTRACTS [SCHEDULES [KILLS [SEED]]]]

Each closes the same three months of a copy of the same books, reopens the last month and closes it again:
invoices of contracts, contracts that are not invoiced yet, and schedules of both bookings. The copies must end
with the same journal entries, numbers and amounts, each once, and with every check of the books green.
"""

import os
import random
import subprocess
import sys
import time
from datetime import date
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from data import session  # noqa: E402
from tests.bench import billing, revenue  # noqa: E402
from tests.bench._processes import check, kill_later, spawn, wait, wait_for_server  # noqa: E402

MONTHS = [date(2026, month, 1) for month in (1, 2, 3)]


def prepare(name, contracts, schedules):
    """Create the books: contracts of which January is invoiced, and schedules of both bookings."""
    session.configure(name)
    with session.environment(name) as env:
        company = env.company
        company.recurring_accrued_income_account_id = env["account.account"].create(
            {"code": "BENCH1", "name": "Accrued Income", "account_type": "asset_current"}
        )
        company.recurring_revenue_grouping = "contract"
        made = billing.make_book(env, contracts)
        made.item_ids.product_id.recurring_revenue_rule_id = env.ref("recurring_revenue.recurring_revenue_rule_by_day")
        billing.bill(env, contracts)
        for booking in ("deferral", "cutoff"):
            revenue.make_schedules(env, MONTHS[0], schedules, booking)


def work(name):
    """Close the months, reopen the last one and close it again, as far as that is not done yet."""
    from odoo.exceptions import UserError

    from odoo.addons.recurring_billing.models.recurring_bill_run_work import CONCURRENCY_ERRORS

    with session.environment(name) as env:
        while True:
            try:
                _close_all(env)
                return
            except (UserError, *CONCURRENCY_ERRORS) as error:
                # Another session holds the month: a person reads so and tries again, as Odoo does on a collision.
                if isinstance(error, UserError) and "somebody else" not in str(error):
                    raise
                env.cr.rollback()
                env.invalidate_all()
                time.sleep(random.uniform(0.0, 0.1))


def _close_all(env):
    for day in MONTHS:
        run = env["recurring.revenue.run"]._create_run(env.company, day)
        env.cr.commit()
        run.action_close()
        env.cr.commit()
    if not run.revision:
        run.action_reopen()
        env.cr.commit()
    run.action_close()
    env.cr.commit()


def get_figures(name):
    """Return the closes, their journal entries and the books of schedules as plain values."""
    import odoo.sql_db

    with session.environment(name) as env:
        env.invalidate_all()
        runs = env["recurring.revenue.run"].search([], order="date_end")
        moves = runs.move_ids.sorted("name")
        figures = {
            "closes": [
                (run.name, run.state, run.revision, run.schedule_count)
                + (run.amount, run.deferred_amount, run.accrued_amount, run.refund_amount)
                for run in runs
            ],
            "entries": [
                (move.name, move.date, move.ref, move.state, move.recurring_revenue_run_id.name)
                + tuple((line.account_id.code, line.partner_id.name, line.name, line.balance) for line in move.line_ids)
                for move in moves
            ],
            "failing": env["recurring.revenue.check"]._get_failing(env.company),
        }
        for table, columns in (
            ("recurring_revenue_entry", "schedule_id, date, revision, amount"),
            ("recurring_revenue_accrual", "item_id, schedule_id, kind, date, revision, amount"),
            ("recurring_revenue_schedule", "id, state, recognised, remaining"),
        ):
            env.cr.execute(f"SELECT {columns} FROM {table} ORDER BY {columns}")
            figures[table] = env.cr.fetchall()
    odoo.sql_db.close_all()
    return figures


def main(arguments):
    defaults = [400, 20000, 20, random.randrange(10**6)]
    contracts, schedules, kills, seed = [int(value) for value in arguments] + defaults[len(arguments) :]
    draw = random.Random(seed)
    name = os.environ["PGDATABASE"]
    killed, shared = f"{name}_killed", f"{name}_shared"
    print(f"{contracts} contracts, twice {schedules} schedules, {kills} kills, seed {seed}", flush=True)
    prepare(name, contracts, schedules)
    import odoo.sql_db

    odoo.sql_db.close_all()
    wait_for_server(name)
    try:
        for copy in (killed, shared):
            subprocess.run(["createdb", "-T", name, copy], check=True)
        return compare(draw, (name, killed, shared), kills)
    finally:
        odoo.sql_db.close_all()
        for copy in (killed, shared):
            subprocess.run(["dropdb", "--force", "--if-exists", copy], check=True)


def compare(draw, names, kills):
    """Close the three copies and compare their ends; return the number of what does not hold."""
    name, killed, shared = names
    problems = []
    child, began = spawn(name, partial(work, name)), time.monotonic()
    check("the undisturbed closes end", problems, wait(child) == 0)
    seconds = time.monotonic() - began
    calm = get_figures(name)
    closed = [row[:3] for row in calm["closes"]]
    expected = [("2026-01", "done", 0), ("2026-02", "done", 0), ("2026-03", "done", 2)]
    check(f"three months closed, the last one twice, {seconds:.0f} s", problems, closed == expected)
    check("the checks of the books are green", problems, not calm["failing"])
    amounts = calm["closes"][0][3:7]
    check("schedules moved, revenue recognised, deferred and accrued", problems, all(amounts[:3]))
    hits = 0
    for _kill in range(kills):
        hits += kill_later(spawn(killed, partial(work, killed)), draw.uniform(0.0, 1.6 * seconds / kills))
        wait_for_server(killed)
    check(f"killed {hits} times of {kills} while it worked", problems, hits >= kills // 2)
    check("what was killed goes on to its end", problems, wait(spawn(killed, partial(work, killed))) == 0)
    _check_same("killed", calm, get_figures(killed), problems)
    children = [spawn(shared, partial(work, shared)) for _session in range(2)]
    check("two at once come to an end", problems, [wait(child) for child in children] == [0, 0])
    _check_same("two at once", calm, get_figures(shared), problems)
    return len(problems)


def _check_same(what, calm, figures, problems):
    for part in calm:
        label = part.replace("recurring_revenue_", "")
        check(f"{what}: same {label}", problems, figures[part] == calm[part])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
