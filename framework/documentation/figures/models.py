"""The surface of a model that is a function of its parameters."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from framework.catalogue import Entry
from framework.documentation.facts import example
from framework.documentation.figures import surfaces
from framework.documentation.figures.style import Drawing, panels
from framework.functions import Function
from framework.random import stream

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def plan(entry: Entry) -> Drawing | None:
    """Contour lines around the start and the minimum that is found from there."""
    model = example(entry.subject)
    if model is not None and hasattr(model, "dimensions"):
        model = dataclasses.replace(model, dimensions=2)
    try:
        network = model.build((1,), 1) if model is not None else None
    except Exception:  # not for such a task
        return None
    if not isinstance(network, Function) or network.layout.size != 2:
        return None
    caption = "Contour lines in equal ratios, the start, and the minimum that is reached from it."
    return Drawing(caption, lambda: _draw(entry, network))


def _draw(entry: Entry, network: Function) -> Figure:
    start = network.init(stream(0, "init"))
    best = surfaces.minimise(surfaces.of_function(network), start.copy())
    middle, reach = (start + best) / 2, 1.8 * max(1.0, float(np.abs(start - best).max()))
    window = (middle[0] - reach, middle[0] + reach, middle[1] - reach, middle[1] + reach)
    x, y, z = surfaces.values(surfaces.of_function(network), window)
    figure, axes = panels(1, 1, f"model={entry.name}")
    surfaces.contours(axes[0, 0], x, y, z - min(network.value(best), float(z.min())))
    surfaces.mark(axes[0, 0], start, "start")
    surfaces.mark(axes[0, 0], best, "minimum")
    axes[0, 0].set(xlabel="θ₁", ylabel="θ₂")
    axes[0, 0].legend(fontsize="small", framealpha=0.9)
    return figure
