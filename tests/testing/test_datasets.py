"""Checks of data that come with test rows of their own, and of images: with faults planted."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from framework.data import Standardizer, preparation
from framework.interfaces import Dataset, Table
from framework.testing import check

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (60, 4, 5), np.uint8)
LABELS = np.arange(60) % 3
TEST = np.flatnonzero(LABELS == 0)[:15]  # out of proportion, which is none of the split's business


@dataclass
class Images(Dataset):
    """Bytes, with test rows of their own."""

    def load(self) -> Table:
        return Table(IMAGES, LABELS, ("a", "b", "c"), test_rows=TEST)


@dataclass
class Own(Images):
    """The same, with another share for testing than other data, as it has no say."""

    test: float = 0.3


def failures(dataset):
    return {o.check: o.evidence for o in check(dataset) if o.passed is False}


def test_they_pass():
    for dataset in (Images(), Images(val=0), Images(val=0.5), Own()):
        assert failures(dataset) == {}


def test_without_validation_the_seed_changes_nothing_and_that_is_said():
    found = {o.check: o.evidence for o in check(Images(val=0)) if o.passed is None}
    assert found["split by the seed"] == "all rows that are not for testing are for training"


def test_test_rows_that_are_drawn_are_caught(monkeypatch):
    proper = preparation._parts

    def drawn(dataset, table, name, rng):
        return proper(dataset, replace(table, test_rows=None), name, rng)

    monkeypatch.setattr(preparation, "_parts", drawn)
    text = "the rows for testing are not those that the table gives"
    assert text in failures(Images())["split by the seed"]


def test_validation_rows_of_one_class_are_caught(monkeypatch):
    def sorted_by_class(labels, rows, val, test, rng, classes=()):
        order = np.argsort(labels, kind="stable")
        val_rows, train = np.split(order, [round(val * rows)])
        return {"val": val_rows, "train": rng.permutation(train), "test": order[:0]}

    monkeypatch.setattr(preparation, "split", sorted_by_class)
    text = "train has 0 rows of 'a', 4.0 wanted"
    assert text in failures(Images())["splits are disjoint"]


def test_statistics_of_all_images_are_caught(monkeypatch):
    proper = preparation._split

    def leaky(table, rows, standardizer, dtype):
        return proper(table, rows, Standardizer.fit(table.x), dtype)

    monkeypatch.setattr(preparation, "_split", leaky)
    assert "fit on training rows only" in failures(Images())["no leakage"]
