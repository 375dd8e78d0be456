from __future__ import annotations

import math

import numpy as np
import pytest

from framework.errors import FieldError
from plugins.models.linear import Linear
from plugins.models.mlp import MLP
from plugins.optimizers.natural_gradient import NaturalGradient
from plugins.optimizers.newton import Newton

EXACT = {"lr": 1.0, "damping": 0.0, "max_divergence": None, "solver": "dense"}


def test_for_softmax_regression_it_is_newtons_method(regression, minimise):
    """The link is canonical: the Fisher information is the Hessian."""
    objective, optimum = regression
    theta = 0.1 * np.random.default_rng(0).normal(size=objective.network.layout.size)
    _, ours = minimise(NaturalGradient(**EXACT), objective, 1, theta.copy())
    _, newton = minimise(Newton(method="plain", solver="dense"), objective, 1, theta.copy())
    assert np.linalg.norm(newton - theta) > 0.1
    np.testing.assert_allclose(ours, newton, rtol=1e-9, atol=1e-11)
    values, _ = minimise(NaturalGradient(**EXACT), objective, 12)
    assert values[-1] == pytest.approx(optimum, rel=1e-10)


@pytest.mark.parametrize("loss", ["ce", "mse"])
def test_the_matrix_is_the_fisher_information(loss, learning, digits):
    """Σ_k p_k ∇log p_k ∇log p_kᵀ over the labels k for ce; Σ_k ∇p_k ∇p_kᵀ for normal outputs."""
    x, labels = digits[0][:5, 20:30], digits[1][:5]
    objective = learning(MLP(hidden=[3]), x, labels, 10, loss=loss)
    theta = objective.network.init(np.random.default_rng(0))
    fisher = np.zeros((len(theta), len(theta)))
    for row in x[:, None]:
        pass_ = objective.network.linearize(theta, row)
        p = objective.head.predict(pass_.z)
        for k in range(10):
            unit = np.eye(10)[[k]]
            dz = unit - p if loss == "ce" else p[0, k] * (unit - p)
            slope = pass_.vjp(dz, np.empty_like(theta))
            fisher += np.outer(slope, slope) * (p[0, k] if loss == "ce" else 1) / 5
    np.testing.assert_allclose(objective.at(theta).gauss_newton(), fisher, rtol=1e-9, atol=1e-13)


def test_the_step_is_damped_and_scaled(cancer, minimise):
    theta = np.linspace(-0.1, 0.1, 31)
    point = cancer.at(theta.copy())
    damped = point.hessian() + 0.7 * np.eye(31)
    expected = theta - 0.3 * np.linalg.solve(damped, point.grad())
    optimizer = NaturalGradient(lr=0.3, damping=0.7, max_divergence=None)
    minimise(optimizer, cancer, 1, theta)
    np.testing.assert_allclose(theta, expected, rtol=1e-10)


@pytest.mark.parametrize("bound", [1e-3, 1e-6])
def test_the_divergence_of_a_step_is_bounded(bound, learning, minimise):
    """The Kullback-Leibler divergence of the outputs before and after, by its definition."""
    x = np.random.default_rng(0).normal(size=(50, 3))
    objective = learning(Linear(), x, np.arange(50) % 3, 3)
    theta = np.random.default_rng(1).normal(size=12)
    before = objective.at(theta.copy()).outputs
    _, theta = minimise(NaturalGradient(max_divergence=bound, lr=1.0), objective, 1, theta)
    after = objective.at(theta).outputs
    divergence = (before * np.log(before / after)).sum() / 50
    assert divergence == pytest.approx(bound, rel=10 * math.sqrt(bound))


@pytest.mark.parametrize("solver", ["dense", "cg"])
def test_it_trains_each_model_on_each_loss(solver, task, minimise):
    values, _ = minimise(NaturalGradient(solver=solver), task, 10)
    assert values[-1] < 0.6 * values[0]


def test_between_refreshes_the_matrix_is_kept(cancer, minimise):
    optimizer = NaturalGradient(refresh=3)
    cancer.work.hessian = 0
    minimise(optimizer, cancer, 7)
    assert cancer.work.hessian == 3 * 569 * 31
    kept = cancer.at(np.zeros(31)).hessian()
    optimizer = NaturalGradient(refresh=3, solver="dense")
    minimise(optimizer, cancer, 2)
    np.testing.assert_allclose(optimizer.state["fisher"], kept, rtol=1e-12)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"lr": 0.0}, "lr=0.0: a learning rate is > 0"),
        ({"damping": -1.0}, "damping=-1.0: damping is >= 0"),
        ({"max_divergence": 0.0}, "max_divergence=0.0: a bound is > 0, or null"),
        ({"refresh": 0}, "refresh=0: a number of steps is >= 1"),
        (
            {"refresh": 2, "solver": "cg"},
            "refresh=2: products are always fresh; set optim.solver=dense",
        ),
        ({"solver": "lu"}, "solver=lu: no such choice  (auto, cg, dense)"),
        ({"curvature": 0.0}, "curvature=0.0: a share of the rows, 0 < s <= 1"),
    ],
)
def test_fields_out_of_range_are_refused(fields, text):
    with pytest.raises(FieldError) as caught:
        NaturalGradient(**fields)
    assert str(caught.value) == text
