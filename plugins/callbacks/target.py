"""How long it takes to reach a target."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from framework import (
    SPLITS,
    Callback,
    ConfigError,
    arms_of,
    axis_name,
    course,
    decades,
    first_arms,
    hookimpl,
    look,
    panels,
    require,
    scale_cost,
    unknown,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from framework import Run
    from framework.drawing import Look
    from framework.tracking.record import Record

LOWER = ("loss", "objective", "gradient_norm")  # of what is measured beside the metrics
EPOCHS, WORK = "target/epochs", "target/gradient_equivalents"
STEPS, SECONDS = "target/steps", "target/seconds"


@dataclass
class Target(Callback):
    """Logs when a metric first reaches a value, and draws how long the arms of a study take to.

    The first evaluation that finds it there logs target/epochs, target/steps, target/gradient_equivalents and
    target/seconds, of training, so that they are exact to train.eval_every epochs; a run that never gets
    there has none. Training goes on all the same.
    Of more than sixteen arms the first sixteen are drawn.
    metric: by the name it is logged under, say train/loss or val/accuracy; it has to fall or to rise as the
    metric says is better. value: the target.
    Raises ConfigError for a metric that is not measured.
    Source: Coleman et al., DAWNBench: an end-to-end deep learning benchmark and competition (2017), whose
    measure is the time to an accuracy.
    """

    enabled: bool = False
    metric: str = "train/loss"
    value: float = 0.1

    def __post_init__(self) -> None:
        require(self, "value", math.isfinite(self.value), "a target is a finite number")
        self._reached: dict[str, float] = {}

    @hookimpl
    def on_evaluate(self, run: Run, step: int, metrics: dict[str, float]) -> None:
        if self._reached:
            return
        if self.metric not in metrics:
            rule = unknown("metric in this run", self.metric, [m for m in metrics if _is_result(m)])
            raise ConfigError(f"callbacks.target.metric={self.metric}: {rule}")
        value, sign = metrics[self.metric], 1 if _falls(run, self.metric) else -1
        if sign * value <= sign * self.value:
            self._reached = _spent(run, step)
            metrics |= self._reached

    @hookimpl(wrapper=True)
    def run_training(self, run: Run) -> Generator[None, str | None, str | None]:
        stopped = yield
        if not run.settings.quiet:
            after = f"after {self._reached[EPOCHS]:,.0f} epochs" if self._reached else "not reached"
            print(f"  target  {self.metric} {self.value:g}: {after}")
        return stopped

    @hookimpl
    def draw_study(self, records: list[Record]) -> dict[str, Figure]:
        arms = arms_of(record for record in records if self.metric in record.history)
        if len(arms) < 2:
            return {}
        shown, title = first_arms(arms)
        figure, grid = panels(1, 2, title, (9.6, 4.4))
        for axes, work in zip(grid[0], (False, True), strict=True):
            self._draw(axes, shown, work)
        return {"target": figure}

    def _draw(self, axes: Axes, arms: dict[str, list[Record]], work: bool) -> None:
        records = [record for runs in arms.values() for record in runs]
        for number, (label, runs) in enumerate(arms.items()):
            self._draw_arm(axes, look(number, label), runs, work)
        axes.axhline(self.value, color="0.3", ls=":", lw=1.4)
        scale_cost(axes, [course([record], self.metric, work)[0] for record in records], unequal=0)
        if decades(record.history[self.metric][1] for record in records) > 1:
            axes.set_yscale("log")
        xlabel = "gradient-equivalents" if work else "epoch"
        axes.set(xlabel=xlabel, ylabel=axis_name(self.metric, records))
        axes.legend(frameon=False, fontsize="small", title=f"at {self.value:g} after")

    def _draw_arm(self, axes: Axes, style: Look, runs: list[Record], work: bool) -> None:
        """The runs of an arm, a marker where each gets there, and the mean in the legend."""
        line = {"color": style.colour, "ls": style.dashes, "lw": 1.6}
        for record in runs:
            x, values = course([record], self.metric, work)
            axes.plot(x, values[0], **line)
        cost = WORK if work else EPOCHS
        found = [record.history[cost][1][0] for record in runs if cost in record.history]
        label = f"{style.word}: {_told(found, len(runs))}"
        marker = {"marker": style.marker, "ms": 8}
        axes.plot(found, [self.value] * len(found), **line | {"ls": ""}, **marker)
        axes.plot([], [], label=label, **line, **marker)


def _spent(run: Run, epoch: int) -> dict[str, float]:
    work = run.work
    return {
        EPOCHS: float(epoch),
        STEPS: float(work.steps),
        WORK: float(work.gradient_equivalents),
        SECONDS: float(work.seconds),
    }


def _told(found: list[float], runs: int) -> str:
    """The mean of those that got there, and how many that are if not all."""
    if not found:
        return "never"
    some = f" ({len(found)} of {runs})" if len(found) < runs else ""
    return f"{sum(found) / len(found):,.0f}{some}"


def _falls(run: Run, name: str) -> bool:
    """Whether low values of it are the good ones."""
    metric: Any = run.metrics.get(name.partition("/")[2])
    return name.endswith(LOWER) if metric is None else not metric.higher_is_better


def _is_result(name: str) -> bool:
    return name.partition("/")[0] in SPLITS


@hookimpl
def register_callbacks() -> dict[str, type[Callback]]:
    return {"target": Target}
