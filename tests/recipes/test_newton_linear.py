"""newton_linear: the published numbers, and why the decoupled steps are slow."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from framework import reopen

TRAIN, TEST = "4.9357758945", "3.2062598187"


@pytest.fixture(scope="module")
def arms(recipe):
    return recipe("newton_linear")


def exercise() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Its inputs, mapped to [0, 1] all by one pair of numbers, targets and first weights."""
    generator = np.random.RandomState(2)
    x = generator.rand(100, 5)
    y = (x**3 + x**2).sum(axis=1)
    return (x - x.min()) / (x.max() - x.min()), y, generator.randn(5)


def half_squares(x: np.ndarray, y: np.ndarray, w: np.ndarray, b: float) -> float:
    return 0.5 * float(np.square(x @ w + b - y).sum())


def decoupled(steps: int) -> list[float]:
    """½ Σ squares on the training rows after each of the tutorial's steps."""
    x, y, w = exercise()
    x, y, b = x[:80], y[:80], 0.0
    found = [half_squares(x, y, w, b)]
    for _ in range(steps):
        error = x @ w + b - y
        w, b = w - np.linalg.solve(x.T @ x, x.T @ error), b - error.sum() / len(x)
        found.append(half_squares(x, y, w, b))
    return found


def test_both_start_where_the_exercise_starts(arms):
    x, y, w = exercise()
    for record in arms.values():
        run = reopen(record.folder)
        np.testing.assert_array_equal(run.theta, [*w, 0])
        np.testing.assert_allclose(run.data.splits["train"].x, x[:80], rtol=1e-15)
        np.testing.assert_allclose(run.data.splits["test"].y, y[80:], rtol=1e-15)


def test_the_joint_step_is_least_squares_at_once(arms):
    history = arms["joint"].history
    x, y, _ = exercise()
    peer = LinearRegression().fit(x[:80], y[:80])
    for split, rows, published in (("train", slice(80), TRAIN), ("test", slice(80, 100), TEST)):
        steps, values = history[f"{split}/half_sse"]
        assert steps.tolist() == [0, 1, 2]  # the second finds nothing left to do
        assert f"{values[1]:.10f}" == published
        theirs = half_squares(x[rows], y[rows], peer.coef_, peer.intercept_)
        assert values[1] == pytest.approx(theirs, rel=1e-10)
        baseline = history[f"baseline/{split}/half_sse"][1]
        np.testing.assert_allclose(baseline, theirs, rtol=1e-12)


def test_the_decoupled_steps_are_the_tutorial_s(arms):
    steps, values = arms["decoupled"].history["train/half_sse"]
    assert steps.tolist() == list(range(51))
    np.testing.assert_allclose(values, decoupled(50), rtol=1e-12)
    assert f"{values[50]:.2f}" == "9.17"


def test_it_contracts_by_how_well_the_inputs_explain_the_constant(arms):
    """ρ² is R² of a regression of 1 on the inputs, without a constant; ½ Σ squares contracts by ρ²."""
    x, _, _ = exercise()
    one = np.ones(80)
    rho = np.sqrt(LinearRegression(fit_intercept=False).fit(x[:80], one).predict(x[:80]).mean())
    assert f"{rho:.3f}" == "0.958"
    excess = arms["decoupled"].history["train/half_sse"][1] - float(TRAIN)
    np.testing.assert_allclose(excess[42:] / excess[40:-2], rho**4, rtol=1e-6)


def test_centred_inputs_need_no_joint_step(recipe):
    for record in recipe("newton_linear", "data.standardize=true").values():
        assert f"{record.history['train/half_sse'][1][1]:.10f}" == TRAIN
