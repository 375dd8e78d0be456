from __future__ import annotations

import os
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from framework import LINKS, ConfigError, Model, Objective
from framework.testing import assert_conforms
from framework.tracking.model import requirements
from plugins.losses.cross_entropy import CrossEntropy
from plugins.models.lenet5 import LeNet5
from plugins.models.mlp import MLP

torch = pytest.importorskip("torch")

from framework.adapters.torch import TorchNetwork  # noqa: E402

nn = torch.nn


def mlp(dropout=0.0):
    """5 → 6 → 4 → 3 with tanh."""
    return nn.Sequential(
        *(nn.Linear(5, 6), nn.Tanh(), nn.Dropout(dropout)),
        *(nn.Linear(6, 4), nn.Tanh(), nn.Linear(4, 3)),
    )


def transposed(views):
    """Our dense layers' parameters in PyTorch's order of axes."""
    return [view.T for view in views.values()]


class Images(nn.Module):
    """LeNet-5 on 8×8 images, channels last."""

    def __init__(self):
        super().__init__()
        self.maps = nn.Sequential(
            *(nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2)),
            *(nn.Conv2d(6, 16, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2)),
        )
        self.dense = nn.Sequential(
            *(nn.Linear(64, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 3)),
        )

    def forward(self, x):
        return self.dense(self.maps(x.movedim(-1, 1)).movedim(1, -1).flatten(1))


class Attention(nn.Module):
    """A transformer's layer, averaged over the sequence."""

    def __init__(self):
        super().__init__()
        self.layer = nn.TransformerEncoderLayer(4, 2, 8, dropout=0.1, batch_first=True)
        self.last = nn.Linear(4, 3)

    def forward(self, x):
        return self.last(self.layer(x).mean(1))


class Partly(nn.Module):
    """A frozen layer and random features; two layers share their weights, one is never used."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(5, 5).requires_grad_(False)
        self.second, self.third = nn.Linear(5, 5), nn.Linear(5, 5)
        self.third.weight = self.second.weight
        self.register_buffer("features", torch.randn(5))
        self.register_buffer("order", torch.tensor([4, 2, 3, 0, 1]))
        self.unused = nn.Linear(2, 2)
        self.last = nn.Linear(5, 3)

    def forward(self, x):
        h = torch.tanh(self.first(x) * self.features)[:, self.order]
        return self.last(torch.tanh(self.third(torch.tanh(self.second(h)))))


def model(make, inputs):
    """A plugin's model of this module."""

    class Mine(Model):
        example_inputs = inputs

        def build(self, inputs, outputs):
            return TorchNetwork(make, inputs, outputs)

    return Mine()


@pytest.fixture
def x():
    return np.random.default_rng(1).normal(size=(7, 5))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_perceptron_is_ours(dtype, x, assert_same):
    assert_same(TorchNetwork(mlp, (5,), 3), MLP(hidden=[6, 4]).build((5,), 3), transposed, x, dtype)


def test_a_convolutional_network_is_ours(assert_same):
    def translate(views):
        return [v.transpose(3, 2, 0, 1) if v.ndim == 4 else v.T for v in views.values()]

    images = np.random.default_rng(1).normal(size=(3, 8, 8, 1))
    theirs = TorchNetwork(Images, (8, 8, 1), 3)
    assert_same(theirs, LeNet5().build((8, 8, 1), 3), translate, images)


@pytest.mark.parametrize(
    ("make", "inputs"),
    [
        (Attention, (6, 4)),
        (Partly, (5,)),
        (lambda: nn.LazyLinear(3), (4,)),
        (lambda: nn.Linear(4, 3).double(), (4,)),
    ],
    ids=["attention", "partly", "lazy", "double"],
)
def test_modules_of_all_sorts_conform(make, inputs):
    assert_conforms(model(make, inputs))


def test_parameters_have_the_modules_names():
    network = TorchNetwork(Partly, (5,), 3)
    kinds = {p.name: p.kind for p in network.layout}
    assert kinds == {
        "second.weight": "weight",
        "second.bias": "bias",
        "third.bias": "bias",
        "unused.weight": "weight",
        "unused.bias": "bias",
        "last.weight": "weight",
        "last.bias": "bias",
    }
    free = TorchNetwork(Partly, (5,), 3, biases=["last.weight"]).layout
    assert [p.name for p in free if p.kind == "bias"] == ["last.weight"]


