"""sine_fit: the error against the noise, which no model gets below on fresh rows."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import least_squares

from framework import reopen
from framework.tracking.record import Record

NOISE, TRAIN, TEST = 0.1, 40, 360


def errors(record: Record) -> tuple[float, float]:
    return record.history["train/rmse"][1][-1], record.history["test/rmse"][1][-1]


@pytest.fixture(scope="module")
def arms(recipe):
    return recipe("sine_fit", "train.eval_every=300")


def test_the_arms(arms):
    """The RMSE of the true sine on 360 rows is the noise, ± 0.1 / sqrt(720): 3 of these are allowed."""
    found = {arm: errors(record) for arm, record in arms.items()}
    slack = 3 * NOISE / np.sqrt(2 * TEST)
    assert min(test for _, test in found.values()) > NOISE - slack
    for arm in ("three_units", "thirty_units_l2", "thirty_units_sgd"):
        assert found[arm][1] < 1.35 * NOISE
    assert min(found["one_unit"]) > 2 * NOISE  # it cannot
    train, test = found["thirty_units"]
    assert train < 0.75 * NOISE and test > 2 * NOISE  # it learns the noise
    assert errors(arms["thirty_units_l2"])[0] > train


def test_one_unit_ends_where_scipy_ends(arms):
    record = arms["one_unit"]
    run = reopen(record.folder)
    x, y = run.objective.x[:, 0], run.objective.y[:, 0]

    def residuals(theta: np.ndarray) -> np.ndarray:
        return theta[2] * np.tanh(theta[0] * x + theta[1]) + theta[3] - y

    theirs = least_squares(residuals, run.theta, method="lm", ftol=1e-15, xtol=1e-15, gtol=1e-15)
    assert record.history["train/loss"][1][-1] == pytest.approx(theirs.cost / TRAIN, rel=1e-9)
