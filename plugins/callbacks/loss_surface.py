"""The path of training on the surface of the objective."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from framework import (
    DASHES,
    MARKERS,
    PALETTE,
    Array,
    Callback,
    Objective,
    Trajectory,
    drawn,
    first_rows,
    heights,
    hookimpl,
    plane_of_paths,
    require,
    sheet,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from framework import Run
    from framework.tracking.record import Record

PATIENCE = 4.0  # seconds for all points of a surface
LEVELS = 14


@dataclass
class LossSurface(Callback):
    """Keeps the path of training and draws it on the objective, of a run or of all runs of a study.

    Two parameters are their own axes; more are cut by the plane of the path's first two principal components.
    The path is `path.npz` in the run's folder: up to 400 snapshots of theta. On with diagnostics=full; see
    docs/diagnostics.md.
    rows: training rows that the objective is taken on, the first of the split.
    resolution: points on each side of the grid, or as many as four seconds allow.
    Source: Li et al., Visualizing the loss landscape of neural nets (2018), section 7.2.
    """

    enabled: bool = False
    rows: int = 256
    resolution: int = 61

    def __post_init__(self) -> None:
        require(self, "rows", self.rows > 0, "a number of rows is > 0")
        require(self, "resolution", self.resolution >= 2, "a grid has >= 2 points on each side")
        self._path = Trajectory()

    @hookimpl(wrapper=True)
    def run_training(self, run: Run) -> Generator[None, str | None, str | None]:
        self._path.add(run.work.steps, run.theta)
        stopped = yield
        if run.folder is not None:
            self._path.end(run.work.steps, run.theta)
            steps, thetas = self._path.arrays()
            np.savez(run.folder / "path.npz", steps=steps, thetas=thetas)
        return stopped

    @hookimpl
    def on_step_end(self, run: Run) -> None:
        self._path.add(run.work.steps, run.theta)

    @hookimpl
    def draw_figures(self, record: Record) -> dict[str, Figure]:
        return drawn(loss_surface=loss_surface([record], self.rows, self.resolution))

    @hookimpl
    def draw_study(self, records: list[Record]) -> dict[str, Figure]:
        return drawn(loss_surface=loss_surface(records, self.rows, self.resolution))


@hookimpl
def register_callbacks() -> dict[str, type[Callback]]:
    return {"loss_surface": LossSurface}


def loss_surface(records: list[Record], rows: int, resolution: int) -> Figure | None:
    """The paths on the objective, one panel for each objective that has two parameters or more."""
    draws = [
        partial(_draw_surface, surface, resolution, len(records) > 1)
        for surface in _surfaces(records, rows)
    ]
    return sheet(records, draws, (5.6, 4.4))


@dataclass
class Surface:
    """An objective, and the runs on it with their paths, each (n, P)."""

    objective: Objective
    paths: list[tuple[Record, Array]]

    def holds(self, other: Objective, path: Array) -> bool:
        """Whether another objective is the same function, by its values at the ends of a path."""
        if self.objective.network.layout.size != path.shape[1]:
            return False
        pairs = [(self.objective.at(end).value, other.at(end).value) for end in (path[0], path[-1])]
        return all(math.isclose(*pair, rel_tol=1e-9) for pair in pairs)


def _surfaces(records: list[Record], rows: int) -> list[Surface]:
    """Runs with a path of two parameters or more, together where they have the same objective."""
    from framework import reopen

    found: list[Surface] = []
    for record in records:
        path = _path(record)
        if path is None or path.shape[1] < 2:
            continue
        objective = first_rows(reopen(record.folder).objective, rows)
        same = next((each for each in found if each.holds(objective, path)), None)
        if same is None:
            found.append(Surface(objective, [(record, path)]))
        else:
            same.paths.append((record, path))
    return found


def _path(record: Record) -> Array | None:
    """The snapshots of theta, (n, P), as far as they are finite; None if there are none."""
    file = record.folder / "path.npz"
    if not file.exists():
        return None
    with np.load(file, allow_pickle=False) as found:
        thetas = found["thetas"]
    thetas = thetas[np.isfinite(thetas).all(axis=-1)]
    return thetas if thetas.size else None


def _draw_surface(surface: Surface, resolution: int, named: bool, axes: Axes) -> None:
    objective, thetas = surface.objective, [path for _, path in surface.paths]
    plane = plane_of_paths(thetas)
    a, b, height = heights(objective, plane, *plane.window(thetas), resolution, PATIENCE)
    _draw_contours(axes, a, b, height)
    for i, (record, path) in enumerate(surface.paths):
        x, y = plane.coordinates(path).T
        colour, dashes = PALETTE[i % len(PALETTE)], DASHES[i % len(DASHES)]
        axes.plot(x, y, dashes, color=colour, lw=1.4, label=record.label)
        axes.plot(x[:1], y[:1], "o", color="white", mec="black", ms=6, zorder=3)
        marker = MARKERS[1 + i % (len(MARKERS) - 1)]
        axes.plot(x[-1:], y[-1:], marker, color=colour, mec="black", ms=7, zorder=4)
    axes.grid(False)
    axes.set(xlim=(a[0], a[-1]), ylim=(b[0], b[-1]))
    axes.set(**_axis_names(objective, plane.shares))
    if named:
        axes.legend(fontsize="small", framealpha=0.85)


def _axis_names(objective: Objective, shares: Array) -> dict[str, str]:
    if objective.network.layout.size == 2:
        parts = [(p.name, i, p.size) for p in objective.network.layout for i in range(p.size)]
        names = [name if size == 1 else f"{name}[{i}]" for name, i, size in parts]
        return {"xlabel": names[0], "ylabel": names[1]}
    first, second = (f"{share:.1%} of the variance" for share in shares)
    return {"xlabel": f"1st principal direction, {first}", "ylabel": f"2nd, {second}"}


def _draw_contours(axes: Axes, a: Array, b: Array, height: Array) -> None:
    """Heights above the least in equal ratios."""
    from matplotlib.colors import LogNorm

    above = height - np.nanmin(height)
    positive = above[above > 0]
    if not len(positive):
        return
    high = positive.max()
    levels = np.geomspace(max(np.quantile(positive, 0.002), 1e-4 * high), high, LEVELS)
    above = np.maximum(above, levels[0])
    norm = LogNorm(levels[0], levels[-1])
    filled = axes.contourf(a, b, above, levels=levels, cmap="Greys", norm=norm, alpha=0.55)
    axes.contour(a, b, above, levels=levels, colors="0.55", linewidths=0.5)
    label = "objective above the least shown"
    axes.figure.colorbar(filled, ax=axes, label=label, shrink=0.9, format="%.1e", ticks=levels[::2])
