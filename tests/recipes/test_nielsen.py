"""nielsen_mnist and nielsen_cross_entropy beside the original, sample by sample."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import expit
from sklearn.datasets import load_digits

from framework import LINKS, Array, reopen
from framework.tracking.record import Record
from plugins.losses.cross_entropy import CrossEntropy
from plugins.losses.mean_squared_error import MeanSquaredError

ROOT = Path(__file__).resolve().parents[2]
MISTAKE = ROOT / "examples" / "mistakes" / "divided_by_len.py"
DELTAS: dict[str, Callable[[Array, Array], Array]] = {  # dC/dz of the output, from a and y
    "quadratic": lambda a, y: (a - y) * a * (1 - a),
    "cross-entropy": lambda a, y: a - y,
    "divided by len": lambda a, y: (a - y) / len(y),
    "divided by len, where σ' is still multiplied": lambda a, y: (a - y) / len(y) * a * (1 - a),
}


@pytest.fixture(scope="module")
def arms(recipe):
    return recipe("nielsen_cross_entropy")


@pytest.fixture(scope="module")
def beside_mnist(tmp_path_factory):
    """A working directory with MNIST's files where they are looked for."""
    folder = tmp_path_factory.mktemp("beside_mnist")
    write_mnist(folder / "mnist")
    return folder


class Original:
    """The tutorial's network: columns of activations, one sample at a time, gradients in lists.

    weights: (units, inputs) each; biases: (units, 1) each. delta: dC/dz of the output.
    """

    def __init__(self, weights: list[Array], biases: list[Array], delta: Any) -> None:
        self.weights, self.biases, self.delta = weights, biases, delta

    def feedforward(self, a: Array) -> list[Array]:
        """The activations of every layer, the input's first."""
        activations = [a]
        for w, b in zip(self.weights, self.biases, strict=True):
            activations.append(expit(w @ activations[-1] + b))
        return activations

    def backprop(self, x: Array, y: Array) -> tuple[list[Array], list[Array]]:
        """The gradient of one sample's cost: in every weight, and in every bias."""
        activations = self.feedforward(x)
        delta = self.delta(activations[-1], y)
        nabla_w, nabla_b = [delta @ activations[-2].T], [delta]
        for layer in range(2, len(self.weights) + 1):
            a = activations[-layer]
            delta = (self.weights[1 - layer].T @ delta) * a * (1 - a)
            nabla_w.insert(0, delta @ activations[-layer - 1].T)
            nabla_b.insert(0, delta)
        return nabla_w, nabla_b

    def update_mini_batch(self, batch: list[tuple[Array, Array]], eta: float) -> None:
        sum_w = [np.zeros_like(w) for w in self.weights]
        sum_b = [np.zeros_like(b) for b in self.biases]
        for x, y in batch:
            nabla_w, nabla_b = self.backprop(x, y)
            sum_w = [total + own for total, own in zip(sum_w, nabla_w, strict=True)]
            sum_b = [total + own for total, own in zip(sum_b, nabla_b, strict=True)]
        step = eta / len(batch)
        self.weights = [w - step * g for w, g in zip(self.weights, sum_w, strict=True)]
        self.biases = [b - step * g for b, g in zip(self.biases, sum_b, strict=True)]


def by_the_original(folder: Path, delta: str, eta: float) -> Array:
    """theta after an epoch of the original, from the start and in the batches of the run in `folder`."""
    run = reopen(folder)
    views = list(run.network.layout.views(run.theta).values())
    weights, biases = views[::2], views[1::2]
    network = Original([w.T for w in weights], [b[:, None] for b in biases], DELTAS[delta])
    x = np.asarray(run.data.splits["train"].x).reshape(len(run.objective), -1)
    labels = run.data.splits["train"].y
    for rows in run.batches.epoch():
        batch = [(x[row][:, None], np.eye(10)[labels[row]][:, None]) for row in rows]
        network.update_mini_batch(batch, eta)
    pairs = zip(network.weights, network.biases, strict=True)
    return np.concatenate([np.concatenate([w.T.ravel(), b.ravel()]) for w, b in pairs])


