from __future__ import annotations

import copy

import numpy as np
import pytest
from scipy.optimize import BFGS as SciPysUpdate
from scipy.optimize import minimize, rosen, rosen_der

from framework.errors import ConfigError, FieldError
from framework.solvers import Trial
from plugins.models.quadratic import Quadratic
from plugins.models.rosenbrock import Rosenbrock
from plugins.optimizers.bfgs import BFGS


@pytest.mark.parametrize("seed", [None, 1, 2])
@pytest.mark.parametrize("dimensions", [2, 10, 100])
@pytest.mark.parametrize(("scaled", "factor"), [(False, 1.2), (True, 1.5)])
def test_rosenbrock_compared_with_scipy(scaled, factor, dimensions, seed, function, descend):
    """Unscaled it starts from the identity as SciPy's does."""
    objective = function(Rosenbrock(dimensions=dimensions))
    start = objective.network.start()
    if seed is not None:
        start = np.random.default_rng(seed).normal(size=dimensions)
    first = np.linalg.norm(rosen_der(start))
    path, epoch = descend(BFGS(tol=1e-8, scaled=scaled), objective, start.copy(), 3000)
    assert epoch.stopped == "the optimizer has converged"
    assert np.linalg.norm(rosen_der(path[-1])) <= 1e-8 * first
    options = {"gtol": 1e-8 * first, "norm": 2, "maxiter": 10_000}
    theirs = minimize(rosen, start, jac=rosen_der, method="BFGS", options=options)
    assert epoch.number - 1 <= factor * theirs.nit + 3


def test_the_inverse_is_scipys_updated_with_the_same_pairs(function):
    rng = np.random.default_rng(0)
    objective = function(Quadratic(dimensions=5))
    optimizer, peer = BFGS(scaled=False), SciPysUpdate(init_scale=1.0)
    optimizer.reset(np.zeros(5))
    peer.initialize(5, "inv_hess")
    for _ in range(6):
        here, there = (Trial(objective, rng.normal(size=5)) for _ in range(2))
        optimizer.learn(here, there)
        peer.update(there.theta - here.theta, there.gradient - here.gradient)
    np.testing.assert_allclose(optimizer.state["inverse"], peer.get_matrix(), rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("scaled", [True, False])
def test_with_exact_searches_a_quadratic_takes_n_steps(scaled, function, descend):
    """And then H is the inverse Hessian. Source: Nocedal and Wright (2006), theorem 6.4."""
    objective = function(Quadratic(dimensions=6, condition=50))
    optimizer = BFGS(c2=1e-12, tol=1e-9, scaled=scaled)
    path, epoch = descend(optimizer, objective, np.ones(6), 20)
    assert epoch.number == 6 + 1
    assert np.linalg.norm(path[5]) > 1e-6 and np.linalg.norm(path[6]) < 1e-8
    hessian = objective.network.matrix
    np.testing.assert_allclose(optimizer.state["inverse"] @ hessian, np.eye(6), atol=1e-6)


def test_a_pair_of_negative_curvature_is_left_out(function):
    objective = function(Rosenbrock())
    optimizer = BFGS()
    optimizer.reset(np.zeros(2))
    here, there = (Trial(objective, np.array(t)) for t in ([0.0, 1.0], [0.1, 1.0]))
    assert (there.theta - here.theta) @ (there.gradient - here.gradient) < 0
    optimizer.learn(here, there)
    np.testing.assert_array_equal(optimizer.state["inverse"], np.eye(2))


def test_it_trains_each_network_on_each_loss(network, descend):
    path, epoch = descend(BFGS(tol=1e-6), network, steps=1000)
    assert epoch.stopped == "the optimizer has converged"
    values = [network.at(t).value for t in path]
    assert np.diff(values).max() <= 1e-14


def test_state_saved_and_restored_gives_the_same_bits(network):
    theta = network.network.init(np.random.default_rng(0))
    one, other = BFGS(), BFGS()
    one.reset(theta)
    for _ in range(5):
        one.step(network, theta)
    other.reset(theta)
    other.state, again = copy.deepcopy(one.state), theta.copy()
    for _ in range(5):
        one.step(network, theta)
        other.step(network, again)
    np.testing.assert_array_equal(theta, again)


def test_too_many_parameters_are_refused_before_a_run(network):
    BFGS().accepts(network)
    with pytest.raises(ConfigError, match=r"more than optim.dense_limit=9; choose optim=lbfgs$"):
        BFGS(dense_limit=9).accepts(network)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"c1": 0.0}, "c1=0.0: the decrease asked for is in 0 < c1 < 0.5"),
        ({"c2": 1.0}, "c2=1.0: the curvature asked for is in 0 < c2 < 1"),
        ({"dense_limit": 0}, "dense_limit=0: a number of parameters is > 0"),
    ],
)
def test_fields_out_of_range_are_refused(fields, text):
    with pytest.raises(FieldError) as caught:
        BFGS(**fields)
    assert str(caught.value) == text