def test_the_start_is_the_modules_own_and_the_rngs():
    network = TorchNetwork(mlp, (5,), 3)
    first, again, other = (network.init(np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert np.array_equal(first, again) and not np.array_equal(first, other)
    torch.manual_seed(int(np.random.default_rng(3).integers(2**63)))
    expected = torch.nn.utils.parameters_to_vector(mlp().parameters())
    np.testing.assert_array_equal(first, expected.detach().numpy())
    narrow = network.init(np.random.default_rng(3), np.float32)
    assert narrow.dtype == np.float32 and np.array_equal(narrow, first)


def test_the_generator_of_pytorch_is_left_alone(x):
    torch.manual_seed(0)
    before = torch.get_rng_state()
    network = TorchNetwork(lambda: mlp(0.5), (5,), 3)
    theta = network.init(np.random.default_rng(0))
    noisy = network.training(0, 1)
    z = noisy.linearize(theta, x).z
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(9)
    assert np.array_equal(noisy.linearize(theta, x).z, z)


def test_parameters_are_views_of_theta(x):
    network = TorchNetwork(mlp, (5,), 3)
    theta = network.init(np.random.default_rng(0))
    for leaf in network.forward(theta, x)[1]:
        assert np.shares_memory(leaf.detach().numpy(), theta)
    before = network.linearize(theta, x).z.copy()
    theta *= 2
    assert not np.array_equal(network.linearize(theta, x).z, before)


def test_read_only_arrays_will_do(x):
    network = TorchNetwork(mlp, (5,), 3)
    theta = network.init(np.random.default_rng(0))
    expected = network.linearize(theta, x).z.copy()
    theta.flags.writeable = x.flags.writeable = False
    np.testing.assert_array_equal(network.linearize(theta, x).z, expected)


def test_dropout_is_for_mini_batches_and_held_for_a_step(x, assert_derivative):
    network = TorchNetwork(lambda: mlp(0.5), (5,), 3)
    head, y = CrossEntropy().head(LINKS["softmax"]), np.eye(3)[[0, 1, 2, 0, 1, 2, 0]]
    full, theta = Objective(network, head, x, y), network.init(np.random.default_rng(0))
    batch = full.batch(np.arange(7))
    v = np.random.default_rng(2).normal(size=theta.size)
    assert batch.at(theta).value != full.at(theta).value
    assert batch.at(theta).value == batch.at(theta).value
    assert_derivative(lambda t: batch.at(theta + t * v).value, batch.at(theta).grad() @ v)
    np.testing.assert_array_equal(batch.at(theta).hvp(v), full.at(theta).hvp(v))
    steps = [network.training(0, step).linearize(theta, x).z for step in (1, 1, 2)]
    assert np.array_equal(steps[0], steps[1]) and not np.array_equal(steps[0], steps[2])


def test_dropouts_masks_are_pytorchs(x):
    network = TorchNetwork(lambda: nn.Sequential(nn.Dropout(0.5), nn.Linear(5, 3)), (5,), 3)
    theta = network.init(np.random.default_rng(0))
    z = np.stack([network.training(0, step).linearize(theta, x).z for step in range(400)])
    quiet = network.linearize(theta, x).z
    w = network.layout.views(theta)["1.weight"]
    spread = np.sqrt((x**2) @ (w**2).T)  # of a sum of terms that are doubled or dropped
    assert np.abs(z.mean(0) - quiet).max() <= 5 * spread.max() / np.sqrt(400)
    np.testing.assert_allclose(z.std(0), spread, rtol=0.2)


def test_a_module_without_noise_is_itself_in_training():
    network = TorchNetwork(mlp, (5,), 3)
    assert network.training(0, 1) is network


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (
            lambda: nn.Linear(9, 3),
            r"samples of shape \(5,\) do not go through the module: RuntimeError: mat1 and mat2",
        ),
        (lambda: nn.Linear(5, 2), r"2 samples gave logits of shape \(2, 2\); expected \(2, 3\)"),
        (
            lambda: nn.Sequential(nn.Linear(5, 3), nn.BatchNorm1d(3)),
            "'1' is a BatchNorm1d: .*use LayerNorm or GroupNorm",
        ),
        (
            lambda: nn.utils.parametrizations.spectral_norm(nn.Linear(5, 3)),
            "training changes the buffer 'parametrizations.weight.0._u'",
        ),
        (lambda: 3, "do not go through the module: AttributeError"),
    ],
)
def test_what_cannot_work_is_told_in_one_line(make, told):
    with pytest.raises(ConfigError, match=told) as caught:
        TorchNetwork(make, (5,), 3)
    assert "\n" not in str(caught.value)


def test_constants_are_saved_with_the_model(x):
    first, second = TorchNetwork(Partly, (5,), 3), TorchNetwork(Partly, (5,), 3)
    assert set(first.constants) == {"first.weight", "first.bias", "features", "order"}
    theta = first.init(np.random.default_rng(0))
    z = first.linearize(theta, x).z
    np.testing.assert_array_equal(second.linearize(theta, x).z, z)
    second.constants = {**first.constants, "features": 2 * first.constants["features"]}
    assert not np.array_equal(second.linearize(theta, x).z, z)
    second.constants = dict(first.constants)
    np.testing.assert_array_equal(second.linearize(theta, x).z, z)
    narrow = second.linearize(theta.astype(np.float32), x.astype(np.float32)).z
    assert narrow.dtype == np.float32
    np.testing.assert_array_equal(second.linearize(theta, x).z, z)


def test_a_sample_keeps_what_the_graph_does():
    """The inputs of both layers with weights, the second of them the output of tanh as well."""
    make = lambda: nn.Sequential(nn.Linear(5, 6), nn.Tanh(), nn.Linear(6, 3))  # noqa: E731
    assert TorchNetwork(make, (5,), 3).kept == 5 + 6


def test_there_is_one_thread_before_a_run_sets_its_own():
    command = "import framework.adapters.torch, torch; print(torch.get_num_threads())"
    environment = {**os.environ, "OMP_NUM_THREADS": "2"}
    done = subprocess.run([sys.executable, "-c", command], env=environment, capture_output=True)
    assert done.stdout == b"1\n"


def test_threads_are_those_of_the_run():
    with threadpool_limits(1):
        assert torch.get_num_threads() == 1
        with threadpool_limits(2):
            assert torch.get_num_threads() == 2


def test_a_logged_model_requires_pytorch():
    predictor = SimpleNamespace(network=TorchNetwork(mlp, (5,), 3))
    found = requirements(SimpleNamespace(predictor=predictor))
    assert f"torch=={torch.__version__.partition('+')[0]}" in found
    assert not [line for line in found if "+" in line]
