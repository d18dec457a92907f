"""Import a book into Odoo, all or nothing, through Odoo's own import (``Model.load``)."""

import re
from dataclasses import dataclass, field

from odoo.tools import mute_logger

from .book import group_records
from .csvfile import BookError, Problem
from .diary import READERS
from .refs import full_ref

BATCH_ROWS = 1000
BATCH_CONTRACTS = 500
# Odoo's import stops reporting after ten errors; fewer records at a time have fewer errors.
FEW = 9
# Once made these are changed in Odoo only: importing a book again leaves them as they are.
KEPT = ("recurring.contract", "sale.order")
CONTEXT = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
    "install_mode": True,
    "no_reset_password": True,
}


@dataclass
class Summary:
    """What an import did.

    :param dict created: model -> number of records that were in the files and were loaded
    :param dict kept: model -> number of records that were there already and were left alone
    """

    created: dict = field(default_factory=dict)
    kept: dict = field(default_factory=dict)


def import_book(env, book, progress=None):
    """Import a book and start its contracts, in the caller's transaction and without commit.

    :param env: environment of a user who may create all of it
    :param Book book: the book
    :param progress: called with ``(text, done)`` after each batch, done being a number of rows
    :rtype: Summary
    :raises BookError: with every problem that was found; nothing was imported then
    """
    # What PostgreSQL refuses is reported with its line; Odoo would log the statement as well.
    with env.cr.savepoint(), mute_logger("odoo.sql_db"):
        return _Import(env, book, progress or (lambda text, done: None)).run()


