from __future__ import annotations

import numpy as np
import pytest

from framework.errors import ConfigError, FieldError
from plugins.models.linear import Linear
from plugins.models.mlp import MLP
from plugins.optimizers.irls import IRLS


def test_least_squares_takes_one_step(least_squares, minimise):
    objective, expected = least_squares
    _, theta = minimise(IRLS(), objective, 1)
    np.testing.assert_allclose(theta, expected, rtol=1e-12, atol=1e-14)


def test_a_step_is_weighted_least_squares_on_working_targets(cancer, minimise):
    """By LAPACK on rows scaled by the root of the weights, with L2 as 30 more rows."""
    theta = np.linspace(-0.1, 0.1, 31)
    p = cancer.at(theta.copy()).outputs[:, 0]
    rows = np.column_stack([cancer.x, np.ones(569)])
    target = rows @ theta - (p - cancer.y[:, 0]) / (p * (1 - p))
    root = np.sqrt(p * (1 - p))
    ridge = np.sqrt(569 * cancer.l2) * np.eye(31)[:30]
    system = np.vstack([root[:, None] * rows, ridge])
    expected = np.linalg.lstsq(system, np.concatenate([root * target, np.zeros(30)]))[0]
    minimise(IRLS(), cancer, 1, theta)
    np.testing.assert_allclose(theta, expected, rtol=1e-9)


def test_weights_are_fishers_where_they_differ_from_the_hessians(learning, digits, minimise):
    """Squared error behind a softmax: G = Jᵀ J, by columns, is not the Hessian."""
    objective = learning(Linear(), digits[0][:, 18:22], digits[1], 10, 0.1, "mse")
    theta = np.random.default_rng(0).normal(size=50)
    point = objective.at(theta.copy())
    fisher = np.column_stack([point.ggn(unit) for unit in np.eye(50)])
    assert np.abs(fisher - point.hessian()).max() > 1e-3
    expected = theta - np.linalg.lstsq(fisher, point.grad(), rcond=1e-12)[0]
    assert objective.at(expected).value < point.value
    minimise(IRLS(), objective, 1, theta)
    np.testing.assert_allclose(theta, expected, rtol=1e-7, atol=1e-9)


def test_regressions_end_where_scikit_learn_does(regression, minimise):
    objective, optimum = regression
    values, _ = minimise(IRLS(), objective, 12)
    assert values[-1] == pytest.approx(optimum, rel=1e-10)
    assert (np.diff(values) <= 1e-14).all()


def test_the_published_optimum(cancer, minimise):
    values, _ = minimise(IRLS(), cancer, 12)
    assert values[-1] == pytest.approx(0.066360186225, abs=1e-12)


@pytest.mark.parametrize("loss", ["ce", "mse"])
def test_steps_uphill_are_halved(loss, learning, digits, minimise):
    """From far away the full step overshoots."""
    objective = learning(Linear(), *digits, 10, 1e-3, loss)
    theta = 3 * np.random.default_rng(0).normal(size=650)
    first = objective.at(theta.copy()).value
    values, _ = minimise(IRLS(), objective, 25, theta)
    assert (np.diff(values) <= 1e-14).all() and values[-1] < 0.3 * first


def test_a_network_without_hidden_layers_is_a_linear_model(learning, digits):
    IRLS().accepts(learning(MLP(hidden=[]), *digits, 10))
    IRLS().accepts(learning(Linear(bias=False), *digits, 10))


def test_other_models_are_refused(learning, digits):
    for model in (MLP(hidden=[3]), MLP(hidden=[3], layer_norm=True)):
        with pytest.raises(ConfigError) as caught:
            IRLS().accepts(learning(model, *digits, 10))
        text = "it fits linear models only; choose model=linear, or optim=gauss_newton"
        assert str(caught.value) == text


def test_a_run_is_refused_in_one_line(command):
    done = command("optim=irls", "model=mlp")
    assert done.status == 2
    assert done.err == (
        "error: optim=irls: it fits linear models only; choose model=linear, or optim=gauss_newton\n"
    )


def test_fields_out_of_range_are_refused():
    with pytest.raises(FieldError, match=r"^halvings=-1: a number of halvings is >= 0$"):
        IRLS(halvings=-1)
