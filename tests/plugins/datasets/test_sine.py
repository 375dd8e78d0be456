from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest

from framework.data import check
from framework.errors import FieldError
from plugins.datasets.sine import Sine


def test_without_noise_it_is_the_sine():
    table = check(Sine(samples=50, periods=2.5, noise=0).load(), "sine")
    angle = 2 * np.pi * 2.5 * table.x[:, 0]
    np.testing.assert_allclose(table.y, np.sin(angle), atol=1e-14)
    assert table.task.kind == "regression"


def test_the_noise_is_normal_and_the_inputs_are_uniform():
    none, some = (Sine(samples=5000, noise=noise).load() for noise in (0, 0.3))
    np.testing.assert_array_equal(none.x, some.x)
    assert kstest((some.y - none.y) / 0.3, "norm").pvalue > 1e-3
    assert kstest(none.x[:, 0], "uniform").pvalue > 1e-3


def test_the_seed_repeats():
    np.testing.assert_array_equal(Sine().load().y, Sine().load().y)
    assert (Sine(seed=1).load().x != Sine().load().x).all()


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"samples": 0}, "samples=0: a number of rows is >= 1"),
        ({"periods": 0.0}, "periods=0.0: a number of periods is > 0"),
        ({"noise": -0.1}, "noise=-0.1: a standard deviation is >= 0"),
        ({"seed": -1}, "seed=-1: a seed is >= 0"),
    ],
)
def test_ranges(fields, text):
    with pytest.raises(FieldError) as caught:
        Sine(**fields)
    assert str(caught.value) == text
