from __future__ import annotations

import numpy as np
import pytest

from framework.layers import Flatten


@pytest.mark.parametrize("shape", [(), (1,), (6,), (2, 3), (2, 3, 4)])
def test_the_products_are_exact(shape, check_products):
    check_products(Flatten(), np.random.default_rng(0).normal(size=(5, *shape)))


def test_the_last_axis_runs_fastest():
    flatten, x = Flatten(), np.arange(12.0).reshape(2, 2, 3)
    assert flatten.build((2, 3)) == (6,)
    np.testing.assert_array_equal(
        flatten.forward({}, x)[0], [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]]
    )


def test_without_a_tangent_below_there_is_none_above():
    flatten = Flatten()
    flatten.build((2, 3))
    assert flatten.jvp({}, None, {}, None) is None


def test_an_empty_batch():
    flatten, x = Flatten(), np.zeros((0, 2, 3))
    flatten.build((2, 3))
    y, saved = flatten.forward({}, x)
    assert y.shape == (0, 6)
    assert flatten.jvp({}, saved, {}, x).shape == (0, 6)
    assert flatten.vjp({}, saved, y, {}, first=False).shape == x.shape