def write_mnist(folder: Path) -> None:
    """scikit-learn's digits in the four files of yann.lecun.com/exdb/mnist, 28 by 28 bytes."""
    bunch = load_digits()
    large = np.kron(bunch.images * 15, np.ones((1, 3, 3)))
    x = np.pad(large, ((0, 0), (2, 2), (2, 2))).astype(np.uint8)
    folder.mkdir()
    for part, rows in (("train", slice(240)), ("t10k", slice(240, 300))):
        images, labels = x[rows], bunch.target[rows].astype(np.uint8)
        header = struct.pack(">IIII", 2051, *images.shape)
        (folder / f"{part}-images-idx3-ubyte").write_bytes(header + images.tobytes())
        header = struct.pack(">II", 2049, len(labels))
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(header + labels.tobytes())


# nielsen_mnist


def test_of_mnist_a_batch_at_once_is_the_same_as_sample_by_sample(
    recipe, beside_mnist, monkeypatch
):
    record = recipe("nielsen_mnist", "train.epochs=1", within=beside_mnist)[""]
    monkeypatch.chdir(beside_mnist)
    run = reopen(record.folder)
    assert run.network.layout.size == 784 * 30 + 30 + 30 * 10 + 10
    assert np.abs(record.predictor.theta - run.theta).max() > 0.1
    expected = by_the_original(record.folder, "quadratic", 3.0)
    np.testing.assert_allclose(record.predictor.theta, expected, rtol=0, atol=1e-12)


def test_it_reads_mnist_where_its_files_are_and_says_so(recipe, beside_mnist, monkeypatch):
    record = recipe("nielsen_mnist", "train.epochs=15", within=beside_mnist)[""]
    assert record.run["dataset"]["source"] == "MNIST in mnist"
    assert record.run["dataset"]["splits"] == {"train": 200, "val": 40, "test": 60}
    monkeypatch.chdir(beside_mnist)
    inputs = np.asarray(reopen(record.folder).data.splits["train"].x)
    assert (inputs.min(), inputs.max()) == (0, 240 / 255)
    assert record.history["test/accuracy"][1][-1] > 0.7


def test_without_them_it_learns_the_digits(recipe):
    record = recipe("nielsen_mnist")[""]
    assert record.run["dataset"]["source"].startswith("scikit-learn's digits")
    steps, accuracy = record.history["test/accuracy"]
    assert (steps[-1], accuracy[0] < 0.3) == (30, True)
    assert accuracy[-1] > 0.94


def test_weights_and_biases_are_drawn_from_the_standard_normal(recipe):
    run = reopen(recipe("nielsen_mnist")[""].folder)
    assert run.network.layout.size == 64 * 30 + 30 + 30 * 10 + 10
    assert abs(run.theta.mean()) < 4 / np.sqrt(run.theta.size)
    assert abs(run.theta.std() - 1) < 4 / np.sqrt(2 * run.theta.size)


def test_it_prints_how_many_are_right_after_each_epoch(command: Callable[..., Any]):
    done = command("+experiment=nielsen_mnist", "train.epochs=2")
    assert (done.status, done.err) == (0, "")
    (folder,) = Path("runs").iterdir()
    shares = Record(folder).history["test/accuracy"][1]
    expected = [f"Epoch {j}: {round(359 * share)} / 359" for j, share in enumerate(shares)]
    assert [line for line in done.out.splitlines() if line.startswith("Epoch")] == expected
    assert len(expected) == 3


# nielsen_cross_entropy


