"""Checks of a dataset: what it loads, and that no part of a run sees another part's rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from framework.data import Data, digest, prepare
from framework.data import check as check_table
from framework.interfaces import Dataset, Table
from framework.params import Array
from framework.testing.outcome import Finding, failure, remark, unchanged

SEED = 0


@dataclass(frozen=True)
class DatasetCase:
    """A dataset, its table, and a run's view of it."""

    name: str
    dataset: Dataset

    @cached_property
    def table(self) -> Table:
        return check_table(self.dataset.load(), self.label)

    @cached_property
    def data(self) -> Data:
        return self.prepared(self.table, SEED)

    @property
    def label(self) -> str:
        return type(self.dataset).__name__.lower()

    @cached_property
    def drawn(self) -> dict[str, Array]:
        """The rows of the parts that are drawn by the seed: all, but for test rows that are given."""
        given = {"test"} if self.table.test_rows is not None else set()
        splits = self.data.splits.items()
        return {part: split.rows for part, split in splits if part not in given}

    def prepared(self, table: Table, seed: int) -> Data:
        own = self.dataset
        test = own.test if table.test_rows is None else Loaded.test * bool(own.test)
        loaded = Loaded(own.val, test, own.standardize, table=table)
        return prepare(loaded, self.label, seed, np.float64, None)


@dataclass
class Loaded(Dataset):
    """A table that is there already."""

    table: Table | None = None

    def load(self) -> Table:
        assert self.table is not None
        return self.table


# -- the checks: names and first lines are what the user reads ----------------------------------------


def table(case: DatasetCase) -> Finding:
    """finite inputs; labels 0..K-1, finite targets"""
    loaded = case.dataset.load()
    check_table(loaded, case.label)
    if loaded.classes and np.asarray(loaded.y).dtype.kind not in "iub":
        return failure("labels are no integers; give class names for classes only")
    return Finding()


def deterministic(case: DatasetCase) -> Finding:
    """the digests of two loads"""
    first, again = digest(case.table), digest(check_table(case.dataset.load(), case.label))
    if first == again:
        return Finding()
    return failure(
        "two loads differ: draw from np.random.default_rng(self.seed), never from the global generator"
    )


def fingerprint_is_stable(case: DatasetCase) -> Finding:
    """fingerprint(), twice"""
    first, again = case.dataset.fingerprint(), case.dataset.fingerprint()
    if first is None:
        return remark("it has none: loaded anew each time")
    return Finding() if first == again else failure("it changes: hash the content, not the time")


def split_by_the_seed(case: DatasetCase) -> Finding:
    """splits by the same seed, and by another"""
    again, other = case.prepared(case.table, SEED), case.prepared(case.table, SEED + 1)
    for part, split in case.data.splits.items():
        if not np.array_equal(split.rows, again.splits[part].rows):
            return failure(f"two splits by one seed differ in {part}")
    for data in (case.data, other):
        if "test" in data.splits and not _own_test_rows(case.table, data.splits["test"].rows):
            return failure("the rows for testing are not those that the table gives")
    if len(case.drawn) == 1:
        return remark("all rows that are not for testing are for training")
    same = np.array_equal(case.drawn["train"], other.splits["train"].rows)
    return failure("the seed does not change the split") if same else Finding()


def _own_test_rows(table: Table, rows: Array) -> bool:
    return table.test_rows is None or np.array_equal(np.sort(rows), np.sort(table.test_rows))


def splits_are_disjoint(case: DatasetCase) -> Finding:
    """a row is in one part; classes in proportion"""
    rows = np.concatenate([split.rows for split in case.data.splits.values()])
    if not np.array_equal(np.sort(rows), np.arange(len(case.table.x))):
        return failure("a row is in two parts, or in none")
    if not case.table.classes:
        return Finding()
    drawn = case.table.y[np.concatenate(list(case.drawn.values()))]
    counts = np.bincount(drawn, minlength=len(case.table.classes))
    for part, rows in case.drawn.items():
        share = len(rows) / len(drawn) * counts
        found = np.bincount(case.table.y[rows], minlength=len(counts))
        if np.abs(found - share).max() > len(case.drawn):
            at = int(np.abs(found - share).argmax())
            name = case.table.classes[at]
            return failure(f"{part} has {found[at]} rows of {name!r}, {share[at]:.1f} wanted")
    return Finding()


def no_leakage(case: DatasetCase) -> Finding:
    """training inputs when other rows change: bits"""
    train = case.data.splits["train"]
    if len(train.rows) == len(case.table.x):
        return remark("all rows are for training")
    x = case.table.x
    other = 255 - x if x.dtype == np.uint8 else 1000.0 * x + 1
    other[train.rows] = x[train.rows]
    moved = case.prepared(replace(case.table, x=other), SEED).splits["train"]
    if unchanged([np.asarray(train.x)], [np.asarray(moved.x)], ["x"]).passed is False:
        return failure("the training inputs change with the test rows: fit on training rows only")
    return Finding()


def raw_tables(case: DatasetCase) -> Finding:
    """not standardised by load(), target not in x"""
    x = case.table.x.reshape(len(case.table.x), -1)
    y = case.table.y.reshape(len(x), -1)
    for target in y.T if len(x) > 2 else ():
        if (copies := (x == target[:, None]).all(axis=0)).any() and np.ptp(target) > 0:
            column, names = int(copies.argmax()), case.table.features
            name = names[column] if names else column
            return failure(f"column {name!r} of the inputs is the target itself: leave it out")
    if x.dtype == np.uint8:
        return Finding()  # bytes have no mean of zero
    spread, centre = x.std(axis=0), np.abs(x.mean(axis=0))
    varied = spread > 1e-12
    if varied.any() and _standardised(centre[varied], spread[varied]):
        return failure(
            "every feature has mean 0 and the same spread over *all* rows, test rows included: "
            "return raw values, the framework standardises by the training rows"
        )
    return Finding()


def _standardised(centre: np.ndarray, spread: np.ndarray) -> bool:
    same = np.ptp(spread) <= 1e-6 * spread.max()
    one = np.abs(spread - 1).max() <= 1e-6
    return bool((centre <= 1e-9 * spread).all() and (one or (same and len(spread) > 1)))


CHECKS: tuple[Callable[[DatasetCase], Finding], ...] = (
    table,
    deterministic,
    fingerprint_is_stable,
    split_by_the_seed,
    splits_are_disjoint,
    no_leakage,
    raw_tables,
)
CHEAP: tuple[Callable[[DatasetCase], Finding], ...] = (deterministic,)


def cases(dataset: Dataset, cheap: bool = False) -> list[DatasetCase]:
    """The dataset as it is; none for the cheap checks where loading is slow, which a fingerprint says."""
    return [] if cheap and dataset.fingerprint() is not None else [DatasetCase("", dataset)]
