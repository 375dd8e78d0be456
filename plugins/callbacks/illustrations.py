"""Figures that explain rather than report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from framework import DASHES, PALETTE, Callback, hookimpl, panels, require, unknown

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from framework.tracking.record import Record


@dataclass
class Illustrations(Callback):
    """Draws formulas that a run or a study is about: the same figure, whatever came out.

    They come beside the other figures, once: with the run, or with the study that it belongs to.

    figures: which, by name. sigmoid_delta: the derivative at a sigmoid of the quadratic cost and of
    cross-entropy, and the latter divided by len(y), with ten outputs.
    """

    figures: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name in self.figures:
            require(self, "figures", name in FIGURES, unknown("figure", name, FIGURES))

    @hookimpl
    def draw_figures(self, record: Record) -> dict[str, Figure]:
        return {} if "study" in record.run["params"] else self._drawn()

    @hookimpl
    def draw_study(self, records: list[Record]) -> dict[str, Figure]:
        return self._drawn()

    def _drawn(self) -> dict[str, Figure]:
        return {name: FIGURES[name]() for name in self.figures}


def sigmoid_delta() -> Figure:
    """dC/dz at an output a = σ(z), for both targets, by three costs of which one is a mistake."""
    title = "How hard a wrong output is pushed: dC/dz at a sigmoid, a = σ(z)"
    figure, axes = panels(1, 2, title, (9.4, 4.2))
    a = np.linspace(0, 1, 401)
    for each, y in zip(axes[0], (0, 1), strict=True):
        curves = {
            "cross-entropy: a − y": a - y,
            "quadratic: (a − y) σ′(z)": (a - y) * a * (1 - a),
            "divided by len(y) = 10: (a − y)/10": (a - y) / 10,
        }
        for (label, delta), colour, dashes in zip(curves.items(), PALETTE, DASHES, strict=False):
            each.plot(a, delta, dashes, color=colour, lw=1.8, label=label)
        each.axhline(0, color="0.6", lw=0.8)
        each.set_title(f"target y = {y}", fontsize="medium")
        each.set(xlabel="output a", ylabel="δ = dC/dz")
        _point_at_saturation(each, y)
    axes[0, 0].legend(frameon=False, loc="upper left", fontsize="small")
    return figure


def _point_at_saturation(axes: Axes, y: int) -> None:
    """An arrow to where the output is as wrong as can be, and the quadratic cost is flat."""
    axes.annotate(
        "wrong and saturated:\nσ′ ≈ 0, quadratic hardly moves",
        (0.02, -0.02) if y else (0.98, 0.02),
        xytext=(0.02, -0.33) if y else (0.98, 0.33),
        ha="left" if y else "right",
        va="center",
        fontsize="small",
        arrowprops={"arrowstyle": "->", "color": "0.3"},
    )


FIGURES: dict[str, Callable[[], Figure]] = {"sigmoid_delta": sigmoid_delta}


@hookimpl
def register_callbacks() -> dict[str, type[Callback]]:
    return {"illustrations": Illustrations}