@pytest.mark.parametrize("target", [0.0, 1.0, 0.3])
@pytest.mark.parametrize("z", [-9.0, -1.0, 0.2, 3.0, 12.0])
def test_delta_is_a_minus_y(target: float, z: float, assert_derivative: Any):
    """Without σ' and without /len(y): the ten outputs differ, so that a factor would show."""
    head = CrossEntropy().head(LINKS["sigmoid"])
    logits, y = z + np.linspace(0, 1, 10)[None], np.full((1, 10), target)
    delta = head.grad(logits, y)
    np.testing.assert_allclose(delta, expit(logits) - y, rtol=1e-12, atol=1e-15)
    for k, unit in enumerate(np.eye(10)):
        assert_derivative(lambda t, u=unit: head.value(logits + t * u, y)[0], delta[0, k], scale=1)


def test_at_a_saturated_output_it_is_the_error_itself_where_the_quadratic_cost_has_none():
    z, y = np.full((1, 1), 30.0), np.zeros((1, 1))
    assert CrossEntropy().head(LINKS["sigmoid"]).grad(z, y) == pytest.approx(1, rel=1e-12)
    assert MeanSquaredError().head(LINKS["sigmoid"]).grad(z, y) < 1e-12


def test_each_arm_is_the_original_with_its_delta(recipe):
    arms = recipe("nielsen_cross_entropy", "train.epochs=1")
    for arm, delta, eta in (
        ("quadratic", "quadratic", 3.0),
        ("cross_entropy", "cross-entropy", 0.5),
        ("divided_by_len", "divided by len", 0.5),
    ):
        expected = by_the_original(arms[arm].folder, delta, eta)
        np.testing.assert_allclose(arms[arm].predictor.theta, expected, rtol=0, atol=1e-12)


def test_divided_by_len_is_cross_entropy_at_a_tenth_of_the_rate(recipe, arms):
    """The page's derivative as a plugin, at the full rate, goes where the arm goes, step by step."""
    wrong = [f"plugins.paths=[{MISTAKE}]", "plugins.unchecked=true", "loss=divided_by_len"]
    plugin = recipe("nielsen_cross_entropy", "~arms", "optim.lr=0.5", *wrong)[""]
    arm = arms["divided_by_len"]
    np.testing.assert_allclose(plugin.predictor.theta, arm.predictor.theta, rtol=0, atol=1e-12)
    for name in ("train/loss", "test/accuracy"):
        np.testing.assert_allclose(plugin.history[name][1], arm.history[name][1], rtol=1e-12)


def test_as_cost_derivative_it_is_the_quadratic_cost_at_a_tenth_of_the_rate(
    recipe,
):
    """`backprop` multiplies `cost_derivative` by σ' once more."""
    words = ["~arms", "optim.lr=0.3", "train.epochs=1"]
    slow = recipe("nielsen_cross_entropy", *words)[""]
    expected = by_the_original(slow.folder, "divided by len, where σ' is still multiplied", 3.0)
    np.testing.assert_allclose(slow.predictor.theta, expected, rtol=0, atol=1e-12)


def test_a_tenth_of_the_rate_costs_accuracy(arms):
    assert list(arms) == ["quadratic", "cross_entropy", "divided_by_len"]
    ends = {arm: record.history["test/accuracy"][1][-1] for arm, record in arms.items()}
    assert min(ends["quadratic"], ends["cross_entropy"]) > 0.95
    assert ends["divided_by_len"] < 0.93


def test_an_output_may_die_of_the_quadratic_cost_and_of_cross_entropy_not(recipe):
    """From seed 5 the output of the digit 6 is near 0 for every row: σ' lets no error through."""
    pair = recipe("nielsen_cross_entropy", "seed=5", "~arms.divided_by_len", "train.eval_every=30")
    outputs = {arm: record.evaluation["test_outputs"] for arm, record in pair.items()}
    answered = {arm: set(p.argmax(axis=1).tolist()) for arm, p in outputs.items()}
    assert answered == {"quadratic": {*range(10)} - {6}, "cross_entropy": {*range(10)}}
    assert outputs["quadratic"][:, 6].max() < 0.1
