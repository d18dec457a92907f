"""A book: a folder of CSV files that hold a business, and in which order they are read."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path

from .csvfile import BookError, Problem, read_header, read_rows
from .mapping import Mapping, find_mapping

HERE = Path(__file__).resolve().parent
MAPPINGS = HERE / "mappings"

# File name -> model, in the order of loading: what is referred to comes first.
FILES = {
    "currencies.csv": "res.currency",
    "rates.csv": "res.currency.rate",
    "payment_terms.csv": "account.payment.term",
    "taxes.csv": "account.tax",
    "accounts.csv": "account.account",
    "companies.csv": "res.company",
    "users.csv": "res.users",
    "teams.csv": "crm.team",
    "revenue_rules.csv": "recurring.revenue.rule",
    "categories.csv": "product.category",
    "products.csv": "product.template",
    "price_indices.csv": "recurring.price.index",
    "plans.csv": "recurring.plan",
    "standalone_prices.csv": "recurring.ssp",
    "pricelists.csv": "product.pricelist",
    "quotation_templates.csv": "sale.order.template",
    "customers.csv": "res.partner",
    "contracts.csv": "recurring.contract",
    "equipment.csv": "recurring.equipment",
    "orders.csv": "sale.order",
}
# What is not imported but played, see ``diary.py``.
DIARY = ("amendments.csv", "alignments.csv", "renewals.csv", "usage.csv", "progress.csv")
NESTED = ("item_ids/", "order_line/", "value_ids/", "step_ids/", "coverage_ids/", "renewal_fee_ids/")


@dataclass(frozen=True)
class Company:
    """A company of a book and the folder that holds its files.

    :param str folder: relative to the book
    :param str ref: external id of the company, made where it does not exist
    :param dict values: field -> text, as in an import file of companies
    :param str chart: code of its chart of accounts, loaded where it has none
    :param dict open_work: what the demonstration leaves to be decided, see ``open_work.py``
    """

    folder: str = "."
    ref: str = "base.main_company"
    values: dict = field(default_factory=dict, hash=False)
    chart: str = ""
    open_work: dict = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Table:
    """The rows for one model.

    :param str model: the model
    :param list columns: column names as Odoo's Import screen takes them
    :param read: called with a list for problems, yields ``(file, line, cells)``
    """

    model: str
    columns: list
    read: Callable = field(hash=False)


class Book:
    """A folder of CSV files.

    ``book.json``, where there is one, names the opening day, further companies, the modules
    that the book needs and who does which job. A folder in another layout is read through a mapping.

    :param Path folder: the folder
    :param Path mapping: the mapping file; by default the one in ``data/mappings`` that fits, if any
    :raises BookError: if the folder is no book
    """

    def __init__(self, folder, mapping=None):
        self.folder = Path(folder)
        if not self.folder.is_dir():
            raise BookError([Problem(str(folder), 0, "there is no such folder")])
        self.mapping = Mapping(mapping) if mapping else None
        manifest = self.folder / "book.json"
        content = {}
        if manifest.is_file():
            content = self._read_manifest(manifest)
        elif not self.mapping:
            self.mapping = find_mapping(self.folder, MAPPINGS)
        if self.mapping:
            content = {"title": self.mapping.title, "opening": str(self.mapping.opening)} | content
        self.title = content.get("title", self.folder.name)
        self.opening = date.fromisoformat(content["opening"]) if "opening" in content else None
        self.modules = content.get("modules", [])
        self.users = content.get("users", {})
        self.companies = [Company(**values) for values in content.get("companies", [{}])]
        self.name = content.get("name", self.mapping.path.stem if self.mapping else self.folder.name)

    def _read_manifest(self, path):
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise BookError([Problem(path.name, 0, f"not readable as JSON: {error}")]) from error

    def tables(self, company):
        """Return the tables of one company in the order of loading.

        :param Company company: one of ``companies``
        :rtype: list[Table]
        :raises BookError: if there is a file of which it is not known what it holds
        """
        folder = self.folder / company.folder
        if self.mapping:
            return [Table(*table) for table in self.mapping.tables(folder)]
        paths = {path.name: path for path in folder.glob("*.csv")}
        unknown = sorted(set(paths) - {*FILES, *DIARY})
        if unknown:
            known = ", ".join([*FILES, *DIARY])
            raise BookError(
                [Problem(self._label(paths[name]), 0, f"unknown file; a book has {known}") for name in unknown]
            )
        if not paths:
            raise BookError([Problem(str(folder), 0, "there are no CSV files here")])
        return [
            Table(model, read_header(paths[name]), partial(self._read, paths[name]))
            for name, model in FILES.items()
            if name in paths
        ]

    def diary_file(self, company, name):
        """Return the path of one of the files ``DIARY`` of a company, or ``None`` where it has none."""
        path = self.folder / company.folder / name
        return path if not self.mapping and path.is_file() else None

    def records(self, company, model):
        """Yield the records of one company for a model as lists of rows, each row a dict.

        Rows that cannot be read are left out; the import reports them.
        """
        for table in self.tables(company):
            if table.model == model:
                nested = {name for name in table.columns if name.startswith(NESTED)}
                for record in group_records(table, nested, []):
                    yield [dict(zip(table.columns, cells, strict=True)) for _file, _line, cells in record]

    def _label(self, path):
        return path.relative_to(self.folder).as_posix()

    def _read(self, path, problems):
        label = self._label(path)
        found = []
        for line, cells in read_rows(path, found):
            yield label, line, cells
        problems += [Problem(label, problem.line, problem.message) for problem in found]


def group_records(table, nested, problems):
    """Yield the records of a table as lists of ``(file, line, cells)``: a row with its continuation rows.

    A row that leaves ``id`` empty continues the record above it. Reported and left out are rows
    that continue nothing, ids that are used twice and a table without ``id``.

    :param Table table: the table
    :param set nested: names of the columns that a continuation row may fill
    :param list problems: where to add a :class:`Problem` for each bad row
    """
    if "id" not in table.columns:
        file = next((row[0] for row in table.read(problems)), table.model)
        problems.append(Problem(file, 1, "there is no column id (the external id)"))
        return
    position = table.columns.index("id")
    seen, record, skipped = {}, [], False
    for file, line, cells in table.read(problems):
        ref = cells[position]
        if ref:
            if record:
                yield record
            skipped = ref in seen
            record = [] if skipped else [(file, line, cells)]
            if skipped:
                reason = f"the id {ref!r} is used on line {seen[ref]} already"
                problems.append(Problem(file, line, reason))
            seen.setdefault(ref, line)
        elif record:
            pairs = zip(table.columns, cells, strict=True)
            filled = [name for name, cell in pairs if cell and name not in nested]
            if filled:
                reason = "a row without id continues the one above, so it cannot fill "
                problems.append(Problem(file, line, reason + ", ".join(filled)))
            else:
                record.append((file, line, cells))
        elif not skipped:
            problems.append(Problem(file, line, "the id is empty and there is no record above it"))
    if record:
        yield record
