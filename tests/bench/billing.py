"""What a billing run costs, beside the same invoices made by plain batched calls of Odoo's own.

    ./dev bench billing [--oca] [CONTRACTS ...]

Four contracts a customer, three lines each, one tax, one consolidated invoice a customer. Printed are
processor time of this process and SQL statements for each contract; wall time depends on the machine.
With --oca the same contracts are also billed by OCA's contract, fetched from PyPI into a folder of the
moment; it makes an invoice for each contract.
"""

import os
import sys
import time
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from data import session  # noqa: E402
from tests.bench import _oca  # noqa: E402

START = date(2026, 1, 1)
END = date(2026, 1, 31)
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
    line = {"product_id": product.id, "price_unit": PRICE, "tax_ids": [(6, 0, tax.ids)]}
    # With a rank, as customers have whom somebody invoiced before.
    return make_contracts(env, contracts, CONTRACTS_A_CUSTOMER, plan, line, customer_rank=1)


def make_contracts(env, contracts, a_customer, plan, line, **customer):
    """Create customers with so many contracts each, of equal lines, in force from START; return the contracts."""
    partners = env["res.partner"].create(
        [{"name": f"Customer {number}", **customer} for number in range(contracts // a_customer)]
    )
    made = env["recurring.contract"].create(
        [
            {
                "partner_id": partner.id,
                "plan_id": plan.id,
                "date_start": START,
                "item_ids": [(0, 0, dict(line)) for _line in range(LINES_A_CONTRACT)],
            }
            for partner in partners
            for _contract in range(a_customer)
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
    """Create and post the same invoices by the fastest calls of Odoo's own known; return the cost.

    The same lines, headings, service dates and accounts, everything that Odoo would compute line by line given
    outright, a hundred invoices created, posted and committed at a time.
    """
    groups = list(made.grouped("partner_id").items())
    journal = env["account.journal"].search([("type", "=", "sale")], limit=1)
    common = prepare_common_line(env, made.item_ids[:1], deferred)
    with Meter(env, len(made)) as meter:
        for first in range(0, len(groups), BATCH):
            values = [
                prepare_invoice(env, partner, contracts, journal, common)
                for partner, contracts in groups[first : first + BATCH]
            ]
            moves = env["account.move"].with_context(mail_create_nolog=True).create(values)
            moves._message_log_batch(bodies=dict.fromkeys(moves.ids, "Billed by a benchmark."))
            moves._post(soft=False)
            env.cr.commit()
    return meter


def prepare_common_line(env, item, deferred):
    """Return the values that all lines share: the accounts, and the tax tags by one run of Odoo's tax engine."""
    Tax = env["account.tax"]
    base_line = Tax._prepare_base_line_for_taxes_computation(
        None,
        currency_id=env.company.currency_id,
        product_id=item.product_id,
        tax_ids=item.tax_ids,
        price_unit=PRICE,
        quantity=1.0,
        rate=1.0,
        sign=-1.0,
    )
    Tax._add_tax_details_in_base_lines([base_line], env.company)
    Tax._round_base_lines_tax_details([base_line], env.company)
    Tax._add_accounting_data_in_base_lines_tax_details([base_line], env.company)
    template = item.product_id.product_tmpl_id
    return {
        "tax_tag_ids": [(6, 0, base_line["tax_tag_ids"].ids)],
        "account_id": deferred.id,
        "recurring_revenue_rule_id": template._get_recurring_revenue_rule(env.company).id,
        "recurring_revenue_account_id": template.get_product_accounts()["income"].id,
        "recurring_cutoff_account_id": False,
        "currency_id": env.company.currency_id.id,
        "amount_currency": -PRICE,
        "balance": -PRICE,
        "analytic_distribution": False,
    }


def prepare_invoice(env, partner, contracts, journal, common):
    """Return the values of the consolidated invoice of a customer's contracts."""
    lines = []
    for contract in contracts:
        heading = {"display_type": "line_section", "name": contract.name}
        lines.append(heading | {"amount_currency": 0.0, "balance": 0.0})
        lines += [
            common
            | {
                "product_id": item.product_id.id,
                "product_uom_id": item.product_uom_id.id,
                "name": f"{item.name}\n1 Jan to 31 Jan 2026",
                "quantity": 1.0,
                "price_unit": PRICE,
                "discount": 0.0,
                "tax_ids": [(6, 0, item.tax_ids.ids)],
                "recurring_contract_id": contract.id,
                "recurring_date_start": START,
                "recurring_date_end": END,
            }
            for item in contract.item_ids
        ]
    return {
        "move_type": "out_invoice",
        "company_id": env.company.id,
        "journal_id": journal.id,
        "partner_id": partner.id,
        "currency_id": env.company.currency_id.id,
        "invoice_date": START,
        "invoice_date_due": START,
        "invoice_payment_term_id": False,
        "fiscal_position_id": contracts[0].fiscal_position_id.id,
        "invoice_origin": ", ".join(contracts.mapped("name")),
        "invoice_line_ids": [(0, 0, line | {"sequence": number}) for number, line in enumerate(lines)],
    }


def main(arguments):
    beside_oca = "--oca" in arguments
    sizes = [int(size) for size in arguments if size != "--oca"] or [200, 1000]
    session.configure(os.environ["PGDATABASE"])
    heading = "contracts   a run, each contract    Odoo's own calls       ratio"
    print(heading + ("   OCA contract           ratio" if beside_oca else ""))
    costs = {}
    with session.environment(os.environ["PGDATABASE"]) as env:
        deferred = env.company.deferred_revenue_account_id
        for size in sizes:
            made = make_book(env, size)
            env.cr.execute("ANALYZE")
            ours = bill(env, size)
            plain = bill_plainly(env, made, deferred)
            costs[size] = f"{size:9}   {ours}   {plain}   {ours.milliseconds / plain.milliseconds:.2f}", ours
            if not beside_oca:
                print(costs[size][0], flush=True)
    if beside_oca:
        for size, (text, ours) in costs.items():
            theirs = _oca.bill(os.environ["PGDATABASE"], size, Meter)
            print(f"{text}   {theirs}   {ours.milliseconds / theirs.milliseconds:.2f}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
