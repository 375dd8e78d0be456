from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import maximum_filter

from framework.errors import ConfigError
from framework.layers import MaxPool

CASES = [((4, 6, 2), 2, None), ((5, 7, 3), 2, None), ((5, 5, 1), 3, 1), ((7, 6, 2), 2, 3)]


@pytest.fixture(params=CASES, ids=str)
def case(request):
    """Distinct numbers, further apart than the differences' steps reach."""
    shape, window, stride = request.param
    x = np.random.default_rng(1).permutation(3 * np.prod(shape)).reshape(3, *shape)
    return MaxPool(window, stride), x.astype(float)


def test_the_products_are_exact(case, check_products):
    check_products(*case)


def test_conventions(case, check_conventions):
    check_conventions(*case)


def test_it_is_scipys_running_maximum_at_the_windows(case):
    pool, x = case
    h, w, channels = pool.build(x.shape[1:])
    k, s = pool.window.size, pool.window.stride
    largest = maximum_filter(x, (1, k, k, 1), origin=(0, -(k // 2), -(k // 2), 0))
    y, _ = pool.forward({}, x)
    assert y.shape == (3, h, w, channels)
    np.testing.assert_array_equal(y, largest[:, ::s, ::s][:, :h, :w])


def test_the_first_of_equals_wins():
    """Row by row: of the pixels 0 1 / 1 1 the upper right one."""
    pool, x = MaxPool(2), np.array([[0.0, 1.0], [1.0, 1.0]]).reshape(1, 2, 2, 1)
    pool.build((2, 2, 1))
    y, saved = pool.forward({}, x)
    dx = pool.vjp({}, saved, np.full_like(y, 3.0), {}, first=False)
    np.testing.assert_array_equal(dx[0, :, :, 0], [[0, 3], [0, 0]])
    assert pool.jvp({}, saved, {}, np.arange(4.0).reshape(x.shape)) == 1


def test_nan_wins():
    pool = MaxPool(2)
    pool.build((2, 2, 1))
    for place in range(4):
        x = np.arange(4.0)
        x[place] = np.nan
        assert np.isnan(pool.forward({}, x.reshape(1, 2, 2, 1))[0]).all()


def test_many_pixels_to_a_window():
    """Winners are numbered beyond 255."""
    pool, x = MaxPool(17), np.arange(289.0).reshape(1, 17, 17, 1)
    pool.build((17, 17, 1))
    y, saved = pool.forward({}, x)
    dx = pool.vjp({}, saved, np.ones_like(y), {}, first=False)
    assert y == 288 and dx.ravel().nonzero()[0] == 288


def test_images_smaller_than_the_window_are_refused():
    with pytest.raises(
        ConfigError, match="a 2x2 window with padding 0 does not fit into 3x1 pixels"
    ):
        MaxPool().build((3, 1, 4))
