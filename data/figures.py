"""The demonstration's table, read from the database by SQL that shares nothing with the engines."""

import calendar
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True)
class Figures:
    """One company at the end of one month; amounts in the company's currency, rounded as booked.

    ``billed`` and ``recognised`` are net of tax and of that month alone.
    """

    company: str
    currency: str
    month: str
    contracts: int
    mrr: Decimal
    invoices: int
    billed: Decimal
    recognised: Decimal
    deferred: Decimal
    ledger: Decimal

    @property
    def difference(self):
        return self.deferred - self.ledger


def month_end(first, months):
    """Return the last day of the month that lies ``months`` after the month of ``first``."""
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, calendar.monthrange(year, month + 1)[1])


def contracts_on(cr, company_id, day):
    """Return how many contracts are in force on a day and their MRR."""
    cr.execute(
        """
        SELECT COUNT(DISTINCT segment.contract_id), COALESCE(SUM(segment.mrr), 0)
          FROM recurring_contract_segment segment
          JOIN recurring_contract contract ON contract.id = segment.contract_id
         WHERE contract.company_id = %(company)s
           AND contract.state NOT IN ('draft', 'cancelled')
           AND segment.date_start <= %(day)s
           AND COALESCE(segment.date_end, 'infinity') >= %(day)s
           AND segment.suspended IS NOT TRUE
        """,
        {"company": company_id, "day": day},
    )
    contracts, mrr = cr.fetchone()
    return contracts, _cents(mrr)


def figures(cr, company, start, end):
    """Return the figures of one company and one month.

    :param cr: a cursor
    :param tuple company: id, name and currency of the company
    :param date start: first day of the month
    :param date end: last day of the month
    :rtype: Figures
    """
    company_id, name, currency = company
    contracts, mrr = contracts_on(cr, company_id, end)
    parameters = {"company": company_id, "start": start, "end": end}
    invoices, billed, at_once = _one(cr, BILLED, parameters)
    (released,) = _one(cr, RELEASED, parameters)
    (deferred,) = _one(cr, DEFERRED, parameters)
    (ledger,) = _one(cr, LEDGER, parameters)
    recognised = released + at_once
    return Figures(
        name,
        currency,
        f"{end:%Y-%m}",
        contracts,
        mrr,
        invoices,
        *map(_cents, (billed, recognised, deferred, ledger)),
    )


# What a contract's obligations have been invoiced for and not earned, or earned and not been invoiced for, counts
# with what is deferred. A line that has no account to release to later was revenue as soon as it was posted.
BILLED = """
    SELECT COUNT(DISTINCT line.move_id), COALESCE(-SUM(line.balance), 0),
           COALESCE(-SUM(line.balance) FILTER (
               WHERE line.recurring_revenue_account_id IS NULL AND line.recurring_obligation_id IS NULL
           ), 0)
      FROM account_move_line line
     WHERE line.company_id = %(company)s AND line.parent_state = 'posted'
       AND line.date BETWEEN %(start)s AND %(end)s
       AND EXISTS (SELECT FROM recurring_charge charge WHERE charge.invoice_line_id = line.id)
"""
RELEASED = """
    SELECT COALESCE(SUM(amount), 0) FROM recurring_revenue_entry
     WHERE company_id = %(company)s AND date BETWEEN %(start)s AND %(end)s
"""
DEFERRED = """
    SELECT COALESCE((
               SELECT SUM(total - opening_recognised) FROM recurring_revenue_schedule
                WHERE company_id = %(company)s AND state <> 'cancelled' AND date <= %(end)s
                  AND obligation_id IS NULL
           ), 0) - COALESCE((
               SELECT SUM(balance) FROM account_move_line
                WHERE company_id = %(company)s AND parent_state = 'posted' AND date <= %(end)s
                  AND recurring_obligation_id IS NOT NULL
           ), 0) - COALESCE((
               SELECT SUM(amount) FROM recurring_revenue_entry
                WHERE company_id = %(company)s AND date <= %(end)s
           ), 0) - COALESCE((
               SELECT SUM(amount) FROM recurring_revenue_accrual
                WHERE company_id = %(company)s AND date = %(end)s AND kind = 'deferred' AND schedule_id IS NULL
           ), 0)
"""
LEDGER = """
    SELECT COALESCE(-SUM(line.balance), 0)
      FROM account_move_line line
     WHERE line.company_id = %(company)s AND line.parent_state = 'posted' AND line.date <= %(end)s
       AND line.account_id IN (
           SELECT deferred_account_id FROM recurring_revenue_schedule WHERE company_id = %(company)s
            UNION
           SELECT balance_account_id FROM recurring_revenue_allocation WHERE company_id = %(company)s
            UNION
           SELECT asset_account_id FROM recurring_contract_balance
            WHERE company_id = %(company)s AND asset_account_id IS NOT NULL
       )
"""
BILLED_BY_CURRENCY = """
    SELECT data.module || '.' || data.name, -SUM(line.amount_currency)
      FROM account_move_line line
      JOIN ir_model_data data ON data.model = 'res.currency' AND data.res_id = line.currency_id
     WHERE line.company_id = %(company)s AND line.parent_state = 'posted'
       AND line.date BETWEEN %(start)s AND %(end)s
       AND EXISTS (SELECT FROM recurring_charge charge WHERE charge.invoice_line_id = line.id)
     GROUP BY 1 ORDER BY 1
"""


def billed_by_currency(cr, company_id, start, end):
    """Return the net amounts billed, in the contracts' currencies, by the currency's external id."""
    cr.execute(BILLED_BY_CURRENCY, {"company": company_id, "start": start, "end": end})
    return {currency: _cents(amount) for currency, amount in cr.fetchall()}


def _one(cr, query, parameters):
    cr.execute(query, parameters)
    return cr.fetchone()


def _cents(value):
    # Odoo's cursor gives numeric columns as floats; the text of a float is its exact decimal.
    return Decimal(str(value)).quantize(Decimal("0.01"))


# --- Print -------------------------------------------------------------------------------------

HEADER = (
    "month", "contracts", "MRR", "invoices", "billed", "recognised",
    "deferred: schedules", "deferred: ledger", "difference",
)  # fmt: skip


def format_table(rows):
    """Return the table as text, company by company, each with a line of totals.

    :param list rows: :class:`Figures` in the order of the companies and months
    :rtype: str
    """
    lines = []
    for company in dict.fromkeys((row.company, row.currency) for row in rows):
        mine = [row for row in rows if (row.company, row.currency) == company]
        cells = [HEADER, *map(_cells, mine), _total(mine)]
        widths = [max(len(cell[index]) for cell in cells) for index in range(len(HEADER))]
        rule = "  ".join("-" * width for width in widths)
        table = ["  ".join(map(str.rjust, cell, widths)) for cell in cells]
        lines += [f"{company[0]} ({company[1]})", table[0], rule, *table[1:-1], rule, table[-1], ""]
    return "\n".join(lines)


def _cells(row):
    amounts = (row.billed, row.recognised, row.deferred, row.ledger, row.difference)
    return (
        row.month,
        f"{row.contracts:,}",
        f"{row.mrr:,}",
        f"{row.invoices:,}",
        *(f"{amount:,}" for amount in amounts),
    )


def _total(rows):
    return (
        "total",
        "",
        "",
        f"{sum(row.invoices for row in rows):,}",
        f"{sum(row.billed for row in rows):,}",
        f"{sum(row.recognised for row in rows):,}",
        "",
        "",
        f"{sum(abs(row.difference) for row in rows):,}",
    )
