from __future__ import annotations

import numpy as np
import pytest
from scipy import special, stats
from sklearn.metrics import mean_poisson_deviance

from framework.errors import ConfigError, DataError
from framework.heads import ComposedHead
from framework.links import LINKS
from framework.testing import assert_conforms
from plugins.losses.poisson import Poisson

EXP = LINKS["exp"]


@pytest.fixture
def counts():
    """Counts from 0 to about 40, (20, 3)."""
    return np.random.default_rng(0).poisson([0.5, 3, 30], size=(20, 3)).astype(float)


def test_it_is_the_likelihood_without_the_factorial(arrays, counts):
    z = arrays[0]
    expected = -stats.poisson.logpmf(counts, np.exp(z)) - special.gammaln(counts + 1)
    np.testing.assert_allclose(
        Poisson().head(EXP).value(z, counts), expected.sum(axis=1), rtol=1e-12
    )


def test_with_the_factorial_by_stirling(arrays, counts):
    """Stirling's formula is too small by at most 1/(12 y)."""
    z = arrays[0]
    exact = -stats.poisson.logpmf(counts, np.exp(z))
    gap = exact.sum(axis=1) - Poisson(full=True).head(EXP).value(z, counts)
    bound = np.where(counts > 1, 1 / (12 * np.maximum(counts, 1)), 0).sum(axis=1)
    assert (gap > 0.9 * bound).all() and (gap <= bound).all()


def test_the_difference_from_the_best_is_half_of_scikit_learns_deviance(arrays, counts):
    p, y, loss = np.exp(arrays[0]), counts + 1, Poisson()
    deviance = 2 * (loss.value(p, y) - loss.value(y, y)).mean() / 3
    assert deviance == pytest.approx(mean_poisson_deviance(y.ravel(), p.ravel()), rel=1e-12)


@pytest.mark.parametrize("full", [False, True])
def test_the_products_are_derivatives(arrays, counts, full, assert_derivative):
    z, _, v = arrays
    head = Poisson(full=full).head(EXP)
    assert_derivative(lambda t: head.value(z + t * v, counts), (head.grad(z, counts) * v).sum(1))
    assert_derivative(lambda t: head.grad(z + t * v, counts), head.hvp(z, counts, v))
    np.testing.assert_array_equal(head.ggn(z, counts, v), head.hvp(z, counts, v))


@pytest.mark.parametrize("full", [False, True])
def test_fused_is_composed_in_a_moderate_range(arrays, counts, full):
    z, _, v = arrays
    head = Poisson(full=full).head(EXP)
    composed = ComposedHead(head.loss, EXP)
    np.testing.assert_allclose(head.value(z, counts), composed.value(z, counts), rtol=1e-11)
    np.testing.assert_allclose(head.grad(z, counts), composed.grad(z, counts), rtol=1e-11)
    np.testing.assert_allclose(head.hvp(z, counts, v), composed.hvp(z, counts, v), rtol=1e-9)


def test_a_rate_of_nearly_0_keeps_its_gradient():
    """Through p alone it is 0 times infinity there."""
    z, y = np.array([[-1e4]]), np.array([[3.0]])
    head = Poisson().head(EXP)
    np.testing.assert_array_equal(head.value(z, y), [3e4])
    np.testing.assert_array_equal(head.grad(z, y), [[-3]])
    np.testing.assert_array_equal(head.hvp(z, y, z), [[0]])
    with np.errstate(all="ignore"):
        assert np.isnan(ComposedHead(Poisson(), EXP).grad(z, y)).all()


@pytest.mark.parametrize("full", [False, True])
def test_it_conforms(full):
    assert_conforms(Poisson(full=full))


@pytest.mark.parametrize("link", sorted(LINKS.keys() - {"exp"}))
def test_other_links_are_refused(link):
    with pytest.raises(ConfigError) as caught:
        Poisson().head(LINKS[link])
    assert str(caught.value) == (
        f"model.output={link}: loss=poisson needs rates of any size > 0; set model.output to exp, "
        "or another loss"
    )


def test_negative_counts_are_refused():
    with pytest.raises(DataError, match=r"^row 1: target -2 is negative; a count is >= 0$"):
        Poisson().prepare(np.array([[3.0, 0.0], [1.0, -2.0]]), 2)
