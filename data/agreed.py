"""What the contracts of a book amount to through a day: rows, amendments and renewals; for the referee."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from .diary import read_alignments, read_amendments, read_decisions
from .terms import DAY, FOREVER, Deal, Sold, Terms, month_day, round_half_up

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
    "renewal_document": "quotation",
}
INDEX = "recurring.price.index"
UPLIFT = ("recurring_uplift_mode", "recurring_uplift_percent", "recurring_uplift_index_id/id")


class Agreed:
    """One company's contracts, as the book and its diary have them on a day.

    :param Book book: the book
    :param Company company: one of its companies
    :param date through: what is agreed by this day (inclusive) counts
    :param rounding: called with the external id of a currency, returns its rounding as a Decimal
    """

    def __init__(self, book, company, through, rounding):
        self.book, self.company = book, company
        self.through, self.rounding = through, rounding
        self.currency = company.values.get("currency_id/id") or "base.USD"
        self.plans = {row["id"]: DEFAULT_PLAN | row for row in self._all("recurring.plan")}
        self.kinds = {row["default_code"]: row.get("recurring_charge_type") for row in self._all("product.template")}
        self.indices = {rows[0]["id"]: rows for other in book.companies for rows in book.records(other, INDEX)}
        self.customers = {row["id"]: row for row in self._all("res.partner")}

    def _all(self, model):
        """Return the first rows of all records of a model: companies share them."""
        return [rows[0] for other in self.book.companies for rows in self.book.records(other, model)]

    def sold(self):
        """Yield all that was sold, in force or over, with its changes."""
        for rows in self.book.records(self.company, "sale.order"):
            plan, start = rows[0]["recurring_plan_id/id"], rows[0]["recurring_date_start"]
            if not plan or self.plans[plan].get("item_creation") == "approval":
                # What waits for a manager's approval has no items that could be billed.
                continue
            if date.fromisoformat(start) <= self.through:
                yield from self._deal(rows, plan, "order_line/", start).items
        deals = {
            rows[0]["id"]: self._deal(rows, rows[0]["plan_id/id"], "item_ids/", rows[0]["date_start"])
            for rows in self.book.records(self.company, "recurring.contract")
        }
        for alignment in read_alignments(self.book, self.company, []):
            if alignment.entered <= self.through:
                for ref in alignment.contracts:
                    yield from self._aligned(deals[ref], alignment)
        for amendment in self._standing():
            deals[amendment.contract].amend(amendment, self.kinds.get(amendment.product) == "one_time")
        signed = {
            decision.contract
            for decision in read_decisions(self.book, self.company, [])
            if decision.signed and decision.day <= self.through
        }
        for ref, deal in deals.items():
            yield from deal.items
            while _by_order(deal) and (deal.plan["renewal_document"] == "confirmed" or ref in signed):
                if deal.end >= self.through:
                    break
                ref, deal = "", self._successor(deal)
                yield from deal.items

    def _standing(self):
        """Return the amendments that were entered and not undone."""
        standing = []
        for amendment in read_amendments(self.book, self.company, []):
            if amendment.entered > self.through:
                break
            if amendment.action == "undo":
                last = [other for other in standing if other.contract == amendment.contract][-1]
                standing.remove(last)
            else:
                standing.append(amendment)
        return standing

    # --- Rows ---

    def _deal(self, rows, plan, prefix, start):
        """Return the contract that rows describe, its items in columns with a prefix."""
        head, plan = rows[0], self.plans[plan]
        start = date.fromisoformat(start)
        deal = Deal(head, plan, start, self._end(head, plan, start), [])
        for row in rows:
            item = {name.removeprefix(prefix): cell for name, cell in row.items() if name.startswith(prefix)}
            if item["product_id"] and self.kinds[item["product_id"]]:
                deal.items.append(self._sold(deal, item, self.kinds[item["product_id"]]))
            if item.get("recurring_step_ids/date"):
                name = {"price": "price_unit"}.get(item["recurring_step_ids/kind"], item["recurring_step_ids/kind"])
                value = Decimal(item["recurring_step_ids/value"])
                deal.items[-1].change(date.fromisoformat(item["recurring_step_ids/date"]), name, value)
        return deal

    def _sold(self, deal, item, kind):
        start = _day(item.get("date_start")) or deal.start
        quantity = item.get("quantity") or item.get("product_uom_qty")
        included = item.get("included_quantity") or item.get("recurring_included_quantity") or 0
        sold = Sold(
            ref=item["id"],
            currency=deal.row.get("currency_id/id") or self.currency,
            one_time=kind == "one_time",
            terms=Terms(Decimal(quantity), Decimal(item["price_unit"]), Decimal(item.get("discount") or 0)),
            start=start,
            end=_day(item.get("date_end")) or deal.end,
            billed_through=_day(item.get("opening_billed_through")),
            plan=deal.plan,
            own_day=int(self.customers.get(deal.row["partner_id/id"], {}).get("recurring_billing_day") or 0),
            anchor=start,
            renewable=item.get("renewable") != "False",
            uplift=_uplift(item),
            included=Decimal(included) if kind == "usage" else None,
        )
        sold.give_free(int(item.get("recurring_free_periods") or 0))
        sold.pay_in_instalments(int(item.get("recurring_instalment_count") or 0), self.rounding(sold.currency))
        return sold

    def _end(self, row, plan, start):
        """Return the last day of the term that a contract is known to last, tacit renewals included."""
        end = _day(row.get("date_end"))
        months = _term(plan)
        if not months:
            return end or FOREVER
        number = 1
        while end and month_day(start, number * months, start.day) <= end:
            number += 1
        last = month_day(start, number * months, start.day) - DAY
        if (row.get("renewal_policy") or plan["renewal_policy"]) != "tacit":
            return end or last
        while last - int(plan.get("notice_days") or 0) * DAY < self.through:
            number += 1
            last = month_day(start, number * months, start.day) - DAY
        return last

    # --- Renewals ---

    def _successor(self, deal):
        """Return the contract that a signed renewal makes: one more term, at uplifted prices."""
        start = deal.end + DAY
        end = month_day(start, _term(deal.plan), start.day) - DAY
        items = []
        for item in deal.items:
            if item.renewable and not item.one_time and item.end == deal.end:
                old = item.terms_on(item.end)
                terms = Terms(old.quantity, self._renewed_price(deal, item, old.price_unit, start), old.discount)
                new = {"ref": "", "terms": terms, "start": start, "end": end, "billed_through": None, "changes": []}
                items.append(replace(item, **new))
        return Deal(deal.row | {"renewal_policy": ""}, deal.plan, start, end, items + self._fees(deal, start))

    def _fees(self, deal, start):
        """Return the fee that is agreed for each renewal of a contract, where there is one."""
        if not deal.row.get("renewal_fee_ids/price_unit"):
            return []
        names = ("renewal_fee_ids/quantity", "renewal_fee_ids/price_unit")
        terms = Terms(*(Decimal(deal.row[name]) for name in names), Decimal(0))
        first = deal.items[0]
        return [Sold("", first.currency, True, terms, start, start, None, deal.plan, first.own_day, start, False)]

    def _aligned(self, deal, alignment):
        """Yield what carries the items of a contract on to a common end: one charge each, for the days up to it."""
        start = deal.end + DAY
        for item in deal.items:
            if item.one_time or item.end != deal.end:
                continue
            rounding = self.rounding(item.currency)
            year = (start - month_day(start, -_term(deal.plan), start.day)).days
            days = (alignment.end - deal.end).days
            price = item.terms_on(item.end).whole(rounding) * days * (100 + alignment.percent) / (100 * year)
            terms = Terms(Decimal(1), round_half_up(price, rounding), Decimal(0))
            new = {"ref": "", "one_time": True, "terms": terms, "start": start, "billed_through": None, "changes": []}
            yield replace(item, **new)

    def _renewed_price(self, deal, item, price, start):
        """Return the new price: item, contract, customer, plan and company are asked, in this order."""
        customer = self.customers[deal.row["partner_id/id"]]
        rules = [item.uplift, *map(_uplift, (deal.row, customer, deal.plan, self.company.values))]
        mode, percent, index = next((rule for rule in rules if rule[0]), ("percent", "0", ""))
        factor = 1 + Decimal(percent or 0) / 100
        if mode == "index":
            factor = self._value(index, start) / self._value(index, item.start)
        return round_half_up(price * factor, self.rounding(item.currency))

    def _value(self, index, day):
        """Return the last value of a price index that is known on a day."""
        known = [row for row in self.indices[index] if date.fromisoformat(row["value_ids/date"]) <= day]
        return Decimal(max(known, key=lambda row: row["value_ids/date"])["value_ids/value"])


def _uplift(row):
    return tuple(row.get(name, "") for name in UPLIFT)


def _by_order(deal):
    return (deal.row.get("renewal_policy") or deal.plan["renewal_policy"]) == "order"


def _term(plan):
    return int(plan["term_count"]) * (12 if plan["term_unit"] == "year" else 1)


def _day(text):
    return date.fromisoformat(text) if text else None
