from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import uniform_filter

from framework.errors import ConfigError
from framework.layers import AveragePool

CASES = [((4, 6, 2), 2, None), ((5, 7, 3), 2, None), ((5, 5, 1), 3, 1), ((7, 6, 2), 2, 3)]


@pytest.fixture(params=CASES, ids=str)
def case(request):
    shape, window, stride = request.param
    return AveragePool(window, stride), np.random.default_rng(1).normal(size=(3, *shape))


def test_the_products_are_exact(case, check_products):
    check_products(*case)


def test_conventions(case, check_conventions):
    check_conventions(*case)


def test_it_is_scipys_running_mean_at_the_windows(case):
    pool, x = case
    h, w, channels = pool.build(x.shape[1:])
    k, s = pool.window.size, pool.window.stride
    mean = uniform_filter(x, (0, k, k, 0), origin=(0, -(k // 2), -(k // 2), 0))
    y, _ = pool.forward({}, x)
    assert y.shape == (3, h, w, channels)
    np.testing.assert_allclose(y, mean[:, ::s, ::s][:, :h, :w], rtol=1e-12, atol=1e-13)


def test_by_hand():
    pool, x = AveragePool(2), np.arange(20.0).reshape(1, 4, 5, 1)
    assert pool.build((4, 5, 1)) == (2, 2, 1)
    np.testing.assert_array_equal(pool.forward({}, x)[0][0, :, :, 0], [[3, 5], [13, 15]])


def test_images_smaller_than_the_window_are_refused():
    with pytest.raises(
        ConfigError, match="a 2x2 window with padding 0 does not fit into 1x3 pixels"
    ):
        AveragePool().build((1, 3, 4))
