from __future__ import annotations

import numpy as np
import pytest

from framework.testing import assert_conforms
from plugins.losses.log_cosh import LogCosh


def test_it_is_the_logarithm_of_the_hyperbolic_cosine(arrays):
    p, y, _ = arrays
    terms = np.log(np.cosh(p - y))
    np.testing.assert_allclose(LogCosh().value(p, y), terms.sum(axis=1), rtol=1e-12)
    mean = LogCosh(reduction="mean")
    np.testing.assert_allclose(mean.value(p, y), terms.mean(axis=1), rtol=1e-12)


def test_the_products_are_derivatives(arrays, assert_derivative):
    p, y, v = arrays
    loss, v = LogCosh(), 0.2 * v
    assert_derivative(lambda t: loss.value(p + t * v, y), (loss.grad(p, y) * v).sum(axis=1))
    assert_derivative(lambda t: loss.grad(p + t * v, y), loss.hvp(p, y, v))


@pytest.mark.parametrize(
    ("r", "expected"),
    [
        (1e-9, 0.5e-18),  # ½ r²
        (1e-3, 0.5e-6 - 1e-12 / 12),  # ½ r² - r⁴/12
        (30.0, 30 - np.log(2)),
        (1e4, 1e4 - np.log(2)),
        (1e300, 1e300),
    ],
)
def test_it_keeps_its_digits_near_and_far(r, expected):
    for signed in (r, -r):
        value = LogCosh().value(np.array([[signed]]), np.zeros((1, 1)))
        np.testing.assert_allclose(value, expected, rtol=1e-12)


def test_the_two_formulas_meet():
    p, y = np.array([[np.nextafter(1, 0)], [1.0]]), np.zeros((2, 1))
    np.testing.assert_allclose(LogCosh().value(p, y), np.log(np.cosh(1)), rtol=1e-15)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_it_conforms(reduction):
    assert_conforms(LogCosh(reduction=reduction))
