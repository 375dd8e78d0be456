"""Learning curves and predictions as figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from framework import (
    BASELINE,
    FEW_INPUTS,
    FEW_ROWS,
    SPLITS,
    Array,
    Callback,
    Task,
    axis_name,
    drawn,
    hookimpl,
    panels,
    scale_values,
    splits_of,
    title_of,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from framework.tracking.record import Record

MOST_CELLS = 12  # classes up to which a confusion matrix shows its counts
HATCH = {"train": "", "val": "xx", "test": "//"}


@dataclass
class Figures(Callback):
    """Draws learning curves, a confusion matrix or residuals, and each prediction where rows are few.

    They are PNG files in the run folder and in MLflow, drawn after the run by the background
    process: training does not wait for them. What a callback logs as `baseline/<split>/<metric>`,
    the value of a reference, is a dotted line beside the curves.
    Colours are Okabe and Ito's, Color Universal Design (2008).
    """

    @hookimpl
    def draw_figures(self, record: Record) -> dict[str, Figure]:
        return drawn(
            learning_curves=learning_curves(record),
            confusion_matrix=confusion_matrix(record),
            residuals=residuals(record),
            predictions=predictions(record),
        )


@hookimpl
def register_callbacks() -> dict[str, type[Callback]]:
    return {"figures": Figures}


# -- learning curves -----------------------------------------------------------------------------------


def learning_curves(record: Record) -> Figure | None:
    """The loss and the primary metric against epochs, one line a split."""
    primary = record.run["primary"].rpartition("/")[2]
    names = [name for name in dict.fromkeys(["loss", primary]) if _curves(record, name)]
    if not names:
        return None
    size = (4.6 * len(names) + 0.6, 4.0)
    figure, grid = panels(1, len(names), title_of([record]), size)
    for axes, name in zip(grid[0], names, strict=True):
        _draw_curves(axes, record, name)
        _draw_baselines(axes, record, name)
        if name == "loss":
            _draw_objective(axes, record)
        axes.set(xlabel="epoch", ylabel=axis_name(name, [record]))
        axes.legend(frameon=False)
    return figure


def _curves(record: Record, name: str) -> dict[str, tuple[Array, Array]]:
    return {
        split: record.history[f"{split}/{name}"]
        for split in SPLITS
        if len(record.history.get(f"{split}/{name}", ((), ()))[0]) > 0
    }


def _draw_curves(axes: Axes, record: Record, name: str) -> None:
    curves = _curves(record, name)
    for split, (steps, values) in curves.items():
        look = SPLITS[split]
        axes.plot(
            steps,
            np.where(np.isfinite(values), values, np.nan),
            look.dashes,
            color=look.colour,
            marker=look.marker if len(steps) <= 12 else None,
            markersize=3.5,
            label=look.word,
        )
    scale_values(axes, [values for _, values in curves.values()])
    axes.xaxis.get_major_locator().set_params(integer=True)


def _draw_objective(axes: Axes, record: Record) -> None:
    """What training minimises, where it is more than the loss: with regularisation."""
    steps, values = record.history.get("train/objective", ((), ()))
    if len(steps) and not np.array_equal(values, record.history.get("train/loss", ((), ()))[1]):
        axes.plot(steps, values, color="0.5", lw=1, label="training, regularised")


def _draw_baselines(axes: Axes, record: Record, name: str) -> None:
    """What a reference comes to, in the colour of each split."""
    found = [split for split in SPLITS if f"{BASELINE}/{split}/{name}" in record.history]
    for split in found:
        value = record.history[f"{BASELINE}/{split}/{name}"][1][-1]
        axes.axhline(value, color=SPLITS[split].colour, ls=":", lw=1.4)
    if found:
        axes.plot([], [], ":", color="0.3", lw=1.4, label=BASELINE)


# -- predictions ---------------------------------------------------------------------------------------


def confusion_matrix(record: Record) -> Figure | None:
    """Counts of true against predicted classes; the colour is the share of the true class."""
    split = next(reversed(splits_of(record, "targets")), None)
    classes = record.run["dataset"]["classes"]
    if split is None or not classes:
        return None
    counts = np.zeros((len(classes), len(classes)), dtype=int)
    np.add.at(counts, (record.evaluation[f"{split}_targets"], _predicted(record, split)), 1)
    side = min(3.2 + 0.45 * len(classes), 11.0)
    figure, grid = panels(title=title_of([record]), size=(side + 1.6, side + 0.6))
    axes = grid[0, 0]
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    figure.colorbar(image, label="share of the true class", shrink=0.8)
    right, total = np.trace(counts), max(counts.sum(), 1)
    title = f"{SPLITS[split].word} set: {right} of {total} right ({right / total:.1%})"
    axes.set(xlabel="predicted", ylabel="true")
    axes.set_title(title, fontsize="medium")
    _name_classes(axes, classes)
    if len(classes) <= MOST_CELLS:
        _write_counts(axes, counts, shares)
    return figure


def _predicted(record: Record, split: str) -> Array:
    data = record.run["dataset"]
    task = Task(data["kind"], tuple(data["inputs"]), tuple(data["classes"]))
    return task.labels(record.evaluation[f"{split}_outputs"])


def _name_classes(axes: Axes, classes: list[str]) -> None:
    places = np.arange(len(classes))
    long = max(len(name) for name in classes) * len(classes) > 40
    axes.set_xticks(places, classes, rotation=45 if long else 0, ha="right" if long else "center")
    axes.set_yticks(places, classes)
    axes.set_xticks(places[1:] - 0.5, minor=True)
    axes.set_yticks(places[1:] - 0.5, minor=True)
    axes.grid(visible=False)
    axes.grid(which="minor", color="white", lw=1.5)
    axes.tick_params(which="minor", length=0)


def _write_counts(axes: Axes, counts: Array, shares: Array) -> None:
    for (row, column), count in np.ndenumerate(counts):
        colour = "white" if shares[row, column] > 0.6 else "0.15" if count else "0.7"
        axes.text(column, row, str(count), ha="center", va="center", color=colour)


def residuals(record: Record) -> Figure | None:
    """Predicted against true values and what is left over, of each split; for at least two rows."""
    splits = splits_of(record, "targets")
    rows = sum(len(record.evaluation[f"{split}_targets"]) for split in splits)
    if record.run["dataset"]["kind"] != "regression" or rows < 2:
        return None
    figure, grid = panels(1, 2, title_of([record]), (9.8, 4.2))
    left, right = grid[0]
    for split in splits:
        word, colour, _, marker = SPLITS[split]
        true = _column(record.evaluation[f"{split}_targets"])
        predicted = _column(record.evaluation[f"{split}_outputs"])
        style = {"s": 16, "alpha": 0.6, "lw": 0, "color": colour, "marker": marker, "label": word}
        left.scatter(true, predicted, **style)
        right.scatter(predicted, true - predicted, **style)
    left.axline((float(true[0]),) * 2, slope=1, color="0.3", lw=1)
    right.axhline(0, color="0.3", lw=1)
    left.set(xlabel="true", ylabel="predicted")
    right.set(xlabel="predicted", ylabel="true − predicted")
    left.legend(frameon=False)
    return figure


def predictions(record: Record) -> Figure | None:
    """The output for each row as a bar and its target as a line across, of 2 to 24 rows."""
    splits = splits_of(record, "targets")
    rows = sum(len(record.evaluation[f"{split}_targets"]) for split in splits)
    if not 2 <= rows <= FEW_ROWS or _targets(record, splits[0]).ndim > 1:
        return None
    figure, grid = panels(title=title_of([record]), size=(max(4.6, 1.6 + 0.5 * rows), 3.9))
    axes, start, labels = grid[0, 0], 0.0, {}
    for split in splits:
        order, names = _row_names(record, split)
        places = start + np.arange(len(order))
        _draw_bars(axes, split, places, _outputs(record, split)[order])
        _draw_targets(axes, places, _targets(record, split)[order])
        labels |= dict(zip(places, names, strict=True))
        start = places[-1] + 1.6
    _name_rows(axes, labels)
    axes.set(xlabel=_row_axis(record), ylabel=_output_name(record))
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)
    return figure


def _draw_bars(axes: Axes, split: str, places: Array, values: Array) -> None:
    word, colour, _, _ = SPLITS[split]
    style = {"color": colour, "alpha": 0.75, "edgecolor": "white", "hatch": HATCH[split]}
    axes.bar(places, values, 0.8, label=word, **style)
    above = {"transform": axes.get_xaxis_transform(), "ha": "center", "fontsize": "x-small"}
    for place, value in zip(places, values, strict=True):
        axes.text(place, 1.01, f"{value:.2f}", color=colour, **above)


def _draw_targets(axes: Axes, places: Array, targets: Array) -> None:
    named = any(text == "target" for text in axes.get_legend_handles_labels()[1])
    label = None if named else "target"
    axes.hlines(targets, places - 0.46, places + 0.46, color="black", lw=2.2, label=label)


def _name_rows(axes: Axes, labels: dict[float, str]) -> None:
    long = max(map(len, labels.values())) > 6
    axes.set_xticks(list(labels), list(labels.values()), fontsize="small")
    axes.tick_params(axis="x", length=0, rotation=45 if long else 0)
    axes.grid(visible=False, axis="x")


def _row_names(record: Record, split: str) -> tuple[Array, list[str]]:
    """Row numbers in the order of the inputs, and these as names; as they are and counted if many."""
    rows = len(record.evaluation[f"{split}_targets"])
    inputs = record.evaluation.get(f"{split}_inputs")
    if inputs is None or not _short(record):
        return np.arange(rows), [str(row + 1) for row in range(rows)]
    inputs = inputs.reshape(rows, -1)
    order = np.lexsort(inputs.T[::-1])
    return order, [" ".join(f"{value:.3g}" for value in row) for row in inputs[order]]


def _short(record: Record) -> bool:
    """Whether a row's inputs can be written below its bar."""
    return int(np.prod(record.run["dataset"]["inputs"])) <= FEW_INPUTS


def _row_axis(record: Record) -> str:
    names = record.run["dataset"]["features"]
    return "inputs " + " ".join(names) if names and _short(record) else "row"


def _outputs(record: Record, split: str) -> Array:
    """The value, or the output for class 1, or of several classes that for the true one."""
    outputs = record.evaluation[f"{split}_outputs"]
    if record.run["dataset"]["kind"] == "multiclass":
        return outputs[np.arange(len(outputs)), record.evaluation[f"{split}_targets"]]
    return outputs[:, -1]


def _targets(record: Record, split: str) -> Array:
    """What `_outputs` should be."""
    targets = record.evaluation[f"{split}_targets"]
    if record.run["dataset"]["kind"] == "multiclass":
        return np.ones(len(targets))
    return targets[:, 0] if targets.shape[1:] == (1,) else targets


def _output_name(record: Record) -> str:
    kind, classes = record.run["dataset"]["kind"], record.run["dataset"]["classes"]
    if kind == "binary":
        return f"output for class {classes[1]}"
    return "output" if kind == "regression" else "output for the true class"


def _column(values: Array) -> Array:
    return values.reshape(len(values), -1)[:, 0]
