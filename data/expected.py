"""What a book must bill, worked out from its files alone.

This is the referee of the demonstration: it shares no code with the billing engine. It counts the
days of each period one by one, from the rows of the book, and knows nothing of charges.
"""

import calendar
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from .book import group_records

DAY = timedelta(days=1)
DEFAULT_PLAN = {
    "billing_unit": "month",
    "billing_count": "1",
    "billing_timing": "advance",
    "proration": "actual",
    "alignment": "anniversary",
    "billing_day": "0",
    "term_count": "0",
    "term_unit": "month",
    "renewal_policy": "tacit",
}


@dataclass(frozen=True)
class Sold:
    """One thing that was sold, as the book says it.

    :param date start: first day in force
    :param date end: last day in force, or ``None``
    :param date billed_through: last day that was billed before the opening, or ``None``
    :param Decimal amount: price of one whole period, or of the one-time charge, rounded
    :param dict plan: the row of its plan
    :param int own_day: the customer's own billing day
    """

    currency: str
    one_time: bool
    start: date
    end: date
    billed_through: date
    amount: Decimal
    plan: dict
    own_day: int


def expected_totals(book, company, through, rounding):
    """Return what the contracts of one company bill from the opening through a day.

    :param Book book: the book
    :param Company company: one of its companies
    :param date through: the last day (inclusive) on which a charge may fall due
    :param rounding: called with the external id of a currency, returns its rounding as a Decimal
    :return: currency's external id -> sum of the net amounts
    :rtype: dict[str, Decimal]
    """
    totals = defaultdict(Decimal)
    for sold in _read_sold(book, company, through, rounding):
        totals[sold.currency] += _billed(sold, through, rounding(sold.currency))
    return dict(totals)


def _billed(sold, through, rounding):
    if sold.start > through:
        return Decimal(0)
    if sold.one_time:
        return Decimal(0) if sold.billed_through else sold.amount
    total = Decimal(0)
    for first, following in _periods(sold, through):
        if sold.billed_through and following <= sold.billed_through:
            continue
        days = [day for day in _days(max(first, sold.start), following) if not sold.end or day <= sold.end]
        if not days:
            continue
        due = days[0] if sold.plan["billing_timing"] == "advance" else days[-1] + DAY
        open_days = [day for day in days if not sold.billed_through or day > sold.billed_through]
        if due > through or not open_days:
            continue
        billed_days = days[: len(days) - len(open_days)]
        method = sold.plan["proration"]
        before = _share(sold.amount, billed_days, first, following, method, rounding)
        total += _share(sold.amount, days, first, following, method, rounding) - before
    return total


def _share(amount, days, first, following, method, rounding):
    """Return the price of some days, which follow each other, of the period [first, following)."""
    if not days:
        return Decimal(0)
    if method == "none":
        return amount
    if method == "30e360":
        part, whole = _days_360(days[0], days[-1] + DAY), _days_360(first, following)
    else:
        part, whole = len(days), (following - first).days
    return _round(amount * part / whole, rounding)


def _days_360(start, end):
    return (end.year - start.year) * 360 + (end.month - start.month) * 30 + min(end.day, 30) - min(start.day, 30)


def _days(start, end):
    return (start + number * DAY for number in range((end - start).days))


def _periods(sold, through):
    """Yield the first days of each period and the next, over the contract's life through a day."""
    unit, count = sold.plan["billing_unit"], int(sold.plan["billing_count"])
    if unit in ("day", "week"):
        step = count * (7 if unit == "week" else 1) * DAY
        first = sold.start
        while first <= through:
            yield first, first + step
            first += step
        return
    months = count * (12 if unit == "year" else 1)
    anchor, day = sold.start, sold.start.day
    if sold.plan["alignment"] == "billing_day":
        day = int(sold.plan["billing_day"]) or sold.own_day or 1
        anchor = _month_day(sold.start, 0, day)
        if anchor < sold.start:
            anchor = _month_day(sold.start, 1, day)
    # Days before the anchor belong to the period that ends with it.
    number = -1
    while _month_day(anchor, number * months, day) <= through:
        yield _month_day(anchor, number * months, day), _month_day(anchor, (number + 1) * months, day)
        number += 1


