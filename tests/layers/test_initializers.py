from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from framework.layers import INITIALIZERS

INPUTS, UNITS = 300, 200


def uniform(bound):
    return stats.uniform(-bound, 2 * bound)


REFERENCE = {
    "normal": stats.norm(0, 1),
    "uniform": uniform(1 / math.sqrt(300)),
    "glorot_normal": stats.norm(0, math.sqrt(2 / 500)),
    "glorot_uniform": uniform(math.sqrt(6 / 500)),
    "he_normal": stats.norm(0, math.sqrt(2 / 300)),
    "he_uniform": uniform(math.sqrt(6 / 300)),
    "lecun_normal": stats.norm(0, 1 / math.sqrt(300)),
    "lecun_uniform": uniform(math.sqrt(3 / 300)),
    "nielsen": stats.norm(0, 1 / math.sqrt(300)),
    "nielsen_large": stats.norm(0, 1),
}
SHORT = {"glorot": "glorot_uniform", "he": "he_normal", "lecun": "lecun_normal"}
DRAWS_BIASES = {"nielsen", "nielsen_large"}


def draw(name, seed=0, inputs=INPUTS, units=UNITS, fan_out=1):
    return INITIALIZERS[name](np.random.default_rng(seed), inputs, units, fan_out)


def test_each_has_a_reference():
    assert set(INITIALIZERS) == {*REFERENCE, *SHORT, "zeros", "orthogonal"}


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


@pytest.mark.parametrize("name", [name for name in sorted(REFERENCE) if "uniform" in name])
def test_uniform_ones_fill_their_bounds(name):
    """The largest of n is within 10/n of the bound, unless with probability exp(-10)."""
    largest, bound = np.abs(draw(name)).max(), REFERENCE[name].support()[1]
    assert bound * (1 - 10 / (INPUTS * UNITS)) < largest <= bound


@pytest.mark.parametrize("name", sorted(SHORT))
def test_short_names(name):
    np.testing.assert_array_equal(draw(name, fan_out=9), draw(SHORT[name], fan_out=9))


@pytest.mark.parametrize("name", sorted(INITIALIZERS))
def test_where_an_input_feeds_many_positions_only_glorots_are_smaller(name):
    """n_in + n_out = 300 + 9 · 200 instead of 500."""
    ratio = math.sqrt(500 / 2100) if name.startswith("glorot") else 1
    np.testing.assert_allclose(draw(name, fan_out=9), ratio * draw(name), atol=1e-15)


def test_zeros_are_zero():
    assert not draw("zeros").any()


@pytest.mark.parametrize("name", sorted(INITIALIZERS.keys() - {"zeros"}))
def test_another_seed_gives_other_weights(name):
    assert not np.isclose(draw(name), draw(name, seed=1)).mean() > 0.01


@pytest.mark.parametrize("name", sorted(INITIALIZERS))
def test_biases_are_zero_unless_they_are_nielsens(name):
    biases = INITIALIZERS[name].biases(np.random.default_rng(0), 3000)
    assert biases.shape == (3000,) and biases.dtype == np.float64
    if name in DRAWS_BIASES:
        assert stats.kstest(biases, stats.norm(0, 1).cdf).pvalue > 1e-3
    else:
        assert not biases.any()


@pytest.mark.parametrize(("inputs", "units"), [(20, 20), (30, 7), (7, 30), (5, 1), (1, 5)])
def test_orthogonal_ones_have_orthonormal_columns_or_rows(inputs, units):
    weights = draw("orthogonal", inputs=inputs, units=units)
    assert weights.shape == (inputs, units)
    gram = weights.T @ weights if inputs >= units else weights @ weights.T
    np.testing.assert_allclose(gram, np.eye(min(inputs, units)), atol=1e-14)


@pytest.mark.parametrize("of", [np.trace, np.linalg.det, lambda q: q[0, 0], lambda q: q[2, 1]])
def test_orthogonal_ones_are_uniform_like_scipys(of):
    """Of 3×3 matrices: traces, for which the signs matter, determinants and single entries."""
    rng = np.random.default_rng(0)
    ours = [of(INITIALIZERS["orthogonal"](rng, 3, 3)) for _ in range(2000)]
    theirs = [of(q) for q in stats.ortho_group(3, seed=rng).rvs(2000)]
    assert stats.ks_2samp(np.round(ours, 9), np.round(theirs, 9)).pvalue > 1e-3
