"""An optimizer's path on surfaces of two parameters."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from framework.catalogue import Entry
from framework.documentation.facts import example
from framework.documentation.figures import surfaces
from framework.documentation.figures.style import Drawing, panels
from framework.documentation.figures.surfaces import Surface
from framework.errors import spell
from framework.interfaces import Optimizer
from framework.params import Array

if TYPE_CHECKING:
    from matplotlib.figure import Figure

RATES = tuple(float(f"{10 ** (k / 2):.1g}") for k in range(2, -9, -1))  # 10, 3, 1, 0.3, ... 0.0001
STEPS, DONE = 200, 1e-8  # at most so many; fewer where this share of the first value is reached
SHOWN = 2


@dataclass(frozen=True)
class Path:
    """Where an optimizer has been, the objective above its minimum there, and what that cost."""

    points: Array
    above: Array
    gradients: float
    inside: bool  # it never left the window

    @property
    def score(self) -> float:
        """The mean logarithm of what is left over all steps, those that were not needed included."""
        share = np.maximum(self.above / self.above[0], DONE)
        missing = STEPS + 1 - len(share)
        last = DONE if share[-1] <= DONE else share[-1]
        return float((np.log(share).sum() + missing * math.log(last)) / (STEPS + 1))


def plan(entry: Entry) -> Drawing | None:
    """Two panels, of the first surfaces that it accepts."""
    optimizer = example(entry.subject)
    shown = [s for s in surfaces.surfaces() if optimizer is not None and _accepts(optimizer, s)]
    if not shown:
        return None
    caption = (
        f"Its paths, a dot a step, at most {STEPS} of them; the work is in gradient-equivalents. What is "
        f"left of f is a share of its height above the minimum at the start; {DONE:g} of that counts as none."
    )
    if _has_rate(optimizer):
        tried = f"{RATES[0]:g}, {RATES[1]:g}, {RATES[2]:g}, ..., {RATES[-1]:g}"
        caption += (
            f" Of the learning rates {tried} it is the one with the lowest mean logarithm of the objective "
            "on a path that stays in the picture."
        )
    return Drawing(caption, lambda: _draw(entry, optimizer, shown[:SHOWN]))


def _accepts(optimizer: Optimizer, surface: Surface) -> bool:
    objective, theta = surface.make(), np.array(surface.start)
    fresh = dataclasses.replace(optimizer)
    try:
        fresh.accepts(objective)
        fresh.reset(theta)
        fresh.step(objective, theta)
    except Exception:  # not for this, or whatever a plugin does
        return False
    return True


def _has_rate(optimizer: Optimizer) -> bool:
    return optimizer.scheduled and isinstance(getattr(optimizer, "lr", None), float)


def _draw(entry: Entry, optimizer: Optimizer, shown: list[Surface]) -> Figure:
    figure, axes = panels(1, len(shown), f"optim={entry.name}")
    for panel, surface in zip(axes[0], shown, strict=True):
        best, path = _best(optimizer, surface)
        surfaces.contours(panel, *surfaces.grid(surface))
        panel.plot(*path.points.T, "-", color="#0072B2", lw=1.0, alpha=0.8)
        panel.plot(*path.points.T, ".", color="#0072B2", ms=5, mew=0, label="steps")
        surfaces.mark(panel, surface.start, "start")
        surfaces.mark(panel, surface.minimum, "minimum")
        left, right, bottom, top = surface.window
        panel.set(xlim=(left, right), ylim=(bottom, top))
        panel.set(xlabel=surface.names[0], ylabel=surface.names[1])
        panel.set_title(_title(surface, best, path), fontsize="small")
    axes[0, -1].legend(fontsize="small", loc="lower right", framealpha=0.9)
    return figure


def _title(surface: Surface, optimizer: Any, path: Path) -> str:
    steps = len(path.points) - 1
    words = [f"{steps} step{'s'[: steps != 1]}", f"{path.gradients:,.0f} gradients"]
    if _has_rate(optimizer):
        words.insert(0, f"lr={spell(optimizer.lr)}")
    left = path.above[-1] / path.above[0]
    words.append("at the minimum" if left <= DONE else f"{left:.0e} of f left")
    return f"{surface.name}\n{', '.join(words)}"


def _best(optimizer: Any, surface: Surface) -> tuple[Optimizer, Path]:
    """The optimizer with the learning rate that suits the surface, and its path."""
    if not _has_rate(optimizer):
        return optimizer, _follow(optimizer, surface)
    tried = [dataclasses.replace(optimizer, lr=rate) for rate in RATES]
    paths = [(each, _follow(each, surface)) for each in tried]
    inside = [pair for pair in paths if pair[1].inside] or paths[-1:]
    return min(inside, key=lambda pair: pair[1].score)


def _follow(optimizer: Optimizer, surface: Surface) -> Path:
    objective, theta = surface.make(), np.array(surface.start)
    watcher = surface.make()
    lowest = watcher.at(np.array(surface.minimum, float)).value

    def above(point: Array) -> float:
        return max(watcher.at(point).value - lowest, 0.0)

    mine = dataclasses.replace(optimizer)
    mine.reset(theta)
    points, heights, inside = [theta.copy()], [above(theta)], True
    while len(points) <= STEPS and heights[-1] > DONE * heights[0] and not mine.converged:
        try:
            with np.errstate(all="ignore"):
                mine.step(objective, theta)
        except Exception:  # it diverged, or whatever a plugin does
            inside = False
            break
        if not np.isfinite(theta).all() or not surface.holds(theta):
            inside = False
            break
        points.append(theta.copy())
        heights.append(above(theta))
    cost = objective.work.gradient_equivalents / len(objective)
    return Path(np.array(points), np.array(heights), cost, inside)
