"""What a revenue close costs, beside one journal entry for each schedule made by plain batched calls of Odoo's own.

    ./dev bench revenue [--grouping account|partner|contract|line|all] [--booking deferral|cutoff] [SCHEDULES ...]

Schedules of a year, of four methods and two revenue accounts, ten to a contract and two contracts to a customer, are
put into a new database by SQL; their first month is then closed as a person would close it, checks of the books
included. Printed are processor time of this
process and of PostgreSQL for each schedule, wall time, SQL statements, and the most memory that this process held.
"""

import argparse
import os
import resource
import sys
import time
from datetime import date
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from data import session  # noqa: E402

YEAR = 2026
METHODS = ["by_day", "by_month", "full_months", "even_quarters"]
PRICE = 120
PLAIN = 1000
SCHEDULES_A_CONTRACT = 10
CONTRACTS_A_CUSTOMER = 2
GROUPINGS = ["account", "partner", "contract", "line"]
BATCH = 100


class Meter:
    """Processor time, here and in PostgreSQL, wall time and SQL statements of a stretch of work."""

    def __init__(self, env, schedules):
        self.env = env
        self.schedules = schedules
        env.cr.execute("SELECT pg_backend_pid()")
        self.server = psutil.Process(env.cr.fetchone()[0])

    def _server_seconds(self):
        times = self.server.cpu_times()
        return times.user + times.system

    def __enter__(self):
        self.env.flush_all()
        self.env.invalidate_all()
        self.queries = self.env.cr.sql_log_count
        self.wall, self.own, self.other = time.monotonic(), time.process_time(), self._server_seconds()
        return self

    def __exit__(self, *_exception):
        self.env.flush_all()
        self.wall = time.monotonic() - self.wall
        self.own = (time.process_time() - self.own) * 1000 / self.schedules
        self.other = (self._server_seconds() - self.other) * 1000 / self.schedules
        self.statements = self.env.cr.sql_log_count - self.queries

    def __str__(self):
        return f"{self.own:8.4f} {self.other:8.4f} ms {self.wall:8.1f} s {self.statements:7} SQL"


