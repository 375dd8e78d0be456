from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import least_squares as scipy_least_squares

from framework.errors import ConfigError, FieldError
from plugins.optimizers.gauss_newton import GaussNewton


@pytest.mark.parametrize("method", ["trust_region", "plain"])
def test_linear_least_squares_takes_one_step(method, least_squares, minimise):
    objective, expected = least_squares
    _, theta = minimise(GaussNewton(method=method), objective, 1)
    np.testing.assert_allclose(theta, expected, rtol=1e-12, atol=1e-14)


def test_a_curve_is_fitted_as_scipy_does(curve, residuals, minimise):
    objective, theta = curve
    function, jacobian = residuals(objective)
    peer = scipy_least_squares(function, theta, jacobian, xtol=1e-14, ftol=1e-14, gtol=1e-14)
    values, theta = minimise(GaussNewton(), objective, 30, theta.copy())
    assert values[0] > 4 * values[-1]
    assert values[-1] == pytest.approx(peer.cost / 200, rel=1e-12)
    np.testing.assert_allclose(theta, peer.x, rtol=1e-6)
    assert (np.diff(values) <= 1e-15).all()


def test_regressions_end_where_scikit_learn_does(regression, minimise):
    objective, optimum = regression
    values, _ = minimise(GaussNewton(solver="dense"), objective, 12)
    assert values[-1] == pytest.approx(optimum, rel=1e-10)


@pytest.mark.parametrize("solver", ["dense", "cg"])
def test_it_never_goes_uphill(solver, task, minimise):
    values, _ = minimise(GaussNewton(solver=solver), task, 5)
    assert (np.diff(values) <= 1e-14).all()
    assert values[-1] < 0.8 * values[0]


def test_where_residuals_vanish_it_is_newtons_method(curve):
    """With y = z the loss's gradient is 0, and G the whole Hessian."""
    curve, theta = curve
    curve.y = curve.network.linearize(theta, curve.x).z
    point = curve.at(theta)
    np.testing.assert_allclose(point.gauss_newton(), point.hessian(), atol=1e-14)


def test_damping_adds_to_the_diagonal(curve, minimise):
    curve, theta = curve
    point = curve.at(theta.copy())
    columns = np.column_stack([point.ggn(v) for v in np.eye(len(theta))])
    expected = theta - np.linalg.solve(columns + 0.5 * np.eye(len(theta)), point.grad())
    minimise(GaussNewton(method="damped", damping=0.5), curve, 1, theta)
    np.testing.assert_allclose(theta, expected, rtol=1e-10)


def test_losses_without_curvature_are_refused(rosenbrock):
    with pytest.raises(ConfigError) as caught:
        GaussNewton().accepts(rosenbrock(2))
    assert str(caught.value) == (
        "Value has no curvature in its outputs, its Gauss-Newton matrix is 0; "
        "choose optim=newton or newton_cg"
    )


def test_losses_that_are_not_convex_are_refused(cancer, monkeypatch):
    monkeypatch.setattr(type(cancer.head.loss), "convex", False)
    with pytest.raises(ConfigError, match=r"^Bernoulli is not convex, its Gauss-Newton matrix may"):
        GaussNewton().accepts(cancer)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"method": "newton"}, "method=newton: no such choice  (damped, plain, trust_region)"),
        ({"solver": "svd"}, "solver=svd: no such choice  (auto, cg, dense)"),
        ({"damping": -1.0}, "damping=-1.0: damping is >= 0"),
        ({"damping": math.inf}, "damping=inf: damping is >= 0"),
        ({"radius": -1.0}, "radius=-1.0: a radius is > 0, or null"),
        ({"dense_limit": -1}, "dense_limit=-1: a number of parameters is >= 0"),
        ({"max_products": 0}, "max_products=0: a number of products is > 0"),
        ({"curvature": 1.5}, "curvature=1.5: a share of the rows, 0 < s <= 1"),
    ],
)
def test_fields_out_of_range_are_refused(fields, text):
    with pytest.raises(FieldError) as caught:
        GaussNewton(**fields)
    assert str(caught.value) == text
