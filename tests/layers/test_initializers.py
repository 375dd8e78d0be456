from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from framework.layers import INITIALIZERS

INPUTS, UNITS = 300, 200
REFERENCE = {
    "normal": stats.norm(0, 1),
    "lecun": stats.norm(0, 1 / math.sqrt(300)),
    "he": stats.norm(0, math.sqrt(2 / 300)),
    "glorot": stats.uniform(-math.sqrt(6 / 500), 2 * math.sqrt(6 / 500)),
}


def draw(name, seed=0):
    return INITIALIZERS[name](np.random.default_rng(seed), INPUTS, UNITS)


def test_each_has_a_reference():
    assert set(INITIALIZERS) == {*REFERENCE, "zeros"}


@pytest.mark.parametrize("name", sorted(INITIALIZERS))
def test_the_shape_and_the_seed(name):
    assert draw(name).shape == (INPUTS, UNITS) and draw(name).dtype == np.float64
    np.testing.assert_array_equal(draw(name), draw(name))


@pytest.mark.parametrize("name", sorted(REFERENCE))
def test_moments_are_those_of_the_formula(name):
    weights, expected = draw(name), REFERENCE[name]
    assert abs(weights.mean()) < 4.5 * expected.std() / math.sqrt(weights.size)
    kurtosis = float(expected.stats("k")) + 3
    spread = math.sqrt((kurtosis - 1) / weights.size)  # of the sample variance, relative
    assert abs(weights.var() / expected.var() - 1) < 4.5 * spread


@pytest.mark.parametrize("name", sorted(REFERENCE))
def test_the_distribution_is_that_of_the_formula(name):
    assert stats.kstest(draw(name).ravel(), REFERENCE[name].cdf).pvalue > 1e-3


def test_zeros_are_zero():
    assert not draw("zeros").any()


@pytest.mark.parametrize("name", sorted(REFERENCE))
def test_another_seed_gives_other_weights(name):
    assert not np.isclose(draw(name), draw(name, seed=1)).mean() > 0.01
