"""CSV files read row by row, each row with the line on which it begins."""

import csv
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, order=True)
class Problem:
    """Something that is wrong in a book.

    :param str file: the file, as the book names it
    :param int line: the line of that file, counted from 1; 0 when the whole file is meant
    :param str message: the reason, in plain words
    """

    file: str
    line: int
    message: str

    def __str__(self):
        place = f"{self.file}, line {self.line}" if self.line else self.file
        return f"{place}: {self.message}"


class BookError(Exception):
    """A book that cannot be imported, with all its problems; nothing of it was kept.

    :param problems: list of :class:`Problem`
    """

    def __init__(self, problems):
        self.problems = sorted(set(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


def read_header(path):
    """Return the column names of a CSV file.

    :param Path path: the file
    :rtype: list[str]
    :raises BookError: if it cannot be read, is empty, or names a column twice
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            header = next(csv.reader(stream), None)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BookError([Problem(path.name, 0, f"cannot be read: {error}")]) from error
    if not header:
        raise BookError([Problem(path.name, 0, "the file is empty; its first line names the columns")])
    header = [name.strip() for name in header]
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise BookError([Problem(path.name, 1, f"the column {twice[0]!r} is there twice")])
    return header


def read_rows(path, problems):
    """Yield ``(line, cells)`` for each row of a CSV file that is not blank.

    Rows with another number of cells than the header are reported and left out.

    :param Path path: the file, in UTF-8, with or without a byte order mark
    :param list problems: where to add a :class:`Problem` for each bad row
    """
    width = len(read_header(path))
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, strict=True)
            next(reader)
            line = reader.line_num + 1
            for cells in reader:
                if any(cells) and len(cells) != width:
                    problems.append(Problem(path.name, line, f"{len(cells)} cells where the header has {width}"))
                elif any(cells):
                    yield line, [cell.strip() for cell in cells]
                line = reader.line_num + 1
    except (UnicodeDecodeError, csv.Error) as error:
        problems.append(Problem(path.name, 0, f"cannot be read: {error}"))
