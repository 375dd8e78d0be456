"""An output link and its derivative."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from framework.catalogue import Entry
from framework.documentation.figures.style import Drawing, curves, frame, panels
from framework.links import LINKS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

REACH = np.linspace(-4, 4, 401)


def plan(entry: Entry) -> Drawing:
    """p against the first logit, the others at 0, and dp/dz."""
    link, first = LINKS[entry.name], np.zeros((len(REACH), 3))
    first[:, 0] = 1
    z = first * REACH[:, None]
    p = link(z)
    slope = link.vjp(z, p, first)
    mixed = bool(np.abs(slope[:, 1]).max() > 0)
    across = "z₁, the other two logits being 0" if mixed else "logit z"

    def draw() -> Figure:
        figure, axes = panels(1, 2, f"model.output={entry.name}")
        shown = [("p₁", p[:, 0]), ("p₂ = p₃", p[:, 1])] if mixed else [("p", p[:, 0])]
        slopes = [("dp₁/dz₁", slope[:, 0]), ("dp₂/dz₁", slope[:, 1])]
        for panel, named, label in (
            (axes[0, 0], shown, "output"),
            (axes[0, 1], slopes[: len(shown)], "derivative"),
        ):
            curves(panel, REACH, named)
            frame(panel, *(values for _, values in named), largest=8.0)
            panel.set(xlabel=across, ylabel=label)
        return figure

    return Drawing(f"Left the output, right its derivative, against {across}.", draw)
