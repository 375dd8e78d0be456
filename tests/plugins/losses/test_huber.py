from __future__ import annotations

import numpy as np
import pytest
from scipy import special

from framework.errors import FieldError
from framework.testing import assert_conforms
from plugins.losses.huber import Huber
from plugins.losses.mean_absolute_error import MeanAbsoluteError
from plugins.losses.mean_squared_error import MeanSquaredError

DELTAS = [0.1, 1.0, 1.5]


@pytest.mark.parametrize("delta", DELTAS)
def test_it_is_scipys(arrays, delta):
    p, y, _ = arrays
    terms = special.huber(delta, p - y)
    np.testing.assert_allclose(Huber(delta=delta).value(p, y), terms.sum(axis=1), rtol=1e-14)
    mean = Huber(delta=delta, reduction="mean")
    np.testing.assert_allclose(mean.value(p, y), terms.mean(axis=1), rtol=1e-14)


@pytest.mark.parametrize("delta", DELTAS)
def test_the_slope_is_the_clipped_residual(arrays, delta):
    p, y, v = arrays
    loss, inside = Huber(delta=delta), np.abs(p - y) <= delta
    assert inside.any() and not inside.all()
    np.testing.assert_array_equal(loss.grad(p, y), np.clip(p - y, -delta, delta))
    np.testing.assert_array_equal(loss.hvp(p, y, v), np.where(inside, v, 0))


def test_at_the_corner_the_parabola_counts():
    p, y = np.array([[2.0, -2.0]]), np.zeros((1, 2))
    loss = Huber(delta=2.0)
    np.testing.assert_array_equal(loss.value(p, y), [4])
    np.testing.assert_array_equal(loss.hvp(p, y, np.ones_like(p)), [[1, 1]])


def test_between_squared_and_absolute_error(arrays):
    p, y, _ = arrays
    wide, narrow = Huber(delta=1e6), Huber(delta=1e-9)
    np.testing.assert_allclose(wide.value(p, y), MeanSquaredError().value(p, y), rtol=1e-14)
    absolute = MeanAbsoluteError().value(p, y)
    np.testing.assert_allclose(narrow.value(p, y) / 1e-9, absolute, rtol=1e-7)


@pytest.mark.parametrize("fields", [{}, {"delta": 0.2}, {"reduction": "mean"}], ids=str)
def test_it_conforms(fields):
    assert_conforms(Huber(**fields))


@pytest.mark.parametrize("delta", [0.0, -1.0, np.inf, np.nan])
def test_where_the_parabola_ends_is_positive(delta):
    with pytest.raises(FieldError, match=rf"^delta={delta}: where the parabola ends is > 0$"):
        Huber(delta=delta)
