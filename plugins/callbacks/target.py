"""How long it takes to reach a target."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from framework import (
    DASHES,
    MARKERS,
    PALETTE,
    SPLITS,
    Array,
    Callback,
    ConfigError,
    decades,
    hookimpl,
    panels,
    require,
    title_of,
    unknown,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from framework import Run
    from framework.tracking.record import Record

HIDDEN = {"omegaconf_ignore": True}
MOST = 16  # arms up to which they can be told apart
WORK = "work/gradient_equivalents"
LOWER = ("loss", "objective", "gradient_norm")  # of what is measured beside the metrics
COSTS = {"epoch": "target/epochs", "gradient-equivalents": "target/gradient_equivalents"}


@dataclass
class Target(Callback):
    """Logs when a metric first reaches a value, and draws how long the arms of a study take to.

    The first evaluation that finds it there logs target/epochs, target/steps, target/gradient_equivalents and
    target/seconds, of training, so that they are exact to train.eval_every epochs; a run that never gets
    there has none. Training goes on all the same.
    metric: by the name it is logged under, say train/loss or val/accuracy; it has to fall or to rise as the
    metric says is better. value: the target.
    Raises ConfigError for a metric that is not measured.
    Source: Coleman et al., DAWNBench: an end-to-end deep learning benchmark and competition (2017), whose
    measure is the time to an accuracy.
    """

    enabled: bool = False
    metric: str = "train/loss"
    value: float = 0.1
    _reached: bool = field(default=False, init=False, repr=False, metadata=HIDDEN)

    def __post_init__(self) -> None:
        require(self, "value", math.isfinite(self.value), "a target is a finite number")

    @hookimpl
    def on_evaluate(self, run: Run, step: int, metrics: dict[str, float]) -> None:
        if self._reached:
            return
        if self.metric not in metrics:
            rule = unknown("metric in this run", self.metric, [m for m in metrics if _is_result(m)])
            raise ConfigError(f"callbacks.target.metric={self.metric}: {rule}")
        value, sign = metrics[self.metric], 1 if _falls(run, self.metric) else -1
        if sign * value <= sign * self.value:
            self._reached = True
            work = run.work
            metrics["target/epochs"] = float(step)
            metrics["target/steps"] = float(work.steps)
            metrics["target/gradient_equivalents"] = float(work.gradient_equivalents)
            metrics["target/seconds"] = float(work.seconds)

    @hookimpl
    def draw_study(self, records: list[Record]) -> dict[str, Figure]:
        arms: dict[str, list[Record]] = {}
        for record in records:
            if self.metric in record.history:
                arms.setdefault(_arm(record), []).append(record)
        if not 2 <= len(arms) <= MOST:
            return {}
        figure, grid = panels(1, 2, title_of(records), (9.6, 4.4))
        for axes, cost in zip(grid[0], COSTS, strict=True):
            for number, (arm, runs) in enumerate(arms.items()):
                self._draw(axes, arm, runs, cost, number)
            axes.axhline(self.value, color="0.3", ls=":", lw=1.4)
            _scale(axes, [r.history[self.metric][1] for runs in arms.values() for r in runs])
            axes.set(xlabel=cost, ylabel=_axis_name(self.metric))
            axes.legend(frameon=False, fontsize="small", title=f"at {self.value:g} after")
        return {"target": figure}

    def _draw(self, axes: Axes, arm: str, runs: list[Record], cost: str, number: int) -> None:
        """The runs of an arm, a marker where each gets there, and the mean in the legend."""
        look = {
            "color": PALETTE[number % len(PALETTE)],
            "ls": DASHES[number % len(DASHES)],
            "lw": 1.6,
        }
        for record in runs:
            axes.plot(*_course(record, self.metric, cost), **look)
        found = [r.history[COSTS[cost]][1][0] for r in runs if COSTS[cost] in r.history]
        marker = MARKERS[number % len(MARKERS)]
        label = f"{arm}: {_told(found, len(runs))}"
        axes.plot(found, [self.value] * len(found), marker=marker, ms=8, **look | {"ls": ""})
        axes.plot([], [], marker=marker, ms=8, label=label, **look)


def _arm(record: Record) -> str:
    return str(record.run["params"].get("arm", record.label)).replace("_", " ")


def _axis_name(metric: str) -> str:
    """`largest error (training)`."""
    split, _, name = metric.partition("/")
    return f"{name.replace('_', ' ')} ({SPLITS[split].word})" if split in SPLITS else metric


def _told(found: list[float], runs: int) -> str:
    """The mean of those that got there, and how many that are if not all."""
    if not found:
        return "never"
    some = f" ({len(found)} of {runs})" if len(found) < runs else ""
    return f"{sum(found) / len(found):,.0f}{some}"


def _course(record: Record, metric: str, cost: str) -> tuple[Array, Array]:
    steps, values = record.history[metric]
    return (steps if cost == "epoch" else record.history[WORK][1]), values


def _scale(axes: Axes, curves: list[Array]) -> None:
    """Epochs and work on a logarithmic axis with room for the start, 0; values too if they span a decade."""
    courses = [line.get_xdata() for line in axes.lines if len(line.get_xdata()) > 1]
    later = [float(x[1]) for x in courses if x[0] == 0 and x[1] > 0]
    if later:
        low, high = int(math.log10(min(later))), int(math.log10(max(float(x[-1]) for x in courses)))
        axes.set_xscale("symlog", linthresh=10.0**low, linscale=0.3)
        axes.set_xticks([0, *(10.0**power for power in range(low, high + 1))])
        axes.set_xlim(left=0)
    if decades(curves) > 1:
        axes.set_yscale("log")


def _falls(run: Run, name: str) -> bool:
    """Whether low values of it are the good ones."""
    metric: Any = run.metrics.get(name.partition("/")[2])
    return name.endswith(LOWER) if metric is None else not metric.higher_is_better


def _is_result(name: str) -> bool:
    return name.partition("/")[0] in ("train", "val", "test")


@hookimpl
def register_callbacks() -> dict[str, type[Callback]]:
    return {"target": Target}
