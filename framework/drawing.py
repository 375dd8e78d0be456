"""How figures look: colours, dashes and markers that all can tell apart, quiet axes, one kind of title.

matplotlib is imported when the first figure is made.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from framework.params import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from framework.tracking.record import Record

# Okabe and Ito's colours without yellow, distinguishable by colour-blind readers.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#7F7F7F")
DASHES = ("-", "--", ":", "-.")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
WIDE = 2.0  # decades, above which an axis is logarithmic


class Look(NamedTuple):
    """A split in figures: what it is called, and what it is drawn with."""

    word: str
    colour: str
    dashes: str
    marker: str


SPLITS = {
    "train": Look("training", PALETTE[0], "-", "o"),
    "val": Look("validation", PALETTE[1], "--", "D"),
    "test": Look("test", PALETTE[2], "-.", "s"),
}


def panels(
    rows: int = 1, columns: int = 1, title: str = "", size: tuple[float, float] = (5.2, 3.7)
) -> tuple[Figure, Any]:
    """A figure of so many inches and its tidied axes, an array (rows, columns)."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    if title:
        figure.suptitle(title, fontsize="medium", weight="bold")
    axes = figure.subplots(rows, columns, squeeze=False)
    for each in axes.flat:
        tidy(each)
    return figure, axes


def sheet(
    records: Sequence[Record],
    draws: Sequence[Callable[[Axes], None]],
    size: tuple[float, float] = (4.6, 3.4),
    most: int = 3,
) -> Figure | None:
    """A panel of so many inches for each of `draws`, at most `most` side by side; None for no panel."""
    if not draws:
        return None
    columns = min(most, len(draws))
    rows = math.ceil(len(draws) / columns)
    whole = (size[0] * columns + 0.4, size[1] * rows + 0.3)
    figure, axes = panels(rows, columns, title_of(records), whole)
    for each, draw in zip(axes.flat, draws, strict=False):
        draw(each)
    for each in axes.flat[len(draws) :]:
        each.remove()
    return figure


def drawn(**figures: Figure | None) -> dict[str, Figure]:
    """Those that there is something to draw for, by name: what the hooks of callbacks give back."""
    return {name: figure for name, figure in figures.items() if figure is not None}


def tidy(axes: Axes) -> None:
    """A light grid behind what is drawn, and no frame on the right and above."""
    axes.grid(color="0.92", lw=0.7)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def title_of(records: Sequence[Record]) -> str:
    """The choices that all runs share: `ce · sgd · mlp · digits · seed 0`."""
    params = [record.run["params"] for record in records]
    shared = {k: v for k, v in params[0].items() if all(each.get(k) == v for each in params)}
    chosen = [shared[key] for key in ("loss", "optim", "model", "data") if shared.get(key)]
    seed = [f"seed {shared['seed']}"] if "seed" in shared else []
    arm = f"{shared['arm'].replace('_', ' ')}: " if "arm" in shared else ""
    return arm + " · ".join([*chosen, *seed])


def save_small(picture: Any, path: Path, colours: int) -> None:
    """Write a PNG picture, a file or a buffer, in so many colours: 64 do for lines, 256 keep tints apart."""
    from PIL import Image

    with Image.open(picture) as image:
        few = image.convert("RGB").quantize(
            colours, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE
        )
        few.save(path, optimize=True)


def decades(values: Iterable[Any]) -> float:
    """log10 of the greatest over the least of all finite values; 0 if one is not above 0."""
    joined = np.concatenate([np.ravel(each) for each in values])
    joined = joined[np.isfinite(joined)]
    if len(joined) == 0 or joined.min() <= 0:
        return 0.0
    return float(np.log10(joined.max() / joined.min()))


def falls(values: Array) -> bool:
    """Whether the last finite value is below the first."""
    finite = values[np.isfinite(values)]
    return len(finite) > 1 and bool(finite[-1] < finite[0])


def scale_values(axes: Axes, curves: Sequence[Array]) -> None:
    """A logarithmic y axis where curves, one of which falls, span more than two decades."""
    if decades(curves) > WIDE and any(map(falls, curves)):
        axes.set_yscale("log")
