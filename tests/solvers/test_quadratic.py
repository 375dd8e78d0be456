from __future__ import annotations

import numpy as np
import pytest

from framework.solvers import DenseQuadratic, KrylovQuadratic


@pytest.fixture(params=["dense", "krylov"])
def quadratic(request, bowl, spectrum):
    hessian, gradient = spectrum([-1.0, 0.5, 2.0, 7.0], [1.0, 2.0, -1.0, 0.5])
    if request.param == "dense":
        return DenseQuadratic(bowl(hessian), gradient)
    return KrylovQuadratic(bowl(hessian), gradient, 10)


def test_times_is_the_product(quadratic):
    p = np.arange(4.0)
    np.testing.assert_allclose(quadratic.times(p), quadratic.point.matrix @ p, rtol=1e-14)


def test_decrease_is_minus_the_quadratic(quadratic):
    p, g, hessian = np.arange(4.0), quadratic.gradient, quadratic.point.matrix
    by_hand = sum(g[i] * p[i] for i in range(4))
    by_hand += 0.5 * sum(p[i] * hessian[i, j] * p[j] for i in range(4) for j in range(4))
    assert quadratic.decrease(p) == pytest.approx(-by_hand, rel=1e-13)
    assert quadratic.decrease(np.zeros(4)) == 0


def test_each_solve_is_counted(quadratic):
    work = quadratic.point.objective.work
    quadratic.newton_step()
    assert work.solves == 1
    quadratic.trust_region_step(0.5)
    quadratic.trust_region_step(0.25)
    assert work.solves == 3


def test_a_solve_leaves_the_gradient_alone(quadratic):
    before = quadratic.gradient.copy()
    quadratic.newton_step(0.1)
    quadratic.trust_region_step(0.5)
    np.testing.assert_array_equal(quadratic.gradient, before)


def test_where_the_gradient_is_zero_and_h_positive_there_is_no_step(quadratic):
    made = type(quadratic)
    arguments = () if made is DenseQuadratic else (10,)
    quadratic.point.matrix = np.diag([1.0, 2.0])
    still = made(quadratic.point, np.zeros(2), *arguments)
    np.testing.assert_array_equal(still.newton_step(), 0)
    np.testing.assert_array_equal(still.trust_region_step(1.0), 0)
