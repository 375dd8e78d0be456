"""bp_xor: the original's trajectory, and how many iterations each arm needs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from framework import reopen
from framework.tracking.record import Record

X = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]], float)
Y = np.array([[0], [1], [1], [0]], float)
NEW = np.array([[0, 0, 0], [0, 1, 0], [1, 0, 0], [1, 1, 0]], float)


class Original:
    """The tutorial's algorithm: layer by layer, gradients summed over the rows, rate 0.1."""

    def __init__(self, theta: np.ndarray, bias: bool) -> None:
        cuts = [12, 16, 20] if bias else [12, 12, 16]
        w1, b1, w2, b2 = np.split(theta.copy(), cuts)
        self.w1, self.w2, self.bias = w1.reshape(3, 4), w2.reshape(4, 1), bias
        self.b1, self.b2 = (b1, b2) if bias else (np.zeros(4), np.zeros(1))

    def forward(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        hidden = 1 / (1 + np.exp(-(x @ self.w1 + self.b1)))
        return hidden, 1 / (1 + np.exp(-(hidden @ self.w2 + self.b2)))

    def step(self, rate: float = 0.1) -> None:
        hidden, a = self.forward(X)
        output_delta = (Y - a) * a * (1 - a)
        hidden_delta = (output_delta @ self.w2.T) * hidden * (1 - hidden)
        self.w2 = self.w2 + rate * hidden.T @ output_delta
        self.w1 = self.w1 + rate * X.T @ hidden_delta
        if self.bias:
            self.b2 = self.b2 + rate * output_delta.sum(axis=0)
            self.b1 = self.b1 + rate * hidden_delta.sum(axis=0)

    @property
    def theta(self) -> np.ndarray:
        biases = (self.b1, self.b2) if self.bias else (np.zeros(0), np.zeros(0))
        return np.concatenate([self.w1.ravel(), biases[0], self.w2.ravel(), biases[1]])


def side_by_side(record: Record, steps: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Parameters of the run and of the original, from the same start, step by step."""
    run = reopen(record.folder)
    original, theta = Original(run.theta, run.model_fields["bias"]), run.theta.copy()
    run.optimizer.reset(theta)
    for _ in range(steps):
        run.optimizer.step(run.objective, theta)
        original.step()
        yield theta, original.theta


def distance(theta: np.ndarray, other: np.ndarray) -> float:
    return float(np.linalg.norm(theta - other) / np.linalg.norm(other))


@pytest.fixture(scope="module")
def arms(recipe):
    return recipe("bp_xor")


@pytest.fixture(scope="module")
def original(arms):
    """The original's network after 10,000 steps from the run's start, and its outputs on the way there."""
    network = Original(reopen(arms["squared_error"].folder).theta, bias=True)
    outputs = [network.forward(X)[1]]
    for _ in range(10_000):
        network.step()
        outputs.append(network.forward(X)[1])
    return network, np.array(outputs)


def test_to_the_end_the_run_is_the_original_and_so_are_its_predictions(arms, original):
    record, (network, outputs) = arms["squared_error"], original
    steps, losses = record.history["train/loss"]
    assert steps.tolist() == list(range(0, 10_001, 10))
    theirs = 0.5 * np.square(outputs - Y).mean(axis=(1, 2))
    np.testing.assert_allclose(losses, theirs[steps], rtol=1e-11)
    assert distance(record.predictor.theta, network.theta) < 1e-12
    found = record.evaluation
    for rows, split in ((X, "train"), (NEW, "test")):
        np.testing.assert_array_equal(found[f"{split}_inputs"], rows)
        np.testing.assert_allclose(found[f"{split}_outputs"], network.forward(rows)[1], rtol=1e-12)


def test_without_biases_too_the_trajectory_is_the_original_s(recipe):
    words = ["~arms", "optim.lr=0.4", "model.bias=false", "train.epochs=1"]
    record = recipe("bp_xor", *words)[""]
    assert max(distance(*pair) for pair in side_by_side(record, 1000)) < 1e-12


def test_the_rate_on_the_mean_is_four_times_that_on_the_sum(recipe):
    """With 0.1 on the mean, which is a quarter of the sum, the trajectory is another."""
    record = recipe("bp_xor", "~arms", "optim.lr=0.1", "train.epochs=1")[""]
    (theta, other) = next(side_by_side(record, 1))
    assert distance(theta, other) > 1e-3


def solved(record: Record) -> int:
    """The first evaluation at which all four training rows are within 0.1 of their targets."""
    steps, errors = record.history["train/largest_error"]
    return int(steps[np.argmax(errors < 0.1)])


def test_iterations_to_solve(arms, original):
    """By the history, and by the original's own loop."""
    needed = {arm: solved(record) for arm, record in arms.items()}
    squares, entropy, lm = needed.values()
    assert lm < 100 < entropy < squares < 10_000
    assert squares > 4 * entropy and entropy > 20 * lm
    for arm, record in arms.items():
        assert record.history["target/epochs"][1].tolist() == [needed[arm]]
        assert record.history["train/accuracy"][1][-1] == 1
    steps = int(np.argmax(np.abs(original[1] - Y).max(axis=(1, 2)) < 0.1))
    assert squares == -(-steps // 10) * 10  # evaluated every 10 epochs


def test_four_rows_say_nothing_of_a_third_bit_that_never_changes(recipe):
    """Of parity the training rows are learned, and the new ones guessed: other starts, other guesses."""
    words = [
        "~arms",
        "optim=lm",
        "~optim.lr",
        "train.epochs=300",
        "train.eval_every=300",
        "data.target=parity",
    ]
    guesses = set()
    for seed in (0, 3):
        record = recipe("bp_xor", *words, f"seed={seed}")[""]
        assert record.history["train/accuracy"][1][-1] == 1
        guesses.add(tuple(record.evaluation["test_outputs"][:, 0] > 0.5))
    assert len(guesses) > 1
