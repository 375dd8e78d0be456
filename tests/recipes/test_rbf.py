"""rbf: linear in what is learned, so that one Newton step is least squares on the design matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.cluster import KMeans

from framework import reopen


@pytest.fixture(scope="module")
def arms(recipe):
    return recipe("rbf")


def design(run: Any, split: str) -> np.ndarray:
    """exp(-(x - c)² / (2 w²)) by SciPy's distances, w the mean distance to the two nearest, and a 1."""
    centres = next(v for k, v in run.network.constants.items() if k.endswith("centres"))
    widths = np.sort(cdist(centres, centres), axis=1)[:, 1:3].mean(axis=1)
    squares = cdist(run.data.splits[split].x, centres, "sqeuclidean")
    return np.column_stack([np.exp(-squares / (2 * widths**2)), np.ones(len(squares))])


def test_one_newton_step_is_least_squares(arms):
    record = arms["newton"]
    run = reopen(record.folder)
    y = run.data.splits["train"].y
    solution, rest, *_ = np.linalg.lstsq(design(run, "train"), y, rcond=None)
    loss = record.history["train/loss"][1]
    np.testing.assert_allclose(loss[1:], rest[0] / (2 * len(y)), rtol=1e-10)
    found = record.evaluation
    for split in ("train", "test"):
        expected = design(run, split) @ solution
        np.testing.assert_allclose(found[f"{split}_outputs"][:, 0], expected, rtol=0, atol=1e-8)


def test_the_centres_are_where_lloyd_s_steps_leave_them(arms):
    run = reopen(arms["newton"].folder)
    centres = next(v for k, v in run.network.constants.items() if k.endswith("centres"))
    x = run.data.splits["train"].x
    again = KMeans(len(centres), init=centres, n_init=1, tol=0).fit(x)
    np.testing.assert_allclose(again.cluster_centers_, centres, atol=1e-12)


def test_step_by_step_the_same_minimum_is_far(arms):
    """L-BFGS gets there in some hundred steps; gradient descent has not in 200."""
    least = arms["newton"].history["train/loss"][1][-1]
    ends = {arm: record.history["train/loss"][1][-1] for arm, record in arms.items()}
    assert ends["lbfgs"] == pytest.approx(least, rel=1e-9)
    assert 1e-3 < ends["gradient_descent"] / least - 1 < 1
    steps = {arm: record.history["work/steps"][1][-1] for arm, record in arms.items()}
    assert steps["newton"] == 2 and 20 < steps["lbfgs"] < steps["gradient_descent"]


def test_classes_in_the_plane(recipe):
    """The same three optimizers on two moons: a convex problem, which Newton ends after a few steps."""
    words = ["loss=ce", "data=moons", "objective.l2=1e-4", "~arms", "optim=newton"]
    record = recipe("rbf", *words, "data.val=0.2", "data.test=0.2", "data.samples=200")[""]
    assert record.history["test/accuracy"][1][-1] > 0.95
    assert record.history["work/steps"][1][-1] < 20
