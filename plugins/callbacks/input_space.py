"""The model over its input space: a curve or decision regions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from framework import (
    PALETTE,
    SPLITS,
    Array,
    Callback,
    drawn,
    hookimpl,
    panels,
    require,
    splits_of,
    title_of,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from framework.tracking.record import Record

MOST_POINTS = 2_000
SIZES = ((100, 34), (400, 20), (MOST_POINTS, 12))  # of a point, in a plane with up to so many
CURVE = 500  # points of the grid behind a curve


@dataclass
class InputSpace(Callback):
    """Draws the fitted curve of a regression on the line, and the decision regions of classes in the plane.

    Both show the data of each split on top of what the trained model says between and around them.
    They are PNG files in the run folder and in MLflow, drawn after the run by the background process.

    resolution: points on each side of the grid behind the decision regions.
    """

    resolution: int = 200

    def __post_init__(self) -> None:
        require(self, "resolution", self.resolution >= 2, "a grid has >= 2 points on each side")

    @hookimpl
    def draw_figures(self, record: Record) -> dict[str, Figure]:
        return drawn(fit=fit(record), decision_regions=decision_regions(record, self.resolution))


@hookimpl
def register_callbacks() -> dict[str, type[Callback]]:
    return {"input_space": InputSpace}


def fit(record: Record) -> Figure | None:
    """The model's curve over its one input, if that varies, and the targets of each split as points."""
    data, splits = record.run["dataset"], _splits(record)
    if data["kind"] != "regression" or list(data["inputs"]) != [1] or not splits:
        return None
    predictor: Any = record.predictor
    points = _points(record, splits)
    x = np.linspace(*_around(points), CURVE)
    outputs = predictor.outputs(x)
    if outputs.shape[1] != 1 or np.ptp(points) == 0:
        return None
    figure, grid = panels(title=title_of([record]), size=(6.4, 4.4))
    axes = grid[0, 0]
    for depth, split in enumerate(splits):  # those of training in front
        _scatter(axes, record, split, 2 - 0.1 * depth)
    axes.plot(x[:, 0], outputs[:, 0], color="black", lw=1.8, label="model", zorder=3)
    axes.set(xlabel=(data["features"] or ["x"])[0], ylabel="target", xlim=(x[0, 0], x[-1, 0]))
    axes.legend(frameon=False)
    return figure


def _scatter(axes: Axes, record: Record, split: str, zorder: float) -> None:
    look, inputs = SPLITS[split], record.evaluation[f"{split}_inputs"][:MOST_POINTS]
    targets = record.evaluation[f"{split}_targets"][:MOST_POINTS].reshape(len(inputs))
    many = len(inputs) > 100
    axes.scatter(
        inputs[:, 0],
        targets,
        14 if many else 34,
        color=look.colour,
        marker=look.marker,
        alpha=0.5 if many else 0.85,
        linewidths=0,
        zorder=zorder,
        label=look.word,
    )


def decision_regions(record: Record, resolution: int = 200) -> Figure | None:
    """The predicted class over the plane, and the samples in the colours of their true classes."""
    data, splits = record.run["dataset"], _splits(record)
    if not data["classes"] or list(data["inputs"]) != [2] or not splits:
        return None
    colours = [PALETTE[index % len(PALETTE)] for index in range(len(data["classes"]))]
    figure, grid = panels(title=title_of([record]), size=(6.8, 4.8))
    axes = grid[0, 0]
    axes.grid(visible=False)
    first, second, regions = _regions(record, _points(record, splits), resolution)
    _draw_regions(axes, first, second, regions, colours)
    _draw_points(axes, record, splits, colours)
    names = data["features"] or ["x1", "x2"]
    axes.set(xlabel=names[0], ylabel=names[1])
    axes.set(xlim=(first[0], first[-1]), ylim=(second[0], second[-1]))
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)
    return figure


def _regions(record: Record, points: Array, resolution: int) -> tuple[Array, Array, Array]:
    """Both axes of a grid around the points, and the index of the class predicted at each place."""
    first, second = np.linspace(*_around(points), resolution, axis=1)
    grid = np.stack(np.meshgrid(first, second), axis=-1).reshape(-1, 2)
    predictor: Any = record.predictor
    labels = predictor.task.labels(predictor.outputs(grid))
    return first, second, labels.reshape(resolution, resolution)


def _draw_regions(
    axes: Axes, first: Array, second: Array, regions: Array, colours: list[str]
) -> None:
    from matplotlib.colors import BoundaryNorm, ListedColormap

    count = len(colours)
    norm = BoundaryNorm(np.arange(count + 1) - 0.5, count)
    style = {"cmap": ListedColormap(colours), "norm": norm, "alpha": 0.22}
    axes.pcolormesh(first, second, regions, zorder=0, rasterized=True, **style)
    for number in np.unique(regions)[1:]:
        inside = (regions == number).astype(float)
        edge = {"levels": [0.5], "colors": "white", "linewidths": 0.8, "zorder": 0.5}
        axes.contour(first, second, inside, **edge)


def _draw_points(axes: Axes, record: Record, splits: list[str], colours: list[str]) -> None:
    """Dots for training samples, diamonds and squares for the others; colours by true class."""
    from matplotlib.lines import Line2D

    for split in splits:
        word, _, _, marker = SPLITS[split]
        inputs = record.evaluation[f"{split}_inputs"][:MOST_POINTS]
        targets = record.evaluation[f"{split}_targets"][:MOST_POINTS]
        edge = "white" if split == "train" else "black"
        size = next(size for most, size in SIZES if len(inputs) <= most)
        axes.scatter(
            *inputs.T,
            c=[colours[target] for target in targets],
            marker=marker,
            s=size,
            edgecolors=edge,
            linewidths=size / 50,
        )
        axes.plot([], [], marker, color="0.6", mec=edge, mew=0.6, label=word)
    for name, colour in zip(record.run["dataset"]["classes"], colours, strict=True):
        axes.add_line(Line2D([], [], color=colour, lw=5, label=name))


def _splits(record: Record) -> list[str]:
    """Those whose inputs were kept; none without a model."""
    return splits_of(record, "inputs") if record.predictor is not None else []


def _points(record: Record, splits: list[str]) -> Array:
    return np.concatenate([record.evaluation[f"{split}_inputs"] for split in splits])


def _around(points: Array) -> tuple[Array, Array]:
    """The least and the greatest of each input, with a margin."""
    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.06 * np.where(high > low, high - low, 1.0)
    return low - margin, high + margin
