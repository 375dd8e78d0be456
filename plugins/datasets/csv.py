"""A table from a text file of separated values."""

from __future__ import annotations

import csv
import hashlib
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from framework import (
    Array,
    DataError,
    Dataset,
    Table,
    find_file,
    hookimpl,
    one_of,
    require,
    unknown,
)

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|", "space": " "}
MISSING = {"", "na", "n/a", "nan", "null", "?"}
MOST_CLASSES = 20  # distinct whole numbers that task=auto still takes for classes

Row = tuple[int, list[str]]  # line of the file, cells


@dataclass
class Csv(Dataset):
    """Rows of numbers and one target column, read with the csv module as UTF-8.

    path: the file; `~` expands, otherwise relative to the working directory.
    target: column name, or its number from 0, negative from the end; a name wins.
    delimiter: comma, semicolon, tab, pipe, space, or the character itself.
    header: "present", "absent", or "auto": the first row is a header unless one of its cells is a
    number.
    task: "classification", "regression" or "auto": a target of text is classes; one of whole
    numbers is classes if it has at most 20 distinct ones; any other is a regression. Classes are
    sorted, numbers by value, text by name. A mixture of numbers and text is an error under "auto".
    missing: "error" or "drop". A feature is missing if it is not a finite number; a target if it is
    empty, na, n/a, nan, null or ?. "drop" skips the rows where something is missing.
    Raises DataError, in one line; rows are counted as lines of the file, from 1.
    Source: RFC 4180.
    """

    path: str = "???"
    target: str = "-1"
    delimiter: str = "comma"
    header: str = "auto"
    task: str = "auto"
    missing: str = "error"

    def __post_init__(self) -> None:
        super().__post_init__()
        character = DELIMITERS.get(self.delimiter, self.delimiter)
        usable = len(character) == 1 and character not in '"\r\n'
        require(self, "delimiter", usable, f"one of {', '.join(DELIMITERS)}, or a single character")
        one_of(self, "header", ("auto", "present", "absent"))
        one_of(self, "task", ("auto", "classification", "regression"))
        one_of(self, "missing", ("error", "drop"))

    @classmethod
    def example(cls, folder: Path) -> Csv:
        file = folder / "example.csv"
        rows = [f"{i % 7},{i * i % 11},{'abc'[i % 3]}" for i in range(60)]
        file.write_text("\n".join(["length,width,kind", *rows]), encoding="utf-8")
        return cls(path=str(file))

    def load(self) -> Table:
        names, rows = self._split_header(self._rows())
        column = self._target_column(names)
        x, goals, lines = self._columns(names, rows, column)
        y, classes = self._targets(names[column], goals, lines)
        return Table(x, y, classes, tuple(names[:column] + names[column + 1 :]), self.path)

    def fingerprint(self) -> str:
        return hashlib.sha256(self._file().read_bytes()).hexdigest()

    def _rows(self) -> list[Row]:
        """The rows that are not blank, all of one width."""
        delimiter = DELIMITERS.get(self.delimiter, self.delimiter)
        try:
            with self._file().open(encoding="utf-8-sig", newline="") as file:
                reader = csv.reader(file, delimiter=delimiter, skipinitialspace=True)
                rows = [(reader.line_num, [cell.strip() for cell in row]) for row in reader if row]
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise self._error(f"cannot be read as UTF-8 text ({error}); save it as one") from None
        if not rows:
            raise self._error("is empty; it needs a row a sample")
        self._check_widths(rows)
        return rows

    def _check_widths(self, rows: list[Row]) -> None:
        first, cells = rows[0]
        for line, row in rows:
            if len(row) != len(cells):
                raise self._error(
                    f"row {line} has {len(row)} cells, row {first} has {len(cells)};"
                    " check quotes and data.delimiter"
                )
        if len(cells) == 1:
            found = [name for name, character in DELIMITERS.items() if character in cells[0]]
            raise self._error(
                "has one column, it needs features and a target; set data.delimiter to"
                f" {' or '.join(found) or 'what separates the cells'}"
            )

    def _split_header(self, rows: list[Row]) -> tuple[list[str], list[Row]]:
        """Column names, their numbers if there is no header, and the rows below."""
        first = rows[0][1]
        present = self.header == "present"
        if self.header == "auto":
            present = all(math.isnan(number(cell)) for cell in first)
        if not present:
            return [str(column) for column in range(len(first))], rows
        if len(rows) == 1:
            raise self._error("has a header only; add a row a sample, or set data.header=absent")
        return first, rows[1:]

    def _target_column(self, names: list[str]) -> int:
        key = f"data.target={self.target}"
        if names.count(self.target) > 1:
            raise self._error(f"{key}: several columns have this name; give the number of one")
        if self.target in names:
            return names.index(self.target)
        numbers = range(-len(names), len(names))
        if self.target.removeprefix("-").isdecimal() and int(self.target) in numbers:
            return int(self.target) % len(names)
        raise self._error(f"{key}: {unknown('column', self.target, names)}")

    def _columns(
        self, names: list[str], rows: list[Row], column: int
    ) -> tuple[Array, list[str], list[int]]:
        """Features (rows, features), target cells and lines, of the rows that are complete."""
        table = np.array([[number(cell) for cell in row] for _, row in rows])
        absent = np.isnan(table)
        absent[:, column] = [row[column].lower() in MISSING for _, row in rows]
        self._refuse_empty(names, absent, column)
        if absent.any() and self.missing == "error":
            self._refuse_cell(names, rows, absent, column)
        kept = np.flatnonzero(~absent.any(axis=1))
        if not kept.size:
            raise self._error("data.missing=drop leaves no row; fill or remove the sparsest column")
        goals, lines = [rows[row][1][column] for row in kept], [rows[row][0] for row in kept]
        return np.delete(table[kept], column, axis=1), goals, lines

    def _refuse_empty(self, names: list[str], absent: Array, column: int) -> None:
        empty = np.flatnonzero(absent.all(axis=0))
        if column in empty:
            raise self._error(f"the target {names[column]!r} is empty; choose it by data.target")
        if empty.size:
            name = names[empty[0]]
            raise self._error(f"column {name!r} holds no numbers; encode or remove it")

    def _refuse_cell(self, names: list[str], rows: list[Row], absent: Array, column: int) -> None:
        row, bad = (int(index) for index in np.argwhere(absent)[0])
        line, cells = rows[row]
        what = "is a missing target" if bad == column else "is not a number"
        way = "data.missing=drop skips such rows"
        if row == 0 and line == 1 and self.header == "auto":
            way += ", data.header=present takes row 1 for names"
        raise self._error(f"row {line}, column {names[bad]!r}: {cells[bad]!r} {what}; {way}")

    def _targets(
        self, name: str, goals: list[str], lines: list[int]
    ) -> tuple[Array, tuple[str, ...]]:
        """Values and no classes, or labels and the names of the classes."""
        values = np.array([number(goal) for goal in goals])
        regression = self._is_regression(name, values, goals, lines)
        text = bool(np.isnan(values).any())
        distinct, labels = np.unique(goals if text else values, return_inverse=True)
        if len(distinct) == 1:
            same = f"the target {name!r} is {goals[0]} in every row"
            raise self._error(f"{same}; set data.target to another column")
        if regression:
            return values, ()
        return labels, tuple(str(value) if text else f"{value:.17g}" for value in distinct)

    def _is_regression(self, name: str, values: Array, goals: list[str], lines: list[int]) -> bool:
        text = np.isnan(values)
        if self.task == "classification" or (self.task == "auto" and text.all()):
            return False
        if text.any():
            row = int(text.argmax())
            place = f"row {lines[row]}, column {name!r}: {goals[row]!r}"
            way = "data.task=classification takes targets for class names"
            raise self._error(f"{place} is not a number, as a regression needs; {way}")
        whole = bool((values == np.round(values)).all())
        return self.task == "regression" or not whole or len(np.unique(values)) > MOST_CLASSES

    def _file(self) -> Path:
        return find_file(self.path, "csv")

    def _error(self, message: str) -> DataError:
        return DataError(f"data=csv data.path={self.path}: {message}")


def number(cell: str) -> float:
    """The finite number that a cell spells, else nan."""
    try:
        value = float(cell) if "_" not in cell else math.nan
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan


@hookimpl
def register_datasets() -> dict[str, type[Dataset]]:
    return {"csv": Csv}
