"""Learning curves, predictions and decision regions as figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from framework import Array, Callback, Task, hookimpl

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from framework.tracking.record import Record

# Okabe and Ito's colours without yellow, distinguishable by colour-blind readers.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#7F7F7F")
SPLIT_COLOUR = {"train": "#0072B2", "val": "#D55E00", "test": "#009E73"}
SPLIT_STYLE = {"train": "-", "val": "--", "test": ":"}
SPLIT_WORD = {"train": "training", "val": "validation", "test": "test"}
MOST_CELLS = 12  # classes up to which a confusion matrix shows its counts
MOST_POINTS = 2_000


@dataclass
class Figures(Callback):
    """Draws learning curves, a confusion matrix or residuals, and decision regions of 2-D inputs.

    They are PNG files in the run folder and in MLflow, drawn after the run by the background
    process: training does not wait for them. resolution: points on each side of the grid behind
    the decision regions.
    Colours are Okabe and Ito's, Color Universal Design (2008).
    """

    resolution: int = 200

    @hookimpl
    def draw_figures(self, record: Record) -> dict[str, Figure]:
        figures = {
            "learning_curves": learning_curves(record),
            "confusion_matrix": confusion_matrix(record),
            "residuals": residuals(record),
            "decision_regions": decision_regions(record, self.resolution),
        }
        return {name: figure for name, figure in figures.items() if figure is not None}


@hookimpl
def register_callbacks() -> dict[str, type[Callback]]:
    return {"figures": Figures}


def learning_curves(record: Record) -> Figure | None:
    """The loss and the primary metric against epochs, one line a split."""
    primary = record.run["primary"].rpartition("/")[2]
    names = [name for name in dict.fromkeys(["loss", primary]) if _curves(record, name)]
    if not names:
        return None
    figure = _figure(record, 4.6 * len(names) + 0.6, 4.0)
    for axes, name in zip(np.atleast_1d(figure.subplots(1, len(names))), names, strict=True):
        _draw_curves(axes, name, _curves(record, name))
        if name == "loss":
            _draw_objective(axes, record)
        axes.legend(frameon=False)
    return figure


def confusion_matrix(record: Record) -> Figure | None:
    """Counts of true against predicted classes; the colour is the share of the true class."""
    split = _shown_split(record)
    classes = record.run["dataset"]["classes"]
    if split is None or not classes:
        return None
    counts = np.zeros((len(classes), len(classes)), dtype=int)
    np.add.at(counts, (record.evaluation[f"{split}_targets"], _predicted(record, split)), 1)
    side = min(3.2 + 0.45 * len(classes), 11.0)
    figure = _figure(record, side + 1.6, side + 0.6)
    axes = figure.add_subplot()
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    figure.colorbar(image, label="share of the true class", shrink=0.8)
    right, total = np.trace(counts), max(counts.sum(), 1)
    axes.set(xlabel="predicted", ylabel="true")
    title = f"{SPLIT_WORD[split]} set: {right} of {total} right ({right / total:.1%})"
    axes.set_title(title, fontsize="medium")
    _name_classes(axes, classes)
    if len(classes) <= MOST_CELLS:
        _write_counts(axes, counts, shares)
    return figure


def residuals(record: Record) -> Figure | None:
    """Predicted against true values and what is left over, of each split."""
    splits = _splits(record)
    if record.run["dataset"]["kind"] != "regression" or not splits:
        return None
    figure = _figure(record, 9.8, 4.2)
    left, right = figure.subplots(1, 2)
    for split in splits:
        true = _column(record.evaluation[f"{split}_targets"])
        predicted = _column(record.evaluation[f"{split}_outputs"])
        style = {"s": 14, "alpha": 0.6, "lw": 0, "color": SPLIT_COLOUR[split]}
        left.scatter(true, predicted, label=SPLIT_WORD[split], **style)
        right.scatter(predicted, true - predicted, label=SPLIT_WORD[split], **style)
    left.axline((float(true[0]),) * 2, slope=1, color="0.3", lw=1)
    right.axhline(0, color="0.3", lw=1)
    left.set(xlabel="true", ylabel="predicted")
    right.set(xlabel="predicted", ylabel="true − predicted")
    for axes in (left, right):
        _tidy(axes)
    left.legend(frameon=False)
    return figure


def decision_regions(record: Record, resolution: int = 200) -> Figure | None:
    """The predicted class over the plane, and the samples in the colours of their true classes."""
    data = record.run["dataset"]
    splits = [split for split in _splits(record) if f"{split}_inputs" in record.evaluation]
    if not data["classes"] or list(data["inputs"]) != [2] or not splits or record.predictor is None:
        return None
    from matplotlib.colors import BoundaryNorm, ListedColormap

    figure = _figure(record, 6.8, 4.8)
    axes = figure.add_subplot()
    points = np.concatenate([record.evaluation[f"{split}_inputs"] for split in splits])
    first, second, regions = _regions(record, points, resolution)
    count = len(data["classes"])
    colours = [PALETTE[index % len(PALETTE)] for index in range(count)]
    norm = BoundaryNorm(np.arange(count + 1) - 0.5, count)
    axes.pcolormesh(
        first, second, regions, cmap=ListedColormap(colours), norm=norm, alpha=0.22, rasterized=True
    )
    if len(np.unique(regions)) > 1:
        edges = np.arange(count - 1) + 0.5
        axes.contour(first, second, regions, levels=edges, colors="white", linewidths=0.8)
    _draw_points(axes, record, splits, colours)
    names = data["features"] or ["x1", "x2"]
    axes.set(xlabel=names[0], ylabel=names[1])
    axes.set(xlim=(first[0], first[-1]), ylim=(second[0], second[-1]))
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)
    return figure


def _figure(record: Record, width: float, height: float) -> Figure:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    params = record.run["params"]
    parts = [params.get(key) for key in ("loss", "optim", "model", "data")]
    title = " · ".join(str(part) for part in parts if part)
    figure.suptitle(f"{title} · seed {params.get('seed', '?')}", fontsize="medium", weight="bold")
    return figure


def _tidy(axes: Axes) -> None:
    axes.grid(color="0.92", lw=0.7)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _curves(record: Record, name: str) -> dict[str, tuple[Array, Array]]:
    return {
        split: record.history[f"{split}/{name}"]
        for split in SPLIT_COLOUR
        if len(record.history.get(f"{split}/{name}", ((), ()))[0]) > 0
    }


def _draw_curves(axes: Axes, name: str, curves: dict[str, tuple[Array, Array]]) -> None:
    for split, (steps, values) in curves.items():
        marker = "o" if len(steps) <= 12 else None
        axes.plot(
            steps,
            np.where(np.isfinite(values), values, np.nan),
            SPLIT_STYLE[split],
            color=SPLIT_COLOUR[split],
            marker=marker,
            markersize=3.5,
            label=SPLIT_WORD[split],
        )
    if name == "loss" and _decades([values for _, values in curves.values()]) > 2:
        axes.set_yscale("log")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set(xlabel="epoch", ylabel=name.replace("_", " "))
    _tidy(axes)


def _draw_objective(axes: Axes, record: Record) -> None:
    """What training minimises, where it is more than the loss: with regularisation."""
    steps, values = record.history.get("train/objective", ((), ()))
    if len(steps) and not np.array_equal(values, record.history.get("train/loss", ((), ()))[1]):
        axes.plot(steps, values, color="0.5", lw=1, label="training, regularised")


def _decades(curves: list[Array]) -> float:
    values = np.concatenate(curves)
    values = values[np.isfinite(values)]
    if len(values) == 0 or values.min() <= 0:
        return 0.0
    return float(np.log10(values.max() / values.min()))


def _splits(record: Record) -> list[str]:
    found = record.evaluation
    return [s for s in SPLIT_COLOUR if len(found.get(f"{s}_targets", ())) > 0]


def _shown_split(record: Record) -> str | None:
    """Test if there is one, else validation, else training."""
    return next(reversed(_splits(record)), None)


def _predicted(record: Record, split: str) -> Array:
    data = record.run["dataset"]
    task = Task(data["kind"], tuple(data["inputs"]), tuple(data["classes"]))
    return task.labels(record.evaluation[f"{split}_outputs"])


def _column(values: Array) -> Array:
    return values.reshape(len(values), -1)[:, 0]


def _name_classes(axes: Axes, classes: list[str]) -> None:
    places = np.arange(len(classes))
    long = max(len(name) for name in classes) * len(classes) > 40
    axes.set_xticks(places, classes, rotation=45 if long else 0, ha="right" if long else "center")
    axes.set_yticks(places, classes)
    axes.set_xticks(places[1:] - 0.5, minor=True)
    axes.set_yticks(places[1:] - 0.5, minor=True)
    axes.grid(which="minor", color="white", lw=1.5)
    axes.tick_params(which="minor", length=0)


def _write_counts(axes: Axes, counts: Array, shares: Array) -> None:
    for (row, column), count in np.ndenumerate(counts):
        colour = "white" if shares[row, column] > 0.6 else "0.15" if count else "0.7"
        axes.text(column, row, str(count), ha="center", va="center", color=colour)


def _regions(record: Record, points: Array, resolution: int) -> tuple[Array, Array, Array]:
    """Both axes of a grid around the points, and the index of the class predicted at each place."""
    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.06 * np.where(high > low, high - low, 1.0)
    first, second = np.linspace(low - margin, high + margin, resolution, axis=1)
    grid = np.stack(np.meshgrid(first, second), axis=-1).reshape(-1, 2)
    predictor: Any = record.predictor
    labels = predictor.task.labels(predictor.outputs(grid))
    return first, second, labels.reshape(resolution, resolution)


def _draw_points(axes: Axes, record: Record, splits: list[str], colours: list[str]) -> None:
    """Filled dots for training samples, squares for the others; colours by true class."""
    from matplotlib.lines import Line2D

    classes = record.run["dataset"]["classes"]
    markers = {"train": "o", "val": "D", "test": "s"}
    for split in splits:
        inputs = record.evaluation[f"{split}_inputs"][:MOST_POINTS]
        targets = record.evaluation[f"{split}_targets"][:MOST_POINTS]
        edge = "white" if split == "train" else "black"
        axes.scatter(
            *inputs.T,
            c=[colours[target] for target in targets],
            marker=markers[split],
            s=20 if len(inputs) > 100 else 34,
            edgecolors=edge,
            linewidths=0.6,
        )
        axes.plot([], [], markers[split], color="0.6", mec=edge, mew=0.6, label=SPLIT_WORD[split])
    for name, colour in zip(classes, colours, strict=True):
        axes.add_line(Line2D([], [], color=colour, lw=5, label=name))
