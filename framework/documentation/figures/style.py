"""How the figures of the pages look: one size, colours that all can tell apart, small files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from framework import drawing
from framework.drawing import DASHES, PALETTE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DPI = 110
ONE, TWO = (5.2, 3.7), (8.4, 3.7)  # inches, of a figure with one and with two panels


@dataclass(frozen=True)
class Drawing:
    """A figure that is not drawn yet, and what is written below it."""

    caption: str
    draw: Callable[[], Figure]

    def save(self, path: Path) -> None:
        """Draw it into a PNG file of few colours."""
        buffer = BytesIO()
        self.draw().savefig(buffer, format="png", dpi=DPI)
        drawing.save_small(buffer, path, colours=64)


def panels(rows: int = 1, columns: int = 1, title: str = "") -> tuple[Figure, Any]:
    """A figure and its axes, an array (rows, columns)."""
    width, height = TWO if columns > 1 else ONE
    return drawing.panels(rows, columns, title, (width, height if rows == 1 else 3.2 * rows))


def curves(axes: Axes, x: Any, named: Sequence[tuple[str, Any]], gaps: bool = True) -> None:
    """Lines over x, with gaps where they jump, told apart by colour and dashes; a legend for several."""
    for number, (label, y) in enumerate(named):
        style, colour = DASHES[number % len(DASHES)], PALETTE[number % len(PALETTE)]
        axes.plot(x, _broken(y) if gaps else y, style, color=colour, lw=1.8, label=label)
    if len(named) > 1:
        axes.legend(frameon=False, fontsize="small")


def _broken(values: Any) -> Any:
    """Values with a gap at each jump, so that no line pretends to go through."""
    result = np.array(values, dtype=float)
    steps = np.abs(np.diff(result))
    jumps = steps > np.maximum(0.05 * np.ptp(result[np.isfinite(result)]), 5 * np.median(steps))
    result[1:][jumps] = np.nan
    return result


def frame(axes: Axes, *values: Any, largest: float = float("inf")) -> None:
    """Limits of y around finite values, cut at `largest`; steep ends do not flatten the rest."""
    joined = np.concatenate([np.ravel(v) for v in values])
    joined = joined[np.isfinite(joined)]
    low, high = max(joined.min(initial=0), -largest), min(joined.max(initial=0), largest)
    margin = 0.06 * (high - low or 1.0)
    axes.set_ylim(low - margin, high + margin)
