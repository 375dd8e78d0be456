"""How far each arm is from the best value of all."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from framework import (
    DASHES,
    MARKERS,
    PALETTE,
    Callback,
    hookimpl,
    panels,
    require,
    title_of,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from framework.tracking.record import Record

OBJECTIVE, WORK = "train/objective", "work/gradient_equivalents"
MOST = 16  # arms up to which they can be told apart
UNEQUAL = 10  # the dearest arm by the cheapest: above it the axis of work is logarithmic


@dataclass
class Suboptimality(Callback):
    """Draws f(θ) - f* of the arms of a study on a logarithmic axis: a line is linear convergence.

    f is train/objective, f* the least value that any arm of the same seed has come to, or `best` where the
    optimum is known.
    Differences below `floor` times the first value are rounding and are drawn there. Arms whose objectives
    are different formulas must not be compared; the arms of one study that change the optimizer alone may be.
    Source: Boyd and Vandenberghe, Convex Optimization (2004), figures 9.4 and 9.19, of f(x) - p*.
    """

    enabled: bool = False
    best: float | None = None
    floor: float = 1e-15

    def __post_init__(self) -> None:
        fits = self.best is None or math.isfinite(self.best)
        require(
            self, "best", fits, "the optimum is a finite number, or null for the least of the arms"
        )
        require(self, "floor", 0 < self.floor < 1, "a share of the first value, 0 < f < 1")

    @hookimpl
    def draw_study(self, records: list[Record]) -> dict[str, Figure]:
        shown = [record for record in records if OBJECTIVE in record.history]
        arms = list(dict.fromkeys(map(_arm, shown)))
        if not 2 <= len(arms) <= MOST:
            return {}
        figure, grid = panels(1, 2, title_of(shown), (9.6, 4.0))
        for axes, work in zip(grid[0], (False, True), strict=True):
            for record in shown:
                number, others = arms.index(_arm(record)), _labels(axes)
                label = None if _arm(record) in others else _arm(record)
                self._draw(axes, record, self._least(record, shown), number, work, label)
            axes.set_yscale("log")
            axes.set(xlabel="gradient-equivalents" if work else "epoch")
        _scale_work(grid[0, 1])
        grid[0, 0].set(ylabel="training objective − its minimum")
        grid[0, 1].legend(frameon=False)
        return {"suboptimality": figure}

    def _least(self, record: Record, records: list[Record]) -> float:
        """f* of the runs with this one's seed: another seed has another training set."""
        if self.best is not None:
            return self.best
        alike = [each for each in records if _seed(each) == _seed(record)]
        return min(float(np.nanmin(each.history[OBJECTIVE][1])) for each in alike)

    def _draw(
        self, axes: Axes, record: Record, best: float, number: int, work: bool, label: str | None
    ) -> None:
        steps, values = record.history[OBJECTIVE]
        axes.plot(
            record.history[WORK][1] if work else steps,
            np.maximum(values - best, self.floor * abs(values[0])),
            DASHES[number % len(DASHES)],
            color=PALETTE[number % len(PALETTE)],
            marker=MARKERS[number % len(MARKERS)],
            markevery=max(1, len(values) // 10),
            ms=5,
            label=label,
        )


def _arm(record: Record) -> str:
    return str(record.run["params"].get("arm", record.label)).replace("_", " ")


def _seed(record: Record) -> str | None:
    return record.run["params"].get("seed")


def _labels(axes: Axes) -> list[str]:
    return [str(text) for text in axes.get_legend_handles_labels()[1]]


def _scale_work(axes: Axes) -> None:
    """Where arms are of very different cost, a logarithmic axis with room for the start, 0."""
    courses = [np.asarray(line.get_xdata()) for line in axes.lines]
    ends = [x[-1] for x in courses if len(x) > 1]
    if ends and max(ends) > UNEQUAL * min(ends):
        low = int(np.log10(min(x[1] for x in courses if len(x) > 1)))
        axes.set_xscale("symlog", linthresh=10.0**low, linscale=0.3)
        axes.set_xticks([0, *10.0 ** np.arange(low, int(np.log10(max(ends))) + 1)])
        axes.set_xlim(left=0)


@hookimpl
def register_callbacks() -> dict[str, type[Callback]]:
    return {"suboptimality": Suboptimality}
