"""From a dataset plugin to the arrays of a run: load, check, split, standardise.

Dataset --load--> Table --check--> Table --split--> rows --Standardizer--> Data
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from framework.data.cache import load
from framework.data.checking import check, first, place
from framework.data.splitting import split
from framework.errors import DataError
from framework.interfaces import Dataset, Table
from framework.params import Array
from framework.random import stream
from framework.tasks import Task


@dataclass
class Split:
    """One part of the table: x standardised and cast, y raw, x_raw as loaded, row numbers."""

    x: Array
    y: Array
    x_raw: Array
    rows: Array


@dataclass
class Standardizer:
    """(x - mean) / scale per feature; mean, scale: (*inputs) float64.

    scale is the population standard deviation (ddof = 0), and 1 for a feature that is constant up
    to rounding, which is therefore only centred.
    Source: scikit-learn's StandardScaler, and its bound for constant features.
    """

    mean: Array
    scale: Array

    @classmethod
    def fit(cls, x: Array) -> Standardizer:
        """Mean and scale of the rows of x, which should be training rows only."""
        mean = x.mean(axis=0, dtype=np.float64)
        variance = np.square(x - mean).mean(axis=0)
        variance = np.where(np.isfinite(variance), variance, np.nan)  # overflow must not pass
        rounding = len(x) * np.finfo(np.float64).eps
        constant = variance <= rounding * variance + np.square(rounding * mean)
        return cls(mean, np.where(constant, 1.0, np.sqrt(variance)))

    @classmethod
    def identity(cls, shape: tuple[int, ...]) -> Standardizer:
        """The one that changes nothing, for samples of this shape."""
        return cls(np.zeros(shape), np.ones(shape))

    def __call__(self, x: Array) -> Array:
        """x: (N, *inputs) → the same shape, float64."""
        return np.asarray((x - self.mean) / self.scale)

    def arrays(self) -> dict[str, Array]:
        """What to save: `Standardizer(**arrays)` is this one again."""
        return {"mean": self.mean, "scale": self.scale}


@dataclass
class Data:
    """Everything a run knows of its data. splits: "train" and, unless empty, "val" and "test".

    digest: SHA-256 of the checked table's x and y, their shapes and dtypes; free of seed and split.
    """

    name: str
    task: Task
    splits: dict[str, Split]
    standardizer: Standardizer
    digest: str
    table: Table


def prepare(dataset: Dataset, name: str, seed: int, dtype: Any, cache: Path | None) -> Data:
    """Load, check, split by the stream "split" of `seed`, standardise by the training rows, cast x.

    name: what the user calls the dataset, for messages. Raises DataError.
    """
    table = check(load(dataset, cache), name)
    labels = table.y if table.classes else None
    rng = stream(seed, "split")
    parts = split(labels, len(table.x), dataset.val, dataset.test, rng, table.classes)
    with np.errstate(over="ignore", invalid="ignore"):  # found by `_check_cast`
        standardizer = _standardizer(dataset.standardize, table.x[parts["train"]])
        splits = {
            part: _split(table, rows, standardizer, dtype)
            for part, rows in parts.items()
            if len(rows)
        }
    for part in splits.values():
        _check_cast(part, table, name)
    return Data(name, table.task, splits, standardizer, digest(table), table)


def _standardizer(wanted: bool, x: Array) -> Standardizer:
    return Standardizer.fit(x) if wanted else Standardizer.identity(x.shape[1:])


def _split(table: Table, rows: Array, standardizer: Standardizer, dtype: Any) -> Split:
    x_raw = table.x[rows]
    x = np.ascontiguousarray(standardizer(x_raw), dtype=dtype)
    return Split(x, table.y[rows], x_raw, rows)


def _check_cast(part: Split, table: Table, name: str) -> None:
    bad = first(~np.isfinite(part.x))
    if bad:
        where = place(table, (int(part.rows[bad[0]]), *bad[1:]))
        raise DataError(f"data={name}: {where} is too large for {part.x.dtype}; rescale it")


def digest(table: Table) -> str:
    """SHA-256, in hexadecimal, of x and y with their shapes and dtypes."""
    total = hashlib.sha256()
    for array in (table.x, table.y):
        total.update(f"{array.dtype.str}{array.shape}".encode())
        total.update(np.ascontiguousarray(array).data)
    return total.hexdigest()
