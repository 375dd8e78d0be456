from __future__ import annotations

import math

import numpy as np
import pytest

from framework.diagnostics import step_quality


def test_it_is_one_on_a_quadratic_for_any_step(least_squares):
    rng = np.random.default_rng(0)
    for scale in (1e-3, 1.0, 1e3):
        before = rng.normal(size=least_squares.network.layout.size)
        after = before + scale * rng.normal(size=before.size)
        assert step_quality(least_squares, before, after) == pytest.approx(1, abs=1e-9)


def test_it_is_the_ratio_of_decreases(mlp):
    """Against the dense Hessian, written out."""
    objective, before = mlp(l2=0.1)
    after = before - 3 * objective.at(before).grad()
    p, here = after - before, objective.at(before)
    predicted = -(here.grad() @ p + 0.5 * p @ here.hessian() @ p)
    expected = (here.value - objective.at(after).value) / predicted
    assert step_quality(objective, before, after) == pytest.approx(expected, rel=1e-10)
    assert abs(expected - 1) > 0.01


def test_it_tends_to_one_as_steps_shrink(mlp):
    objective, before = mlp()
    gradient = objective.at(before).grad()
    errors = [abs(step_quality(objective, before, before - h * gradient) - 1) for h in (0.1, 0.01)]
    assert errors[1] == pytest.approx(
        errors[0] / 100, rel=0.2
    )  # the cubic term over the linear one


def test_l1_counts_as_it_is(least_squares):
    """On a quadratic plus l1 ‖weights‖₁ both decreases are the same."""
    from framework.objective import Objective

    f = least_squares
    objective = Objective(f.network, f.head, f.x, f.y, f.l2, l1=0.5)
    before = np.random.default_rng(0).normal(size=f.network.layout.size)
    after = -0.3 * before
    assert objective.at(before).value > f.at(before).value
    assert step_quality(objective, before, after) == pytest.approx(1, abs=1e-12)


def test_no_step_has_no_quality(least_squares):
    theta = np.ones(least_squares.network.layout.size)
    assert math.isnan(step_quality(least_squares, theta, theta))


def test_nor_has_one_that_drowns_in_rounding(mlp):
    objective, before = mlp()
    assert math.isnan(step_quality(objective, before, before * (1 + 1e-15)))
