from __future__ import annotations

from dataclasses import dataclass
from itertools import count, islice

import numpy as np
import pytest

from framework import training
from framework.errors import NonFinite
from framework.interfaces import Optimizer
from framework.links import LINKS
from framework.objective import Objective
from framework.training import Batches, train
from framework.work import Budget
from plugins.losses.mean_squared_error import MeanSquaredError
from plugins.models.linear import Linear


@dataclass
class Descent(Optimizer):
    """θ ← θ - lr g, converged after `steps` of them."""

    lr: float = 0.1
    steps: int | None = None

    def reset(self, theta):
        super().reset(theta)
        self.state["taken"] = 0

    def step(self, objective, theta):
        theta -= self.lr * objective.at(theta).grad()
        self.state["taken"] += 1
        self.converged = self.state["taken"] == self.steps


def problem(rows=40):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(rows, 2)), rng.normal(size=(rows, 1))
    return Objective(
        Linear().build((2,), 1), MeanSquaredError().head(LINKS["identity"]), x, y, l2=0.1
    )


def batches(size, rows=40, seed=0):
    return Batches(rows, size, np.random.default_rng(seed))


def run(budget, size=10, optimizer=None, objective=None, seed=0, **kwargs):
    """All epochs, and theta at the end."""
    theta = np.zeros(3)
    epochs = train(
        objective or problem(),
        optimizer or Descent(),
        theta,
        batches(size, seed=seed),
        budget,
        **kwargs,
    )
    return [(e.number, e.stopped) for e in epochs], theta


def test_the_full_batch_follows_the_recurrence():
    objective = problem()
    ones = np.column_stack([objective.x, np.ones(40)])
    matrix = ones.T @ ones / 40 + 0.1 * np.diag([1, 1, 0])
    expected = np.zeros(3)
    for _ in range(7):
        expected -= 0.1 * (matrix @ expected - ones.T @ objective.y[:, 0] / 40)
    _, theta = run(Budget(epochs=7), size=None, objective=objective)
    np.testing.assert_allclose(theta, expected, rtol=1e-13)


def test_mini_batches_follow_the_recurrence_in_the_order_of_the_batches():
    objective, expected = problem(), np.zeros(3)
    ones = np.column_stack([objective.x, np.ones(40)])
    order = batches(16)
    for _ in range(3):
        for rows in order.epoch():
            x, y = ones[rows], objective.y[rows, 0]
            slope = x.T @ (x @ expected - y) / len(rows) + [0.1, 0.1, 0] * expected
            expected = expected - 0.1 * slope
    _, theta = run(Budget(epochs=3), size=16, objective=objective)
    np.testing.assert_allclose(theta, expected, rtol=1e-13)


def test_training_is_in_place_and_lazy():
    objective, theta = problem(), np.zeros(3)
    epochs = train(objective, Descent(), theta, batches(10), Budget(epochs=5))
    assert objective.work.steps == 0 and not theta.any()
    first = next(epochs)
    assert first.theta is theta and theta.any()
    assert (first.number, first.stopped, objective.work.steps) == (1, None, 4)
    assert first.work is objective.work


def test_without_a_budget_it_goes_on():
    epochs = train(problem(), Descent(), np.zeros(3), batches(10), Budget())
    assert [e.stopped for e in islice(epochs, 30)] == [None] * 30


def test_each_epoch_is_one_pass():
    objective = problem()
    told, _ = run(Budget(epochs=3), size=16, objective=objective)
    assert told == [(1, None), (2, None), (3, "the budget of 3 epochs is spent")]
    work = objective.work
    assert (work.steps, work.samples, work.forward, work.backward) == (9, 120, 120, 120)


@pytest.mark.parametrize(
    ("budget", "told", "samples"),
    [
        (Budget(samples=25), [(1, "the budget of 25 samples is spent")], 30),
        (Budget(samples=40), [(1, "the budget of 40 samples is spent")], 40),
        (Budget(samples=41), [(1, None), (2, "the budget of 41 samples is spent")], 50),
        (
            Budget(gradient_equivalents=70),
            [(1, None), (2, "the budget of 70 gradient-equivalents is spent")],
            70,
        ),
        (Budget(epochs=9, samples=15), [(1, "the budget of 15 samples is spent")], 20),
        (Budget(epochs=1, samples=99), [(1, "the budget of 1 epochs is spent")], 40),
    ],
)
def test_a_budget_ends_training_within_an_epoch(budget, told, samples):
    objective = problem()
    assert run(budget, objective=objective)[0] == told
    assert objective.work.samples == samples


def test_seconds_are_those_of_the_steps_alone(monkeypatch):
    clock = count()
    monkeypatch.setattr(training.time, "perf_counter", lambda: float(next(clock)))
    objective = problem()
    told, _ = run(Budget(seconds=6), objective=objective, on_step=lambda: next(clock))
    assert told == [(1, None), (2, "the budget of 6 seconds is spent")]
    assert objective.work.seconds == objective.work.steps == 6


def test_an_optimizer_that_has_converged_ends_training():
    told, _ = run(Budget(epochs=9), optimizer=Descent(steps=6))
    assert told == [(1, None), (2, "the optimizer has converged")]


def test_the_optimizer_starts_afresh():
    optimizer = Descent()
    run(Budget(epochs=2), optimizer=optimizer)
    run(Budget(epochs=1), optimizer=optimizer)
    assert optimizer.state["taken"] == 4


def test_on_step_is_called_after_every_step():
    objective, seen = problem(), []
    run(Budget(samples=70), objective=objective, on_step=lambda: seen.append(objective.work.steps))
    assert seen == [1, 2, 3, 4, 5, 6, 7]


def test_the_same_seed_gives_the_same_bits_and_another_one_others():
    same, again, other = (run(Budget(epochs=4), seed=s)[1] for s in (0, 0, 1))
    assert same.tobytes() == again.tobytes()
    assert same.tobytes() != other.tobytes()


def test_a_failure_says_when_and_its_time_is_counted(monkeypatch):
    clock = count()
    monkeypatch.setattr(training.time, "perf_counter", lambda: float(next(clock)))
    objective = problem()
    order = np.concatenate(list(batches(10).epoch()))
    objective.x[order[25]] = np.nan
    with pytest.raises(NonFinite, match=r"^epoch 1, step 3: nan arose in the inputs$"):
        run(Budget(epochs=2), objective=objective)
    assert (objective.work.steps, objective.work.seconds) == (2, 3)


def test_divergence_says_in_which_epoch():
    with (
        np.errstate(all="ignore"),
        pytest.raises(NonFinite, match=r"^epoch \d+, step \d+: inf arose in the loss$"),
    ):
        run(Budget(epochs=1000), optimizer=Descent(lr=100.0))


@pytest.mark.parametrize(("rows", "size"), [(40, 10), (40, 16), (7, 3), (5, 1), (9, 8)])
def test_batches_cover_every_row_once(rows, size):
    order = batches(size, rows)
    parts = list(order.epoch())
    assert [len(part) for part in parts[:-1]] == [size] * (len(parts) - 1)
    assert 0 < len(parts[-1]) <= size
    np.testing.assert_array_equal(np.sort(np.concatenate(parts)), np.arange(rows))
    assert not np.array_equal(np.concatenate(list(order.epoch())), np.concatenate(parts))


@pytest.mark.parametrize("size", [None, 40, 41])
def test_the_full_batch_is_not_shuffled_and_draws_nothing(size):
    order = batches(size)
    before = order.rng.bit_generator.state
    assert list(order.epoch()) == [None]
    assert order.rng.bit_generator.state == before
