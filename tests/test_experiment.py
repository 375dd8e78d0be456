"""A run's schedule, its average, and what it measures, through the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

Command = Callable[..., Any]

HALVING = '''
from dataclasses import dataclass

from framework import Annealing, Schedule, hookimpl


@dataclass
class Halving(Schedule):
    """½ to the power of t, for each worsening once more.  Source: none."""

    def reset(self):
        self.state = {"worse": 0, "last": float("inf")}

    def observe(self, loss):
        self.state["worse"] += loss > self.state["last"]
        self.state["last"] = loss

    def factor(self, t, duration):
        return 0.5 ** (t + self.state["worse"])


@dataclass
class Falling(Annealing):
    """From 1 to 0 in a line.  Source: none."""

    def factor(self, t, duration):
        return 1 - t / duration


@hookimpl
def register_schedules():
    return {"halving": Halving, "falling": Falling}
'''


def curve(name: str) -> list[float]:
    (file,) = Path("runs").glob("*/metrics.jsonl")
    return [json.loads(line)["metrics"][name] for line in file.read_text().splitlines()]


@pytest.fixture
def scheduled(command: Command) -> Callable[..., Any]:
    Path("halving.py").write_text(HALVING)
    return lambda *words: command("plugins.paths=[halving.py]", "quiet=true", *words)


def test_time_counts_in_epochs_or_in_steps(scheduled):
    done = scheduled("data=iris", "schedule=halving", "train.epochs=3", "optim.lr=0.01")
    assert (done.status, done.err) == (0, "")
    assert curve("train/learning_rate_factor") == [1, 0.5, 0.25, 0.125]


def test_a_warm_up_alone_is_a_schedule(scheduled):
    scheduled("data=iris", "schedule.warmup=2", "train.epochs=3")
    assert curve("train/learning_rate_factor") == [0, 0.5, 1, 1]


def test_steps_are_the_other_unit(scheduled):
    scheduled("data=iris", "schedule=halving", "schedule.unit=step", "train.epochs=2")
    (steps,) = {round(curve("work/steps")[1])}
    assert curve("train/learning_rate_factor") == [1, 0.5**steps, 0.25**steps]


def test_the_optimizer_takes_steps_of_the_scheduled_rate(scheduled):
    words = ["model=quadratic", "model.dimensions=1", "data=nothing", "loss=value", "optim.lr=0.3"]
    scheduled(*words, "schedule=falling", "train.epochs=4")
    factors, objective = curve("train/learning_rate_factor"), curve("train/objective")
    assert factors == [1, 0.75, 0.5, 0.25, 0]
    # f = ½ h θ²: each step multiplies it by (1 - rate h)², here with h = 1
    expected = np.cumprod([objective[0], *((1 - 0.3 * np.array(factors[:-1])) ** 2)])
    np.testing.assert_allclose(objective, expected, rtol=1e-12)


def test_a_schedule_hears_of_the_validation_loss(scheduled):
    scheduled("data=iris", "schedule=halving", "optim.lr=1000", "train.epochs=6", "loss=mse")
    loss, factors = curve("val/loss"), curve("train/learning_rate_factor")
    worse = np.cumsum([0, *(np.diff(loss) > 0)])
    assert worse[-1] > 0, "the rate was to be so large that the loss rises"
    assert factors == [0.5 ** (t + w) for t, w in enumerate(worse)]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            "optim=newton model=linear schedule=falling",
            "schedule=falling: optim=newton has no learning rate that it could change; choose "
            "schedule=constant without warm-up, or optim=",
        ),
        (
            "optim=newton model=linear schedule.warmup=2",
            "schedule.warmup=2: optim=newton has no learning rate that it could change; choose ",
        ),
        (
            "schedule=falling train.epochs=null train.samples=1000",
            "schedule=falling: train.epochs=null has no end to span; set schedule.duration",
        ),
        (
            "schedule=falling schedule.warmup=5 train.epochs=3",
            "schedule.warmup=5: training is over after 3 epochs; shorten it",
        ),
        (
            "data=iris schedule=falling schedule.unit=step schedule.warmup=6 train.epochs=2",
            "schedule.warmup=6: training is over after 6 steps; shorten it",
        ),
        (
            "schedule=falling schedule.warmup=5 schedule.duration=4",
            "schedule.duration=4: it is longer than the warm-up, schedule.warmup",
        ),
        ("schedule.unit=hour", "schedule.unit=hour: "),
        ("schedule=fall", "schedule=fall: no such schedule; did you mean 'falling'?"),
        ("train.average=mean", "train.average=mean: "),
        ("train.eval_rows=0", "train.eval_rows=0: a number of rows > 0, or null for all"),
    ],
)
def test_what_makes_no_sense_is_told_in_one_line(scheduled, words, message):
    done = scheduled(*words.split())
    assert done.status == 2
    assert done.err.startswith(f"error: {message}")
    assert done.err.count("\n") == 1
    assert not Path("runs").exists()


def test_the_average_is_what_is_evaluated_and_saved(scheduled):
    words = ["data=iris", "optim.lr=0.5", "train.epochs=4", "train.average=polyak"]
    assert scheduled(*words).status == 0
    (folder,) = Path("runs").iterdir()
    from framework.predictor import Predictor

    measured = json.loads((folder / "result.json").read_text())["metrics"]["test/accuracy"]
    with np.load(folder / "evaluation.npz") as kept:
        predictor = Predictor.load(folder / "model")
        outputs, targets = kept["test_outputs"], kept["test_targets"]
    assert np.mean(predictor.task.labels(outputs) == targets) == measured
    plain = curve("train/objective")
    for file in folder.glob("metrics.jsonl"):
        file.unlink()
    folder.rename("averaged")
    scheduled("data=iris", "optim.lr=0.5", "train.epochs=4")
    assert curve("train/objective")[0] == plain[0]
    assert curve("train/objective")[1:] != plain[1:]


def test_large_training_sets_are_measured_in_part(scheduled):
    scheduled("data=iris", "train.eval_rows=7", "train.epochs=1")
    measured = curve("train/accuracy")
    assert all(round(7 * a) == pytest.approx(7 * a) for a in measured)
    assert curve("work/samples")[-1] == 90
