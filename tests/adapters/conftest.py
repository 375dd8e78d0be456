"""A network of another library held against one of our own layers, on the same weights."""

from __future__ import annotations

import numpy as np
import pytest

from framework import LINKS, ComposedHead, Objective
from plugins.losses.cross_entropy import CrossEntropy
from plugins.losses.mean_squared_error import MeanSquaredError

TOLERANCE = {np.float64: 1e-12, np.float32: 2e-5}


@pytest.fixture
def assert_same():
    """assert_same(theirs, ours, translate, x, dtype): logits and every product of the objective.

    translate(views) puts our parameters, by name, into their order and their shapes: it tells how their
    theta is a permutation of ours. Behind a fused head and behind a composed one; of Hessians with more than
    1,000 columns twenty products are compared.
    """

    def check(theirs, ours, translate, x, dtype=np.float64):
        rng, size = np.random.default_rng(5), ours.layout.size
        moved = permutation(theirs, ours, translate)
        theta = (ours.init(rng) + 0.1 * rng.normal(size=size)).astype(dtype)
        x = x.astype(dtype)
        z = ours.linearize(theta, x).z
        y = np.eye(z.shape[1], dtype=dtype)[rng.integers(z.shape[1], size=len(x))]
        heads = [CrossEntropy().head(LINKS["softmax"])]
        heads += [ComposedHead(MeanSquaredError(), LINKS["softmax"])]
        close(theirs.linearize(theta[moved], x).z, z)
        for head in heads:
            point = Objective(ours, head, x, y, l2=0.1).at(theta)
            other = Objective(theirs, head, x, y, l2=0.1).at(theta[moved])
            close(other.value, point.value, dtype)
            close(other.grad(), point.grad()[moved])
            for v in rng.normal(size=(20 if size > 1000 else 3, size)).astype(dtype):
                close(other.hvp(v[moved]), point.hvp(v)[moved])
                close(other.ggn(v[moved]), point.ggn(v)[moved])
            if size <= 1000:
                close(other.hessian(), point.hessian()[np.ix_(moved, moved)])

    return check


def permutation(theirs, ours, translate):
    """Where each entry of their theta is in ours."""
    views = ours.layout.views(np.arange(ours.layout.size))
    blocks = translate(views)
    assert [block.shape for block in blocks] == [p.shape for p in theirs.layout]
    moved = np.concatenate([block.ravel() for block in blocks])
    assert sorted(moved) == list(range(ours.layout.size))
    return moved


def close(theirs, ours, dtype=None):
    """Equal to the tolerance of the dtype, in parts of the largest entry."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert (theirs.shape, theirs.dtype) == (ours.shape, ours.dtype)
    tolerance = TOLERANCE[np.dtype(dtype or ours.dtype).type]
    assert np.abs(theirs - ours).max() <= tolerance * np.abs(ours).max()
