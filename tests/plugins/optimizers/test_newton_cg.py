from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import minimize, rosen, rosen_der, rosen_hess_prod

from framework.errors import FieldError
from plugins.optimizers.newton_cg import NewtonCG


def to_the_bottom(optimizer, objective, theta, gtol):
    optimizer.reset(theta)
    for _ in range(2000):
        if np.linalg.norm(objective.at(theta).grad()) <= gtol:
            return objective.work.solves
        optimizer.step(objective, theta)
    raise AssertionError("2000 steps were not enough")


@pytest.mark.parametrize("dimensions", [2, 10, 100])
@pytest.mark.parametrize("start", ["standard", "minus one", "zero"])
def test_rosenbrock_takes_no_more_solves_than_scipy_takes_iterations(dimensions, start, rosenbrock):
    objective = rosenbrock(dimensions)
    standard = objective.network.init(np.random.default_rng(0))
    theta = {"standard": standard, "minus one": -np.ones(dimensions)}.get(start, 0 * standard)
    peer = minimize(
        rosen,
        theta,
        jac=rosen_der,
        hessp=rosen_hess_prod,
        method="trust-ncg",
        options={"gtol": 1e-6},
    )
    solves = to_the_bottom(NewtonCG(tol=0.0), objective, theta, 1e-6)
    assert peer.success and peer.fun < 1e-11
    np.testing.assert_allclose(theta, 1, atol=1e-4)
    assert solves <= 1.2 * peer.nit  # a rejected step is one of SciPy's iterations too


@pytest.mark.parametrize("dimensions", [2, 10, 100])
def test_a_smaller_forcing_takes_fewer_steps(dimensions, rosenbrock):
    """And fewer than 1.2 times those of SciPy's line-search Newton-CG, from a start where both end at 1."""
    theta = -np.ones(dimensions)
    peer = minimize(
        rosen,
        theta,
        jac=rosen_der,
        hessp=rosen_hess_prod,
        method="Newton-CG",
        options={"xtol": 1e-8},
    )
    objective = rosenbrock(dimensions)
    solves = to_the_bottom(NewtonCG(tol=0.0, forcing=0.01), objective, theta, 1e-6)
    np.testing.assert_allclose(theta, 1, atol=1e-4)
    assert solves <= 1.2 * peer.nit


def test_regressions_end_where_scikit_learn_does(regression, minimise):
    objective, optimum = regression
    values, _ = minimise(NewtonCG(), objective, 20)
    reached = np.flatnonzero(values - optimum <= 1e-10 * optimum)
    assert reached.size and reached[0] <= 12
    assert values[-1] == pytest.approx(optimum, rel=1e-10)


def test_it_never_goes_uphill(task, minimise):
    values, _ = minimise(NewtonCG(), task, 20)
    assert (np.diff(values) <= 1e-14).all()
    assert values[-1] < 0.8 * values[0]


def test_it_leaves_a_saddle(learning):
    """f = ½ (a b - 1)² from (1e-3, -9e-4): next to a saddle, whose Hessian has the eigenvalues ±1."""
    from framework.layers import INITIALIZERS, Dense, Sequential

    class Product:
        def build(self, inputs, outputs):
            one = INITIALIZERS["zeros"]
            return Sequential([Dense(1, one, bias=False), Dense(1, one, bias=False)], inputs)

    objective = learning(
        Product(), np.ones((1, 1)), np.ones((1, 1)), 1, loss="mse", link="identity"
    )
    theta = np.array([1e-3, -9e-4])
    assert np.linalg.eigvalsh(objective.at(theta).hessian()) == pytest.approx([-1, 1], abs=1e-5)
    to_the_bottom(NewtonCG(), objective, theta, 1e-8)
    assert theta[0] * theta[1] == pytest.approx(1)


def test_curvature_from_a_share_of_the_rows_costs_that_share(cancer, minimise):
    work = {}
    for share in (1.0, 0.25):
        cancer.work.hvp = cancer.work.forward = 0
        optimizer = NewtonCG(curvature=share, max_products=1)
        values, _ = minimise(optimizer, cancer, 1)
        assert values[1] < values[0]
        work[share] = cancer.work.hvp
    assert work[0.25] == pytest.approx(0.25 * work[1.0], rel=0.01)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"radius": 0.0}, "radius=0.0: a radius is > 0, or null"),
        ({"forcing": 1.0}, "forcing=1.0: a relative residual is in 0 < f < 1"),
        ({"max_products": 0}, "max_products=0: a number of products is > 0"),
        ({"curvature": 0.0}, "curvature=0.0: a share of the rows, 0 < s <= 1"),
        ({"curvature": math.nan}, "curvature=nan: a share of the rows, 0 < s <= 1"),
        ({"tol": 1.0}, "tol=1.0: a relative tolerance is in 0 <= tol < 1"),
    ],
)
def test_fields_out_of_range_are_refused(fields, text):
    with pytest.raises(FieldError) as caught:
        NewtonCG(**fields)
    assert str(caught.value) == text
