"""An activation with its first two derivatives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from framework.catalogue import Entry
from framework.documentation.facts import example
from framework.documentation.figures.style import Drawing, curves, frame, panels

if TYPE_CHECKING:
    from matplotlib.figure import Figure

REACH = np.linspace(-4, 4, 801)


def plan(entry: Entry) -> Drawing | None:
    """One panel with f, f' and f''."""
    activation = example(entry.subject)
    if activation is None:
        return None
    caption = f"{entry.name} with its first and second derivative."

    def draw() -> Figure:
        y = activation.value(REACH.copy())
        slope, bend = activation.slope(REACH.copy(), y), activation.bend(REACH.copy(), y)
        named = [("f", y), ("f'", slope)]
        if bend is not None:
            named.append(("f''", bend))
        figure, axes = panels(1, 1, f"model.activation={entry.name}")
        curves(axes[0, 0], REACH, named)
        frame(axes[0, 0], *(values for _, values in named), largest=4.0)
        axes[0, 0].set(xlabel="x", ylabel="f(x) and derivatives")
        return figure

    return Drawing(caption, draw)
