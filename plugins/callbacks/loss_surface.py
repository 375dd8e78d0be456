"""The path of training on the surface of the objective."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from framework import (
    Array,
    Callback,
    Objective,
    Trajectory,
    drawn,
    first_rows,
    heights,
    hookimpl,
    look,
    names_of,
    one_of,
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
PATH = "path.npz"  # in the run's folder


@dataclass
class LossSurface(Callback):
    """Keeps the path of training and draws it on the objective, of a run or of all runs of a study.

    Two parameters are their own axes; more are cut by the plane of the path's first two principal components.
    The path is `path.npz` in the run's folder: up to 400 snapshots of theta. On with diagnostics=full; see
    docs/diagnostics.md.
    rows: training rows that the objective is taken on, the first of the split.
    resolution: points on each side of the grid, or as many as four seconds allow.
    scale: contours at heights above the least in equal ratios, "log", or at equal distances, "linear".
    most: runs of a study up to which their surfaces are drawn; of more there is none, but that of each run.
    Source: Li et al., Visualizing the loss landscape of neural nets (2018), section 7.2.
    """

    enabled: bool = False
    rows: int = 256
    resolution: int = 61
    scale: str = "log"
    most: int = 16

    def __post_init__(self) -> None:
        require(self, "rows", self.rows > 0, "a number of rows is > 0")
        require(self, "resolution", self.resolution >= 2, "a grid has >= 2 points on each side")
        one_of(self, "scale", ["log", "linear"])
        require(self, "most", self.most >= 1, "a number of runs is >= 1")
        self._path = Trajectory()

    @hookimpl(wrapper=True)
    def run_training(self, run: Run) -> Generator[None, str | None, str | None]:
        self._path.add(run.work.steps, run.theta)
        stopped = yield
        if run.folder is not None:
            self._path.end(run.work.steps, run.theta)
            steps, thetas = self._path.arrays()
            np.savez(run.folder / PATH, steps=steps, thetas=thetas)
        return stopped

    @hookimpl
    def on_step_end(self, run: Run) -> None:
        self._path.add(run.work.steps, run.theta)

    @hookimpl
    def draw_figures(self, record: Record) -> dict[str, Figure]:
        return drawn(loss_surface=self._figure([record]))

    @hookimpl
    def draw_study(self, records: list[Record]) -> dict[str, Figure]:
        if len(records) > self.most:
            return {}
        return drawn(loss_surface=self._figure(records))

    def _figure(self, records: list[Record]) -> Figure | None:
        """The paths on the objective, one panel for each objective that has two parameters or more."""
        surfaces = _surfaces(records, self.rows)
        titled, named = len(surfaces) > 1, len(records) > 1
        draws = [partial(self._draw, surface, titled, named) for surface in surfaces]
        return sheet(records, draws, (5.6, 4.4))

    def _draw(self, surface: Surface, titled: bool, named: bool, axes: Axes) -> None:
        objective, thetas = surface.objective, [path for _, path in surface.paths]
        plane = plane_of_paths(thetas)
        grid = heights(objective, plane, *plane.window(thetas), self.resolution, PATIENCE)
        _draw_contours(axes, *grid, self.scale)
        for number, (name, path) in enumerate(surface.paths):
            _draw_path(axes, *plane.coordinates(path).T, name, number)
        axes.grid(False)
        axes.set(xlim=(grid[0][0], grid[0][-1]), ylim=(grid[1][0], grid[1][-1]))
        axes.set(**_axis_names(objective, plane.shares))
        if titled:
            axes.set_title(surface.title, fontsize="medium")
        if named:
            axes.legend(fontsize="small", framealpha=0.85)


@hookimpl
def register_callbacks() -> dict[str, type[Callback]]:
    return {"loss_surface": LossSurface}


@dataclass
class Surface:
    """An objective by its loss, and the runs on it, each with its name and its path, (n, P)."""

    title: str
    objective: Objective
    paths: list[tuple[str, Array]]

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
    for name, record in zip(names_of(records), records, strict=True):
        path = _path(record)
        if path is None or path.shape[1] < 2:
            continue
        objective = first_rows(reopen(record.folder).objective, rows)
        same = next((each for each in found if each.holds(objective, path)), None)
        if same is None:
            found.append(Surface(f"loss={record.run['params']['loss']}", objective, [(name, path)]))
        else:
            same.paths.append((name, path))
    return found


def _path(record: Record) -> Array | None:
    """The snapshots of theta, (n, P), as far as they are finite; None if there are none."""
    file = record.folder / PATH
    if not file.exists():
        return None
    with np.load(file, allow_pickle=False) as found:
        thetas = found["thetas"]
    thetas = thetas[np.isfinite(thetas).all(axis=-1)]
    return thetas if thetas.size else None


def _draw_path(axes: Axes, x: Array, y: Array, name: str, number: int) -> None:
    """From a white dot to a marker."""
    _, colour, dashes, marker = look(number)
    axes.plot(x, y, dashes, color=colour, lw=1.4, label=name)
    axes.plot(x[:1], y[:1], "o", color="white", mec="black", ms=6, zorder=3)
    axes.plot(x[-1:], y[-1:], marker, color=colour, mec="black", ms=7, zorder=4)


def _axis_names(objective: Objective, shares: Array) -> dict[str, str]:
    if objective.network.layout.size == 2:
        parts = [(p.name, i, p.size) for p in objective.network.layout for i in range(p.size)]
        names = [name if size == 1 else f"{name}[{i}]" for name, i, size in parts]
        return {"xlabel": names[0], "ylabel": names[1]}
    first, second = (f"{share:.1%} of the variance" for share in shares)
    return {"xlabel": f"1st principal direction, {first}", "ylabel": f"2nd, {second}"}


def _draw_contours(axes: Axes, a: Array, b: Array, height: Array, scale: str) -> None:
    from matplotlib.colors import LogNorm, Normalize

    above = height - np.nanmin(height)
    positive = above[above > 0]
    if not len(positive):
        return
    high = positive.max()
    if scale == "log":
        levels = np.geomspace(max(np.quantile(positive, 0.002), 1e-4 * high), high, LEVELS)
    else:
        levels = np.linspace(0, high, LEVELS)
    ends = levels[0], levels[-1]
    norm = LogNorm(*ends) if scale == "log" else Normalize(*ends)
    above = np.maximum(above, levels[0])
    filled = axes.contourf(a, b, above, levels=levels, cmap="Greys", norm=norm, alpha=0.55)
    axes.contour(a, b, above, levels=levels, colors="0.55", linewidths=0.5)
    label = "objective above the least shown"
    axes.figure.colorbar(filled, ax=axes, label=label, shrink=0.9, format="%.1e", ticks=levels[::2])
