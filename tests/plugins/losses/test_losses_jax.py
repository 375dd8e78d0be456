"""Values and gradients against optax's losses that PyTorch has not, in float64."""

from __future__ import annotations

import numpy as np
import pytest

from framework.links import LINKS
from plugins.losses.focal import Focal
from plugins.losses.hinge import Hinge
from plugins.losses.log_cosh import LogCosh

jax = pytest.importorskip("jax")
optax = pytest.importorskip("optax")
jax.config.update("jax_enable_x64", True)

ROWS, K = 20, 3
RNG = np.random.default_rng(0)
LABELS = RNG.integers(K, size=ROWS)
SEVERAL = RNG.integers(2, size=(ROWS, K)).astype(float)
NUMBERS = RNG.normal(size=(ROWS, K))


def focal(z, y):
    return optax.sigmoid_focal_loss(z, y, alpha=0.25, gamma=1.5).sum(axis=1)


def hinges(z, y):
    return optax.hinge_loss(z, 2 * y - 1).sum(axis=1)


CASES = {
    "log cosh": (LogCosh(), "identity", NUMBERS, lambda z, y: optax.log_cosh(z, y).sum(axis=1)),
    "focal": (Focal(gamma=1.5, alpha=0.25), "sigmoid", SEVERAL, focal),
    "hinge": (Hinge(), "identity", LABELS, optax.losses.multiclass_hinge_loss),
    "hinge of each": (Hinge(multiclass="one_vs_rest"), "identity", SEVERAL, hinges),
}


@pytest.mark.parametrize("name", CASES)
def test_it_is_optaxs(name):
    loss, link, targets, theirs = CASES[name]
    head = loss.head(LINKS[link])
    y = head.loss.prepare(targets, K)
    z = np.random.default_rng(1).normal(size=(ROWS, K))
    value, pull = jax.vjp(lambda z: theirs(z, targets), z)
    (slope,) = pull(np.ones(ROWS))
    for ours, other in ((head.value(z, y), value), (head.grad(z, y), slope)):
        np.testing.assert_allclose(ours, other, rtol=1e-12, atol=1e-12 * np.abs(other).max())
