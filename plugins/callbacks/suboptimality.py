"""How far each arm is from the best value of all."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from framework import (
    Array,
    Callback,
    arms_of,
    course,
    first_arms,
    hookimpl,
    look,
    panels,
    require,
    scale_cost,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from framework.tracking.record import Record

OBJECTIVE = "train/objective"
PROBLEM = re.compile(r"(loss|model|data|objective)(\.|$)|link$")  # the parameters that f is made of


@dataclass
class Suboptimality(Callback):
    """Draws f(θ) - f* of the arms of a study on a logarithmic axis: a line is linear convergence.

    f is train/objective, f* the least value that any run of the same problem has come to: of the same seed,
    loss, model, data and objective, with all their fields. So arms that change one of these are measured each
    by their own least value. `best` is for an optimum that is known to be less; where a run has come to less
    than it, it is left aside, and the title says so.
    Where f* is the end of a run that had not converged, that end is left out: the line would plunge to 0.
    Differences below `floor` times the first value are rounding and are drawn there. Of more than sixteen
    arms the first sixteen are drawn; runs without a finite value are left out.
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
        measured = [record for record in records if len(_values(record))]
        arms = arms_of(measured)
        if len(arms) < 2:
            return {}
        shown, title = first_arms(arms)
        figure, grid = panels(1, 2, title + self._too_high(measured), (9.6, 4.0))
        for axes, work in zip(grid[0], (False, True), strict=True):
            self._draw(axes, shown, measured, work)
        known = self.best is not None or all(_converged(_best(r, measured)) for r in measured)
        least = "its minimum" if known else "the least of all"
        grid[0, 0].set(ylabel=f"training objective − {least}")
        grid[0, 1].legend(frameon=False)
        return {"suboptimality": figure}

    def _draw(
        self, axes: Axes, arms: dict[str, list[Record]], records: list[Record], work: bool
    ) -> None:
        courses = []
        for number, (label, runs) in enumerate(arms.items()):
            _, colour, dashes, marker = look(number)
            style = {"color": colour, "ls": dashes, "marker": marker, "ms": 5}
            for record in runs:
                x, (values,) = course([record], OBJECTIVE, work)
                every = max(1, len(x) // 10)
                axes.plot(x, self._above(record, values, records), markevery=every, **style)
                courses.append(x)
            axes.lines[-1].set_label(label)
        axes.set_yscale("log")
        if work:  # against epochs linear convergence is to be a line
            scale_cost(axes, courses)
        axes.set(xlabel="gradient-equivalents" if work else "epoch")

    def _above(self, record: Record, values: Array, records: list[Record]) -> Array:
        """f(θ) - f*, where that is more than rounding."""
        best = _best(record, records)
        reached = float(_values(best).min())
        gaps = values - min(reached, math.inf if self.best is None else self.best)
        rounding = self.floor * abs(_values(record)[0])
        known = _converged(best) or (self.best is not None and self.best < reached)
        return np.where((gaps <= rounding) & (not known), np.nan, np.maximum(gaps, rounding))

    def _too_high(self, records: list[Record]) -> str:
        """What to say of a `best` that a run has passed by more than rounding."""
        if self.best is None:
            return ""
        reached, scale = min((_values(r).min(), abs(_values(r)[0])) for r in records)
        passed = reached < self.best - self.floor * scale
        return f"\nbest={self.best:g} is not the least: {reached:.4g} was reached" if passed else ""


def _values(record: Record) -> Array:
    """The finite values of f, in their order."""
    values = record.history.get(OBJECTIVE, ((), np.zeros(0)))[1]
    return values[np.isfinite(values)]


def _best(record: Record, records: list[Record]) -> Record:
    """The run with the least f of those with this one's problem; another seed has other training rows."""
    same = [each for each in records if _problem(each) == _problem(record)]
    return min(same, key=lambda each: float(_values(each).min()))


def _converged(record: Record) -> bool:
    return "converged" in str((record.result or {}).get("stopped"))


def _problem(record: Record) -> tuple[int, dict[str, str]]:
    params = record.run["params"]
    return record.seed, {key: params[key] for key in params if PROBLEM.match(key)}


@hookimpl
def register_callbacks() -> dict[str, type[Callback]]:
    return {"suboptimality": Suboptimality}
