from __future__ import annotations

import math

import numpy as np
import pytest

from framework.solvers import DenseQuadratic, KrylovQuadratic

CONDITIONS = (1e1, 1e3, 1e5)


@pytest.fixture
def positive(spectrum):
    """positive(condition, length) → H of this condition, g of this length."""

    def make(condition, length=1e-3, size=30):
        slopes = np.random.default_rng(1).normal(size=size)
        slopes *= length / np.linalg.norm(slopes)
        return spectrum(np.geomspace(1 / condition, 1, size), slopes)

    return make


def cauchy_decrease(hessian, gradient, radius):
    """The decrease along -g alone. Source: Nocedal and Wright (2006), eqs. 4.11 and 4.12."""
    norm, curvature = np.linalg.norm(gradient), gradient @ hessian @ gradient
    share = min(1.0, norm**3 / (radius * curvature)) if curvature > 0 else 1.0
    step = -share * radius / norm * gradient
    return -(gradient @ step + 0.5 * step @ hessian @ step)


@pytest.mark.parametrize("radius", [1e-3, 0.1, 1.0, 100.0])
@pytest.mark.parametrize("seed", range(10))
def test_the_step_does_at_least_what_the_cauchy_point_does(seed, radius, bowl):
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(12, 12))
    hessian = (matrix + matrix.T) / 2 + rng.uniform(-2, 6) * np.eye(12)
    gradient = rng.normal(size=12)
    quadratic = KrylovQuadratic(bowl(hessian), gradient, 50)
    step = quadratic.trust_region_step(radius)
    assert np.linalg.norm(step) <= radius * (1 + 1e-14)
    assert quadratic.decrease(step) >= cauchy_decrease(hessian, gradient, radius) * (1 - 1e-12)
    best = DenseQuadratic(bowl(hessian), gradient)
    assert quadratic.decrease(step) <= best.decrease(best.trust_region_step(radius)) * (1 + 1e-12)


@pytest.mark.parametrize("radius", [1e-3, 0.1])
def test_on_a_convex_quadratic_half_of_the_best_decrease_is_sure(radius, bowl, positive):
    """Yuan, On the truncated conjugate gradient method (2000): at least one half of the optimum."""
    hessian, gradient = positive(1e3, length=1.0)
    truncated = KrylovQuadratic(bowl(hessian), gradient, 100)
    exact = DenseQuadratic(bowl(hessian), gradient)
    best = exact.decrease(exact.trust_region_step(radius))
    assert truncated.decrease(truncated.trust_region_step(radius)) >= 0.5 * best


@pytest.mark.parametrize("length", [1e-2, 1e-6])
@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.parametrize("solve", ["newton_step", "trust_region_step"])
def test_a_solve_ends_at_the_residual_that_is_promised(solve, condition, length, bowl, positive):
    hessian, gradient = positive(condition, length)
    quadratic = KrylovQuadratic(bowl(hessian), gradient, 300)
    arguments = () if solve == "newton_step" else (math.inf,)
    step = getattr(quadratic, solve)(*arguments)
    promised = min(0.5, math.sqrt(length)) * length
    assert np.linalg.norm(hessian @ step + gradient) <= promised * (1 + 1e-9)


@pytest.mark.parametrize("solve", ["newton_step", "trust_region_step"])
def test_at_small_gradients_the_step_is_newtons(solve, bowl, positive):
    hessian, gradient = positive(1e2, length=1e-14)
    arguments = () if solve == "newton_step" else (math.inf,)
    step = getattr(KrylovQuadratic(bowl(hessian), gradient, 300), solve)(*arguments)
    expected = np.linalg.solve(hessian, -gradient)
    # ‖error‖ <= condition of H times the relative residual of 1e-7
    assert np.linalg.norm(step - expected) <= 1e-5 * np.linalg.norm(expected)


@pytest.mark.parametrize("damping", [0.0, 0.5])
def test_minres_solves_indefinite_and_singular_systems(damping, bowl, spectrum):
    values = np.array([-3.0, -1.0, 0.0, 0.0, 0.5, 2.0, 4.0])
    slopes = 1e-14 * np.array([1.0, -1.0, 0.0, 0.0, 2.0, 1.0, -1.0])
    hessian, gradient = spectrum(values, slopes)
    step = KrylovQuadratic(bowl(hessian), gradient, 100).newton_step(damping)
    expected = DenseQuadratic(bowl(hessian), gradient).newton_step(damping)
    assert np.linalg.norm(step - expected) <= 1e-5 * np.linalg.norm(expected)


def test_damping_shifts_the_spectrum(bowl, positive):
    hessian, gradient = positive(1e3, length=1e-14)
    step = KrylovQuadratic(bowl(hessian), gradient, 100).newton_step(0.3)
    expected = np.linalg.solve(hessian + 0.3 * np.eye(30), -gradient)
    assert np.linalg.norm(step - expected) <= 1e-6 * np.linalg.norm(expected)


def test_negative_curvature_is_followed_to_the_boundary(bowl, spectrum):
    hessian, gradient = spectrum([-2.0, 1.0, 3.0], [1.0, 1.0, 1.0])
    quadratic = KrylovQuadratic(bowl(hessian), gradient, 50)
    for radius in (0.5, 5.0, 500.0):
        step = quadratic.trust_region_step(radius)
        assert np.linalg.norm(step) == pytest.approx(radius, rel=1e-12)
    assert quadratic.trust_region_step(math.inf) is None


@pytest.mark.parametrize("limit", [1, 3, 7])
@pytest.mark.parametrize("solve", ["newton_step", "trust_region_step"])
def test_products_are_limited(solve, limit, bowl, positive):
    hessian, gradient = positive(1e5, length=1e-8)
    point = bowl(hessian)
    quadratic = KrylovQuadratic(point, gradient, limit)
    getattr(quadratic, solve)(*(() if solve == "newton_step" else (math.inf,)))
    assert 0 < point.products <= limit + 1
    assert point.products <= limit or solve == "newton_step"


def test_float32_stays_float32(bowl, positive):
    hessian, gradient = (array.astype(np.float32) for array in positive(10.0))
    quadratic = KrylovQuadratic(bowl(hessian), gradient, 50)
    assert quadratic.trust_region_step(math.inf).dtype == np.float32
    assert quadratic.newton_step().dtype == np.float32
