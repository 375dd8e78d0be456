"""A run's schedule, its average, and what it measures, through the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_iris

from framework.data import prepare
from framework.predictor import Predictor
from plugins.datasets.iris import Iris

Command = Callable[..., Any]

HALVING = '''
from dataclasses import dataclass

from framework import Annealing, Callback, Schedule, hookimpl


@dataclass
class Halving(Schedule):
    """½ to the power of t.  Source: none."""

    def factor(self, t, duration):
        return 0.5**t


@dataclass
class Hearing(Schedule):
    """1 / (1 + the last loss that it heard of).  Source: none."""

    def reset(self):
        self.state = {"loss": 0.0}

    def observe(self, loss):
        self.state["loss"] = loss

    def factor(self, t, duration):
        return 1 / (1 + self.state["loss"])


@dataclass
class Recorder(Callback):
    """Keeps theta after every step."""

    @hookimpl
    def on_step_end(self, run):
        with open("path.txt", "a") as file:
            print(*map(repr, run.theta.tolist()), file=file)


@dataclass
class Falling(Annealing):
    """From 1 to 0 in a line.  Source: none."""

    def factor(self, t, duration):
        return 1 - t / duration


@hookimpl
def register_schedules():
    return {"halving": Halving, "falling": Falling, "hearing": Hearing}


@hookimpl
def register_callbacks():
    return {"recorder": Recorder}
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
    scheduled("data=iris", "schedule=hearing", "train.epochs=4", "optim.lr=0.05")
    expected = 1 / (1 + np.array(curve("val/loss")))
    np.testing.assert_allclose(curve("train/learning_rate_factor"), expected, rtol=1e-12)


def test_without_validation_rows_it_hears_of_the_training_loss(scheduled):
    scheduled("data=iris", "data.val=0", "schedule=hearing", "train.epochs=2", "optim.lr=0.05")
    expected = 1 / (1 + np.array(curve("train/loss")))
    np.testing.assert_allclose(curve("train/learning_rate_factor"), expected, rtol=1e-12)


def test_during_the_warm_up_it_hears_nothing(scheduled):
    scheduled("data=iris", "schedule=hearing", "schedule.warmup=2", "train.epochs=3")
    factors, loss = curve("train/learning_rate_factor"), curve("val/loss")
    expected = [0, 0.5, 1 / (1 + loss[2]), 1 / (1 + loss[3])]
    np.testing.assert_allclose(factors, expected, rtol=1e-12)


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
        ("train.average_start=inf", "train.average_start=inf: a number of epochs is >= 0"),
        (
            "train.average=polyak train.average_start=2 train.epochs=2",
            "train.average_start=2: training is over after 2 epochs; start sooner",
        ),
        (
            "loss=ce data=diabetes model.output=softmax",
            "model.output=softmax: a softmax of one output is always 1; choose another link, or data",
        ),
        (
            "loss=ce data=diabetes model.output=sigmoid",
            "loss=ce: row 0: the target 281 is no probability; behind sigmoid each is between 0 and 1",
        ),
        ("model.hidden=[1000000000]", "model=mlp: 75,000,000,010 parameters take "),
        ("data=moons data.samples=1000000000000", "data=moons: Unable to allocate "),
        ("model=autoencoder", "loss=ce: model=autoencoder gives back numbers; choose loss=mse"),
        ("train.eval_rows=0", "train.eval_rows=0: a number of rows > 0, or null for all"),
    ],
)
def test_what_makes_no_sense_is_told_in_one_line(scheduled, words, message):
    done = scheduled(*words.split())
    assert done.status == 2
    assert done.err.startswith(f"error: {message}")
    assert done.err.count("\n") == 1
    assert not Path("runs").exists()


@pytest.mark.parametrize("start", [0, 2])
def test_the_average_is_what_is_evaluated_and_saved(scheduled, start):
    """θ after every step is recorded by a callback, and averaged here."""
    words = ["data=iris", "optim.lr=0.5", "train.epochs=4", "train.average=polyak"]
    assert scheduled(*words, f"train.average_start={start}").status == 0
    (folder,) = Path("runs").iterdir()
    path = np.loadtxt("path.txt")
    predictor = Predictor.load(folder / "model")
    steps = len(path) // 4
    np.testing.assert_allclose(predictor.theta, path[start * steps :].mean(axis=0), rtol=1e-12)
    with np.load(folder / "evaluation.npz") as kept:
        x, y = load_iris(return_X_y=True)
        rows = prepare(Iris(), "iris", 0, "float64", None).splits["test"].rows
        np.testing.assert_allclose(predictor.outputs(x[rows]), kept["test_outputs"], rtol=1e-9)
    metrics = json.loads((folder / "result.json").read_text())["metrics"]
    assert metrics["test/accuracy"] == np.mean(
        predictor.labels(x[rows]) == predictor_names(y[rows])
    )


def predictor_names(labels):
    return np.array(load_iris().target_names)[labels]


def test_large_training_sets_are_measured_in_part(scheduled):
    scheduled("data=iris", "train.eval_rows=7", "train.epochs=1")
    measured = curve("train/accuracy")
    assert all(round(7 * a) == pytest.approx(7 * a) for a in measured)
    assert curve("work/samples")[-1] == 90
