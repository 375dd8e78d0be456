from __future__ import annotations

import copy

import numpy as np
import pytest
from scipy.optimize import LbfgsInvHessProduct, minimize, rosen, rosen_der

from framework.errors import FieldError
from plugins.models.quadratic import Quadratic
from plugins.models.rosenbrock import Rosenbrock
from plugins.optimizers.bfgs import BFGS
from plugins.optimizers.lbfgs import LBFGS


def steps_of_scipy(start, norm, method="L-BFGS-B", **options):
    """Iterations until ‖g‖ <= norm."""
    norms = []
    minimize(
        rosen,
        start,
        jac=rosen_der,
        method=method,
        options={"gtol": 1e-2 * norm, "maxiter": 10_000, **options},
        callback=lambda x: norms.append(np.linalg.norm(rosen_der(x))),
    )
    return 1 + next(k for k, reached in enumerate(norms) if reached <= norm)


@pytest.mark.parametrize("seed", [None, 1, 2])
@pytest.mark.parametrize("dimensions", [2, 10, 100])
def test_rosenbrock_in_no_more_than_a_fifth_more_steps_than_scipy(
    dimensions, seed, function, descend
):
    objective = function(Rosenbrock(dimensions=dimensions))
    start = objective.network.start()
    if seed is not None:
        start = np.random.default_rng(seed).normal(size=dimensions)
    first = np.linalg.norm(rosen_der(start))
    path, epoch = descend(LBFGS(tol=1e-8), objective, start.copy(), 3000)
    assert epoch.stopped == "the optimizer has converged"
    assert np.linalg.norm(rosen_der(path[-1])) <= 1e-8 * first
    np.testing.assert_allclose(path[-1], np.ones(dimensions), atol=1e-3)
    theirs = steps_of_scipy(start, 1e-8 * first, ftol=0, maxfun=10_000)
    assert epoch.number - 1 <= 1.2 * theirs + 1  # the last step only sees that it has arrived


def test_the_direction_is_scipys_product_with_the_same_pairs():
    rng = np.random.default_rng(0)
    optimizer, theta = LBFGS(memory=4), np.zeros(6)
    optimizer.reset(theta)
    s, root = rng.normal(size=(7, 6)), rng.normal(size=(6, 6))
    y = s @ (root @ root.T + np.eye(6))
    for k in range(7):
        optimizer.state["s"][k % 4], optimizer.state["y"][k % 4] = s[k], y[k]
    optimizer.state["pairs"] = 7
    gradient = rng.normal(size=6)
    # theirs starts from I: scale so that ours does too, sᵀy = yᵀy for the newest pair
    scale = (s[-1] @ y[-1]) / (y[-1] @ y[-1])
    product = LbfgsInvHessProduct(s[-4:], scale * y[-4:])
    np.testing.assert_allclose(
        optimizer.direction(gradient), -scale * product @ gradient, rtol=1e-9
    )


def test_with_memory_enough_and_exact_searches_it_is_bfgs(function, descend):
    """On a quadratic both are conjugate gradients: the paths agree and end after n steps."""
    objective = function(Quadratic(dimensions=6, condition=50))
    ours, _ = descend(LBFGS(memory=10, c2=1e-3, c1=1e-4), objective, np.ones(6), 4)
    dense, _ = descend(BFGS(c2=1e-3), objective, np.ones(6), 4)
    np.testing.assert_allclose(ours[1:4], dense[1:4], rtol=1e-2, atol=1e-3)


def test_it_trains_each_network_on_each_loss(network, descend):
    path, epoch = descend(LBFGS(tol=1e-6), network, steps=1000)
    assert epoch.stopped == "the optimizer has converged"
    norms = [np.linalg.norm(network.at(t).grad()) for t in (path[0], path[-1])]
    assert norms[1] <= 1e-6 * norms[0]
    values = [network.at(t).value for t in path]
    assert np.diff(values).max() <= 1e-14


def test_no_evaluation_is_wasted(network, descend):
    """One gradient a step where the first trial is taken, and the accepted one is the next step's."""
    _, epoch = descend(LBFGS(), network, steps=30)
    evaluations = epoch.work.backward / len(network)
    assert epoch.number <= evaluations <= 1.2 * epoch.number + 2


def test_mini_batches_work_and_are_no_place_to_converge(network):
    optimizer, theta = LBFGS(tol=0.5), network.network.init(np.random.default_rng(0))
    optimizer.reset(theta)
    start = network.at(theta).value
    for k in range(30):
        rows = np.random.default_rng(k).permutation(60)[:30]
        optimizer.step(network.batch(rows), theta)
        assert not optimizer.converged
    assert network.at(theta).value < 0.9 * start


def test_state_saved_and_restored_gives_the_same_bits(network):
    theta = network.network.init(np.random.default_rng(0))
    one, other = LBFGS(memory=3), LBFGS(memory=3)
    one.reset(theta)
    for _ in range(6):
        one.step(network, theta)
    other.reset(theta)
    other.state, again = copy.deepcopy(one.state), theta.copy()
    for _ in range(6):
        one.step(network, theta)
        other.step(network, again)
    np.testing.assert_array_equal(theta, again)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"memory": 0}, "memory=0: a number of pairs is > 0"),
        ({"c1": 0.5}, "c1=0.5: the decrease asked for is in 0 < c1 < 0.5"),
        ({"c2": 1.0}, "c2=1.0: the curvature asked for is in c1 < c2 < 1"),
        ({"tol": 1.0}, "tol=1.0: a relative tolerance is in 0 <= tol < 1"),
    ],
)
def test_fields_out_of_range_are_refused(fields, text):
    with pytest.raises(FieldError) as caught:
        LBFGS(**fields)
    assert str(caught.value) == text
