"""A table from a text file of separated values."""

from __future__ import annotations

import csv
import hashlib
import math
from dataclasses import dataclass
from pathlib import Path

from framework import (
    Columns,
    DataError,
    Dataset,
    Table,
    find_file,
    hookimpl,
    one_of,
    parse_number,
    require,
)

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|", "space": " "}

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
        lines, cells = [line for line, _ in rows], [row for _, row in rows]
        guessed = self.header == "auto" and lines[0] == 1
        hint = ", data.header=present takes row 1 for names" if guessed else ""
        columns = Columns.of_text(cells, self._origin, names, lines, hint)
        return columns.table(self.target, self.task, self.missing, self.path)

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
            present = all(math.isnan(parse_number(cell)) for cell in first)
        if not present:
            return [str(column) for column in range(len(first))], rows
        if len(rows) == 1:
            raise self._error("has a header only; add a row a sample, or set data.header=absent")
        return first, rows[1:]

    def _file(self) -> Path:
        return find_file(self.path, "csv")

    @property
    def _origin(self) -> str:
        return f"data=csv data.path={self.path}"

    def _error(self, message: str) -> DataError:
        return DataError(f"{self._origin}: {message}")


@hookimpl
def register_datasets() -> dict[str, type[Dataset]]:
    return {"csv": Csv}
