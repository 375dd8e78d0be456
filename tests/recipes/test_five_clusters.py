"""five_clusters: what biases are for, and a loss that does not match its gradient."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from scipy.optimize import approx_fprime
from scipy.special import log_softmax, softmax

from framework import Objective, one_hot
from framework.__main__ import cli
from framework.links import LINKS
from plugins.losses.cross_entropy import CrossEntropy
from plugins.models.mlp import MLP

ROOT = Path(__file__).parents[2]
MISTAKE = ROOT / "examples/mistakes/bce_of_softmax.py"
PAGE = (ROOT / "docs/recipes/five_clusters.md").read_text()


def accuracy(record) -> float:
    return record.history["test/accuracy"][1][-1]


@pytest.fixture(scope="module")
def arms(recipe):
    return recipe("five_clusters")


def test_without_biases_about_085_with_biases_097(arms):
    assert 0.83 <= accuracy(arms["as_written"]) <= 0.88
    assert accuracy(arms["with_biases"]) >= 0.97


def test_without_biases_a_ray_has_one_class(arms):
    """Predictions at x and at 5 x are the same; the boundaries of the other arm are no rays."""
    x = np.random.default_rng(0).normal(scale=3, size=(500, 2))
    near, far = (arms["as_written"].predictor.outputs(c * x).argmax(axis=1) for c in (1, 5))
    np.testing.assert_array_equal(near, far)
    near, far = (arms["with_biases"].predictor.outputs(c * x).argmax(axis=1) for c in (0.01, 5))
    assert (near == 0).all() and (far != 0).mean() > 0.9  # the centre, and what is around it


def test_our_steps_are_the_tutorials():
    """Its forward and backward passes in NumPy, from the same weights: the same after 50 full steps."""
    rng = np.random.default_rng(0)
    x, labels = rng.normal(size=(60, 2)), np.arange(60) % 5
    y = np.eye(5)[labels]
    network = MLP(hidden=[32], activation="relu", bias=False).build((2,), 5)
    theta = network.init(rng)
    w1, w2 = (view.copy() for view in network.layout.views(theta).values())
    objective = Objective(network, CrossEntropy().head(LINKS["softmax"]), x, one_hot(labels, 5))
    for _ in range(50):
        theta -= 0.1 * objective.at(theta).grad()
        hidden = np.maximum(0, x @ w1)
        delta = (softmax(hidden @ w2, axis=1) - y) / 60
        w1, w2 = (
            w1 - 0.1 * x.T @ ((delta @ w2.T) * (hidden > 0)),
            w2 - 0.1 * hidden.T @ delta,
        )
    for ours, theirs in zip(network.layout.views(theta).values(), (w1, w2), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-12)


# the loss of the page


def bce_of_softmax(z, y):
    """-Σ_k [y_k log p_k + (1 - y_k) log(1 - p_k)], p = softmax(z), by SciPy."""
    p = softmax(z)
    return -(y @ log_softmax(z)) - (1 - y) @ np.log1p(-p)


@pytest.mark.parametrize("outputs", [2, 3, 5])
def test_the_right_gradient_of_the_pages_loss(outputs):
    rng = np.random.default_rng(outputs)
    for label in range(outputs):
        z, y = rng.normal(size=outputs), np.eye(outputs)[label]
        p = softmax(z)
        s = (1 - y) * p / (1 - p)
        right = p - y + s - p * s.sum()
        numeric = approx_fprime(z, bce_of_softmax, 1e-7, y)
        np.testing.assert_allclose(right, numeric, atol=1e-6)
        assert np.linalg.norm(p - y - numeric) > 0.1 * np.linalg.norm(numeric)
        if outputs == 2:
            np.testing.assert_allclose(right, 2 * (p - y), rtol=1e-12)


def test_the_check_finds_that_loss_and_gradient_do_not_match(workplace):
    done = CliRunner().invoke(cli, ["check", str(MISTAKE)])
    assert done.exit_code == 1
    lines = done.output.splitlines()
    start = lines.index(next(line for line in lines if line.startswith("  ✗ gradient")))
    told = lines[start : start + 4]
    assert told[1].startswith("      behind softmax, labels, 3 outputs: analytic ")
    assert told[2].strip().startswith("each output of softmax depends on all logits")
    assert "\n".join(told) in PAGE
    assert lines[-2].startswith("failed: loss=bce_of_softmax: gradient, hessian")


def test_the_mistakes_loss_is_right_behind_the_chain_rule():
    """Behind the framework's chain rule the same loss is right: wrong is the claimed gradient alone."""
    from framework.heads import ComposedHead
    from framework.registry import discover

    loss = discover([str(MISTAKE)]).get("loss", "bce_of_softmax").cls()
    z, y = np.random.default_rng(0).normal(size=(4, 5)), np.eye(5)[:4]
    chain = ComposedHead(loss, LINKS["softmax"]).grad(z, y)
    numeric = [approx_fprime(a, bce_of_softmax, 1e-7, b) for a, b in zip(z, y, strict=True)]
    np.testing.assert_allclose(chain, numeric, atol=1e-6)
