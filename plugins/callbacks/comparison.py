"""The runs of a study in one figure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from framework import (
    BASELINE,
    MOST_ARMS,
    Array,
    Callback,
    arms_of,
    axis_name,
    course,
    decades,
    hookimpl,
    look,
    panels,
    require,
    scale_cost,
    scale_values,
    title_of,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from framework.tracking.record import Record

Arms = dict[str, list["Record"]]

NO_METRICS = {"loss", "objective", "gradient_norm", "learning_rate_factor"}
FEW = 12  # evaluations, of which each has a marker
LONG = 20  # evaluations, from which on the start is two of them, not one
FLAT = 4  # times what comes later: a start that reaches further is cut off
MARGIN = 0.06  # of what comes later, above and below it


@dataclass
class Comparison(Callback):
    """Draws the arms of a study side by side: curves against epochs and work, and where each run ended.

    A line is an arm, the mean over its seeds in the band of their least and greatest. Shown are the primary
    metric and the training loss, where all arms have the same; where they have not, as with cross-entropy and
    squared error, another metric of theirs takes its place. Where optimizers differ a second row has the same
    curves against gradient-equivalents. A dotted line is the value of a reference, logged by a callback as
    `baseline/<split>/<metric>`. A start that would flatten the rest is cut off, and a line says so.
    They are PNG files in the study's folder and, in MLflow, with the parent run.

    most: arms up to which curves are drawn; beyond it there are the final values alone.
    """

    most: int = MOST_ARMS

    def __post_init__(self) -> None:
        require(self, "most", self.most >= 1, "a number of arms is >= 1")

    @hookimpl
    def draw_study(self, records: list[Record]) -> dict[str, Figure]:
        measured = _measured(records)
        if len(measured) < 2:
            return {}
        arms = arms_of(measured)
        figures = {} if len(arms) > self.most else {"comparison": comparison(arms)}
        return figures | {"final": final(arms)}


@hookimpl
def register_callbacks() -> dict[str, type[Callback]]:
    return {"comparison": Comparison}


# -- curves --------------------------------------------------------------------------------------------


def comparison(arms: Arms) -> Figure:
    """A column for each metric and, if optimizers differ, a second row against gradient-equivalents."""
    records = _joined(arms)
    names = metrics_of(records)
    rows = 2 if _optimizers_differ(records) else 1
    width = 4.7 * len(names) + 0.4
    columns = _columns(arms, width)
    size = (width, 3.5 * rows + 0.6 + 0.22 * -(-len(arms) // columns))
    figure, grid = panels(rows, len(names), title_of(records), size)
    for line, work in zip(grid, (False, True), strict=False):
        for axes, name in zip(line, names, strict=True):
            _draw_arms(axes, arms, name, work)
            _draw_baselines(axes, records, name)
            axes.set(ylabel=axis_name(name, records))
    handles, labels = _entries(grid)
    figure.legend(handles, labels, loc="outside lower center", ncols=columns, frameon=False)
    return figure


def _columns(labels: Iterable[str], width: float) -> int:
    """How many entries of a legend fit beside each other in so many inches."""
    entry = 0.8 + 0.095 * max(map(len, labels))
    return max(1, min(4, int(width / entry)))


def metrics_of(records: list[Record]) -> list[str]:
    """The primary metric, and the training loss or, where losses differ, another metric that all have."""
    shared = set.intersection(*(set(record.history) for record in records))
    primary = _primary(records[0])
    split = primary.partition("/")[0]
    metrics = [
        name
        for name in dict.fromkeys([primary, *records[0].history])
        if name in shared and name.startswith(f"{split}/")
        if name.removeprefix(f"{split}/") not in NO_METRICS
    ]
    if comparable(records) and "train/loss" in shared:
        return [*metrics[:1], "train/loss"]
    return metrics[:2]


def comparable(records: list[Record]) -> bool:
    """Whether the values of the losses are: the same loss with the same fields, behind the same link."""
    formulas = [
        {k: v for k, v in record.run["params"].items() if re.match(r"loss$|loss\.|link$", k)}
        for record in records
    ]
    return all(formula == formulas[0] for formula in formulas)


def _draw_arms(axes: Axes, arms: Arms, name: str, work: bool) -> None:
    courses = [course(runs, name, work) for runs in arms.values()]
    for number, (label, (x, values)) in enumerate(zip(arms, courses, strict=True)):
        _draw_arm(axes, number, label, x, values)
        if len(values) > 1:
            band = values.min(axis=0), values.max(axis=0)
            style = {"color": look(number).colour, "alpha": 0.5 / max(3, len(arms)), "lw": 0}
            axes.fill_between(x, *band, **style)
    scale_cost(axes, [x for x, _ in courses])
    scale_values(axes, [values.mean(axis=0) for _, values in courses])
    _frame(axes, [values for _, values in courses])
    axes.set_xlabel("gradient-equivalents" if work else "epoch")


def _draw_arm(axes: Axes, number: int, label: str, x: Array, values: Array) -> None:
    _, colour, dashes, marker = look(number)
    axes.plot(
        x,
        values.mean(axis=0),
        dashes,
        color=colour,
        marker=marker,
        markevery=None if len(x) <= FEW else 0.1,  # of the axes' diagonal, between two
        markersize=4,
        lw=1.6,
        label=label,
    )


def _frame(axes: Axes, courses: list[Array]) -> None:
    """Cut off the start, an evaluation or two, where it would flatten all that comes after it."""
    rest = np.concatenate([v[:, 1 if v.shape[1] < LONG else 2 :].ravel() for v in courses])
    low, high = np.nanmin(rest, initial=np.inf), np.nanmax(rest, initial=-np.inf)
    bottom, top = axes.get_ylim()
    if axes.get_yscale() == "linear" and 0 < FLAT * (high - low) < top - bottom:
        margin = MARGIN * (high - low)
        axes.set_ylim(low - margin, high + margin)
        axes.set_title("the start lies beyond the axis", fontsize="small", color="0.3")


def _draw_baselines(axes: Axes, records: list[Record], name: str) -> None:
    for number, value in enumerate(_baselines(records, name)):
        label = None if number else BASELINE
        axes.axhline(value, color="black", ls=":", lw=1.4, label=label)


def _entries(grid: Array) -> tuple[list[Any], list[str]]:
    """What a legend for all panels has, each label once."""
    found: dict[str, Any] = {}
    for axes in grid.flat:
        handles, labels = axes.get_legend_handles_labels()
        found = dict(zip(labels, handles, strict=True)) | found
    return list(found.values()), list(found)


# -- final values --------------------------------------------------------------------------------------


def final(arms: Arms) -> Figure:
    """Where each run ended, a dot each, and the mean of each arm."""
    records = _joined(arms)
    name = _primary(records[0])
    figure, grid = panels(title=title_of(records), size=(6.4, 1.5 + 0.36 * len(arms)))
    axes = grid[0, 0]
    ends = [np.array([run.history[name][1][-1] for run in runs]) for runs in arms.values()]
    for number, values in enumerate(ends):
        _draw_ends(axes, number, values)
    _mark_baselines(axes, records, name)
    _scale_ends(axes, ends)
    axes.set_yticks(range(len(arms)), list(arms))
    means = ", | the mean" if len(records) > len(arms) else ""
    axes.set(xlabel=f"final {axis_name(name, records)}{means}", ylim=(len(arms) - 0.4, -0.6))
    return figure


def _draw_ends(axes: Axes, number: int, values: Array) -> None:
    """One arm's dots, a bar at their mean, and the mean in digits on the right."""
    _, colour, _, marker = look(number)
    level = np.full(len(values), number)
    axes.plot(values, level, marker, color=colour, alpha=0.7, mew=0, ms=7, clip_on=False)
    if len(values) > 1:
        axes.plot(values.mean(), number, "|", color="black", ms=14, mew=1.6)
    place = {"xycoords": ("axes fraction", "data"), "va": "center", "fontsize": "small"}
    axes.annotate(f"   {values.mean():.4g}", (1.0, number), **place)


