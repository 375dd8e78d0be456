"""learning_slowdown and learning_slowdown_net: the book's numbers, and where the signal is lost."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit

from framework import reopen
from framework.tracking.record import Record

DELTA = "diagnostics/delta_norm."
COSTS = ("quadratic", "cross_entropy")
STARTS = {"saturated": (2.0, 2.0), "near": (0.6, 0.9)}


@pytest.fixture(scope="module")
def neuron(recipe):
    """The arms of learning_slowdown."""
    return recipe("learning_slowdown")


@pytest.fixture(scope="module")
def net(recipe):
    """The arms of learning_slowdown_net, measured on all training rows."""
    return recipe("learning_slowdown_net", "callbacks.diagnostics.rows=2000")


def deltas(record: Record) -> list[np.ndarray]:
    """The norm of delta after each epoch, of the first layer and of those above it."""
    return [record.history[name][1] for name in record.history if name.startswith(DELTA)]


def outputs(cost: str, start: str, epochs: int = 300, eta: float = 0.15) -> list[float]:
    """a after each epoch of a neuron that learns 1 -> 0, by hand: dC/dz moves weight and bias alike."""
    (w, b), found = STARTS[start], []
    for _ in range(epochs + 1):
        a = expit(w * 1 + b)
        found.append(a)
        delta = a * a * (1 - a) if cost == "quadratic" else a
        w, b = w - eta * delta * 1, b - eta * delta
    return found


# learning_slowdown


def test_the_outputs_are_those_of_the_book(neuron):
    ends = {arm: record.history["train/mae"][1][[0, -1]] for arm, record in neuron.items()}
    for arm, published in (
        ("quadratic_saturated", ".982 .2028"),
        ("quadratic_near", ".8176 .0940"),
    ):
        first, last = published.split()
        assert f"{ends[arm][0]:.{len(first) - 1}f}" == f"0{first}"
        assert f"{ends[arm][1]:.4f}" == f"0{last}"
    assert max(ends["cross_entropy_saturated"][1], ends["cross_entropy_near"][1]) < 0.0121


def test_every_step_is_that_of_a_loop_of_five_lines(neuron):
    assert len(neuron) == 4
    for arm, record in neuron.items():
        cost, _, start = arm.rpartition("_")
        steps, values = record.history["train/mae"]
        assert steps.tolist() == list(range(301))
        np.testing.assert_allclose(values, outputs(cost, start), rtol=1e-12)


def test_the_measured_delta_is_that_of_the_formula(neuron):
    """a² (1 - a) for the quadratic cost, a for cross-entropy."""
    for arm, record in neuron.items():
        a = record.history["train/mae"][1]
        (measured,) = deltas(record)
        expected = a * a * (1 - a) if arm.startswith("quadratic") else a
        np.testing.assert_allclose(measured, expected, rtol=1e-10)


def test_cross_entropy_needs_no_run_up(neuron):
    """Epochs until the output is below ½: the worse start costs the quadratic cost 5 times as many."""
    epochs = {arm: int(np.argmax(r.history["train/mae"][1] < 0.5)) for arm, r in neuron.items()}
    assert epochs["quadratic_saturated"] > 5 * epochs["quadratic_near"]
    assert epochs["cross_entropy_saturated"] < epochs["cross_entropy_near"] + 12


def test_the_pages_table_is_what_comes_out(neuron):
    page = (Path(__file__).parents[2] / "docs/recipes/learning_slowdown.md").read_text()
    for start in STARTS:
        a = {cost: neuron[f"{cost}_{start}"].history["train/mae"][1] for cost in COSTS}
        first, *ends = (
            f"{value:.4f}"[1:] for value in (a["quadratic"][0], *(a[c][-1] for c in COSTS))
        )
        epochs = [int(np.argmax(a[cost] < 0.5)) for cost in COSTS]
        told = f"output {first} | {ends[0]} | {ends[1]} | {epochs[0]} epochs; {epochs[1]} |"
        assert told in page


# learning_slowdown_net


def test_both_start_from_the_same_biases_raised_by_4(recipe, net):
    plain = recipe("learning_slowdown_net", "~arms", "train.epochs=1", "model.output_bias=0")[""]
    starts = [reopen(record.folder) for record in (*net.values(), plain)]
    quadratic, entropy, low = (run.network.layout.views(run.theta) for run in starts)
    for name, view in quadratic.items():
        np.testing.assert_array_equal(view, entropy[name])
    *below, output_bias = quadratic
    assert quadratic[output_bias].shape == (10,)
    np.testing.assert_allclose(quadratic[output_bias], low[output_bias] + 4, rtol=1e-15)
    for name in below:
        np.testing.assert_array_equal(quadratic[name], low[name])


def test_the_signal_at_the_saturated_output_is_the_error_times_the_slope(net):
    """‖a - y‖ of the start for cross-entropy, ‖(a - y) a (1 - a)‖ for the quadratic cost, mean over rows."""
    run = reopen(net["quadratic"].folder)
    a = run.objective.at(run.theta).outputs
    error = a - run.objective.y
    expected = {"quadratic": error * a * (1 - a), "cross_entropy": error}
    for arm, delta in expected.items():
        measured = deltas(net[arm])[-1][0]
        assert measured == pytest.approx(np.linalg.norm(delta, axis=1).mean(), rel=1e-9)


def test_cross_entropy_learns_at_once_and_the_quadratic_cost_waits(net):
    accuracy = {arm: record.history["val/accuracy"][1] for arm, record in net.items()}
    assert accuracy["quadratic"][2] < 0.4 < 0.85 < accuracy["cross_entropy"][2]
    for quadratic, entropy in zip(*(deltas(net[arm]) for arm in accuracy), strict=True):
        assert quadratic[0] < entropy[0] / 10
