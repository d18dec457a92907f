"""The diary of a book: what is agreed with its customers while its months are run.

It has files beside the others of a company, all optional: ``amendments.csv``, ``alignments.csv``,
``renewals.csv``, ``usage.csv`` and ``progress.csv``. They are read here, for the demonstration and
for its referee alike.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from .csvfile import Problem, read_header, read_rows

# Action -> the columns that it needs beside those of every row.
ACTIONS = {
    "change": {"effective", "item_id/id"},
    "add": {"effective", "product_id", "quantity", "price_unit"},
    "swap": {"effective", "item_id/id", "product_id", "price_unit"},
    "end": {"effective"},
    "extend": {"effective"},
    "payer": {"effective", "partner_id/id"},
    "transfer": {"effective", "partner_id/id"},
    "suspend": {"effective"},
    "resume": {"effective"},
    "undo": set(),
}
TERMS = ("quantity", "price_unit", "discount")
AMENDMENT_COLUMNS = (
    "id", "contract_id/id", "entered", "action", "effective", "item_id/id", "product_id", *TERMS, "reason",
)  # fmt: skip
# Columns that a file may leave out.
OPTIONAL = ("partner_id/id", "notice_date", "close_reason_id/id")
ALIGNMENT_COLUMNS = ("id", "contract_ids/id", "entered", "date_end", "percent")
RENEWAL_COLUMNS = ("contract_id/id", "day", "decision")
USAGE_COLUMNS = ("id", "entered", "item_id/id", "date", "quantity", "source")
PROGRESS_COLUMNS = ("id", "entered", "item_id/id", "percent", "milestone", "note")
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
    :param str product: of ``add`` and ``swap``, the product's internal reference
    :param dict terms: name -> Decimal, of those that are given
    :param str reason: why
    :param str partner: external id of the new payer or customer
    :param date notice: of ``end``, when the customer gave notice
    :param str close_reason: of ``end``, external id of the close reason
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
    partner: str = ""
    notice: date | None = None
    close_reason: str = ""


@dataclass(frozen=True)
class Alignment:
    """Contracts of a customer that get a common end.

    :param str ref: its external id
    :param tuple contracts: external ids of the contracts
    :param date entered: the day on which it is agreed
    :param date end: the common last day
    :param Decimal percent: the uplift of the stretch up to it
    """

    ref: str
    contracts: tuple
    entered: date
    end: date
    percent: Decimal


@dataclass(frozen=True)
class Reading:
    """How much of an item was used.

    :param str ref: what its sender calls it
    :param date entered: the day on which it arrives, which may be a late one
    :param str item: external id of the contract item, or of the order line that becomes one
    :param date day: the day of use
    :param Decimal quantity: how many units
    :param str source: where it comes from
    """

    ref: str
    entered: date
    item: str
    day: date
    quantity: Decimal
    source: str


@dataclass(frozen=True)
class Progress:
    """How much of a service is done.

    :param str ref: its external id
    :param date entered: the day on which it is reported
    :param str item: as of :class:`Reading`
    :param percent: in all, a Decimal; ``None`` where a milestone is reached
    :param str milestone: the name of the milestone
    :param str note: how it was measured
    """

    ref: str
    entered: date
    item: str
    percent: Decimal | None
    milestone: str
    note: str


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


def read_alignments(book, company, problems):
    """Return the common ends that are agreed in one company, by day; see :func:`read_amendments`.

    :rtype: list[Alignment]
    """
    found = _read(book, company, "alignments.csv", ALIGNMENT_COLUMNS, _alignment, problems)
    return sorted(found, key=lambda alignment: alignment.entered)


def read_usage(book, company, problems):
    """Return the readings of one company in the order in which they arrive; see :func:`read_amendments`.

    :rtype: list[Reading]
    """
    found = _read(book, company, "usage.csv", USAGE_COLUMNS, _reading, problems)
    return sorted(found, key=lambda reading: reading.entered)


def read_progress(book, company, problems):
    """Return the reports of progress of one company, by day; see :func:`read_amendments`.

    :rtype: list[Progress]
    """
    found = _read(book, company, "progress.csv", PROGRESS_COLUMNS, _progress, problems)
    return sorted(found, key=lambda progress: progress.entered)


@dataclass(frozen=True)
class Diary:
    """All that happens in one company, each list in the order of the days of entry."""

    amendments: list
    alignments: list
    decisions: list
    usage: list
    progress: list

    @classmethod
    def of(cls, book, company):
        """Return the diary of one company of a book that was checked."""
        return cls(*(read(book, company, []) for read in READERS))


READERS = (read_amendments, read_alignments, read_decisions, read_usage, read_progress)


def _read(book, company, name, columns, convert, problems):
    path = book.diary_file(company, name)
    if not path:
        return []
    label = path.relative_to(book.folder).as_posix()
    header = read_header(path)
    if not set(columns) <= set(header) <= {*columns, *OPTIONAL}:
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
        orders = book.records(company, "sale.order")
        self.sold = {row.get("order_line/id") for rows in orders for row in rows}.union(*self.items.values())
        products = (rows for other in book.companies for rows in book.records(other, "product.template"))
        self.products = {rows[0].get("default_code") for rows in products}
        self.used = set()

    def check(self, row):
        """Refuse a row that refers to what is not there, or that uses an id again.

        :raises ValueError: with the reason
        """
        contract, item = row.get("contract_id/id"), row.get("item_id/id")
        for ref in row.get("contract_ids/id", contract or "").split(","):
            if ref and ref not in self.items:
                raise ValueError(f"there is no contract {ref!r} in contracts.csv")
        if contract and item and item not in self.items[contract]:
            raise ValueError(f"the contract has no item {item!r}")
        if item and item not in self.sold:
            raise ValueError(f"there is no item or order line {item!r} in contracts.csv and orders.csv")
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
    if row["item_id/id"] and action not in ("change", "swap", "end"):
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
        row.get("partner_id/id", ""),
        _day(row, "notice_date") if row.get("notice_date") else None,
        row.get("close_reason_id/id", ""),
    )


def _alignment(row, known):
    known.check(row)
    contracts = tuple(row["contract_ids/id"].split(","))
    if len(contracts) < 2:
        raise ValueError("name at least two contracts, with a comma between them")
    return Alignment(row["id"], contracts, _day(row, "entered"), _day(row, "date_end"), _number(row, "percent"))


def _reading(row, known):
    known.check(row)
    if not row["item_id/id"]:
        raise ValueError("a reading needs item_id/id")
    return Reading(
        row["id"], _day(row, "entered"), row["item_id/id"], _day(row, "date"), _number(row, "quantity"), row["source"]
    )


def _progress(row, known):
    known.check(row)
    if bool(row["percent"]) == bool(row["milestone"]):
        raise ValueError("progress is either a percentage or a milestone")
    percent = _number(row, "percent") if row["percent"] else None
    return Progress(row["id"], _day(row, "entered"), row["item_id/id"], percent, row["milestone"], row["note"])


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
