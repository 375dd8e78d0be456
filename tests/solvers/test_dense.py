from __future__ import annotations

import math

import numpy as np
import pytest

from framework.solvers import DenseQuadratic

SPECTRA = {
    "positive": ([0.5, 1.0, 2.0, 8.0], [1.0, -2.0, 0.5, 3.0]),
    "ill_conditioned": ([1e-8, 1e-3, 1.0, 1e3], [1e-3, 1.0, -1.0, 2.0]),
    "indefinite": ([-2.0, -0.5, 1.0, 3.0], [1.0, 0.3, -1.0, 0.2]),
    "negative": ([-4.0, -3.0, -2.0, -1.0], [1.0, 1.0, 1.0, 1.0]),
    "singular_in_range": ([0.0, 0.0, 1.0, 3.0], [0.0, 0.0, -1.0, 2.0]),
    "singular_out_of_range": ([0.0, 0.0, 1.0, 3.0], [1.0, 0.5, -1.0, 2.0]),
    "nothing": ([0.0, 0.0, 0.0, 0.0], [1.0, 0.5, -1.0, 2.0]),
    "hard": ([-1.0, 0.5, 1.0, 3.0], [0.0, 0.3, 0.2, -0.1]),
    "hard_twofold": ([-1.0, -1.0, 1.0, 3.0], [0.0, 0.0, 0.2, -0.1]),
    "saddle": ([-1.0, 0.5, 1.0, 3.0], [0.0, 0.0, 0.0, 0.0]),
}
RADII = (1e-3, 0.1, 1.0, 10.0, 1e3)


def assert_optimal(hessian, gradient, step, radius):
    """Moré and Sorensen's conditions for a global solution, with a multiplier read off the step.

    (H + μI) p = -g,  μ >= 0,  μ (radius - ‖p‖) = 0,  H + μI semidefinite,  ‖p‖ <= radius.
    """
    length, residual = np.linalg.norm(step), hessian @ step + gradient
    norm = np.linalg.norm(hessian, 2) + np.linalg.norm(gradient) / radius
    mu = -(step @ residual) / length**2 if length else 0.0
    assert length <= radius * (1 + 1e-8)
    assert mu >= -1e-10 * norm
    assert max(mu, 0) * (radius - length) <= 1e-8 * norm * radius
    assert np.linalg.norm(residual + mu * step) <= 1e-8 * (norm * length + np.linalg.norm(gradient))
    assert np.linalg.eigvalsh(hessian)[0] + mu >= -1e-9 * norm


@pytest.mark.parametrize("radius", RADII)
@pytest.mark.parametrize("name", sorted(SPECTRA))
def test_the_step_is_optimal(name, radius, spectrum, bowl):
    hessian, gradient = spectrum(*SPECTRA[name])
    step = DenseQuadratic(bowl(hessian), gradient).trust_region_step(radius)
    assert_optimal(hessian, gradient, step, radius)


@pytest.mark.parametrize("radius", [2.0, 10.0, 1e3])
@pytest.mark.parametrize("slope", [1e-16, 1e-14, 1e-12, 1e-10, 1e-8, 1e-4])
def test_the_step_is_optimal_close_to_the_hard_case(slope, radius, spectrum, bowl):
    hessian, gradient = spectrum([-1.0, -0.5, 1.0, 3.0], [slope, 0.3, 0.2, 0.1])
    step = DenseQuadratic(bowl(hessian), gradient).trust_region_step(radius)
    assert_optimal(hessian, gradient, step, radius)


@pytest.mark.parametrize("seed", range(30))
def test_random_steps_are_optimal(seed, bowl):
    rng = np.random.default_rng(seed)
    size = int(rng.integers(1, 30))
    matrix = rng.normal(size=(size, size))
    hessian = (matrix + matrix.T) / 2 + rng.uniform(-2, 4) * np.eye(size)
    gradient = 10.0 ** rng.uniform(-6, 2) * rng.normal(size=size)
    quadratic = DenseQuadratic(bowl(hessian), gradient)
    for radius in RADII:
        assert_optimal(hessian, gradient, quadratic.trust_region_step(radius), radius)