def _month_day(start, months, day):
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(day, calendar.monthrange(year, month + 1)[1]))


def _round(value, rounding):
    return (value / rounding).quantize(Decimal(1), ROUND_HALF_UP) * rounding


# --- The rows of a book ------------------------------------------------------------------------


def _read_sold(book, company, through, rounding):
    everything = [table for other in book.companies for table in book.tables(other)]
    plans = {row["id"]: DEFAULT_PLAN | row for rows in _rows(everything, "recurring.plan") for row in rows}
    kinds = {
        row["default_code"]: row.get("recurring_charge_type")
        for rows in _rows(everything, "product.template")
        for row in rows
    }
    own = book.tables(company)
    days = {rows[0]["id"]: int(rows[0].get("recurring_billing_day") or 0) for rows in _rows(own, "res.partner")}
    default = company.values.get("currency_id/id") or "base.USD"
    for rows in _rows(own, "recurring.contract"):
        plan = plans[rows[0]["plan_id/id"]]
        end = _renewed(rows[0], plan, rows[0]["date_start"], rows[0].get("date_end"), through)
        for row in rows:
            yield _sold(
                rows[0].get("currency_id/id") or default,
                kinds[row["item_ids/product_id"]],
                plan,
                days.get(rows[0]["partner_id/id"], 0),
                rounding,
                start=row.get("item_ids/date_start") or rows[0]["date_start"],
                end=row.get("item_ids/date_end") or end,
                billed_through=row.get("item_ids/opening_billed_through"),
                quantity=row["item_ids/quantity"],
                price=row["item_ids/price_unit"],
                discount=row.get("item_ids/discount"),
            )
    for rows in _rows(own, "sale.order"):
        head = rows[0]
        if not head["recurring_plan_id/id"] or date.fromisoformat(head["recurring_date_start"]) > through:
            continue
        plan = plans[head["recurring_plan_id/id"]]
        end = _renewed({}, plan, head["recurring_date_start"], "", through)
        for row in rows:
            kind = kinds[row["order_line/product_id"]]
            if kind:
                yield _sold(
                    default,
                    kind,
                    plan,
                    days.get(head["partner_id/id"], 0),
                    rounding,
                    start=head["recurring_date_start"],
                    end=end,
                    billed_through="",
                    quantity=row["order_line/product_uom_qty"],
                    price=row["order_line/price_unit"],
                    discount=row.get("order_line/discount"),
                )


def _renewed(head, plan, start, end, through):
    """Return the last day of the term that a contract is known to last on a day, or an empty text."""
    months = int(plan["term_count"]) * (12 if plan["term_unit"] == "year" else 1)
    if not months:
        return end
    start = date.fromisoformat(start)
    number = 1
    while end and _month_day(start, number * months, start.day) <= date.fromisoformat(end):
        number += 1
    last = _month_day(start, number * months, start.day) - DAY
    notice = int(plan.get("notice_days") or 0) * DAY
    if (head.get("renewal_policy") or plan["renewal_policy"]) != "tacit":
        return end or str(last)
    while last - notice < through:
        number += 1
        last = _month_day(start, number * months, start.day) - DAY
    return str(last)


def _sold(currency, kind, plan, own_day, rounding, *, start, end, billed_through, quantity, price, discount):
    exact = Decimal(quantity) * Decimal(price) * (1 - Decimal(discount or 0) / 100)
    return Sold(
        currency,
        kind == "one_time",
        date.fromisoformat(start),
        date.fromisoformat(end) if end else None,
        date.fromisoformat(billed_through) if billed_through else None,
        _round(exact, rounding(currency)),
        plan,
        own_day,
    )


def _rows(tables, model):
    """Yield the records of a model as lists of rows, each row a dict."""
    for table in tables:
        if table.model == model:
            nested = {name for name in table.columns if name.startswith(("item_ids/", "order_line/"))}
            for record in group_records(table, nested, []):
                yield [dict(zip(table.columns, cells, strict=True)) for _file, _line, cells in record]
