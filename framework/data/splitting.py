"""Training, validation and test rows, stratified by class."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from framework.errors import DataError
from framework.params import Array


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
    groups = [np.arange(rows)] if labels is None else _by_class(labels, len(classes))
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


def _by_class(labels: Array, classes: int) -> list[Array]:
    order = np.argsort(labels, kind="stable")
    return np.split(order, np.cumsum(np.bincount(labels, minlength=classes))[:-1])


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
