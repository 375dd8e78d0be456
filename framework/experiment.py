"""One run: everything about it, its measurements, and its training with the hooks fired."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pluggy

from framework import hookspecs, settings
from framework.averaging import Average
from framework.data import Data
from framework.errors import CallbackError, FrameworkError, NonFinite
from framework.heads import Head
from framework.interfaces import (
    Callback,
    Linearization,
    Loss,
    Metric,
    Network,
    Optimizer,
    Schedule,
)
from framework.objective import Objective
from framework.params import Array
from framework.predictor import Predictor
from framework.random import stream
from framework.registry import Component, describe
from framework.rows import first
from framework.training import Batches, train
from framework.work import Budget, Work

hookimpl = hookspecs.hookimpl

Log = Callable[[int, dict[str, float]], None]


@dataclass(frozen=True)
class Place:
    """What a run is in its study.

    label: what sets it apart, the seed left out. arm: its name in a recipe with arms. phase: "final" or,
    for the trials of a search, "tuning". figures: whether it draws its own. trial: what is tried, as
    `optim.lr=0.1`.
    """

    label: str
    arm: str | None = None
    phase: str = "final"
    figures: bool = True
    trial: str = ""
    workers: int = 1


@dataclass
class Run:
    """Everything about one run; what callbacks get to see."""

    config: Mapping[str, Any]
    settings: settings.Settings
    components: dict[str, Component]  # the chosen loss, optim, model, data and schedule
    model_fields: dict[str, Any]
    data: Data
    optimizer: Optimizer
    network: Network
    objective: Objective
    metrics: dict[str, Metric]  # the primary one first
    theta: Array
    batch_size: int | None
    schedule: Schedule
    logits: int
    hooks: pluggy.PluginManager
    log: Log = lambda step, metrics: None
    started: float = field(default_factory=time.time)
    evaluated: int | None = None  # the epoch of the last evaluation
    results: dict[str, float] = field(default_factory=dict)  # of the last evaluation
    outputs: dict[str, Array] = field(
        default_factory=dict
    )  # (N, K) by split, of the rows it measured
    folder: Path | None = None  # where the run is recorded
    place: Place | None = None  # in a study
    recipe: str | None = None  # its name, by +experiment=<name> or +study=<name>
    check: str = "unchecked"  # what the checks before a plugin's first run said
    batches: Batches = field(init=False)
    average: Average | None = field(init=False)

    @property
    def head(self) -> Head:
        return self.objective.head

    @property
    def work(self) -> Work:
        return self.objective.work

    @property
    def name(self) -> str:
        """`ce sgd mlp digits seed=0`, after the name of its arm, or else of its recipe, if it has one."""
        told = [kind for kind in self.components if kind != "schedule" or self.schedule.changes]
        names = [self.components[kind].name for kind in told]
        special = (self.place and self.place.arm) or self.recipe
        own = [f"{special}:"] if special else []
        return " ".join([*own, *names, f"seed={self.settings.seed}"])

    @property
    def primary(self) -> str:
        """The metric a run is judged by: the first one, on the validation rows where there are any."""
        split = next(s for s in ("val", "test", "train") if s in self.data.splits)
        return f"{split}/{next(iter(self.metrics), 'loss')}"

    @property
    def derivatives(self) -> str:
        """Which second derivatives are exact, and which stand-ins took their place."""
        pass_ = self.network.linearize(self.theta, self.objective.x[:1])
        standins = [
            name
            for name, inexact in (
                ("loss", type(self.head.loss).hvp is Loss.hvp and self.head.split == "outputs"),
                ("model", type(pass_).hvp is Linearization.hvp),
            )
            if inexact
        ]
        return f"central differences ({', '.join(standins)})" if standins else "exact"

    @property
    def predictor(self) -> Predictor:
        """The model as it is now, on its own."""
        standardizer, task, link = self.data.standardizer, self.data.task, self.head.link
        return Predictor(self.network, self.solution, link, task, standardizer, self.logits)

    @property
    def solution(self) -> Array:
        """What is evaluated and saved: theta, or the average of the iterates where one is kept."""
        return self.theta if self.average is None else self.average.solution(self.theta)

    @property
    def steps_per_unit(self) -> int:
        """Of the schedule's time."""
        return self.batches.steps if self.schedule.unit == "epoch" else 1

    @property
    def time(self) -> float:
        """The schedule's: epochs or steps that are done."""
        return self.work.steps / self.steps_per_unit

    def rate(self, steps: int) -> float:
        """The factor of the learning rate after so many steps."""
        epochs, unit = self.settings.train.epochs, self.steps_per_unit
        steps_in_all = math.inf if epochs is None else epochs * self.batches.steps
        return self.schedule(steps / unit, steps_in_all / unit)

    def evaluate(self, epoch: int) -> None:
        """Measure every split at the solution, tell the callbacks, and log. None of it counts as training.

        Of the training rows, train.eval_rows at most are measured.
        """
        results: dict[str, float] = {}
        for split in self.data.splits:
            results |= self._measure(split)
        results |= {f"work/{name}": value for name, value in self.work.counts().items()}
        if self.time >= self.schedule.warmup:
            watched = "val/loss" if "val" in self.data.splits else "train/loss"
            self.schedule.observe(results[watched])
        if self.schedule.changes:
            results["train/learning_rate_factor"] = self.rate(self.work.steps)
        self.hooks.hook.on_evaluate(run=self, step=epoch, metrics=results)
        primary = results.pop(self.primary)
        self.results = {self.primary: primary, **results}
        self.evaluated = epoch
        self.log(epoch, self.results)
        if not np.isfinite(results["train/objective"]):
            raise NonFinite(f"epoch {epoch}: the objective on the training rows is not finite")

    def _measure(self, split: str) -> dict[str, float]:
        part = self.data.splits[split]
        x: Any = part.x
        raw, y = part.y, self.targets(split)
        if split == "train" and (most := self.settings.train.eval_rows) is not None:
            x = first(x, most)
            raw, y = raw[:most], y[:most]
        l2, l1 = self.objective.l2, self.objective.l1
        point = Objective(self.network, self.head, x, y, l2, l1=l1).at(self.solution)
        result: dict[str, float] = {}
        if split == "train":
            norm = _norm_of_gradient(point)
            result["train/objective"] = point.value
            result["train/gradient_norm"] = norm
        result[f"{split}/loss"] = point.loss
        self.outputs[split] = point.outputs
        for name, metric in self.metrics.items():
            result[f"{split}/{name}"] = metric(self.outputs[split], raw, self.data.task)
        return result

    def targets(self, split: str) -> Array:
        """The targets of a split as the loss prepared them."""
        if split == "train":
            return self.objective.y
        if split not in self._prepared:
            y, z = self.data.splits[split].y, self.objective.y.shape[1]
            prepared = self.head.loss.prepare(y, z)
            self._prepared[split] = prepared.astype(self.theta.dtype)
        return self._prepared[split]

    def __post_init__(self) -> None:
        self._prepared: dict[str, Array] = {}
        train, rng = self.settings.train, stream(self.settings.seed, "batches")
        self.batches = Batches(len(self.objective), self.batch_size, rng)
        self.schedule.reset()
        start = round(train.average_start * self.batches.steps)
        kept = train.average != "none"
        self.average = Average(train.average, train.average_decay, start) if kept else None


