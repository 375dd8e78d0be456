"""Outputs and labels for metrics of classification, ordinary and degenerate."""

from __future__ import annotations

import numpy as np
import pytest

from framework.links import LINKS
from framework.tasks import Task

BINARY, MULTI = Task("binary", (2,), ("n", "y")), Task("multiclass", (2,), tuple("abcd"))

LABELS = {
    "random": lambda rng, classes, n: rng.integers(classes, size=n),
    "rare": lambda rng, classes, n: (rng.random(n) < 0.05).astype(int),
    "one absent": lambda rng, classes, n: rng.integers(1, classes, size=n),
    "first only": lambda rng, classes, n: np.zeros(n, int),
    "last only": lambda rng, classes, n: np.full(n, classes - 1),
}
OUTPUTS = {
    "ordinary": lambda p: p,
    "constant": lambda p: np.tile(p[:1], (len(p), 1)),
    "tied": lambda p: np.round(p, 1) if p.shape[1] == 1 else np.eye(p.shape[1])[p.argmax(axis=1)],
    "certain": lambda p: LINKS["sigmoid" if p.shape[1] == 1 else "softmax"](1e3 * (p - 0.5)),
}


@pytest.fixture(params=[1, 2, 4], ids=["one column", "two columns", "four classes"])
def columns(request):
    return request.param


@pytest.fixture(params=LABELS)
def labels(request):
    return request.param


@pytest.fixture(params=OUTPUTS)
def outputs(request):
    return request.param


@pytest.fixture
def classified(columns, labels, outputs):
    """p, y and the task."""
    rng = np.random.default_rng(0)
    task = MULTI if columns == 4 else BINARY
    y = LABELS[labels](rng, len(task.classes), 203)
    p = LINKS["sigmoid" if columns == 1 else "softmax"](rng.normal(size=(203, columns)))
    return OUTPUTS[outputs](p), y, task


@pytest.fixture
def by_chance(columns):
    """Ordinary p and y, and the task."""
    rng = np.random.default_rng(1)
    task = MULTI if columns == 4 else BINARY
    p = LINKS["sigmoid" if columns == 1 else "softmax"](rng.normal(size=(203, columns)))
    return p, rng.integers(len(task.classes), size=203), task