class _Import:
    def __init__(self, env, book, progress):
        self.env = env(context=dict(env.context, **CONTEXT))
        self.book, self.progress = book, progress
        self.problems = []
        self.missing = set()
        self.places = {}
        self.summary = Summary()

    def run(self):
        for company in self.book.companies:
            env = self._company_env(company)
            for table in self.book.tables(company):
                self._load_table(env, company, table)
            for read in READERS:
                read(self.book, company, self.problems)
        if not self.problems:
            self._start_contracts()
        if self.problems:
            raise BookError(self.problems)
        return self.summary

    # --- Companies ---

    def _company_env(self, company):
        record = self.env.ref(full_ref(company.ref), raise_if_not_found=False)
        if company.values:
            values = {"id": full_ref(company.ref)} | company.values
            result = self.env["res.company"].load(list(values), [list(values.values())])
            if not result["ids"]:
                reasons = "; ".join(message["message"] for message in result["messages"])
                raise BookError([Problem("book.json", 0, f"company {company.ref}: {reasons}")])
            record = self.env["res.company"].browse(result["ids"])
        if not record:
            raise BookError([Problem("book.json", 0, f"there is no company {company.ref!r}")])
        if company.chart and not record.chart_template:
            self.env["account.chart.template"].try_loading(company.chart, record)
        others = self.env["res.company"].search([("id", "!=", record.id)])
        allowed = [record.id, *others.ids]
        return self.env(context=dict(self.env.context, allowed_company_ids=allowed))

    # --- Rows ---

    def _load_table(self, env, company, table):
        model = env[table.model]
        nested = {name for name in table.columns if self._is_nested(model, name)}
        unknown = [name for name in table.columns if not self._exists(model, name)]
        if unknown:
            file, line = next((row[:2] for row in table.read([])), (table.model, 1))
            reason = f"{model._description} has no column {', '.join(map(repr, unknown))}"
            self.problems.append(Problem(file, min(line, 1), reason))
            return
        batch, rows = [], 0
        for record in self._new_records(model, table, group_records(table, nested, self.problems)):
            batch.append(record)
            rows += len(record)
            if rows >= BATCH_ROWS:
                self._load_batch(model, company, table, batch)
                batch, rows = [], 0
        if batch:
            self._load_batch(model, company, table, batch)

    @staticmethod
    def _is_nested(model, column):
        column = column.split("/")[0]
        return column in model._fields and model._fields[column].type == "one2many"

    def _exists(self, model, column):
        """Whether an import column can be followed from field to field."""
        for part in column.split("/"):
            if part in ("id", ".id"):
                return True
            if model is None or part not in model._fields:
                return False
            comodel = model._fields[part].comodel_name
            model = self.env[comodel] if comodel else None
        return True

    def _new_records(self, model, table, records):
        """Leave out what was imported before and has a history by now."""
        if model._name not in KEPT:
            yield from records
            return
        position = table.columns.index("id") if "id" in table.columns else 0
        self.env.cr.execute("SELECT module || '.' || name FROM ir_model_data WHERE model = %s", [model._name])
        known = {row[0] for row in self.env.cr.fetchall()}
        for record in records:
            if full_ref(record[0][2][position]) in known:
                self.summary.kept[model._name] = self.summary.kept.get(model._name, 0) + 1
            else:
                yield record

    def _load_batch(self, model, company, table, batch):
        """Load records; where some are refused, report them and load the others without them.

        What is good is loaded all the same, so that later files that refer to it do not complain;
        the whole import is undone at the end.
        """
        loaded = self._try_batch(model, company, table, batch)
        if model._name == "recurring.contract":
            self.places |= {number: record[0][:2] for record, number in loaded}
        self.summary.created[model._name] = self.summary.created.get(model._name, 0) + len(loaded)
        self.env.flush_all()
        self.env.invalidate_all()
        self.progress(model._description, sum(map(len, batch)))

    def _try_batch(self, model, company, table, batch):
        """Load records and return those that were accepted, each with its database id."""
        starts, rows = [], []
        for record in batch:
            starts.append(len(rows))
            rows += [self._fill_in(company, cells) for _file, _line, cells in record]
        result = model.load(table.columns, rows)
        errors = [message for message in result["messages"] if message["type"] == "error"]
        if result["ids"] and not errors:
            return list(zip(batch, result["ids"], strict=True))
        if len(batch) > FEW:
            return [
                pair
                for first in range(0, len(batch), FEW)
                for pair in self._try_batch(model, company, table, batch[first : first + FEW])
            ]
        bad = self._report(table, batch, starts, errors)
        good = [record for index, record in enumerate(batch) if index not in bad]
        return self._try_batch(model, company, table, good) if good else []

    def _fill_in(self, company, cells):
        """Replace ``{company}``: external ids of a chart of accounts contain the company's number."""
        if not any("{company}" in cell for cell in cells):
            return cells
        number = str(self.env.ref(full_ref(company.ref)).id)
        return [cell.replace("{company}", number) for cell in cells]

    # --- Problems ---

    def _report(self, table, batch, starts, errors):
        """Add problems for the errors of ``Model.load``; return the positions of the bad records."""
        position = table.columns.index("id")
        by_record = {}
        for error in errors:
            first = error.get("rows", {}).get("from", 0)
            index = max(number for number, start in enumerate(starts) if start <= max(first, 0))
            by_record.setdefault(index, []).append(error)
        if not by_record:
            by_record = {index: [{"message": "Odoo refused it without a reason"}] for index in range(len(batch))}
        for index, found in by_record.items():
            record = batch[index]
            self.missing.add(record[0][2][position])
            # A cell that cannot be read also leaves its field empty: that is not a second problem.
            cells = [error for error in found if error.get("field")] or found
            left_empty = {error.get("field") for error in cells if self._follows(error["message"])}
            for error in cells:
                if error.get("field") not in left_empty:
                    file, line = self._place(record, error["message"])
                    self.problems.append(Problem(file, line, _plain(error)))
        return by_record

    def _follows(self, message):
        """Whether the message is about an external id that is missing because it was refused itself."""
        return any(ref in self.missing for ref in re.findall(r"'([^']*)'", message))

    @staticmethod
    def _place(record, message):
        """Return the file and line whose cell the message quotes, or those of the record's first row."""
        quoted = set(re.findall(r"'([^']+)'", message))
        for file, line, cells in record:
            if quoted & {cell for text in cells for cell in (text, *text.split(","))}:
                return file, line
        return record[0][:2]

    # --- Start ---

    def _start_contracts(self):
        """Put the imported contracts in force, in batches; find the ones that cannot be."""
        numbers = sorted(self.places)
        for first in range(0, len(numbers), BATCH_CONTRACTS):
            batch = numbers[first : first + BATCH_CONTRACTS]
            self._start_batch(batch)
            self.env.flush_all()
            self.env.invalidate_all()
            self.progress("Start", len(batch))

    def _start_batch(self, numbers):
        """Start contracts, halving a batch that fails until the guilty one stands alone."""
        try:
            with self.env.cr.savepoint():
                self.env["recurring.contract"].browse(numbers).action_start()
                self.env.flush_all()
        except Exception as error:  # noqa: BLE001 - whatever the reason, it belongs to a line
            self.env.invalidate_all()
            if len(numbers) == 1:
                reason = _plain({"message": str(error)})
                self.problems.append(Problem(*self.places[numbers[0]], reason))
                return
            middle = len(numbers) // 2
            self._start_batch(numbers[:middle])
            self._start_batch(numbers[middle:])


def _plain(error):
    """Return an error's message on one line, with the column where Odoo knows it."""
    message = " ".join(error["message"].split())
    # Advice to developers that Odoo adds where a required value is missing.
    message = message.partition(" Model: ")[0]
    column = error.get("field")
    return f"{column}: {message}" if column and column not in message else message
