from __future__ import annotations

import numpy as np
import pytest

from framework.errors import ConfigError
from framework.layers import Image


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((9,), (3, 3, 1)), ((2, 5), (2, 5, 1)), ((2, 3, 4), (2, 3, 4)), ((1,), (1, 1, 1))],
)
def test_shapes(shape, expected, check_products, check_conventions):
    x = np.random.default_rng(0).normal(size=(5, *shape))
    assert Image().build(shape) == expected
    check_products(Image(), x)
    check_conventions(Image(), x)


def test_flat_samples_are_read_row_by_row():
    from sklearn.datasets import load_digits

    digits, image = load_digits(), Image()
    image.build((64,))
    np.testing.assert_array_equal(image.forward({}, digits.data)[0][..., 0], digits.images)


@pytest.mark.parametrize("shape", [(30,), (), (2, 2, 2, 2)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ConfigError) as caught:
        Image().build(shape)
    text = "(height, width), (height, width, channels) or a square number of features"
    assert str(caught.value) == f"samples of shape {shape} are no images; these are {text}"
