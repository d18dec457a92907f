"""Another system's CSV layout, turned into the columns of the import templates.

A mapping is a JSON file; ``docs/importing.md`` documents it. Everything here is plain Python: rows
come in as they stand in the files and go out one by one, so that a large book needs little memory.
"""

import json
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from functools import partial
from pathlib import Path

from dateutil.relativedelta import relativedelta

from .csvfile import BookError, Problem, read_header, read_rows


def find_mapping(folder, mappings):
    """Return the first mapping whose files and columns are those of a folder, or ``None``.

    :param Path folder: the folder with CSV files
    :param Path mappings: the folder with mapping files
    :rtype: Mapping or None
    """
    for path in sorted(Path(mappings).glob("*.json")):
        mapping = Mapping(path)
        if mapping.matches(folder):
            return mapping
    return None


class Mapping:
    """One mapping file.

    :param Path path: the JSON file
    :raises BookError: if it is not JSON or lacks a part
    """

    def __init__(self, path):
        self.path = Path(path)
        try:
            content = json.loads(self.path.read_text(encoding="utf-8"))
            self.title = content["title"]
            self.opening = date.fromisoformat(content["opening"])
            self.sources = content["sources"]
            self.specs = content["tables"]
        except (ValueError, KeyError) as error:
            raise BookError([Problem(self.path.name, 0, f"not a mapping: {error!r}")]) from error

    def matches(self, folder):
        """Whether a folder has all the files and columns that this mapping reads."""
        for name, columns in self.sources.items():
            path = Path(folder) / name
            if not path.is_file() or not set(columns) <= set(read_header(path)):
                return False
        return True

    def tables(self, folder):
        """Yield ``(model, columns, read)`` in the order in which they are to be loaded.

        ``read(problems)`` yields ``(file, line, cells)``; rows that cannot be mapped are reported
        and left out.
        """
        for spec in self.specs:
            lines = spec.get("lines", {})
            columns = [*(spec.get("columns") or spec["rows"][0]), *lines.get("columns", {})]
            yield spec["model"], columns, partial(self._read, Path(folder), spec)

    def _read(self, folder, spec, problems):
        for row in spec.get("rows", []):
            yield self.path.name, 0, [str(value) for value in row.values()]
        if "source" not in spec:
            return
        lines = spec.get("lines")
        children = self._index(folder / lines["source"], lines["join"], problems) if lines else {}
        join = lines["join"] if lines else None
        path = folder / spec["source"]
        header = read_header(path)
        for line, cells in read_rows(path, problems):
            parent = dict(zip(header, cells, strict=True))
            try:
                head = [evaluate(rule, parent) for rule in spec["columns"].values()]
            except ValueError as error:
                problems.append(Problem(path.name, line, str(error)))
                children.pop(parent.get(join), None)
                continue
            if not lines:
                yield path.name, line, head
                continue
            found = children.pop(parent[join], [])
            if not found:
                problems.append(Problem(path.name, line, f"this {join} has no line in {lines['source']}"))
            for number, (child_line, child) in enumerate(found):
                try:
                    tail = [
                        evaluate(rule, child | parent | {"line_number": str(number + 1)})
                        for rule in lines["columns"].values()
                    ]
                except ValueError as error:
                    problems.append(Problem(lines["source"], child_line, str(error)))
                    continue
                if number:
                    yield lines["source"], child_line, head + tail
                else:
                    yield path.name, line, head + tail
                head = [""] * len(head)
        for value, orphans in children.items():
            problems.append(Problem(lines["source"], orphans[0][0], f"no {join} {value!r} in {spec['source']}"))

    def _index(self, path, join, problems):
        header = read_header(path)
        position = header.index(join)
        children = defaultdict(list)
        for line, cells in read_rows(path, problems):
            children[cells[position]].append((line, _Cells(header, cells)))
        return children


class _Cells:
    """A row that becomes a dict only when it is used: a hundred thousand dicts would not be small."""

    __slots__ = ("cells", "header")

    def __init__(self, header, cells):
        self.header, self.cells = header, cells

    def __or__(self, other):
        return dict(zip(self.header, self.cells, strict=True)) | other


# --- The rules of a mapping --------------------------------------------------------------------


def evaluate(rule, row):
    """Return what a rule of a mapping makes of a row.

    :param rule: a text with ``{column}`` in it, or an object with the name of one rule below
    :param dict row: column -> text
    :rtype: str
    :raises ValueError: in plain words, if the row does not have what the rule needs
    """
    if isinstance(rule, str):
        try:
            return rule.format_map(row)
        except KeyError as error:
            raise ValueError(f"there is no column {error.args[0]!r}") from error
    name = next((key for key in rule if key in RULES), None)
    if not name:
        raise ValueError(f"the mapping has no rule called {'/'.join(rule)!r}")
    return RULES[name](rule, row)


def _map(rule, row):
    key = ",".join(_cell(row, column) for column in rule["map"])
    if key in rule["values"]:
        return evaluate(rule["values"][key], row)
    if "else" in rule:
        return evaluate(rule["else"], row)
    raise ValueError(f"{' and '.join(rule['map'])} {key!r} is not in the mapping")


def _multiply(rule, row):
    result = Decimal(1)
    for column in rule["multiply"]:
        text = _cell(row, column)
        try:
            result *= Decimal(text)
        except InvalidOperation as error:
            raise ValueError(f"{column} {text!r} is not a number") from error
    return str(result)


def _when(rule, row):
    test = rule["when"]
    value = _cell(row, test["column"])
    if "equals" in test:
        holds = value == test["equals"]
    else:
        holds = _day(row, test["column"]) <= date.fromisoformat(test["on_or_before"])
    return evaluate(rule["then"] if holds else rule["else"], row)


def _last_day(rule, row):
    """The last day of the first period, counted from a day, that ends on or after another day."""
    spec = rule["last_day"]
    start = _day(row, spec["from"])
    months = int(_cell(row, spec["months"]) or 0)
    if not months:
        return ""
    target = date.fromisoformat(spec["on_or_after"])
    count = max(1, ((target.year - start.year) * 12 + target.month - start.month) // months)
    while start + relativedelta(months=months * count) - timedelta(days=1) < target:
        count += 1
    last = start + relativedelta(months=months * count) - timedelta(days=1)
    limit = row.get(spec.get("not_after"))
    return str(min(last, _day(row, spec["not_after"])) if limit else last)


RULES = {"map": _map, "multiply": _multiply, "when": _when, "last_day": _last_day}


def _cell(row, column):
    if column not in row:
        raise ValueError(f"there is no column {column!r}")
    return row[column]


def _day(row, column):
    text = _cell(row, column)
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{column} {text!r} is not a date (YYYY-MM-DD)") from error
