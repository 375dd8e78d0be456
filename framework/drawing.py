"""How figures look: colours, dashes and markers that all can tell apart, quiet axes, one kind of title.

matplotlib is imported when the first figure is made.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from itertools import islice
from pathlib import Path
from textwrap import fill
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
PER_INCH = 11  # letters of a title
# The longest course by the shortest, above which an axis of epochs or work is logarithmic.
UNEQUAL = 10
MOST_ARMS = 16  # up to which they can be told apart
FEW_ROWS, FEW_INPUTS = 24, 4  # up to which each row is shown, by its inputs
# What any callback logs as baseline/<split>/<metric> is a dotted line of this name.
BASELINE = "baseline"
WORK = "work/gradient_equivalents"
UNITS = {"log_loss": "nats"}


class Look(NamedTuple):
    """A curve in figures: what it is called, and what it is drawn with."""

    word: str
    colour: str
    dashes: str
    marker: str


SPLITS = {
    "train": Look("training", PALETTE[0], "-", "o"),
    "val": Look("validation", PALETTE[1], "--", "D"),
    "test": Look("test", PALETTE[2], "-.", "s"),
}


def look(number: int, word: str = "") -> Look:
    """Of the number-th of many curves, from 0: 64 differ, any eight in a row by colour and marker."""
    turn = number // len(PALETTE)
    dashes = DASHES[(number + turn) % len(DASHES)]
    marker = MARKERS[(number + turn) % len(MARKERS)]
    return Look(word, PALETTE[number % len(PALETTE)], dashes, marker)


def panels(
    rows: int = 1, columns: int = 1, title: str = "", size: tuple[float, float] = (5.2, 3.7)
) -> tuple[Figure, Any]:
    """A figure of so many inches and its tidied axes, an array (rows, columns)."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    if title:
        figure.suptitle(_wrapped(title, size[0]), fontsize="medium", weight="bold")
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


def _wrapped(title: str, width: float) -> str:
    """Lines of a bold title that fit so many inches."""
    return "\n".join(fill(line, int(PER_INCH * width)) for line in title.splitlines())


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


def axis_name(name: str, records: Sequence[Record] = ()) -> str:
    """A metric on an axis: `accuracy (validation)`, `log loss / nats`, `loss (mse, training)`.

    The loss is named where all records have the same. What is of no split, as work/seconds, is as it is.
    """
    split, _, metric = name.rpartition("/")
    if split and split not in SPLITS:
        return name
    losses = {record.run["params"]["loss"] for record in records}
    inside = [*losses] if metric == "loss" and len(losses) == 1 else []
    inside += [SPLITS[split].word] if split else []
    unit = f" / {UNITS[metric]}" if metric in UNITS else ""
    return metric.replace("_", " ") + unit + (f" ({', '.join(inside)})" if inside else "")


def arms_of(records: Iterable[Record]) -> dict[str, list[Record]]:
    """Label -> runs, which differ by the seed alone; in the order of the first of each."""
    arms: dict[str, list[Record]] = {}
    for record in records:
        arms.setdefault(record.label, []).append(record)
    return arms


def first_arms(
    arms: Mapping[str, list[Record]], most: int = MOST_ARMS
) -> tuple[dict[str, list[Record]], str]:
    """As many as can be told apart, and a title that says of how many they are where there are more."""
    title = title_of([record for runs in arms.values() for record in runs])
    note = f"the first {most} of {len(arms)} arms" if len(arms) > most else ""
    return dict(islice(arms.items(), most)), " · ".join(filter(None, [title, note]))


def names_of(records: Sequence[Record]) -> list[str]:
    """What to call each run: its arm, and where that has others too its seed: `cross entropy, seed 1`."""
    arms = arms_of(records)
    alone = {label for label, runs in arms.items() if len(runs) == 1}
    return [r.label if r.label in alone else f"{r.label}, seed {r.seed}" for r in records]


def splits_of(record: Record, what: str) -> list[str]:
    """Those of which `what`, outputs, targets or inputs, was kept, test last."""
    found = record.evaluation
    return [split for split in SPLITS if len(found.get(f"{split}_{what}", ())) > 0]


def course(records: Sequence[Record], name: str, work: bool = False) -> tuple[Array, Array]:
    """Where all runs measured a metric, epochs or their mean gradient-equivalents, and its values there.

    (n,) and (runs, n); NaN for what is not finite.
    """
    curves = [record.history[name] for record in records]
    costs = [record.history[WORK] for record in records] if work else []
    steps = reduce(np.intersect1d, [taken for taken, _ in curves + costs])
    values = np.array([_at(curve, steps) for curve in curves])
    x = np.mean([_at(cost, steps) for cost in costs], axis=0) if work else steps
    return x, np.where(np.isfinite(values), values, np.nan)


def _at(curve: tuple[Array, Array], steps: Array) -> Array:
    return curve[1][np.isin(curve[0], steps)]


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


def scale_cost(axes: Axes, courses: Iterable[Array], unequal: float = UNEQUAL) -> None:
    """Epochs or work: logarithmic, with room for 0, if the longest is > `unequal` times the shortest."""
    locator: Any = axes.xaxis.get_major_locator()
    locator.set_params(integer=True)
    later = [x[x > 0] for x in courses if np.any(x > 0)]
    ends = [float(x[-1]) for x in later]
    if not ends or max(ends) <= unequal * min(ends):
        return
    low = math.floor(math.log10(min(float(x[0]) for x in later)))
    high = math.floor(math.log10(max(ends)))
    axes.set_xscale("symlog", linthresh=10.0**low, linscale=0.3)
    axes.set_xticks([0, *(10.0**power for power in range(low, high + 1))])
    axes.set_xlim(left=0)
