"""Named columns of a file: which is the target, which rows are complete, classes or values."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from framework.errors import DataError, unknown
from framework.interfaces import Table
from framework.params import Array

MISSING = {"", "na", "n/a", "nan", "null", "?"}
MOST_CLASSES = 20  # distinct whole numbers that task=auto still takes for classes


@dataclass
class Columns:
    """The columns of a table, and what messages call its cells.

    origin: what messages begin with. names: of the columns. numbers: (rows, columns) float64, nan where
    a cell is not a finite number. cells: from a column's number to its cells as text. rows: what
    messages call each row. named: columns of text, categories or booleans; as a target these are classes.
    remedy: what to do about a column without numbers. hint: what else may help if the first row is wrong.
    """

    origin: str
    names: list[str]
    numbers: Array
    cells: Callable[[int], list[str]]
    rows: Sequence[int]
    named: Collection[int] = ()
    remedy: str = "encode or remove it"
    hint: str = ""

    @classmethod
    def of_text(
        cls, cells: list[list[str]], origin: str, names: list[str], rows: list[int], hint: str
    ) -> Columns:
        """Those of rows of cells, all of one length, that spell numbers or names."""
        numbers = np.array([[parse_number(cell) for cell in row] for row in cells])
        return cls(origin, names, numbers, lambda i: [row[i] for row in cells], rows, hint=hint)

    @classmethod
    def of_frame(cls, frame: Any, origin: str, remedy: str = remedy) -> Columns:
        """Those of a pandas DataFrame; rows are counted from 0, and a missing cell is "null"."""
        columns = [frame.iloc[:, column] for column in range(frame.shape[1])]
        numbers = np.full(frame.shape, np.nan)
        for column, series in enumerate(columns):
            if series.dtype.kind in "iufb":
                numbers[:, column] = series.to_numpy(dtype=float, na_value=np.nan)
        numbers[~np.isfinite(numbers)] = np.nan

        def cells(column: int) -> list[str]:
            series = columns[column]
            return [
                "null" if absent else str(value)
                for value, absent in zip(series, series.isna(), strict=True)
            ]

        named = [column for column, series in enumerate(columns) if series.dtype.kind not in "iuf"]
        names = [str(name) for name in frame.columns]
        return cls(origin, names, numbers, cells, range(len(frame)), named, remedy)

    def table(self, target: str, task: str, missing: str, source: str) -> Table:
        """The other columns as inputs, and a target: labels and the names of their classes, or values.

        target: a column's name, or its number from 0, negative from the end; a name wins.
        task: "classification", "regression" or "auto": a target of text or booleans is classes; one of
        whole numbers is classes if it has at most 20 distinct ones; any other is a regression. Classes
        are sorted, numbers by value, text by name. Numbers and text mixed are an error under "auto".
        missing: "error", or "drop" for leaving out rows where a feature is not a finite number, or the
        target is empty, na, n/a, nan, null or ?.
        Raises DataError, in one line.
        """
        column = self._find(target)
        goals = self.cells(column)
        kept = self._complete(goals, column, missing)
        y, classes = self._targets(column, [goals[row] for row in kept], kept, task)
        features = tuple(self.names[:column] + self.names[column + 1 :])
        return Table(np.delete(self.numbers[kept], column, axis=1), y, classes, features, source)

    def _find(self, target: str) -> int:
        key = f"data.target={target}"
        if self.names.count(target) > 1:
            raise self._error(f"{key}: several columns have this name; give the number of one")
        if target in self.names:
            return self.names.index(target)
        if target.removeprefix("-").isdecimal():
            numbers = range(-len(self.names), len(self.names))
            if int(target) in numbers:
                return int(target) % len(self.names)
        raise self._error(f"{key}: {unknown('column', target, self.names)}")

    def _complete(self, goals: list[str], column: int, missing: str) -> Array:
        """The numbers of the rows to keep."""
        absent = np.isnan(self.numbers)
        absent[:, column] = [goal.lower() in MISSING for goal in goals]
        self._refuse_empty(absent, column)
        if absent.any() and missing == "error":
            self._refuse_cell(absent, column)
        kept = np.flatnonzero(~absent.any(axis=1))
        if not kept.size:
            raise self._error("data.missing=drop leaves no row; fill or remove the sparsest column")
        return kept

    def _refuse_empty(self, absent: Array, column: int) -> None:
        empty = np.flatnonzero(absent.all(axis=0))
        if column in empty:
            name = self.names[column]
            raise self._error(f"the target {name!r} is empty; choose it by data.target")
        if empty.size:
            name = self.names[empty[0]]
            raise self._error(f"column {name!r} holds no numbers; {self.remedy}")

    def _refuse_cell(self, absent: Array, column: int) -> None:
        row, bad = (int(index) for index in np.argwhere(absent)[0])
        what = "is a missing target" if bad == column else "is not a number"
        way = "data.missing=drop skips such rows" + (self.hint if row == 0 else "")
        raise self._error(f"{self._place(row, bad)} {what}; {way}")

    def _targets(
        self, column: int, goals: list[str], kept: Array, task: str
    ) -> tuple[Array, tuple[str, ...]]:
        """Values and no classes, or labels and the names of the classes."""
        named = column in self.named
        values = np.array([parse_number(g) for g in goals]) if named else self.numbers[kept, column]
        text = bool(np.isnan(values).any())
        regression = self._is_regression(column, values, kept, task)
        distinct, labels = np.unique(goals if text else values, return_inverse=True)
        if len(distinct) == 1:
            same = f"the target {self.names[column]!r} is {goals[0]} in every row"
            raise self._error(f"{same}; set data.target to another column")
        if regression:
            return values, ()
        return labels, tuple(str(value) if text else f"{value:.17g}" for value in distinct)

    def _is_regression(self, column: int, values: Array, kept: Array, task: str) -> bool:
        text = np.isnan(values)
        if task == "classification" or (task == "auto" and (text.all() or column in self.named)):
            return False
        if text.any():
            place = self._place(int(kept[text.argmax()]), column)
            way = "data.task=classification takes targets for class names"
            raise self._error(f"{place} is not a number, as a regression needs; {way}")
        whole = bool((values == np.round(values)).all())
        return task == "regression" or not whole or len(np.unique(values)) > MOST_CLASSES

    def _place(self, row: int, column: int) -> str:
        cell = self.cells(column)[row]
        return f"row {self.rows[row]}, column {self.names[column]!r}: {cell!r}"

    def _error(self, message: str) -> DataError:
        return DataError(f"{self.origin}: {message}")


def parse_number(cell: str) -> float:
    """The finite number that a cell spells, else nan."""
    try:
        value = float(cell) if "_" not in cell else math.nan
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan
