from __future__ import annotations

import numpy as np
import pytest
from scipy import special
from sklearn.metrics import mean_squared_error

from framework.errors import FieldError
from framework.heads import ComposedHead
from framework.links import LINKS
from plugins.losses.mean_squared_error import MeanSquaredError


def test_it_is_half_of_scikit_learns_summed_over_the_outputs(arrays):
    p, y, _ = arrays
    expected = 0.5 * mean_squared_error(y, p, multioutput="raw_values").sum()
    assert MeanSquaredError().value(p, y).mean() == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(("reduction", "factor"), [("half_sum", 0.5), ("sum", 1), ("mean", 1 / 3)])
def test_the_conventions_are_factors(arrays, reduction, factor):
    p, y, v = arrays
    loss = MeanSquaredError(reduction=reduction)
    errors = ((p - y) ** 2).sum(axis=1)
    np.testing.assert_allclose(loss.value(p, y), factor * errors, rtol=1e-15)
    np.testing.assert_allclose(loss.grad(p, y), 2 * factor * (p - y), rtol=1e-15)
    np.testing.assert_allclose(loss.hvp(p, y, v), 2 * factor * v, rtol=1e-15)
    mean = MeanSquaredError(reduction="mean").value(p, y).mean()
    assert mean == pytest.approx(mean_squared_error(y, p), rel=1e-14)


def test_an_unknown_reduction_is_refused():
    with pytest.raises(
        FieldError, match=r"^reduction=none: no such choice.*half_sum, mean, sum\)$"
    ):
        MeanSquaredError(reduction="none")


def test_values_by_hand():
    p, y = np.array([[3.0, 4.0], [1.0, 1.0]]), np.array([[0.0, 0.0], [1.0, 2.0]])
    np.testing.assert_array_equal(MeanSquaredError().value(p, y), [12.5, 0.5])
    np.testing.assert_array_equal(MeanSquaredError().grad(p, y), [[3, 4], [0, -1]])


@pytest.mark.parametrize("name", sorted(LINKS))
def test_the_products_are_derivatives(name, arrays, assert_derivative):
    z, y, v = arrays
    head = MeanSquaredError().head(LINKS[name])
    assert type(head) is ComposedHead and head.split == "outputs"
    assert_derivative(lambda t: head.value(z + t * v, y), (head.grad(z, y) * v).sum(axis=1))
    assert_derivative(lambda t: head.grad(z + t * v, y), head.hvp(z, y, v))


def test_on_a_sigmoid_the_slope_stays(arrays):
    z, y, v = arrays
    head, p = MeanSquaredError().head(LINKS["sigmoid"]), special.expit(z)
    slope = special.expit(z) * special.expit(-z)
    np.testing.assert_allclose(head.grad(z, y), (p - y) * slope, rtol=1e-12)
    np.testing.assert_allclose(head.ggn(z, y, v), slope**2 * v, rtol=1e-12)
    bend = slope * (1 - 2 * p)
    expected = (slope**2 + (p - y) * bend) * v
    np.testing.assert_allclose(head.hvp(z, y, v), expected, rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["sigmoid", "softmax", "tanh"])
def test_a_saturated_link_leaves_no_gradient_and_nothing_overflows(name, dtype):
    z, y = np.array([[1e4, -1e4]], dtype), np.array([[0, 1]], dtype)
    head = MeanSquaredError().head(LINKS[name])
    gradient = head.grad(z, y)
    assert gradient.dtype == head.value(z, y).dtype == dtype
    np.testing.assert_allclose(gradient, 0, atol=1e-30)
    assert head.value(z, y) > 0.5


def test_rows_are_independent_and_nothing_is_changed(arrays):
    kept, (p, y, v) = arrays.copy(), arrays
    loss = MeanSquaredError()
    for n in range(20):
        np.testing.assert_allclose(loss.value(p[[n]], y[[n]])[0], loss.value(p, y)[n], rtol=1e-14)
        np.testing.assert_array_equal(loss.grad(p[[n]], y[[n]])[0], loss.grad(p, y)[n])
    np.testing.assert_array_equal(loss.hvp(p, y, v), v)
    np.testing.assert_array_equal(arrays, kept)


def test_an_empty_batch():
    none, loss = np.zeros((0, 3)), MeanSquaredError()
    assert loss.value(none, none).shape == (0,)
    assert loss.grad(none, none).shape == loss.hvp(none, none, none).shape == (0, 3)
