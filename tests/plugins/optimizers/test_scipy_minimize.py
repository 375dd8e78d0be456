from __future__ import annotations

import copy
import gc
import threading

import numpy as np
import pytest
from scipy.optimize import minimize, rosen, rosen_der, rosen_hess, rosen_hess_prod

from framework.errors import ConfigError, FieldError, NonFinite
from plugins.models.himmelblau import Himmelblau
from plugins.models.quadratic import Quadratic
from plugins.models.rosenbrock import Rosenbrock
from plugins.optimizers.scipy_minimize import (
    DENSE,
    NO_GRADIENT,
    OPTIONS,
    PRODUCTS,
    ScipyMinimize,
)

WITH_GRADIENT = sorted(OPTIONS.keys() - NO_GRADIENT)


@pytest.mark.parametrize("method", sorted(OPTIONS))
def test_the_path_is_that_of_scipy_itself(method, function, descend):
    """On SciPy's own Rosenbrock with its own derivatives, iteration by iteration."""
    objective = function(Rosenbrock(dimensions=3))
    start, theirs = objective.network.start(), []
    arguments = {} if method in NO_GRADIENT else {"jac": rosen_der}
    if method in PRODUCTS:
        arguments["hessp"] = rosen_hess_prod
    elif method in DENSE:
        arguments["hess"] = rosen_hess
    with np.errstate(all="ignore"):
        minimize(
            rosen,
            start,
            method=method,
            callback=lambda x, *state: theirs.append(x.copy()),
            options={**OPTIONS[method], "maxiter" if method != "TNC" else "maxfun": 100},
            **arguments,
        )
    ours, epoch = descend(ScipyMinimize(method=method, tol=0), objective, start.copy(), 12)
    assert epoch.number == 12
    rtol = 1e-4 if method == "TNC" else 1e-6  # which takes differences of gradients
    np.testing.assert_allclose(ours[1:13], theirs[:12], rtol=rtol, atol=1e-8)


@pytest.mark.parametrize("method", WITH_GRADIENT)
def test_it_ends_by_the_relative_gradient(method, function, descend):
    objective = function(Rosenbrock())
    path, epoch = descend(ScipyMinimize(method=method, tol=1e-6), objective, steps=2000)
    assert epoch.stopped == "the optimizer has converged"
    first, last = (np.linalg.norm(rosen_der(t)) for t in (path[0], path[-1]))
    assert last <= 1e-6 * first
    np.testing.assert_allclose(path[-1], [1, 1], atol=2e-3)


@pytest.mark.parametrize("method", sorted(NO_GRADIENT))
def test_without_gradients_it_ends_where_scipy_does(method, function, descend):
    path, epoch = descend(ScipyMinimize(method=method), function(Himmelblau()), steps=500)
    assert epoch.stopped == "the optimizer has converged"
    assert epoch.work.backward == 0
    np.testing.assert_allclose(path[-1], [3, 2], atol=1e-3)


@pytest.mark.parametrize("method", WITH_GRADIENT)
def test_it_trains_each_network_on_each_loss(method, network, descend):
    if method == "dogleg":  # says in one line that these Hessians are not positive definite
        with pytest.raises(ConfigError, match="choose trust-exact"):
            descend(ScipyMinimize(method=method), network, steps=60)
        return
    path, _ = descend(ScipyMinimize(method=method), network, steps=60)
    assert network.at(path[-1]).value < 0.95 * network.at(path[0]).value


def test_value_and_gradient_share_a_forward_pass(network, descend):
    _, epoch = descend(ScipyMinimize(), network, steps=10)
    assert epoch.work.forward == epoch.work.backward
    assert epoch.work.backward / len(network) <= 14


@pytest.mark.parametrize("method", ["L-BFGS-B", "BFGS", "trust-ncg", "Nelder-Mead"])
def test_state_saved_and_restored_gives_the_same_bits(method, network):
    theta = network.network.init(np.random.default_rng(0))
    one, other = ScipyMinimize(method=method), ScipyMinimize(method=method)
    one.reset(theta)
    for _ in range(5):
        one.step(network, theta)
    other.reset(theta)
    other.state, again = copy.deepcopy(one.state), theta.copy()
    for _ in range(5):
        one.step(network, theta)
        other.step(network, again)
    np.testing.assert_array_equal(theta, again)


def test_moved_away_it_starts_afresh(function):
    objective = function(Rosenbrock())
    optimizer, theta = ScipyMinimize(), np.array([0.0, 0.5])
    optimizer.reset(theta)
    for _ in range(3):
        optimizer.step(objective, theta)
    theta[...] = moved = np.array([2.0, 2.0])
    optimizer.step(objective, theta)
    expected = moved.copy()
    optimizer.reset(expected)
    optimizer.step(objective, expected)
    np.testing.assert_array_equal(theta, expected)


def test_no_thread_is_left_behind(function):
    before = threading.active_count()
    optimizer, theta = ScipyMinimize(), np.array([-1.2, 1.0])
    optimizer.reset(theta)
    optimizer.step(function(Rosenbrock()), theta)
    waiting = [t for t in threading.enumerate() if t.name == "scipy.optimize"]
    assert waiting
    del optimizer
    gc.collect()
    for thread in waiting:
        thread.join(timeout=10)
    assert threading.active_count() <= before


def test_float32(function, descend):
    objective = function(Quadratic(dimensions=5))
    path, _ = descend(ScipyMinimize(tol=1e-4), objective, np.ones(5, np.float32), 50)
    assert path.dtype == np.float32
    assert np.linalg.norm(path[-1]) < 1e-2


def test_a_mini_batch_is_refused(network):
    optimizer, theta = ScipyMinimize(), network.network.init(np.random.default_rng(0))
    optimizer.reset(theta)
    with pytest.raises(ConfigError) as caught:
        optimizer.step(network.batch(np.arange(9)), theta)
    assert str(caught.value) == (
        "optim=scipy: L-BFGS-B needs the full batch; set train.batch_size=full, or auto"
    )


def test_an_indefinite_hessian_is_one_line_for_dogleg(function, descend):
    with pytest.raises(
        ConfigError, match=r"^optim.method=dogleg: the Hessian is not .*; choose trust-exact, say$"
    ):
        descend(ScipyMinimize(method="dogleg"), function(Himmelblau()), np.zeros(2), 20)


def test_a_start_that_is_not_finite_is_an_error(network, descend):
    network.x[3, 1] = np.nan
    with pytest.raises(NonFinite, match="nan arose in the inputs"):
        descend(ScipyMinimize(), network)


def test_an_unknown_method_is_refused():
    with pytest.raises(FieldError, match=r"^method=lbfgs: no such choice  \(BFGS, CG, "):
        ScipyMinimize(method="lbfgs")
