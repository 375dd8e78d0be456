from __future__ import annotations

import numpy as np
import pytest

from framework import chunks
from framework.chunks import Chunked, linearize
from framework.errors import NonFinite
from framework.interfaces import Network
from framework.links import LINKS
from framework.objective import Objective
from framework.rows import Rows
from plugins.losses.cross_entropy import CrossEntropy
from plugins.losses.mean_squared_error import MeanSquaredError
from plugins.models.lenet5 import LeNet5
from plugins.models.linear import Linear
from plugins.models.mlp import MLP

ROWS = 23
MODELS = {
    "linear": (Linear(init="glorot"), (4,)),
    "mlp": (MLP(hidden=[5, 4]), (4,)),
    "lenet5": (LeNet5(), (8, 8)),
}


@pytest.fixture
def small(monkeypatch):
    """Room for about five samples, whatever the network keeps of one."""

    def make(network):
        monkeypatch.setattr(chunks, "KEPT", 5 * 8 * network.kept)

    return make


def problem(name, loss="ce", l2=0.1):
    model, inputs = MODELS[name]
    rng = np.random.default_rng(0)
    head = {"ce": CrossEntropy(), "mse": MeanSquaredError()}[loss].head(LINKS["softmax"])
    network = model.build(inputs, 3)
    x, y = rng.normal(size=(ROWS, *inputs)), np.eye(3)[rng.integers(3, size=ROWS)]
    theta = network.init(rng) + 0.1 * rng.normal(size=network.layout.size)
    return Objective(network, head, x, y, l2), theta, rng.normal(size=theta.size)


@pytest.mark.parametrize("loss", ["ce", "mse"])
@pytest.mark.parametrize("name", MODELS)
def test_sums_over_chunks_are_those_of_the_whole(name, loss, small):
    objective, theta, v = problem(name, loss)
    whole = objective.at(theta)
    expected = whole.value, whole.grad(), whole.hvp(v), whole.ggn(v), whole.outputs
    small(objective.network)
    parts = objective.at(theta)
    assert isinstance(parts._forward, Chunked)
    assert [p.stop - p.start for p in parts._forward.parts] == [4, 5, 4, 5, 5]
    found = parts.value, parts.grad(), parts.hvp(v), parts.ggn(v), parts.outputs
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("name", ["linear", "mlp"])
def test_dense_matrices_are_those_of_the_whole(name, small):
    objective, theta, _ = problem(name, "mse")
    whole = objective.at(theta)
    expected = whole.hessian(), whole.gauss_newton()
    small(objective.network)
    parts = objective.at(theta)
    np.testing.assert_allclose(parts.hessian(), expected[0], rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(parts.gauss_newton(), expected[1], rtol=1e-10, atol=1e-12)


def test_the_gradient_alone_sweeps_once_and_the_value_comes_with_it(small, monkeypatch):
    objective, theta, _ = problem("mlp")
    small(objective.network)
    passes, linearize_ = [], objective.network.linearize
    monkeypatch.setattr(
        objective.network, "linearize", lambda t, x: passes.append(len(x)) or linearize_(t, x)
    )
    point = objective.at(theta)
    point.grad()
    assert sum(passes) == ROWS
    assert np.isfinite(point.value)
    assert sum(passes) == ROWS


def test_repeated_passes_are_no_work(small):
    objective, theta, v = problem("mlp")
    small(objective.network)
    point = objective.at(theta)
    assert np.isfinite(point.value)
    point.grad()
    point.hvp(v)
    assert (objective.work.forward, objective.work.backward, objective.work.hvp) == (ROWS,) * 3


def test_signals_of_dense_layers_are_joined(small):
    objective, theta, _ = problem("mlp")
    dz = np.random.default_rng(1).normal(size=(ROWS, 3))
    expected = objective.at(theta).dense_signals(dz)
    small(objective.network)
    found = objective.at(theta).dense_signals(dz)
    assert found.keys() == expected.keys()
    for name, sides in expected.items():
        for ours, theirs in zip(found[name], sides, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-15)


def test_what_is_not_finite_is_found_in_whichever_chunk(small):
    objective, theta, _ = problem("mlp")
    objective.x[-1, 0] = np.nan
    small(objective.network)
    with pytest.raises(NonFinite, match="nan arose in the inputs"):
        objective.at(theta).grad()


def test_images_are_cut_by_their_own_size_too(monkeypatch):
    network = Linear().build((8, 8), 3)
    images = np.random.default_rng(0).integers(0, 256, size=(ROWS, 8, 8)).astype(np.uint8)
    mean, scale = np.array(100.0), np.array(50.0)
    rows = Rows(images, np.arange(ROWS)[::-1], mean, scale, np.float64)
    theta = np.random.default_rng(1).normal(size=network.layout.size)
    monkeypatch.setattr(chunks, "KEPT", 6 * 8 * (64 + 3))
    made = linearize(network, theta, rows)
    assert isinstance(made, Chunked)
    assert len(made.parts) == 4
    expected = network.linearize(theta, ((images - 100.0) / 50)[::-1]).z
    np.testing.assert_allclose(made.z, expected, rtol=1e-12)


def test_a_network_that_says_nothing_is_taken_to_keep_eight_times_its_input(monkeypatch):
    class Silent(Network):
        layout = Linear().build((4,), 2).layout
        init = None
        seen = ()

        def linearize(self, theta, x):
            self.seen = (*self.seen, len(x))
            return Linear().build((4,), 2).linearize(theta, x)

    Silent.__abstractmethods__ = frozenset()
    network = Silent()
    monkeypatch.setattr(chunks, "KEPT", 8 * 8 * 4 * 10)
    assert linearize(network, np.zeros(10), np.zeros((20, 4))).z.shape == (20, 2)
    assert network.seen == (10, 10)
