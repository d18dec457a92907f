"""Run a year of a book: import it, then renew, bill and close month by month, and print the table.

Every date is passed explicitly, nothing depends on today. It can be killed and called again at any
time: the import is one transaction, runs find what is done, the table is read from the database.
"""

import argparse
import resource
import sys
import time
from decimal import Decimal
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from data import steps
from data.book import HERE, Book
from data.csvfile import BookError, Problem
from data.diary import Diary
from data.expected import expected_totals
from data.figures import billed_by_currency, contracts_on, figures, format_table, month_end
from data.refs import full_ref
from data.session import configure, environment, install_modules
from data.workers import Cost, work_run

MARKER = "recurring.demo.book"
OPEN_MARKER = "recurring.demo.open_work"


def main(arguments=None):
    """Run the demonstration; return the exit code, 1 where a sum or a customer is wrong."""
    options = parse(arguments)
    configure(options.database)
    started = time.monotonic()
    try:
        book = Book(options.book, options.mapping)
        if not book.opening:
            print("The book needs a book.json that names its opening day, see docs/importing.md.", file=sys.stderr)
            return 1
        demo = Demo(options.database, book, options.months, options.workers)
        demo.load()
    except BookError as error:
        print(f"Nothing was imported: {len(error.problems)} problem(s).\n{error}", file=sys.stderr)
        return 1
    except LookupError as error:
        print(f"The book needs modules that this Odoo does not have: {error}", file=sys.stderr)
        return 1
    demo.run()
    if options.open_work:
        demo.leave_open()
    return demo.report(time.monotonic() - started)


