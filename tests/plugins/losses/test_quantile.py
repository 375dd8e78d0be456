from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import mean_pinball_loss

from framework.errors import FieldError
from framework.testing import assert_conforms
from plugins.losses.mean_absolute_error import MeanAbsoluteError
from plugins.losses.quantile import Quantile

TAUS = [0.05, 0.5, 0.9]


@pytest.mark.parametrize("tau", TAUS)
@pytest.mark.parametrize(("reduction", "outputs"), [("sum", 3), ("mean", 1)])
def test_it_is_scikit_learns(arrays, tau, reduction, outputs):
    p, y, _ = arrays
    value = Quantile(tau=tau, reduction=reduction).value(p, y).mean()
    assert value == pytest.approx(outputs * mean_pinball_loss(y, p, alpha=tau), rel=1e-13)


@pytest.mark.parametrize("tau", TAUS)
def test_slopes_by_hand(tau):
    p, y = np.array([[0.0, 2.0, 1.0]]), np.ones((1, 3))
    np.testing.assert_allclose(Quantile(tau=tau).grad(p, y), [[-tau, 1 - tau, 0]], rtol=1e-15)
    np.testing.assert_array_equal(Quantile(tau=tau).hvp(p, y, p), [[0, 0, 0]])


@pytest.mark.parametrize("tau", TAUS)
def test_the_best_constant_is_the_quantile(tau):
    y = np.random.default_rng(0).exponential(size=(101, 1))
    guesses = np.sort(y, axis=0)[:, 0]
    values = [Quantile(tau=tau).value(np.full_like(y, g), y).sum() for g in guesses]
    assert guesses[np.argmin(values)] == np.quantile(y, tau, method="inverted_cdf")


def test_the_median_is_half_the_absolute_error(arrays):
    p, y, _ = arrays
    expected = MeanAbsoluteError().value(p, y) / 2
    np.testing.assert_allclose(Quantile().value(p, y), expected, rtol=1e-15)


@pytest.mark.parametrize("fields", [{}, {"tau": 0.9}, {"reduction": "mean"}], ids=str)
def test_it_conforms(fields):
    assert_conforms(Quantile(**fields))


@pytest.mark.parametrize("tau", [0.0, 1.0, np.nan])
def test_a_quantile_lies_between_0_and_1(tau):
    with pytest.raises(FieldError, match=rf"^tau={tau}: a quantile lies between 0 and 1$"):
        Quantile(tau=tau)