@pytest.mark.parametrize("name", ["positive", "indefinite", "hard", "negative"])
@pytest.mark.parametrize("radius", [0.1, 1.0, 10.0])
def test_no_point_of_the_disc_is_lower(name, radius, spectrum, bowl):
    values, slopes = SPECTRA[name]
    hessian, gradient = spectrum(values[:2], slopes[:2])
    angle, reach = np.meshgrid(np.linspace(0, 2 * np.pi, 2001), np.linspace(0, radius, 101))
    disc = np.stack([(reach * np.cos(angle)).ravel(), (reach * np.sin(angle)).ravel()])
    heights = gradient @ disc + 0.5 * np.einsum("in,ij,jn->n", disc, hessian, disc)
    quadratic = DenseQuadratic(bowl(hessian), gradient)
    lowest = -quadratic.decrease(quadratic.trust_region_step(radius))
    assert lowest <= heights.min() + 1e-12
    assert lowest >= heights.min() - 1e-2 * abs(heights.min())


@pytest.mark.parametrize("name", ["positive", "ill_conditioned", "singular_in_range"])
def test_an_infinite_radius_gives_newtons_step(name, spectrum, bowl):
    hessian, gradient = spectrum(*SPECTRA[name])
    quadratic = DenseQuadratic(bowl(hessian), gradient)
    np.testing.assert_allclose(
        quadratic.trust_region_step(math.inf), quadratic.newton_step(), rtol=1e-10
    )


@pytest.mark.parametrize("name", ["indefinite", "negative", "singular_out_of_range", "saddle"])
def test_an_infinite_radius_has_no_step_where_there_is_no_minimum(name, spectrum, bowl):
    hessian, gradient = spectrum(*SPECTRA[name])
    assert DenseQuadratic(bowl(hessian), gradient).trust_region_step(math.inf) is None


@pytest.mark.parametrize("damping", [0.0, 0.1, 10.0])
@pytest.mark.parametrize("name", sorted(SPECTRA))
def test_newtons_step_is_least_squares_of_minimal_norm(name, damping, spectrum, bowl):
    hessian, gradient = spectrum(*SPECTRA[name])
    shifted = hessian + damping * np.eye(4)
    expected, *_ = np.linalg.lstsq(shifted, -gradient, rcond=1e-13)
    step = DenseQuadratic(bowl(hessian), gradient).newton_step(damping)
    kept = np.abs(np.linalg.eigvalsh(shifted))
    kept = kept[kept > 1e-13 * kept.max()]
    condition = kept.max() / kept.min() if kept.size else 1
    error = np.linalg.norm(step - expected)
    assert error <= 1e-14 * condition * (np.linalg.norm(expected) + 1e-300)


def test_rounding_in_a_flat_direction_does_not_move_theta(spectrum, bowl):
    hessian, gradient = spectrum([0.0, 1.0, 2.0], [1e-17, 1e-3, 1e-3])
    quadratic = DenseQuadratic(bowl(hessian), gradient)
    shortest = np.linalg.norm([1e-3, 0.5e-3])
    for radius in (1.0, math.inf):
        step = quadratic.trust_region_step(radius)
        assert np.linalg.norm(step) == pytest.approx(shortest, rel=1e-10)


def test_float32_stays_float32(spectrum, bowl):
    hessian, gradient = (array.astype(np.float32) for array in spectrum(*SPECTRA["indefinite"]))
    quadratic = DenseQuadratic(bowl(hessian), gradient)
    assert quadratic.newton_step(0.1).dtype == np.float32
    step = quadratic.trust_region_step(0.5)
    assert step.dtype == np.float32
    assert np.linalg.norm(step) == pytest.approx(0.5, rel=1e-5)