def _mark_baselines(axes: Axes, records: list[Record], name: str) -> None:
    """Lines down, named above the axes."""
    place = {"xycoords": ("data", "axes fraction"), "ha": "center", "va": "bottom"}
    for value in _baselines(records, name):
        axes.axvline(value, color="black", ls=":", lw=1.4)
        axes.annotate(BASELINE, (value, 1.0), fontsize="small", **place)


def _scale_ends(axes: Axes, ends: list[Array]) -> None:
    """Logarithmic over more than two decades; shares end at 0 and 1."""
    if decades(ends) > 2:
        axes.set_xscale("log")
    elif all(0 <= value <= 1 for values in ends for value in values):
        low, high = axes.get_xlim()
        axes.set_xlim(max(low, 0.0), min(high, 1.0))


# -- both ----------------------------------------------------------------------------------------------


def _joined(arms: Arms) -> list[Record]:
    return [record for runs in arms.values() for record in runs]


def _primary(record: Record) -> str:
    return str(record.run["primary"])


def _measured(records: list[Record]) -> list[Record]:
    """Those that have the metric by which the first of them is judged."""
    names = [_primary(record) for record in records if _primary(record) in record.history]
    return [record for record in records if names and names[0] in record.history]


def _optimizers_differ(records: list[Record]) -> bool:
    return len({record.run["params"].get("optim") for record in records}) > 1


def _baselines(records: list[Record], name: str) -> list[float]:
    """The values that references of the runs came to, those that agree to 9 digits once."""
    key = f"{BASELINE}/{name}"
    values = [record.history[key][1][-1] for record in records if key in record.history]
    return list({f"{value:.9g}": float(value) for value in values}.values())
