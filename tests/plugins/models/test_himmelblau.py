from __future__ import annotations

import numpy as np
import pytest

from plugins.models.himmelblau import Himmelblau

MINIMA = [(3, 2), (-2.805118, 3.131312), (-3.779310, -3.283186), (3.584428, -1.848126)]


@pytest.mark.parametrize("place", MINIMA, ids=str)
def test_the_four_minima_of_the_literature(place):
    function = Himmelblau().build((1,), 1)
    theta = np.array(place, float)
    assert function.value(theta) == pytest.approx(0, abs=1e-9)
    np.testing.assert_allclose(function.grad(theta), 0, atol=1e-3)
    hessian = np.stack([function.hvp(theta, unit) for unit in np.eye(2)])
    assert np.linalg.eigvalsh(hessian)[0] > 1


def test_the_maximum():
    function = Himmelblau().build((1,), 1)
    theta = np.array([-0.270845, -0.923039])
    assert function.value(theta) == pytest.approx(181.617, abs=1e-3)
    hessian = np.stack([function.hvp(theta, unit) for unit in np.eye(2)])
    assert np.linalg.eigvalsh(hessian)[1] < 0


def test_the_products_are_derivatives(assert_derivative):
    function, rng = Himmelblau().build((1,), 1), np.random.default_rng(0)
    for theta, v in rng.normal(scale=3, size=(10, 2, 2)):
        slope = function.grad(theta) @ v
        scale = np.linalg.norm(function.grad(theta)) * np.linalg.norm(v)
        assert_derivative(lambda t, theta=theta, v=v: function.value(theta + t * v), slope, scale)
        assert_derivative(
            lambda t, theta=theta, v=v: function.grad(theta + t * v), function.hvp(theta, v)
        )


def test_spread_reaches_all_minima():
    """A normal offset of 3 falls into each quadrant, and each holds one minimum."""
    network = Himmelblau(spread=3.0).build((1,), 1)
    starts = [network.init(np.random.default_rng(seed)) for seed in range(40)]
    assert {tuple(np.sign(start)) for start in starts} == {(1, 1), (-1, 1), (-1, -1), (1, -1)}
