"""The runs of a study in one figure."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from framework import (
    DASHES,
    MARKERS,
    PALETTE,
    SPLITS,
    Array,
    Callback,
    decades,
    hookimpl,
    panels,
    require,
    scale_values,
    title_of,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from framework.tracking.record import Record

WORK = "work/gradient_equivalents"
SEED = re.compile(r"(?:^|[,\s]+)seed[ =]\d+")  # in a label
UNITS = {"log_loss": "nats"}
NO_METRICS = {"loss", "objective", "gradient_norm", "learning_rate_factor"}
FEW = 12  # evaluations, of which each has a marker
FLAT = 4  # times what comes later: above it the start is cut off
UNEQUAL = 10  # the longest arm by the shortest: above it the axis of epochs or work is logarithmic


class Arm(NamedTuple):
    """Runs that differ by the seed alone."""

    label: str
    records: list[Record]


@dataclass
class Comparison(Callback):
    """Draws the arms of a study side by side: curves against epochs and work, and where each run ended.

    A line is an arm, the mean over its seeds in the band of their least and greatest. Shown are the primary
    metric and the training loss, where all arms have the same; where they have not, as with cross-entropy and
    squared error, another metric of theirs takes its place. Where optimizers differ a second row has the same
    curves against gradient-equivalents. A dotted line is the value of a reference, logged by a callback as
    `baseline/<split>/<metric>`.
    They are PNG files in the study's folder and, in MLflow, with the parent run.

    most: arms up to which curves are drawn; beyond it there are the final values alone.
    """

    most: int = 16

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


def arms_of(records: list[Record]) -> list[Arm]:
    """Runs in groups, in the order of the first of each."""
    groups: dict[tuple[tuple[str, str], ...], list[Record]] = {}
    for record in records:
        params = record.run["params"]
        key = tuple(sorted(item for item in params.items() if item[0] != "seed"))
        groups.setdefault(key, []).append(record)
    seeds = len(groups) < len(records)
    return [Arm(_label(group[0], seeds), group) for group in groups.values()]


def _label(record: Record, seeds: bool) -> str:
    """A run's label, or where it stands for several seeds what is left without one."""
    return (SEED.sub("", record.label).strip(" ,") if seeds else record.label) or "all seeds"


# -- curves --------------------------------------------------------------------------------------------


def comparison(arms: list[Arm]) -> Figure:
    """A column for each metric and, if optimizers differ, a second row against gradient-equivalents."""
    records = [record for arm in arms for record in arm.records]
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
            axes.set(ylabel=_axis_name(records, name))
    handles, labels = _entries(grid)
    figure.legend(handles, labels, loc="outside lower center", ncols=columns, frameon=False)
    return figure


def _columns(arms: list[Arm], width: float) -> int:
    """How many entries of a legend fit beside each other in so many inches."""
    entry = 0.8 + 0.095 * max(len(arm.label) for arm in arms)
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


def course(arm: Arm, name: str, work: bool = False) -> tuple[Array, Array]:
    """Where all runs of an arm were evaluated: epochs or mean work, and values (runs, evaluations)."""
    histories = [record.history for record in arm.records]
    steps = histories[0][name][0]
    for history in histories[1:]:
        steps = np.intersect1d(steps, history[name][0])
    values = np.array([_at(history[name], steps) for history in histories])
    x = np.mean([_at(history[WORK], steps) for history in histories], axis=0) if work else steps
    return x, np.where(np.isfinite(values), values, np.nan)


def _at(curve: tuple[Array, Array], steps: Array) -> Array:
    return curve[1][np.isin(curve[0], steps)]


def _draw_arms(axes: Axes, arms: list[Arm], name: str, work: bool) -> None:
    courses = [course(arm, name, work) for arm in arms]
    for number, (arm, (x, values)) in enumerate(zip(arms, courses, strict=True)):
        colour, dashes, marker = _look(number)
        axes.plot(
            x,
            values.mean(axis=0),
            dashes,
            color=colour,
            marker=marker,
            markevery=None if len(x) <= FEW else 0.1,  # of the axes' diagonal, between two
            markersize=4,
            lw=1.6,
            label=arm.label,
        )
        if len(values) > 1:
            low, high = values.min(axis=0), values.max(axis=0)
            axes.fill_between(x, low, high, color=colour, alpha=0.5 / max(3, len(arms)), lw=0)
    _scale_course(axes, [x for x, _ in courses])
    scale_values(axes, [values.mean(axis=0) for _, values in courses])
    _frame(axes, [values for _, values in courses])
    axes.set_xlabel("gradient-equivalents" if work else "epoch")


def _frame(axes: Axes, courses: list[Array]) -> None:
    """Cut off the start, an evaluation or two, where it would flatten all that comes after it."""
    rest = np.concatenate([v[:, 1 if v.shape[1] < 20 else 2 :].ravel() for v in courses])
    low, high = np.nanmin(rest, initial=np.inf), np.nanmax(rest, initial=-np.inf)
    bottom, top = axes.get_ylim()
    if axes.get_yscale() == "linear" and 0 < FLAT * (high - low) < top - bottom:
        margin = 0.06 * (high - low)
        axes.set_ylim(low - margin, high + margin)


