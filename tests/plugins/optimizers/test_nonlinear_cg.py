from __future__ import annotations

import copy

import numpy as np
import pytest
from scipy.optimize import minimize, rosen, rosen_der

from framework.errors import FieldError
from plugins.models.quadratic import Quadratic
from plugins.models.rosenbrock import Rosenbrock
from plugins.optimizers.nonlinear_cg import NonlinearCG

METHODS = ["pr", "fr", "hs"]


def conjugate_gradients(matrix, x, steps):
    """Hestenes and Stiefel (1952), for A x = 0."""
    r = -matrix @ x
    p = r
    for _ in range(steps):
        q = matrix @ p
        length = (r @ r) / (p @ q)
        x, before, r = x + length * p, r, r - length * q
        p = r + (r @ r) / (before @ before) * p
        yield x


@pytest.mark.parametrize("method", METHODS)
def test_on_a_quadratic_with_exact_searches_it_is_linear_cg(method, function, descend):
    objective = function(Quadratic(dimensions=6, condition=30))
    optimizer = NonlinearCG(method=method, c2=1e-12, tol=1e-9)
    path, epoch = descend(optimizer, objective, np.ones(6), 20)
    reference = list(conjugate_gradients(objective.network.matrix, np.ones(6), 6))
    np.testing.assert_allclose(path[1:7], reference, atol=1e-8)
    assert epoch.number == 6 + 1  # n steps, and one that sees it


@pytest.mark.parametrize("seed", [None, 1])
@pytest.mark.parametrize("dimensions", [2, 10, 100])
@pytest.mark.parametrize("method", METHODS)
def test_rosenbrock_compared_with_scipy(method, dimensions, seed, function, descend):
    objective = function(Rosenbrock(dimensions=dimensions))
    start = objective.network.start()
    if seed is not None:
        start = np.random.default_rng(seed).normal(size=dimensions)
    first = np.linalg.norm(rosen_der(start))
    path, epoch = descend(NonlinearCG(method=method), objective, start.copy(), 5000)
    assert epoch.stopped == "the optimizer has converged"
    assert np.linalg.norm(rosen_der(path[-1])) <= 1e-8 * first
    options = {"gtol": 1e-8 * first, "norm": 2, "maxiter": 10_000}
    theirs = minimize(rosen, start, jac=rosen_der, method="CG", options=options)
    assert epoch.number - 1 <= 1.3 * theirs.nit + 3


def test_it_restarts_where_told(function):
    objective = function(Quadratic(dimensions=6, condition=30))
    optimizer, theta = NonlinearCG(restart_every=2, c2=1e-10), np.ones(6)
    optimizer.reset(theta)
    for k in range(4):
        gradient = objective.at(theta).grad()
        optimizer.step(objective, theta)
        steepest = np.allclose(optimizer.state["direction"], -gradient)
        assert steepest == (k % 2 == 0)


def test_it_trains_each_network_on_each_loss(network, descend):
    path, epoch = descend(NonlinearCG(tol=1e-6), network, steps=3000)
    assert epoch.stopped == "the optimizer has converged"
    values = [network.at(t).value for t in path]
    assert np.diff(values).max() <= 1e-14


def test_state_saved_and_restored_gives_the_same_bits(network):
    theta = network.network.init(np.random.default_rng(0))
    one, other = NonlinearCG(), NonlinearCG()
    one.reset(theta)
    for _ in range(5):
        one.step(network, theta)
    other.reset(theta)
    other.state, again = copy.deepcopy(one.state), theta.copy()
    for _ in range(5):
        one.step(network, theta)
        other.step(network, again)
    np.testing.assert_array_equal(theta, again)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"method": "dy"}, "method=dy: no such choice  (fr, hs, pr)"),
        ({"restart_every": 0}, "restart_every=0: a number of steps is > 0, or null"),
        ({"c2": 0.5}, "c2=0.5: the curvature asked for is in 0 < c2 < 0.5"),
    ],
)
def test_fields_out_of_range_are_refused(fields, text):
    with pytest.raises(FieldError, match=f"^{fields and ''}") as caught:
        NonlinearCG(**fields)
    assert str(caught.value).startswith(text.split("  ")[0])
