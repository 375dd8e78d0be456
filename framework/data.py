"""From a dataset plugin to the arrays of a run: load, check, split, standardise.

    Dataset --load--> Table --check--> Table --split--> rows --Standardizer--> Data

A parsed table is kept as an .npz file, so that a run need not parse, nor import a parser, again.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np

from framework.errors import DataError
from framework.interfaces import Dataset, Table
from framework.params import Array
from framework.random import stream
from framework.tasks import Task

FORMAT = 1  # of the kept copies; a new number leaves the old ones unread
AFTER_LOADING = {"val", "test", "standardize"}  # fields that do not change what `load` returns


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
    bad = _first(~np.isfinite(part.x))
    if bad:
        place = _place(table, (int(part.rows[bad[0]]), *bad[1:]))
        raise DataError(f"data={name}: {place} is too large for {part.x.dtype}; rescale it")


def digest(table: Table) -> str:
    """SHA-256, in hexadecimal, of x and y with their shapes and dtypes."""
    total = hashlib.sha256()
    for array in (table.x, table.y):
        total.update(f"{array.dtype.str}{array.shape}".encode())
        total.update(np.ascontiguousarray(array).data)
    return total.hexdigest()


# Loading, and keeping what was loaded


def load(dataset: Dataset, cache: Path | None) -> Table:
    """The dataset's table, from the kept copy if there is one; cache None: never read or written.

    A copy is found by the class, its module's source, its fields and `dataset.fingerprint()`. A
    damaged copy is replaced; a folder that cannot be written to is no error.
    """
    key = _key(dataset) if cache else None
    if cache is None or key is None:
        return dataset.load()
    path = cache / f"{type(dataset).__name__.lower()}-{key}.npz"
    table = _read(path)
    if table is None:
        table = dataset.load()
        _write(path, table)
    return table


def cache_folder() -> Path | None:
    """$FRAMEWORK_CACHE, else experiment-framework in $XDG_CACHE_HOME, else in ~/.cache.

    None, which turns the cache off, for a user without a home.
    """
    if chosen := os.environ.get("FRAMEWORK_CACHE"):
        return Path(chosen)
    try:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    except RuntimeError:
        return None
    return Path(base) / "experiment-framework"


def _key(dataset: Dataset) -> str | None:
    fingerprint = dataset.fingerprint()
    if fingerprint is None:
        return None
    kind = type(dataset)
    names = [field.name for field in fields(dataset) if field.name not in AFTER_LOADING]
    chosen = repr([(name, getattr(dataset, name)) for name in names])
    parts = [FORMAT, kind.__module__, kind.__qualname__, _source(kind), chosen, fingerprint]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _source(kind: type) -> str:
    try:
        return Path(inspect.getfile(kind)).read_text(encoding="utf-8")
    except (OSError, TypeError):  # typed at a prompt
        return ""


def _read(path: Path) -> Table | None:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as copy:
            names = json.loads(str(copy["names"]))
            classes, features = tuple(names["classes"]), tuple(names["features"])
            return Table(copy["x"], copy["y"], classes, features, names["source"])
    except Exception:  # absent or damaged, in whichever way
        return None


def _write(path: Path, table: Table) -> None:
    x, y = np.asarray(table.x), np.asarray(table.y)
    if x.dtype.hasobject or y.dtype.hasobject:
        return
    names = {"classes": table.classes, "features": table.features, "source": table.source}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            whole = Path(folder, path.name)
            np.savez(whole, x=x, y=y, names=np.array(json.dumps(names)))
            whole.replace(path)
    except OSError:  # full or read-only: a run works without
        return


def find_file(path: str, name: str) -> Path:
    """The file that `data.path` means for dataset `name`; `~` expands.

    A relative path starts from the working directory.
    Raises DataError with the absolute path tried and the closest names beside it.
    """
    if path in ("", "???"):
        raise DataError(f"data={name}: which file? set data.path=FILE")
    try:
        full = Path(path).expanduser().absolute()
    except RuntimeError as error:
        raise DataError(f"data={name} data.path={path}: {error}; write the path in full") from None
    if full.is_file():
        return full
    tried = f"data={name} data.path={path}: {full}"
    if full.is_dir():
        raise DataError(f"{tried} is a folder; name a file in it{_listing(full, '')}")
    if not full.parent.is_dir():
        raise DataError(f"{tried}: there is no folder {full.parent}")
    raise DataError(f"{tried}: no such file{_listing(full.parent, full.name)}")


def _listing(folder: Path, name: str) -> str:
    names = sorted(entry.name for entry in folder.iterdir() if entry.is_file())
    close = get_close_matches(name, names, n=3, cutoff=0.5)
    if close:
        return "; did you mean " + " or ".join(repr(guess) for guess in close) + "?"
    more = ", ..." if len(names) > 5 else ""
    return f"; {folder} holds {', '.join(names[:5]) or 'no files'}{more}"


# Checking


def check(table: Table, name: str) -> Table:
    """The table with float inputs, and integer labels or float targets.

    Raises DataError for what cannot be learned from.
    """
    if not isinstance(table, Table):
        raise DataError(f"data={name}: load() returned {type(table).__name__}, it must be a Table")
    try:
        x, y = _inputs(table), _targets(table)
        if len(x) != len(y):
            raise DataError(f"x has {len(x)} rows, y has {len(y)}; each row needs its own target")
        checked = replace(table, x=x, y=y)
        _check_finite(checked)
        _check_labels(checked)
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
    return x if x.dtype == np.float32 else x.astype(np.float64, copy=False)


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
    bad = _first(~np.isfinite(table.x))
    if bad:
        value = f"{table.x[bad]}".removeprefix("-")
        raise DataError(f"{_place(table, bad)} is {value}; drop or fill such rows")
    bad = _first(~np.isfinite(table.y))
    if bad:
        value = f"{table.y[bad]}".removeprefix("-")
        raise DataError(f"row {bad[0]}: the target is {value}; drop such rows")


def _check_labels(table: Table) -> None:
    count = len(table.classes)
    if not count:
        return
    if count == 1:
        raise DataError(f"there is only the class {table.classes[0]!r}; classification needs two")
    bad = _first((table.y < 0) | (table.y >= count))
    if bad:
        raise DataError(f"row {bad[0]}: label {table.y[bad]} is not one of 0..{count - 1}")
    absent = _first(np.bincount(table.y, minlength=count) == 0)
    if absent:
        name = table.classes[absent[0]]
        raise DataError(f"class {name!r} has no rows; leave it out of the classes")


def _first(flags: Array) -> tuple[int, ...] | None:
    """The index of the first true entry."""
    if not flags.any():
        return None
    return tuple(int(i) for i in np.unravel_index(int(flags.argmax()), flags.shape))


def _place(table: Table, index: tuple[int, ...]) -> str:
    row, *entry = index
    if table.features:
        column = int(np.ravel_multi_index(entry, table.x.shape[1:]))
        return f"row {row}, column {table.features[column]!r}"
    return f"row {row}, column {entry[0] if len(entry) == 1 else tuple(entry)}"


# Splitting


def split(
    labels: Array | None,
    rows: int,
    val: float,
    test: float,
    rng: np.random.Generator,
    classes: Sequence[str] = (),
) -> dict[str, Array]:
    """Row numbers of "train", "val" and "test": disjoint, covering, shuffled.

    val and test have round(fraction * rows) rows. Given integer labels (rows,), each class is
    shared out by largest remainder: its rows in val and in test are within one of the exact share,
    unless that left it none for training. classes: their names, for messages. val = test = 0: all
    rows train, in their own order.
    Raises DataError where a part that was asked for, or a class in training, would be empty.
    """
    sizes = _sizes(rows, val, test)
    if not any(sizes.values()):
        return {"train": np.arange(rows), **{part: np.arange(0) for part in sizes}}
    groups = [np.arange(rows)] if labels is None else _by_class(labels)
    shares = _shares(sizes, np.array([len(group) for group in groups]), classes)
    parts: dict[str, list[Array]] = {"train": [], **{part: [] for part in sizes}}
    for number, group in enumerate(groups):
        cuts = np.cumsum([shares[part][number] for part in sizes])
        pieces = np.split(rng.permutation(group), cuts)
        for part, piece in zip((*sizes, "train"), pieces, strict=True):
            parts[part].append(piece)
    return {part: rng.permutation(np.concatenate(pieces)) for part, pieces in parts.items()}


def _sizes(rows: int, val: float, test: float) -> dict[str, int]:
    sizes = {"val": round(val * rows), "test": round(test * rows)}
    for part, fraction in (("val", val), ("test", test)):
        if fraction > 0 and not sizes[part]:
            key = f"data.{part}={fraction}"
            raise DataError(f"{key}: of {rows} rows that is none; raise it, or set it to 0")
    if sum(sizes.values()) >= rows:
        key = f"data.val={val} data.test={test}"
        raise DataError(f"{key}: of {rows} rows none is left for training; lower them")
    return sizes


def _by_class(labels: Array) -> list[Array]:
    order = np.argsort(labels, kind="stable")
    return np.split(order, np.cumsum(np.bincount(labels))[:-1])


def _shares(sizes: dict[str, int], counts: Array, classes: Sequence[str]) -> dict[str, Array]:
    """Rows of each class in each part, such that one at least is left for training."""
    spare = counts - 1
    if spare.min() < 0 or spare.sum() < sum(sizes.values()):
        number = int(counts.argmin())
        name = repr(classes[number]) if classes else number
        raise DataError(
            f"class {name} is too small for the split: {counts[number]} of {counts.sum()} rows in"
            f" {len(counts)} classes; lower data.val and data.test, or merge or drop rare classes"
        )
    shares = {}
    for part in sorted(sizes, key=lambda part: sizes[part]):
        shares[part] = _largest_remainder(sizes[part], counts, spare)
        spare = spare - shares[part]
    return shares


def _largest_remainder(total: int, counts: Array, spare: Array) -> Array:
    """`total` in proportion to `counts`, at most `spare` each; by integers, so exactly."""
    shares: Array = np.minimum(total * counts // counts.sum(), spare)
    while (left := total - int(shares.sum())) > 0:
        short = total * counts - shares * counts.sum()
        free = np.flatnonzero(shares < spare)
        shares[free[np.argsort(-short[free], kind="stable")][:left]] += 1
    return shares
