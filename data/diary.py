"""The diary of a book: what is agreed with its customers while its months are run.

It has two files beside the others of a company, both optional: ``amendments.csv`` and
``renewals.csv``. They are read here, for the demonstration and for its referee alike.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from .csvfile import Problem, read_header, read_rows

# Action -> the columns that it needs beside those of every row.
ACTIONS = {
    "change": {"effective", "item_id/id"},
    "add": {"effective", "product_id", "quantity", "price_unit"},
    "end": {"effective"},
    "extend": {"effective"},
    "suspend": {"effective"},
    "resume": {"effective"},
    "undo": set(),
}
TERMS = ("quantity", "price_unit", "discount")
AMENDMENT_COLUMNS = (
    "id", "contract_id/id", "entered", "action", "effective", "item_id/id", "product_id", *TERMS, "reason",
)  # fmt: skip
RENEWAL_COLUMNS = ("contract_id/id", "day", "decision")
DECISIONS = ("signed", "refused")


@dataclass(frozen=True)
class Amendment:
    """A change of a contract.

    :param str ref: its external id
    :param str contract: external id of the contract
    :param date entered: the day on which it is entered
    :param str action: a key of ``ACTIONS``
    :param date effective: first day of the new terms; of ``end`` and ``extend`` the last day in force
    :param str item: external id of the item that is meant; empty for the whole contract
    :param str product: of ``add``, the product's internal reference
    :param dict terms: name -> Decimal, of those that are given
    :param str reason: why
    """

    ref: str
    contract: str
    entered: date
    action: str
    effective: date | None
    item: str
    product: str
    terms: dict
    reason: str


@dataclass(frozen=True)
class Decision:
    """What a customer says to the renewal of his contract.

    :param str contract: external id of the contract that is to be renewed
    :param date day: the day of his answer
    :param bool signed: whether he signs
    """

    contract: str
    day: date
    signed: bool


def read_amendments(book, company, problems):
    """Return the amendments of one company in the order in which they are entered.

    :param Book book: the book
    :param Company company: one of its companies
    :param list problems: where to add a :class:`Problem` for each bad row
    :rtype: list[Amendment]
    """
    found = _read(book, company, "amendments.csv", AMENDMENT_COLUMNS, _amendment, problems)
    return sorted(found, key=lambda amendment: amendment.entered)


def read_decisions(book, company, problems):
    """Return the answers to renewals of one company, by day; see :func:`read_amendments`.

    :rtype: list[Decision]
    """
    found = _read(book, company, "renewals.csv", RENEWAL_COLUMNS, _decision, problems)
    return sorted(found, key=lambda decision: decision.day)


def _read(book, company, name, columns, convert, problems):
    path = book.diary_file(company, name)
    if not path:
        return []
    label = path.relative_to(book.folder).as_posix()
    header = read_header(path)
    if set(header) != set(columns):
        problems.append(Problem(label, 1, f"its columns must be {', '.join(columns)}"))
        return []
    known = _Known(book, company)
    bad, result = [], []
    for line, cells in read_rows(path, bad):
        row = dict(zip(header, cells, strict=True))
        try:
            result.append(convert(row, known))
        except ValueError as error:
            problems.append(Problem(label, line, str(error)))
    problems += [Problem(label, problem.line, problem.message) for problem in bad]
    return result


class _Known:
    """What the rows of a diary may refer to.

    :param Book book: the book
    :param Company company: the company of the diary
    """

    def __init__(self, book, company):
        contracts = book.records(company, "recurring.contract")
        self.items = {rows[0]["id"]: {row.get("item_ids/id") for row in rows} for rows in contracts}
        products = (rows for other in book.companies for rows in book.records(other, "product.template"))
        self.products = {rows[0].get("default_code") for rows in products}
        self.used = set()

    def check(self, row):
        """Refuse a row that refers to what is not there, or that uses an id again.

        :raises ValueError: with the reason
        """
        contract, item = row["contract_id/id"], row.get("item_id/id")
        if contract not in self.items:
            raise ValueError(f"there is no contract {contract!r} in contracts.csv")
        if item and item not in self.items[contract]:
            raise ValueError(f"the contract has no item {item!r}")
        if row.get("product_id") and row["product_id"] not in self.products:
            raise ValueError(f"there is no product {row['product_id']!r} in products.csv")
        if row.get("id") in self.used:
            raise ValueError(f"the id {row['id']!r} is used already")
        self.used |= {row.get("id")} - {None}


def _amendment(row, known):
    known.check(row)
    action = row["action"]
    if action not in ACTIONS:
        raise ValueError(f"action {action!r} is none of {', '.join(ACTIONS)}")
    missing = sorted(name for name in {"id", "entered", "reason"} | ACTIONS[action] if not row[name])
    if missing:
        raise ValueError(f"{action} needs {', '.join(missing)}")
    if row["item_id/id"] and action not in ("change", "end"):
        raise ValueError(f"{action} is not for one item: leave item_id/id empty")
    if action == "change" and not any(row[name] for name in TERMS):
        raise ValueError(f"change needs one of {', '.join(TERMS)}")
    return Amendment(
        row["id"],
        row["contract_id/id"],
        _day(row, "entered"),
        action,
        _day(row, "effective") if row["effective"] else None,
        row["item_id/id"],
        row["product_id"],
        {name: _number(row, name) for name in TERMS if row[name]},
        row["reason"],
    )


def _decision(row, known):
    known.check(row)
    if row["decision"] not in DECISIONS:
        raise ValueError(f"decision {row['decision']!r} is none of {', '.join(DECISIONS)}")
    return Decision(row["contract_id/id"], _day(row, "day"), row["decision"] == "signed")


def _day(row, name):
    try:
        return date.fromisoformat(row[name])
    except ValueError:
        raise ValueError(f"{name} {row[name]!r} is not a date (YYYY-MM-DD)") from None


def _number(row, name):
    try:
        return Decimal(row[name])
    except InvalidOperation:
        raise ValueError(f"{name} {row[name]!r} is not a number") from None
