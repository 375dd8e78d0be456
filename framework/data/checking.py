"""What cannot be trained on is refused, by row and column."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from framework.errors import DataError
from framework.interfaces import Table
from framework.params import Array


def check(table: Table, name: str) -> Table:
    """The table with float inputs, and integer labels or float targets.

    Raises DataError for what cannot be learned from.
    """
    if not isinstance(table, Table):
        raise DataError(f"data={name}: load() returned {type(table).__name__}, it must be a Table")
    try:
        table = replace(
            table, classes=tuple(table.classes or ()), features=tuple(table.features or ())
        )
        x, y = _inputs(table), _targets(table)
        if len(x) != len(y):
            raise DataError(f"x has {len(x)} rows, y has {len(y)}; each row needs its own target")
        checked = replace(table, x=x, y=y)
        _check_finite(checked)
        _check_labels(checked)
        _check_test_rows(checked)
    except DataError as error:
        raise DataError(f"data={name}: {error}") from None
    return checked


def _inputs(table: Table) -> Array:
    x = _numbers(table.x, "x")
    if x.ndim < 2:
        raise DataError(f"x has shape {x.shape}, make it (rows, features)")
    if not x.size:
        raise DataError(f"x has shape {x.shape}, which is no data; check what was read")
    width = x[0].size
    if table.features and len(table.features) != width:
        names = len(table.features)
        raise DataError(f"{names} feature names for {width} features; name all or none")
    images = x.dtype == np.uint8 and x.ndim in (3, 4)
    return x if x.dtype == np.float32 or images else x.astype(np.float64, copy=False)


def _targets(table: Table) -> Array:
    y = _numbers(table.y, "y")
    dims = (1,) if table.classes else (1, 2)
    if y.ndim not in dims or not len(y):
        need = "(rows,) labels" if table.classes else "(rows,) or (rows, targets)"
        raise DataError(f"y has shape {y.shape}, it needs {need}")
    if not table.classes:
        return y.astype(np.float64)
    if y.dtype.kind == "f":
        raise DataError(f"labels are {y.dtype}; make them integers 0..{len(table.classes) - 1}")
    return y.astype(np.int64)


def _numbers(values: Array, what: str) -> Array:
    array = np.asarray(values)
    if array.dtype.kind not in "fiub":
        raise DataError(f"{what} holds {array.dtype}, not real numbers; encode it as numbers")
    return array


def _check_finite(table: Table) -> None:
    bad = first(~np.isfinite(table.x)) if table.x.dtype.kind == "f" else None
    if bad:
        value = f"{table.x[bad]}".removeprefix("-")
        raise DataError(f"{place(table, bad)} is {value}; drop or fill such rows")
    bad = first(~np.isfinite(table.y))
    if bad:
        value = f"{table.y[bad]}".removeprefix("-")
        raise DataError(f"row {bad[0]}: the target is {value}; drop such rows")


def _check_labels(table: Table) -> None:
    count = len(table.classes)
    if not count:
        return
    if count == 1:
        raise DataError(f"there is only the class {table.classes[0]!r}; classification needs two")
    bad = first((table.y < 0) | (table.y >= count))
    if bad:
        raise DataError(f"row {bad[0]}: label {table.y[bad]} is not one of 0..{count - 1}")
    absent = first(np.bincount(table.y, minlength=count) == 0)
    if absent:
        name = table.classes[absent[0]]
        raise DataError(f"class {name!r} has no rows; leave it out of the classes")


def _check_test_rows(table: Table) -> None:
    if table.test_rows is None:
        return
    rows, count = np.asarray(table.test_rows), len(table.x)
    if rows.ndim != 1 or rows.dtype.kind not in "iu" or not rows.size:
        raise DataError(f"test_rows are {rows.dtype} of shape {rows.shape}, not row numbers")
    if rows.min() < 0 or rows.max() >= count or len(np.unique(rows)) < len(rows):
        raise DataError(f"test_rows are not distinct row numbers in 0..{count - 1}")
    if len(rows) == count:
        raise DataError("all rows are test rows; some must be left for training")
    rest = np.delete(table.y, rows)
    absent = [name for label, name in enumerate(table.classes) if label not in rest]
    if absent:
        raise DataError(f"class {absent[0]!r} has test rows only; it needs others to train on")


def first(flags: Array) -> tuple[int, ...] | None:
    """The index of the first true entry."""
    if not flags.any():
        return None
    return tuple(int(i) for i in np.unravel_index(int(flags.argmax()), flags.shape))


def place(table: Table, index: tuple[int, ...]) -> str:
    row, *entry = index
    if table.features:
        column = int(np.ravel_multi_index(entry, table.x.shape[1:]))
        return f"row {row}, column {table.features[column]!r}"
    return f"row {row}, column {entry[0] if len(entry) == 1 else tuple(entry)}"
