from __future__ import annotations

import copy
import math

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.linear_model import Lasso, LogisticRegression

from framework.errors import FieldError
from framework.links import LINKS
from framework.objective import Objective
from plugins.losses.cross_entropy import CrossEntropy
from plugins.losses.mean_squared_error import MeanSquaredError
from plugins.models.linear import Linear
from plugins.models.quadratic import Quadratic
from plugins.optimizers.proximal import ProximalGradient


def standardised(load):
    x, y = load(return_X_y=True)
    return (x - x.mean(axis=0)) / x.std(axis=0), y


@pytest.fixture(scope="module")
def lasso():
    """scikit-learn's Lasso with alpha = 2, and the same objective."""
    x, y = standardised(load_diabetes)
    peer = Lasso(alpha=2.0, tol=1e-15, max_iter=100_000).fit(x, y)
    head = MeanSquaredError().head(LINKS["identity"])
    return Objective(Linear().build((10,), 1), head, x, y[:, None], l1=2.0), peer


@pytest.mark.parametrize("accelerated", [True, False])
def test_least_squares_end_where_scikit_learns_lasso_does(accelerated, lasso, descend):
    objective, peer = lasso
    optimizer = ProximalGradient(accelerated=accelerated, tol=1e-12)
    path, epoch = descend(optimizer, objective, steps=20_000)
    assert epoch.stopped == "the optimizer has converged"
    np.testing.assert_allclose(path[-1][:10], peer.coef_, rtol=1e-8, atol=1e-8)
    assert path[-1][10] == pytest.approx(peer.intercept_, rel=1e-8)
    np.testing.assert_array_equal(path[-1][:10] == 0, peer.coef_ == 0)
    assert 0 < (peer.coef_ == 0).sum() < 10


def test_logistic_regression_ends_where_scikit_learn_does(descend):
    x, labels = standardised(load_breast_cancer)
    n, strength = len(x), 0.02
    objective = Objective(
        Linear().build((30,), 1),
        CrossEntropy().head(LINKS["sigmoid"]),
        x,
        labels[:, None].astype(float),
        l1=strength,
    )
    path, epoch = descend(ProximalGradient(tol=1e-12), objective, steps=20_000)
    assert epoch.stopped == "the optimizer has converged"
    peer = LogisticRegression(
        C=1 / (n * strength), l1_ratio=1.0, solver="saga", tol=1e-12, max_iter=100_000
    ).fit(x, labels)
    theirs = np.append(peer.coef_[0], peer.intercept_)
    np.testing.assert_allclose(path[-1], theirs, atol=1e-8)
    np.testing.assert_array_equal(path[-1] == 0, theirs == 0)


def test_the_optimality_conditions_hold(lasso, descend):
    """-∇f is l1 sign(w) where w ≠ 0, within ±l1 where w = 0, and 0 for the bias."""
    objective, _ = lasso
    path, _ = descend(ProximalGradient(tol=1e-12), objective, steps=20_000)
    gradient, w = objective.at(path[-1]).grad(), path[-1][:10]
    np.testing.assert_allclose(gradient[:10][w != 0], -2.0 * np.sign(w[w != 0]), rtol=1e-9)
    assert (np.abs(gradient[:10][w == 0]) <= 2.0).all()
    assert abs(gradient[10]) < 1e-8
    point = objective.at(path[-1])
    assert point.slope() < 1e-7 and np.linalg.norm(point.grad()) > 2


def test_one_step_of_ista_by_hand(function):
    """α = 0.5 and A = I, from (3, -1): ahead is (1.5, -0.5), and 0.2 α = 0.1 nearer to zero."""
    objective = function(Quadratic(dimensions=2, condition=1))
    objective.l1 = 0.2
    optimizer, theta = ProximalGradient(accelerated=False, lr=0.5), np.array([3.0, -1.0])
    optimizer.reset(theta)
    optimizer.step(objective, theta)
    np.testing.assert_allclose(theta, [1.4, -0.4], rtol=1e-14)
    assert objective.at(theta).value == pytest.approx(0.5 * (1.4**2 + 0.4**2) + 0.2 * 1.8)


def test_acceleration_pays_where_the_condition_is_bad(function, descend):
    objective = function(Quadratic(dimensions=20, condition=1e4))
    objective.l1 = 1e-3
    steps = [
        descend(ProximalGradient(accelerated=fast, tol=1e-6), objective, np.ones(20), 50_000)[1]
        for fast in (True, False)
    ]
    assert steps[0].number < 0.2 * steps[1].number


def test_fista_keeps_the_bound_of_its_theorem(function, descend):
    """f_k - f* <= 2 L ‖θ_0 - θ*‖² / (k + 1)², theorem 4.4 of Beck and Teboulle; L doubled by halving."""
    objective = function(Quadratic(dimensions=20, condition=1e4))
    path, _ = descend(ProximalGradient(growth=1.0, tol=0), objective, np.ones(20), 200)
    for k, theta in enumerate(path[1:], 1):
        assert objective.at(theta).value <= 2 * 2 * 1e4 * 20 / (k + 1) ** 2


def test_it_trains_each_network_on_each_loss(network, descend):
    network.l1 = 1e-2
    path, epoch = descend(ProximalGradient(tol=1e-5), network, steps=10_000)
    assert epoch.stopped == "the optimizer has converged"
    assert network.at(path[-1]).value < network.at(path[0]).value
    assert (path[-1] == 0).any()


def test_state_saved_and_restored_gives_the_same_bits(lasso):
    objective, _ = lasso
    theta = np.zeros(11)
    one, other = ProximalGradient(), ProximalGradient()
    one.reset(theta)
    for _ in range(5):
        one.step(objective, theta)
    other.reset(theta)
    other.state, again = copy.deepcopy(one.state), theta.copy()
    for _ in range(5):
        one.step(objective, theta)
        other.step(objective, again)
    np.testing.assert_array_equal(theta, again)


def test_a_mini_batch_is_no_place_to_converge(lasso):
    objective, _ = lasso
    optimizer, theta = ProximalGradient(tol=0.9), np.zeros(11)
    optimizer.reset(theta)
    for _ in range(20):
        optimizer.step(objective.batch(np.arange(50)), theta)
        assert not optimizer.converged


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"lr": 0.0}, "lr=0.0: a learning rate is > 0"),
        ({"lr": math.inf}, "lr=inf: a learning rate is > 0"),
        ({"growth": 0.9}, "growth=0.9: a factor of growth is >= 1"),
        ({"tol": 1.0}, "tol=1.0: a relative tolerance is in 0 <= tol < 1"),
    ],
)
def test_fields_out_of_range_are_refused(fields, text):
    with pytest.raises(FieldError) as caught:
        ProximalGradient(**fields)
    assert str(caught.value) == text