def _norm_of_gradient(point: Any) -> float:
    try:
        return float(point.slope())
    except NonFinite:
        return float("nan")


class Training:
    """The core's own implementation of the `run_training` hook."""

    @hookimpl
    def run_training(self, run: Run) -> str | None:
        hook, limits = run.hooks.hook, run.settings.train
        budget = Budget(limits.epochs, limits.samples, limits.gradient_equivalents, limits.seconds)
        watched = bool(hook.on_step_end.get_hookimpls())
        on_step = (lambda: hook.on_step_end(run=run)) if watched else None
        run.evaluate(0)
        stopped = None
        for epoch in train(
            run.objective,
            run.optimizer,
            run.theta,
            run.batches,
            budget,
            on_step,
            run.rate if run.optimizer.scheduled else None,
            run.average,
        ):
            if epoch.stopped or epoch.number % limits.eval_every == 0:
                run.evaluate(epoch.number)
            hook.on_epoch_end(run=run, epoch=epoch)
            stopped = epoch.stopped or hook.should_stop(run=run, epoch=epoch)
            if stopped:
                break
        if run.evaluated != epoch.number:
            run.evaluate(epoch.number)
        return stopped


def train_run(run: Run) -> str:
    """Fire `run_training`; returns why it stopped. A callback's failure fails the run, by its name."""
    callbacks = [p for p in run.hooks.get_plugins() if isinstance(p, Callback)]
    with np.errstate(all="ignore"):  # the objective checks every value and gradient itself
        try:
            stopped = run.hooks.hook.run_training(run=run)
        except FrameworkError:
            raise
        except Exception as error:
            culprit = _callback_in(error, callbacks)
            if culprit is None:
                raise
            name = run.hooks.get_name(culprit)
            raise CallbackError(
                f"callbacks.{name} failed: {describe(error)}; callbacks.{name}.enabled=false runs without it"
            ) from error
    return stopped or "no reason was given"


def _callback_in(error: Exception, callbacks: list[Callback]) -> Callback | None:
    """The callback that raised: its frame is further in than the core's own."""
    culprit, trace = None, error.__traceback__
    while trace is not None:
        owner = trace.tb_frame.f_locals.get("self")
        if isinstance(owner, Training):
            culprit = None
        elif any(owner is callback for callback in callbacks):
            culprit = owner
        trace = trace.tb_next
    return culprit
