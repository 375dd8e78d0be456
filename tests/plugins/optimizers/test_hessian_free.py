from __future__ import annotations

import numpy as np
import pytest

from framework.errors import ConfigError, FieldError
from plugins.models.mlp import MLP
from plugins.optimizers.hessian_free import HessianFree


@pytest.mark.parametrize(
    "fields", [{}, {"precondition": True}, {"curvature": 0.25}, {"warm": 0.0}], ids=str
)
def test_it_never_goes_uphill(fields, task, minimise):
    values, _ = minimise(HessianFree(**fields), task, 20)
    assert (np.diff(values) <= 1e-14).all()
    assert values[-1] < 0.6 * values[0]


def test_logistic_regression_ends_at_the_published_optimum(cancer, minimise):
    values, _ = minimise(HessianFree(), cancer, 40)
    assert values[-1] == pytest.approx(0.066360186225, abs=1e-12)


def test_with_little_damping_and_cg_to_the_end_a_step_is_gauss_newtons(least_squares, minimise):
    objective, expected = least_squares
    optimizer = HessianFree(damping=1e-12, progress=1e-15)
    _, theta = minimise(optimizer, objective, 1)
    np.testing.assert_allclose(theta, expected, atol=1e-8)


@pytest.mark.parametrize(
    ("actual", "predicted", "factor"),
    [
        (0.2, 1.0, 1.5),
        (0.5, 1.0, 1.0),
        (0.8, 1.0, 2 / 3),
        (-1.0, 1.0, 1.5),
        (float("nan"), 1.0, 1.5),
        (0.0, 0.0, 1.5),
    ],
)
def test_the_damping_follows_the_reduction_ratio(actual, predicted, factor):
    """Martens (2010), section 4.1."""
    optimizer = HessianFree(damping=3.0)
    optimizer.reset(np.zeros(1))
    optimizer._learn(actual, predicted)
    assert optimizer.state["damping"] == pytest.approx(3 * factor)


def test_of_the_iterates_the_last_before_a_lower_one_is_taken():
    """Going back from 4: f(4) = 9, f(3) = 1, f(2) = 0, f(1) = 1: 2 is taken."""

    class Bowl:
        def at(self, theta):
            return type("Point", (), {"value": float((theta[0] - 2) ** 2 * (1 + (theta[0] > 3)))})

    steps = [np.array([float(k)]) for k in (1, 2, 3, 4)]
    best, value = HessianFree()._best(Bowl(), np.zeros(1), steps)
    assert best == 2 and value == 0


def test_the_next_solve_starts_at_the_last_solution(task, minimise):
    cold, warm = HessianFree(warm=0.0), HessianFree(warm=0.95)
    for optimizer in (cold, warm):
        _, theta = minimise(optimizer, task, 6)
        assert optimizer.state["solution"].any()
    start = warm.state["solution"].copy()
    optimizer = HessianFree(max_products=1)
    optimizer.reset(theta)
    optimizer.state["solution"] = start
    point = task.at(theta)
    (step,) = optimizer._solve(point, point.grad())
    along = step - 0.95 * start
    residual = point.grad() + point.ggn(0.95 * start) + optimizer.state["damping"] * 0.95 * start
    assert np.abs(along @ residual) == pytest.approx(
        np.linalg.norm(along) * np.linalg.norm(residual)
    )


def test_the_preconditioner_needs_dense_layers(learning, digits):
    x, labels = digits
    objective = learning(MLP(hidden=[4], layer_norm=True), x, labels, 10)
    HessianFree().accepts(objective)
    with pytest.raises(ConfigError) as caught:
        HessianFree(precondition=True).accepts(objective)
    assert str(caught.value) == (
        "it needs a network of dense layers, and '2.layernorm.gain' belongs to none; "
        "set optim.precondition=false"
    )


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"damping": 0.0}, "damping=0.0: damping is > 0"),
        ({"progress": 0.0}, "progress=0.0: progress is in 0 < p < 1"),
        ({"max_products": 0}, "max_products=0: a number of products is > 0"),
        ({"warm": 1.1}, "warm=1.1: a factor is in 0 <= w <= 1"),
        ({"curvature": 2.0}, "curvature=2.0: a share of the rows, 0 < s <= 1"),
    ],
)
def test_fields_out_of_range_are_refused(fields, text):
    with pytest.raises(FieldError) as caught:
        HessianFree(**fields)
    assert str(caught.value) == text
