"""What a dataset looks like: points in the plane, a curve's points, images, or principal components."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from framework.catalogue import Entry
from framework.documentation.facts import table
from framework.documentation.figures.style import Drawing, panels
from framework.drawing import PALETTE
from framework.interfaces import Table
from framework.params import Array

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_POINTS, MOST_CLASSES = 1_500, 8
MARKS = "osD^vP*X"
GRID = (4, 10)  # rows and columns of images


def plan(entry: Entry) -> Drawing | None:
    """By the shape of the inputs."""
    found = table(entry.subject)
    if found is None or found.task.kind == "function":
        return None
    side = _side(found)
    if side or found.x.ndim >= 3:
        return Drawing("The first samples of each class.", lambda: _images(entry, found, side))
    if found.x.shape[1] == 1:
        return Drawing("The target against the input.", lambda: _curve(entry, found))
    if found.x.shape[1] == 2:
        return Drawing("All rows in the plane of the two inputs.", lambda: _plane(entry, found))
    caption = "The rows along the first two principal components of the standardised inputs."
    return Drawing(caption, lambda: _components(entry, found))


def _side(found: Table) -> int | None:
    """The side of square images that are stored flat."""
    width = math.isqrt(found.x[0].size)
    named = bool(found.features) and all("pixel" in name for name in found.features)
    return width if found.x.ndim == 2 and named and width**2 == found.x[0].size else None


def _images(entry: Entry, found: Table, side: int | None) -> Figure:
    rows, columns = GRID
    images = found.x.reshape(len(found.x), side, side) if side else found.x
    chosen = _of_each_class(found, rows * columns)
    figure, axes = panels(1, 1, f"data={entry.name}")
    tiles = [_padded(images[row]) for row in chosen]
    tiles += [np.full_like(tiles[0], np.nan)] * (rows * columns - len(tiles))
    sheet = np.concatenate(
        [np.concatenate(tiles[r * columns : (r + 1) * columns], axis=1) for r in range(rows)]
    )
    panel = axes[0, 0]
    panel.imshow(sheet, cmap="gray_r", interpolation="nearest")
    panel.set_axis_off()
    height, width = images.shape[1:3]
    panel.set_title(f"{height}×{width} pixels", fontsize="small")
    return figure


def _padded(image: Array) -> Array:
    """A frame of nothing around it, and values from 0 to 1."""
    grey = np.asarray(image, dtype=float)
    if grey.ndim == 3 and grey.shape[2] == 1:
        grey = grey[:, :, 0]
    grey = (grey - grey.min()) / (np.ptp(grey) or 1.0)
    return np.pad(grey, [(1, 1), (1, 1), *[(0, 0)] * (grey.ndim - 2)], constant_values=np.nan)


def _of_each_class(found: Table, count: int) -> list[int]:
    """Rows, the first of each class, then the second, and so on."""
    labels = np.asarray(found.y).ravel() if found.classes else np.zeros(len(found.x), int)
    rank = np.empty(len(labels), int)
    for label in np.unique(labels):
        where = np.flatnonzero(labels == label)
        rank[where] = np.arange(len(where))
    order = np.lexsort((labels, rank))
    return [int(row) for row in order[:count]]


def _curve(entry: Entry, found: Table) -> Figure:
    figure, axes = panels(1, 1, f"data={entry.name}")
    names = found.features or ("x",)
    if found.classes:
        _classes(axes[0, 0], np.column_stack([found.x[:, 0], found.y]), found)
    else:
        y = found.y.reshape(len(found.y), -1)
        for number, column in enumerate(y.T):
            mark, colour = MARKS[number % len(MARKS)], PALETTE[number % len(PALETTE)]
            axes[0, 0].plot(found.x[:, 0], column, mark, ms=3, color=colour, alpha=0.7, mew=0)
    axes[0, 0].set(xlabel=names[0], ylabel="target y")
    return figure


def _plane(entry: Entry, found: Table) -> Figure:
    figure, axes = panels(1, 1, f"data={entry.name}")
    names = found.features or ("x1", "x2")
    _points(figure, axes[0, 0], found.x, found)
    axes[0, 0].set(xlabel=names[0], ylabel=names[1])
    axes[0, 0].set_aspect("equal", adjustable="datalim")
    return figure


def _components(entry: Entry, found: Table) -> Figure:
    """The two directions of largest variance, their signs fixed by their largest entries."""
    x = found.x.astype(float)
    scale = x.std(axis=0)
    x = (x - x.mean(axis=0)) / np.where(scale > 0, scale, 1)
    _, sizes, directions = np.linalg.svd(x, full_matrices=False)
    largest = np.abs(directions).argmax(axis=1)
    directions *= np.sign(directions[np.arange(len(directions)), largest])[:, None]
    shares = sizes**2 / np.sum(sizes**2)
    figure, axes = panels(1, 1, f"data={entry.name}")
    _points(figure, axes[0, 0], x @ directions[:2].T, found)
    ordinals = ("first", "second")
    across, up = (
        f"{o} principal component ({s:.0%})" for o, s in zip(ordinals, shares, strict=False)
    )
    axes[0, 0].set(xlabel=across, ylabel=up)
    return figure


def _points(figure: Figure, panel: Any, points: Array, found: Table) -> None:
    """Coloured by class, or by the target."""
    if found.classes:
        _classes(panel, points, found)
        return
    label = "first target" if found.task.targets > 1 else "target y"
    target = found.y.reshape(len(found.y), -1)[:, 0]
    kept = _spread(len(points))
    shown = panel.scatter(*points[kept].T, c=target[kept], s=10, lw=0, cmap="cividis")
    figure.colorbar(shown, ax=panel, label=label)


def _classes(panel: Any, points: Array, found: Table) -> None:
    kept, many = _spread(len(points)), len(found.classes) > MOST_CLASSES
    for label, name in enumerate(found.classes):
        rows = kept[np.asarray(found.y)[kept] == label]
        mark, colour = MARKS[label % len(MARKS)], PALETTE[label % len(PALETTE)]
        panel.plot(*points[rows].T, mark, ms=3.6, color=colour, mec="white", mew=0.3, label=name)
    if not many:
        panel.legend(frameon=False, fontsize="small", markerscale=1.4)


def _spread(rows: int) -> Array:
    """Row numbers, evenly spaced, at most as many as a figure can show."""
    return np.unique(np.linspace(0, rows - 1, min(rows, MOST_POINTS)).round().astype(int))
