from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import mean_absolute_error

from framework.errors import FieldError
from framework.links import LINKS
from framework.testing import assert_conforms
from plugins.losses.mean_absolute_error import MeanAbsoluteError


@pytest.mark.parametrize(("reduction", "outputs"), [("sum", 3), ("mean", 1)])
def test_it_is_scikit_learns(arrays, reduction, outputs):
    p, y, _ = arrays
    value = MeanAbsoluteError(reduction=reduction).value(p, y).mean()
    assert value == pytest.approx(outputs * mean_absolute_error(y, p), rel=1e-14)


def test_the_slope_is_a_sign_and_nothing_at_the_kink():
    p, y = np.array([[3.0, -1.0, 2.0]]), np.array([[1.0, 1.0, 2.0]])
    np.testing.assert_array_equal(MeanAbsoluteError().grad(p, y), [[1, -1, 0]])
    np.testing.assert_array_equal(MeanAbsoluteError().hvp(p, y, p), [[0, 0, 0]])


def test_the_best_constant_is_the_median():
    y = np.random.default_rng(0).exponential(size=(11, 1))
    guesses = np.sort(y, axis=0)
    values = [MeanAbsoluteError().value(np.full_like(y, g), y).sum() for g in guesses[:, 0]]
    assert guesses[np.argmin(values)] == np.median(y)


@pytest.mark.parametrize("name", sorted(LINKS))
def test_behind_a_link_the_products_are_derivatives(name, arrays, assert_derivative):
    z, _, v = arrays
    y = LINKS[name](z) + np.where(np.arange(60).reshape(20, 3) % 2, 3.0, -3.0)  # far from kinks
    head = MeanAbsoluteError().head(LINKS[name])
    assert_derivative(lambda t: head.value(z + t * v, y), (head.grad(z, y) * v).sum(axis=1))
    if name != "identity":  # there it is 0
        assert_derivative(lambda t: head.grad(z + t * v, y), head.hvp(z, y, v))


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_it_conforms(reduction):
    assert_conforms(MeanAbsoluteError(reduction=reduction))


def test_an_unknown_reduction_is_refused():
    with pytest.raises(FieldError, match=r"no such choice; did you mean 'mean'\?  \(mean, sum\)"):
        MeanAbsoluteError(reduction="means")
