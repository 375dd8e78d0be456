from __future__ import annotations

import numpy as np
import pytest
from scipy import special

from framework.errors import FieldError
from framework.testing import assert_conforms
from plugins.losses.pseudo_huber import PseudoHuber


@pytest.mark.parametrize("delta", [0.1, 1.0, 1.5])
def test_it_is_scipys(arrays, delta):
    p, y, _ = arrays
    terms = special.pseudo_huber(delta, p - y)
    np.testing.assert_allclose(PseudoHuber(delta=delta).value(p, y), terms.sum(axis=1), rtol=1e-13)
    mean = PseudoHuber(delta=delta, reduction="mean")
    np.testing.assert_allclose(mean.value(p, y), terms.mean(axis=1), rtol=1e-13)


@pytest.mark.parametrize("delta", [0.5, 2.0])
def test_the_products_are_derivatives(arrays, delta, assert_derivative):
    p, y, v = arrays
    loss = PseudoHuber(delta=delta)
    v = 0.2 * v
    assert_derivative(lambda t: loss.value(p + t * v, y), (loss.grad(p, y) * v).sum(axis=1))
    assert_derivative(lambda t: loss.grad(p + t * v, y), loss.hvp(p, y, v))


def test_small_and_large_residuals_keep_their_digits():
    p, y, loss = np.array([[1e-9], [1e200]]), np.zeros((2, 1)), PseudoHuber(delta=2.0)
    np.testing.assert_allclose(loss.value(p, y), [0.5e-18, 2e200], rtol=1e-14)
    np.testing.assert_allclose(loss.grad(p, y)[:, 0], [1e-9, 2], rtol=1e-14)
    np.testing.assert_allclose(loss.hvp(p, y, np.ones_like(p))[:, 0], [1, 0], rtol=1e-14)


@pytest.mark.parametrize("fields", [{}, {"delta": 0.2}, {"reduction": "mean"}], ids=str)
def test_it_conforms(fields):
    assert_conforms(PseudoHuber(**fields))


def test_where_the_parabola_ends_is_positive():
    with pytest.raises(FieldError, match=r"^delta=0: where the parabola ends is > 0$"):
        PseudoHuber(delta=0)
