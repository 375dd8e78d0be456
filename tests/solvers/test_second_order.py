from __future__ import annotations

import numpy as np
import pytest

from framework.layers import ACTIVATIONS, INITIALIZERS, Dense, Sequential
from framework.links import LINKS
from framework.objective import Objective
from framework.solvers import SecondOrder, curvature_point, quadratic
from plugins.losses.cross_entropy import CrossEntropy
from plugins.losses.mean_squared_error import MeanSquaredError
from plugins.models.linear import Linear


@pytest.fixture(params=["ce softmax", "mse softmax", "ce sigmoid", "mse identity"])
def point(request):
    """A network with a hidden layer and L2, at random weights, 12 rows."""
    loss, link = request.param.split()
    loss = {"ce": CrossEntropy, "mse": MeanSquaredError}[loss]()
    init = INITIALIZERS["lecun"]
    network = Sequential([Dense(4, init), ACTIVATIONS["tanh"](), Dense(3, init)], (2,))
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(12, 2)), np.eye(3)[rng.integers(3, size=12)]
    objective = Objective(network, loss.head(LINKS[link]), x, y, 0.1)
    return objective.at(rng.normal(size=network.layout.size))


def test_the_dense_gauss_newton_matrix_is_that_of_the_jacobian(point):
    """Jᵀ C J / N + l2 D, J by products with unit vectors, C by the loss's closed forms."""
    objective, size = point.objective, len(point.theta)
    pass_ = objective.network.linearize(point.theta, objective.x)
    jacobian = np.stack([pass_.jvp(unit) for unit in np.eye(size)], axis=2)
    p = objective.head.predict(pass_.z)
    softmax = np.stack([np.diag(q) - np.outer(q, q) for q in p])
    curvature = {
        ("CrossEntropy", "softmax"): softmax,
        ("MeanSquaredError", "softmax"): softmax @ softmax,
        ("Bernoulli", "sigmoid"): np.stack([np.diag(q * (1 - q)) for q in p]),
        ("MeanSquaredError", "identity"): np.stack([np.eye(3)] * 12),
    }[type(objective.head.loss).__name__, objective.head.link.name]
    expected = np.einsum("nkp,nkl,nlq->pq", jacobian, curvature, jacobian) / 12
    expected += 0.1 * np.diag(objective.weights)
    dense = point.gauss_newton()
    np.testing.assert_allclose(dense, expected, rtol=1e-9, atol=1e-13)
    np.testing.assert_array_equal(dense, dense.T)
    assert objective.work.ggn == 12 * size
    roots = point.loss_roots()
    np.testing.assert_allclose(np.einsum("rnk,rnl->nkl", roots, roots), curvature, atol=1e-14)


def test_both_models_have_the_curvature_asked_for(point):
    v = np.random.default_rng(1).normal(size=len(point.theta))
    for curvature, product in (("hessian", point.hvp(v)), ("ggn", point.ggn(v))):
        for dense in (True, False):
            model = quadratic(point, point.grad(), curvature, dense, 10)
            np.testing.assert_allclose(model.times(v), product, rtol=1e-9, atol=1e-12)
    assert np.abs(point.hvp(v) - point.ggn(v)).max() > 1e-3


@pytest.mark.parametrize(("share", "rows"), [(0.5, 6), (0.25, 3), (0.01, 1), (0.9, 11)])
def test_a_share_of_the_rows_is_spread_over_all_and_moves_on(share, rows, point):
    objective, seen = point.objective, []
    for moves in range(12):
        part = curvature_point(point, share, moves).objective
        chosen = [int(np.flatnonzero((objective.x == row).all(axis=1))[0]) for row in part.x]
        assert len(set(chosen)) == rows and not part.full
        assert max(np.diff(np.sort(chosen)), default=0) <= 12 // rows + 1
        seen += chosen
    assert set(seen) == set(range(12))
    assert curvature_point(point, 1.0, 3) is point


def test_the_gradient_decides_when_it_is_over():
    class Still(SecondOrder):
        def move(self, objective, theta, point, gradient):
            theta *= 0.1

    rng = np.random.default_rng(0)
    head = MeanSquaredError().head(LINKS["identity"])
    network = Linear(bias=False).build((2,), 1)
    objective = Objective(network, head, rng.normal(size=(5, 2)), np.zeros((5, 1)))
    optimizer, theta = Still(tol=1.5e-3), np.ones(2)
    optimizer.reset(theta)
    for moves in (1, 2, 3):
        optimizer.step(objective, theta)
        assert optimizer.state["moves"] == moves and not optimizer.converged
    optimizer.step(objective.batch(np.arange(5)), theta)
    assert optimizer.state["moves"] == 4 and not optimizer.converged  # a batch is no place to end
    optimizer.step(objective, theta)
    assert optimizer.state["moves"] == 4 and optimizer.converged