def parse(arguments):
    """Return the command line's options."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--database", required=True, help="an Odoo database with recurring_revenue installed")
    parser.add_argument("--book", type=Path, default=HERE / "sample", help="the folder of the book")
    parser.add_argument("--mapping", type=Path, help="the mapping of a book in another layout")
    parser.add_argument("--months", type=int, default=12, help="how many months to run")
    parser.add_argument("--open-work", action="store_true", help="leave work on the desks after the last month")
    parser.add_argument("--workers", type=int, default=2, help="how many processes bill")
    return parser.parse_args(arguments)


class Progress:
    """A bar on standard error, or a line per step where that is no terminal."""

    def __init__(self):
        self.shown = None

    def show(self, text, share):
        line = f"[{'#' * int(30 * share):<30}] {share:4.0%}  {text}"
        if sys.stderr.isatty():
            print(f"\r{line:<100}", end="", file=sys.stderr, flush=True)
        elif text != self.shown:
            print(line, file=sys.stderr, flush=True)
        self.shown = text

    def end(self):
        if sys.stderr.isatty():
            print(file=sys.stderr)


class Demo:
    """A book in a database.

    :param str database: the database
    :param Book book: the book
    :param int months: how many months to run
    :param int workers: how many processes bill
    """

    def __init__(self, database, book, months, workers):
        self.database, self.book = database, book
        self.months, self.workers = months, workers
        self.cost, self.billed_here, self.diary = Cost(), 0, {}
        self.progress = Progress()

    # --- Import ---

    def load(self):
        """Import the book unless that was done before.

        :raises BookError: with all its problems, or if the database holds another book
        """
        from data.loader import import_book

        with environment(self.database) as env:
            done = env["ir.config_parameter"].get_param(MARKER)
        if done:
            if done != self.book.name:
                reason = f"holds the book {done}; another one needs a database of its own"
                raise BookError([Problem(f"the database {self.database}", 0, reason)])
            return
        install_modules(self.database, self.book.modules)
        rows = 0

        def progress(text, done):
            nonlocal rows
            rows += done
            self.progress.show(f"import: {text}, {rows:,} rows", 0)

        with environment(self.database) as env:
            # Whoever imports is the salesperson of contracts and gets access to new companies.
            admin = env.ref("base.user_admin", raise_if_not_found=False) or env.user
            import_book(env(user=admin.id, su=True), self.book, progress)
            steps.refresh_caches(env, self.book.opening)
            env["ir.config_parameter"].set_param(MARKER, self.book.name)
        # Without statistics the first queries on the new rows are planned as if there were none.
        with environment(self.database) as env:
            env.cr.execute("ANALYZE")

    # --- Months ---

    def run(self):
        """Amend, confirm, renew, bill and close, month by month and company by company."""
        self.diary = self.read_diary()
        for number in range(self.months):
            end = month_end(self.book.opening, number)
            for index, company_id in enumerate(self.companies()):
                share = (number + index / len(self.companies())) / self.months
                self.run_month(company_id, end, share)
            with environment(self.database) as env:
                steps.refresh_caches(env, end)
        self.progress.show(f"{self.months} months", 1)
        self.progress.end()

    def leave_open(self):
        """Enter what the book leaves to be decided after the last month, once."""
        from data.open_work import OpenWork

        end = month_end(self.book.opening, self.months - 1)
        with environment(self.database) as env:
            if env["ir.config_parameter"].get_param(OPEN_MARKER):
                return
            self.progress.show("what is left to decide", 1)
            users = {job: self.user(env, job) for job in self.book.users}
            for company, company_id in zip(self.book.companies, self.companies(), strict=True):
                OpenWork(env["res.company"].browse(company_id), company.open_work, users, end).leave()
            env["ir.config_parameter"].set_param(OPEN_MARKER, str(end))
        self.progress.end()

    def read_diary(self):
        """Return the diary of each company, by its id."""
        return {
            company_id: Diary.of(self.book, company)
            for company, company_id in zip(self.book.companies, self.companies(), strict=True)
        }

    def companies(self):
        """Return the ids of the book's companies, in its order."""
        with environment(self.database) as env:
            return [env.ref(full_ref(company.ref)).id for company in self.book.companies]

    def run_month(self, company_id, end, share):
        """Bill and close one month of one company, from where it stands."""
        with environment(self.database) as env:
            company = env["res.company"].browse(company_id)
            if steps.is_closed(company, end):
                return
            name = company.name
        for day in steps.billing_days(end):
            self.progress.show(f"{name}: billing through {day}", share)
            self.bill(company_id, day, share)
        self.progress.show(f"{name}: closing {end:%B %Y}", share)
        with environment(self.database) as env:
            company, accountant = env["res.company"].browse(company_id), self.user(env, "accounting")
            steps.report_progress(company, self.diary[company_id].progress, end, accountant)
            steps.close_month(company, end, accountant)

    def user(self, env, job):
        """Return who does a job in the book, an empty ``res.users`` where it names nobody."""
        return env.ref(full_ref(self.book.users[job])) if job in self.book.users else env["res.users"]

    def bill(self, company_id, day, share):
        """Enter what was agreed by a day and bill all that is due through it."""
        with environment(self.database) as env:
            steps.agree(env["res.company"].browse(company_id), self.diary[company_id], day)
        with self.cost.of(), environment(self.database) as env:
            run = steps.start_billing(env["res.company"].browse(company_id), day, self.user(env, "billing"))
            todo, run_id, before = run.todo_count, run.id, len(run.move_ids)
        if not todo:
            return

        def progress():
            time.sleep(0.5)
            with environment(self.database) as env:
                left = env["recurring.bill.run.customer"].search_count(
                    [("run_id", "=", run_id), ("state", "=", "todo")]
                )
            part = (1 - left / todo) / self.months / len(self.book.companies) / len(steps.BILLING_DAYS)
            self.progress.show(self.progress.shown, share + part)

        work_run(self.database, run_id, todo, self.workers, self.cost, progress)
        with environment(self.database) as env:
            self.billed_here += len(env["recurring.bill.run"].browse(run_id).move_ids) - before

    # --- Report ---

    def report(self, seconds):
        """Print the table, the sums and the cost.

        :param float seconds: how long it took
        :return: the exit code
        """
        wrong = False
        with environment(self.database) as env:
            rows = []
            print(f"\n{self.book.title}\n")
            for company in env["res.company"].browse(self.companies()):
                contracts, mrr = contracts_on(env.cr, company.id, self.book.opening)
                currency = company.currency_id.name
                print(f"{company.name} on {self.book.opening}: {contracts:,} contracts, MRR {mrr:,} {currency}")
                for number in range(self.months):
                    end = month_end(self.book.opening, number)
                    key = (company.id, company.name, currency)
                    rows.append(figures(env.cr, key, end.replace(day=1), end))
            print("\n" + format_table(rows))
            wrong |= any(row.difference for row in rows)
            wrong |= self.print_sums(env)
            # What fails on the day after the last month is left for the clerk, see open_work.py.
            last = month_end(self.book.opening, self.months - 1)
            failed = env["recurring.bill.run.customer"].search(
                [("state", "=", "failed"), ("run_id.date_through", "<=", last)]
            )
            for customer in failed:
                print(f"Not billed: {customer.commercial_partner_id.display_name}: {customer.message}")
        self.print_cost(seconds)
        return int(wrong or bool(failed))

    def print_sums(self, env):
        """Compare what was billed with the contracts' own prices; return whether they differ."""
        last = month_end(self.book.opening, self.months - 1)
        wrong = False

        def rounding(ref):
            return Decimal(str(env.ref(ref).rounding))

        print(f"Billed from {self.book.opening} through {last}, and the sum over the contracts of the book:")
        for company, company_id in zip(self.book.companies, self.companies(), strict=True):
            expected = expected_totals(self.book, company, last, rounding)
            billed = billed_by_currency(env.cr, company_id, self.book.opening, last)
            for ref in sorted({*expected, *billed}):
                have, want = billed.get(ref, Decimal(0)), expected.get(ref, Decimal(0))
                wrong |= have != want
                name = env["res.company"].browse(company_id).name
                print(f"  {name}, {env.ref(ref).name}: {have:,} - {want:,} = {have - want:,}")
        return wrong

    def print_cost(self, seconds):
        """Print what this call cost."""
        print(f"\nTime: {seconds:,.0f} s.", end=" ")
        if self.billed_here:
            cpu = 1000 * self.cost.cpu / self.billed_here
            queries = self.cost.queries / self.billed_here
            print(
                f"Billing {self.billed_here:,} invoices in this call: {cpu:.1f} ms of Python's processor time "
                f"and {queries:.1f} SQL statements per invoice.",
                end=" ",
            )
        peak = max(self.cost.memory, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
        print(f"Peak memory: {peak // 1024:,} MiB in the largest process.")


if __name__ == "__main__":
    sys.exit(main())
