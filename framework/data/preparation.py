"""From a dataset plugin to the arrays of a run: load, check, split, standardise.

Dataset --load--> Table --check--> Table --split--> rows --Standardizer--> Data
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from math import prod
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
from framework.rows import Rows
from framework.tasks import REGRESSION, Task


@dataclass
class Split:
    """One part of the table: x standardised and cast (of images: Rows, which will be); y raw; row numbers."""

    x: Array
    y: Array
    rows: Array


@dataclass
class Standardizer:
    """(x - mean) / scale per feature, or per channel of images; float64, broadcast against a sample.

    Features, samples of one axis, have a mean and a scale each, (features,). Images, samples of two or
    three axes, (height, width) or (height, width, channels), have one a channel: () or (channels,).
    scale is the population standard deviation (ddof = 0), and 1 for a feature that is constant up
    to rounding, which is therefore only centred.
    Source: scikit-learn's StandardScaler, and its bound for constant features.
    """

    mean: Array
    scale: Array

    @classmethod
    def fit(cls, x: Array, rows: Array | None = None) -> Standardizer:
        """Mean and scale of these rows of x, which should be the training rows only; None: of all."""
        axes = (0,) if x.ndim == 2 else (0, 1, 2)
        rows = np.arange(len(x)) if rows is None else rows
        count = len(rows) * prod(x.shape[axis] for axis in axes[1:])
        if x.dtype == np.uint8:
            mean, variance = _of_bytes(x, rows)
        else:
            x = x[rows]
            mean = x.mean(axis=axes, dtype=np.float64)
            variance = np.square(x - mean).mean(axis=axes)
        variance = np.where(np.isfinite(variance), variance, np.nan)  # overflow must not pass
        rounding = count * np.finfo(np.float64).eps
        constant = variance <= rounding * variance + np.square(rounding * mean)
        return cls(mean, np.where(constant, 1.0, np.sqrt(variance)))

    @classmethod
    def identity(cls, shape: tuple[int, ...]) -> Standardizer:
        """The one that changes nothing, for samples of this shape."""
        return cls(np.zeros(shape), np.ones(shape))

    @classmethod
    def fractions(cls, shape: tuple[int, ...]) -> Standardizer:
        """The one that divides the bytes of images of this shape by 255, as torchvision's ToTensor does."""
        return cls(np.zeros(shape[2:]), np.full(shape[2:], 255.0))

    def __call__(self, x: Array) -> Array:
        """x: (N, *inputs) → the same shape, float64."""
        return np.asarray((x - self.mean) / self.scale)

    def arrays(self) -> dict[str, Array]:
        """What to save: `Standardizer(**arrays)` is this one again."""
        return {"mean": self.mean, "scale": self.scale}


def _of_bytes(x: Array, rows: Array) -> tuple[Array, Array]:
    """Mean and variance of each channel, from how often each value occurs; 64 images are copied at a time."""
    channels = x.shape[3] if x.ndim == 4 else 1
    counts = np.zeros((channels, 256))
    for start in range(0, len(rows), 64):
        pixels = x[rows[start : start + 64]].reshape(-1, channels)
        counts += [np.bincount(channel, minlength=256) for channel in pixels.T]
    values, total = np.arange(256.0), counts.sum(axis=1)
    mean = counts @ values / total
    variance = np.array([c @ np.square(values - m) for c, m in zip(counts, mean, strict=True)])
    shape = x.shape[3:]
    return mean.reshape(shape), (variance / total).reshape(shape)


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

    def raw(self, split: str) -> Array:
        """The inputs of a split as they were loaded."""
        return self.table.x[self.splits[split].rows]


def prepare(dataset: Dataset, name: str, seed: int, dtype: Any, cache: Path | None) -> Data:
    """Load, check, split by the stream "split" of `seed`, standardise by the training rows, cast x.

    name: what the user calls the dataset, for messages. Raises DataError.
    """
    table = check(load(dataset, cache), name)
    parts = _parts(dataset, table, name, stream(seed, "split"))
    with np.errstate(over="ignore", invalid="ignore"):  # found by `_check_cast`
        standardizer = _standardizer(dataset.standardize, table.x, parts["train"])
        splits = {
            part: _split(table, rows, standardizer, dtype)
            for part, rows in parts.items()
            if len(rows)
        }
    for part in splits.values():
        _check_cast(part, table, name)
    return Data(name, table.task, splits, standardizer, digest(table), table)


def _parts(dataset: Dataset, table: Table, name: str, rng: np.random.Generator) -> dict[str, Array]:
    """Row numbers of each part; the table's own test rows are the test part, if it has any."""
    labels = table.y if table.classes else None
    if table.test_rows is None:
        return split(labels, len(table.x), dataset.val, dataset.test, rng, table.classes)
    if dataset.test not in (0, type(dataset).test):
        rule = f"{name} has test rows of its own; leave data.test alone, or 0 for no test"
        raise DataError(f"data.test={dataset.test:g}: {rule}")
    rest = np.setdiff1d(np.arange(len(table.x)), table.test_rows)
    labels = None if labels is None else labels[rest]
    parts = split(labels, len(rest), dataset.val, 0, rng, table.classes)
    own = table.test_rows if dataset.test else table.test_rows[:0]
    return {"train": rest[parts["train"]], "val": rest[parts["val"]], "test": own}


def _standardizer(wanted: bool, x: Array, rows: Array) -> Standardizer:
    if wanted:
        return Standardizer.fit(x, rows)
    shape = x.shape[1:]
    images = x.dtype == np.uint8
    return Standardizer.fractions(shape) if images else Standardizer.identity(shape)


def _split(table: Table, rows: Array, standardizer: Standardizer, dtype: Any) -> Split:
    if table.x.dtype == np.uint8:
        x: Any = Rows(table.x, rows, standardizer.mean, standardizer.scale, dtype)
    else:
        x = np.ascontiguousarray(standardizer(table.x[rows]), dtype=dtype)
    return Split(x, table.y[rows], rows)


def _check_cast(part: Split, table: Table, name: str) -> None:
    if table.x.dtype == np.uint8:
        return
    bad = first(~np.isfinite(part.x))
    if bad:
        where = place(table, (int(part.rows[bad[0]]), *bad[1:]))
        raise DataError(f"data={name}: {where} is too large for {part.x.dtype}; rescale it")


def reconstruction(data: Data) -> Data:
    """The same inputs, with themselves, standardised and flattened, as targets: a regression."""
    splits = {
        name: replace(part, y=np.asarray(part.x).reshape(len(part.rows), -1))
        for name, part in data.splits.items()
    }
    inputs = data.task.inputs
    return replace(data, splits=splits, task=Task(REGRESSION, inputs, targets=prod(inputs)))


def digest(table: Table) -> str:
    """SHA-256, in hexadecimal, of x and y with their shapes and dtypes."""
    total = hashlib.sha256()
    for array in (table.x, table.y):
        total.update(f"{array.dtype.str}{array.shape}".encode())
        total.update(np.ascontiguousarray(array).data)
    return total.hexdigest()