def _scale_course(axes: Axes, courses: list[Array]) -> None:
    """Where arms are of very different length, a logarithmic axis with room for the start, 0."""
    axes.xaxis.get_major_locator().set_params(integer=True)
    ends = [x[-1] for x in courses if x[-1] > 0]
    if ends and max(ends) > UNEQUAL * min(ends):
        first = min(x[x > 0][0] for x in courses if x[-1] > 0)
        linear = 10.0 ** math.ceil(math.log10(first))
        axes.set_xscale("symlog", linthresh=linear * (1 + 1e-9), linscale=0.7)  # 10³: log is < 3
        axes.set_xlim(left=0)


def _draw_baselines(axes: Axes, records: list[Record], name: str) -> None:
    for number, value in enumerate(_baselines(records, name)):
        label = None if number else "scikit-learn"
        axes.axhline(value, color="black", ls=":", lw=1.4, label=label)


def _entries(grid: Array) -> tuple[list[Any], list[str]]:
    """What a legend for all panels has, each label once."""
    found: dict[str, Any] = {}
    for axes in grid.flat:
        handles, labels = axes.get_legend_handles_labels()
        found = dict(zip(labels, handles, strict=True)) | found
    return list(found.values()), list(found)


# -- final values --------------------------------------------------------------------------------------


def final(arms: list[Arm]) -> Figure:
    """Where each run ended, a dot each, and the mean of each arm."""
    records = [record for arm in arms for record in arm.records]
    name = _primary(records[0])
    size = (6.4, 1.5 + 0.36 * len(arms))
    figure, grid = panels(title=title_of(records), size=size)
    axes = grid[0, 0]
    ends = [np.array([record.history[name][1][-1] for record in arm.records]) for arm in arms]
    for number, values in enumerate(ends):
        _draw_ends(axes, number, values)
    for value in _baselines(records, name):
        axes.axvline(value, color="black", ls=":", lw=1.4)
        place = {"xycoords": ("data", "axes fraction"), "ha": "center", "va": "bottom"}
        axes.annotate("scikit-learn", (value, 1.0), fontsize="small", **place)
    if decades(ends) > 2:
        axes.set_xscale("log")
    elif all(0 <= value <= 1 for values in ends for value in values):
        low, high = axes.get_xlim()
        axes.set_xlim(max(low, 0.0), min(high, 1.0))
    axes.set_yticks(range(len(arms)), [arm.label for arm in arms])
    means = ", | the mean" if len(records) > len(arms) else ""
    axes.set(xlabel=f"final {_axis_name(records, name)}{means}", ylim=(len(arms) - 0.4, -0.6))
    return figure


def _draw_ends(axes: Axes, number: int, values: Array) -> None:
    """One arm's dots, a bar at their mean, and the mean in digits on the right."""
    colour, _, marker = _look(number)
    level = np.full(len(values), number)
    axes.plot(values, level, marker, color=colour, alpha=0.7, mew=0, ms=7, clip_on=False)
    if len(values) > 1:
        axes.plot(values.mean(), number, "|", color="black", ms=14, mew=1.6)
    place = {"xycoords": ("axes fraction", "data"), "va": "center", "fontsize": "small"}
    axes.annotate(f"   {values.mean():.4g}", (1.0, number), **place)


# -- both ----------------------------------------------------------------------------------------------


def _look(number: int) -> tuple[str, str, str]:
    """Colour, dashes and marker: each is used up before any of them comes in the same company again."""
    turn = number // len(PALETTE)
    dashes = DASHES[(number + turn) % len(DASHES)]
    return PALETTE[number % len(PALETTE)], dashes, MARKERS[(number + turn) % len(MARKERS)]


def _primary(record: Record) -> str:
    return str(record.run["primary"])


def _measured(records: list[Record]) -> list[Record]:
    """Those that have the metric by which the first of them is judged."""
    names = [_primary(record) for record in records if _primary(record) in record.history]
    return [record for record in records if names and names[0] in record.history]


def _optimizers_differ(records: list[Record]) -> bool:
    chosen = {record.run["params"].get("optim") for record in records}
    return len(chosen) > 1 and all(WORK in record.history for record in records)


def _baselines(records: list[Record], name: str) -> list[float]:
    """The values that references of the runs came to, those that agree to 9 digits once."""
    key = f"baseline/{name}"
    values = [record.history[key][1][-1] for record in records if key in record.history]
    return list({f"{value:.9g}": float(value) for value in values}.values())


def _axis_name(records: list[Record], name: str) -> str:
    """`accuracy (validation)`, `log loss / nats (test)`, `loss (mse, training)`."""
    split, _, metric = name.partition("/")
    word = SPLITS[split].word
    if metric == "loss":
        return f"loss ({records[0].run['params']['loss']}, {word})"
    unit = f" / {UNITS[metric]}" if metric in UNITS else ""
    return f"{metric.replace('_', ' ')}{unit} ({word})"