def make_contracts(env, size):
    """Create as many draft contracts as so many schedules belong to."""
    count = -(-size // SCHEDULES_A_CONTRACT)
    partners = env["res.partner"].create(
        [{"name": f"Customer {number}"} for number in range(-(-count // CONTRACTS_A_CUSTOMER))]
    )
    plan = env["recurring.plan"].create({"name": "Bench"})
    return env["recurring.contract"].create(
        [
            {
                "partner_id": partners[number // CONTRACTS_A_CUSTOMER].id,
                "plan_id": plan.id,
                "date_start": date(YEAR, 1, 1),
            }
            for number in range(count)
        ]
    )


def make_schedules(env, start, size, booking="deferral"):
    """Put schedules into the books by SQL, and their total on the account that their booking says."""
    contracts = make_contracts(env, size)
    company = env.company
    deferred = company.deferred_revenue_account_id
    incomes = env["account.account"].search([("account_type", "=", "income"), ("company_ids", "=", company.id)])[:2]
    move = env["account.move"].create(
        {
            "journal_id": company.recurring_revenue_journal_id.id,
            "date": start,
            "line_ids": [
                (
                    0,
                    0,
                    {"account_id": (deferred if booking == "deferral" else incomes[1]).id, "balance": -PRICE * size},
                ),
                (0, 0, {"account_id": incomes[0].id, "balance": PRICE * size}),
            ],
        }
    )
    move._post(soft=False)
    env.flush_all()
    env.cr.execute(
        """
        INSERT INTO recurring_revenue_schedule (
            name, state, booking, company_id, company_currency_id, currency_id, source_move_id,
            contract_id, partner_id, date, date_start, date_end, method, deferred_account_id, revenue_account_id,
            total, total_currency,
            opening_recognised, opening_recognised_currency, recognised, recognised_currency,
            remaining, remaining_currency, write_date
        )
        SELECT 'Schedule ' || number, 'open', %(booking)s, %(company)s, %(currency)s, %(currency)s, %(move)s,
               contract.id, contract.partner_id, %(start)s,
               %(start)s::date + number %% 28, %(start)s::date + number %% 28 + 364,
               (%(methods)s::text[])[1 + number %% 4], %(deferred)s, (%(incomes)s::int[])[1 + number %% 2],
               %(price)s, %(price)s, 0, 0, 0, 0, %(price)s, %(price)s, now() AT TIME ZONE 'UTC'
          FROM generate_series(1, %(size)s) number
          JOIN recurring_contract contract ON contract.id = (%(contracts)s::int[])[1 + (number - 1) / %(a_contract)s]
        """,
        {
            "a_contract": SCHEDULES_A_CONTRACT,
            "booking": booking,
            "company": company.id,
            "contracts": contracts.ids,
            "currency": company.currency_id.id,
            "move": move.id,
            "start": start,
            "methods": METHODS,
            "deferred": deferred.id,
            "incomes": incomes.ids,
            "price": PRICE,
            "size": size,
        },
    )
    env.cr.commit()
    env.cr.execute("ANALYZE")
    env.cr.commit()


def close(env, start, size):
    """Close the first month; return its cost."""
    run = env["recurring.revenue.run"]._create_run(env.company, start)
    with Meter(env, size) as meter:
        run.action_close()
        env.cr.commit()
    assert run.state == "done", run.state
    env.cr.execute("SELECT COUNT(*), SUM(amount) FROM recurring_revenue_entry WHERE run_id = %s", [run.id])
    count, amount = env.cr.fetchone()
    assert count == run.schedule_count and abs(float(amount) - run.amount) < 0.005, (count, amount)
    return meter


def close_plainly(env, start):
    """Post one journal entry for each schedule by plain calls, batch by batch; return the cost."""
    schedules = env["recurring.revenue.schedule"].search([("state", "=", "open")], limit=PLAIN)
    values = [
        {
            "journal_id": env.company.recurring_revenue_journal_id.id,
            "date": start,
            "ref": schedule.name,
            "line_ids": [
                (0, 0, {"account_id": schedule.deferred_account_id.id, "balance": 10.0}),
                (0, 0, {"account_id": schedule.revenue_account_id.id, "balance": -10.0}),
            ],
        }
        for schedule in schedules
    ]
    with Meter(env, len(values)) as meter:
        for first in range(0, len(values), BATCH):
            env["account.move"].create(values[first : first + BATCH])._post(soft=False)
            env.cr.commit()
    return meter


def main(arguments):
    parser = argparse.ArgumentParser()
    parser.add_argument("--grouping", choices=[*GROUPINGS, "all"], default="account")
    parser.add_argument("--booking", choices=["deferral", "cutoff"], default="deferral")
    parser.add_argument("sizes", type=int, nargs="*", default=[1000, 10000])
    options = parser.parse_args(arguments)
    groupings = GROUPINGS if options.grouping == "all" else [options.grouping]
    rounds = [(size, grouping) for grouping in groupings for size in options.sizes]
    session.configure(os.environ["PGDATABASE"])
    print(
        "schedules grouping   processor time each: Odoo, PostgreSQL; in all: wall time, statements; memory", flush=True
    )
    with session.environment(os.environ["PGDATABASE"]) as env:
        for month, (size, grouping) in enumerate(rounds):
            start = date(YEAR + month // 12, month % 12 + 1, 1)
            env.company.recurring_revenue_grouping = grouping
            # each close moves its own schedules only
            env.cr.execute("UPDATE recurring_revenue_schedule SET state = 'done'")
            make_schedules(env, start, size, options.booking)
            meter = close(env, start, size)
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(f"{size:9} {grouping:8}   {meter} {memory:6.0f} MiB", flush=True)
        plain = close_plainly(env, start)
        print(f"{plain.schedules:9} {'':8}   {plain}   one journal entry for each", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
