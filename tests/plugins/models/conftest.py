"""A network's derivatives held against jax's, in float64."""

from __future__ import annotations

import numpy as np
import pytest

from framework.links import LINKS
from framework.objective import Objective
from plugins.losses.cross_entropy import CrossEntropy
from plugins.losses.mean_squared_error import MeanSquaredError

TOLERANCE = 1e-12


@pytest.fixture(params=["ce", "mse", "mse_identity"])
def check_jax(request):
    """check_jax(network, logits, x): value, gradient, Hv, Gauss-Newton products and dense Hessian.

    logits(weights, x) is the same network in jax. ce on softmax is split at the logits; mse on softmax and on
    the identity at the outputs. Of Hessians with more than 1,000 columns thirty are compared, some of each
    parameter.
    """
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    jnp = jax.numpy
    loss, link, theirs = {
        "ce": (CrossEntropy(), "softmax", lambda z, y: -(y * jax.nn.log_softmax(z)).sum(1)),
        "mse": (MeanSquaredError(), "softmax", lambda p, y: ((p - y) ** 2).sum(1) / 2),
        "mse_identity": (MeanSquaredError(), "identity", lambda p, y: ((p - y) ** 2).sum(1) / 2),
    }[request.param]
    outputs = jax.nn.softmax if request.param == "mse" else lambda z: z

    def check(network, logits, x):
        rng = np.random.default_rng(2)
        theta = network.init(rng) + 0.1 * rng.normal(size=network.layout.size)
        v, y = rng.normal(size=theta.size), np.eye(3)[rng.integers(3, size=len(x))]

        def split(t):
            views = {}
            for p in network.layout:
                views[p.name] = t[network.layout.slices[p.name]].reshape(p.shape)
            return list(views.values())

        def answer(t):
            return outputs(logits(split(t), x))

        def value(t):
            return theirs(answer(t), y).mean()

        def gauss_newton(t, v):
            p, tp = jax.jvp(answer, (t,), (v,))
            hp = jax.jvp(jax.grad(lambda p: theirs(p, y).mean()), (p,), (tp,))[1]
            return jax.vjp(answer, t)[1](hp)[0]

        point = Objective(network, loss.head(LINKS[link]), x, y).at(theta)
        assert abs(point.value - value(theta)) <= TOLERANCE * abs(point.value)
        close(point.grad(), jax.jit(jax.grad(value))(theta))
        product = jax.jit(lambda t, v: jax.jvp(jax.grad(value), (t,), (v,))[1])
        close(point.hvp(v), product(jnp.asarray(theta), v))
        close(point.ggn(v), jax.jit(gauss_newton)(jnp.asarray(theta), v))
        columns = jax.jit(jax.vmap(product, (None, 0)))
        if theta.size <= 1000:
            close(point.hessian(), columns(jnp.asarray(theta), np.eye(theta.size)))
        else:
            units = np.zeros((30, theta.size))
            units[np.arange(30), some_of_each(network.layout, rng)] = 1
            ours = np.stack([point.hvp(unit) for unit in units])
            close(ours, columns(jnp.asarray(theta), units))

    return check


def some_of_each(layout, rng):
    """Thirty entries of theta, equally many of each parameter."""
    count = 30 // len(layout.parameters)
    return np.concatenate([rng.integers(s.start, s.stop, count) for s in layout.slices.values()])


def close(ours, theirs):
    """Equal to TOLERANCE of the largest entry."""
    theirs = np.asarray(theirs)
    assert ours.shape == theirs.shape and theirs.dtype == np.float64
    assert np.abs(ours - theirs).max() <= TOLERANCE * np.abs(theirs).max()
