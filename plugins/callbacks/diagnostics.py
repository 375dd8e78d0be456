"""Training seen from inside: layers, steps, curvature."""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from framework import (
    DASHES,
    PALETTE,
    Array,
    Callback,
    NonFinite,
    derivative_error,
    drawn,
    extreme_eigenvalues,
    first_rows,
    gradient_norms,
    hookimpl,
    hutchinson_trace,
    names_of,
    output_saturation,
    require,
    sheet,
    signal_sizes,
    step_quality,
    update_ratios,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from framework import Run
    from framework.tracking.record import Record

PREFIX = "diagnostics/"
SEED = 0  # of probes and directions: the same in every run
FEW = 32  # rows for the errors of derivatives
DERIVATIVES = "derivative_error.npz"  # in the run's folder
DELTAS = "delta norm, mean over samples"
UPDATES = "last update over weights"
QUALITY = "step quality: actual over predicted decrease"
TRACE, TRACE_ERROR = "hessian_trace", "hessian_trace_error"
PANELS = {  # titles, and the metrics below them by their beginnings
    "gradient norm": ("gradient_norm.",),
    DELTAS: ("delta_norm.",),
    UPDATES: ("update_ratio.",),
    "share of saturated and dead units": ("saturation.", "dead."),
    QUALITY: ("step_quality",),
    "Hessian": ("hessian_",),
}
GUIDES = {  # at which height of which panel, and what it says
    UPDATES: (1e-3, "1e-3, a common guide"),
    QUALITY: (1, "1: quadratic as far as the step goes"),
}
Histories = dict[str, tuple[Array, Array]]


@dataclass
class Diagnostics(Callback):
    """Measures what happens inside of training, at the iterate, on the first training rows.

    Presets choose the fields: diagnostics=none (the default), economy, business, full; see
    docs/diagnostics.md for every number. The work of the run is not touched: the cost is logged apart, as
    diagnostics/seconds and diagnostics/gradient_equivalents.
    every: epochs between measurements; the start and the end are always measured.
    rows: training rows that are measured, the first of the split.
    layers: norms of gradients and deltas, updates over weights, saturated and dead units, by layer.
    step_quality: the decrease by the last step over what the quadratic model predicts.
    trace_probes: random vectors for the trace of the Hessian; 0 for none.
    eigenvalues: the least and the greatest of the Hessian.
    derivative_error: compare derivatives with differences once, at the start.
    most: runs of a study up to which their layers are drawn side by side; of more there is no such figure.
    """

    enabled: bool = False
    every: int = 1
    rows: int = 256
    layers: bool = True
    step_quality: bool = False
    trace_probes: int = 0
    eigenvalues: bool = False
    derivative_error: bool = False
    most: int = 16

    def __post_init__(self) -> None:
        require(self, "every", self.every > 0, "a number of epochs is > 0")
        require(self, "rows", self.rows > 0, "a number of rows is > 0")
        require(self, "trace_probes", self.trace_probes >= 0, "a number of vectors is >= 0")
        require(self, "most", self.most >= 1, "a number of runs is >= 1")
        self._seconds, self._measured = 0.0, -1
        self._before: Array | None = None  # theta before the step just made, if it ends an epoch
        self._latest: Array | None = None

    @hookimpl(wrapper=True)
    def run_training(self, run: Run) -> Generator[None, str | None, str | None]:
        self._objective = first_rows(run.objective, self.rows)
        self._keep(run)
        if self.derivative_error and run.folder is not None:
            self._check_derivatives(run)
        stopped = yield
        self._end(run)
        return stopped

    @hookimpl
    def on_step_end(self, run: Run) -> None:
        self._keep(run)

    @hookimpl
    def on_evaluate(self, run: Run, step: int, metrics: dict[str, float]) -> None:
        if step % self.every == 0:
            metrics |= self._measure(run, step)

    @hookimpl
    def draw_figures(self, record: Record) -> dict[str, Figure]:
        return drawn(diagnostics=diagnostics(record), derivative_error=derivative_errors(record))

    @hookimpl
    def draw_study(self, records: list[Record]) -> dict[str, Figure]:
        return {} if len(records) > self.most else drawn(layers=layers(records))

    def _keep(self, run: Run) -> None:
        """Theta before the last step of an epoch."""
        last = (run.work.steps + 1) % run.batches.steps == 0
        self._before, self._latest = self._latest, run.theta.copy() if last else None

    def _measure(self, run: Run, epoch: int) -> dict[str, float]:
        """Every number that was asked for and is finite, and what all of them have cost so far."""
        start, self._measured = time.perf_counter(), epoch
        found: dict[str, float] = {}
        for numbers in self._numbers(run):
            found |= numbers
        self._seconds += time.perf_counter() - start
        kept = {name: float(value) for name, value in found.items() if math.isfinite(value)}
        return {PREFIX + name: value for name, value in (kept | self._cost()).items()}

    def _cost(self) -> dict[str, float]:
        work = self._objective.work
        return {"seconds": self._seconds, "gradient_equivalents": work.gradient_equivalents}

    def _numbers(self, run: Run) -> Iterator[dict[str, float]]:
        """One kind after another; where theta is too far out for one of them, the rest is left."""
        point, rng = self._objective.at(run.theta), np.random.default_rng(SEED)
        with suppress(NonFinite):
            if self.layers:
                yield _by_layer("gradient_norm", gradient_norms(run.network.layout, point.grad()))
                for quantity, sizes in signal_sizes(point).items():
                    yield _by_layer(quantity, sizes)
                share = output_saturation(run.head.link, point.outputs)
                yield {} if share is None else {"saturation.output": share}
            if self._before is not None:
                yield from self._of_step(run, self._before)
            if self.trace_probes:
                trace, error = hutchinson_trace(point, self.trace_probes, rng)
                yield {TRACE: trace, TRACE_ERROR: error}
            if self.eigenvalues:
                least, greatest = extreme_eigenvalues(point, rng)
                yield {"hessian_eigenvalue_min": least, "hessian_eigenvalue_max": greatest}

    def _of_step(self, run: Run, before: Array) -> Iterator[dict[str, float]]:
        if self.layers:
            yield _by_layer("update_ratio", update_ratios(run.network.layout, before, run.theta))
        if self.step_quality:
            yield {"step_quality": step_quality(self._objective, before, run.theta)}

    def _end(self, run: Run) -> None:
        """The last epoch, if its turn had not come."""
        if self._measured != run.evaluated:
            final = self._measure(run, run.evaluated or 0)
            run.log(run.evaluated or 0, final)
            run.results |= final

    def _check_derivatives(self, run: Run) -> None:
        """At the start: near a minimum no relative error of a gradient means anything."""
        start, rng = time.perf_counter(), np.random.default_rng(SEED)
        few = first_rows(self._objective, FEW, self._objective.work)
        with suppress(NonFinite):
            errors = derivative_error(few, run.theta, rng)
            np.savez(run.folder / DERIVATIVES, **errors._asdict())
        self._seconds += time.perf_counter() - start


@hookimpl
def register_callbacks() -> dict[str, type[Callback]]:
    return {"diagnostics": Diagnostics}


def diagnostics(record: Record) -> Figure | None:
    """Everything that was measured more than once, against epochs; one panel a kind."""
    draws = [
        partial(_draw_panel, title, found)
        for title, starts in PANELS.items()
        if (found := _histories(record, starts))
    ]
    return sheet([record], draws)


def layers(records: list[Record]) -> Figure | None:
    """The delta norms of every run's layers side by side, on one scale: where learning is slow."""
    histories = [_histories(each, PANELS[DELTAS]) for each in records]
    named = zip(names_of(records), histories, strict=True)
    draws = [partial(_draw_panel, name, found) for name, found in named if found]
    figure = sheet(records, draws, (3.9, 3.3), most=2 if len(draws) == 4 else 3)
    if figure is not None:
        figure.supylabel(DELTAS, fontsize="medium")
        for axes in figure.axes:
            axes.sharey(figure.axes[0])
            axes.set_yscale("log", nonpositive="mask")
        figure.axes[0].autoscale(axis="y")
    return figure


def derivative_errors(record: Record) -> Figure | None:
    """The V of truncation and rounding; a wrong derivative stays flat."""
    path = record.folder / DERIVATIVES
    if not path.exists():
        return None
    with np.load(path, allow_pickle=False) as found:
        return sheet([record], [partial(_draw_errors, **dict(found))], (5.6, 3.9))


def _by_layer(quantity: str, sizes: dict[str, float]) -> dict[str, float]:
    return {f"{quantity}.{layer}": size for layer, size in sizes.items()}


def _histories(record: Record, starts: Sequence[str]) -> Histories:
    """By name without the prefix, of metrics that begin so and were measured more than once."""
    wanted = tuple(PREFIX + start for start in starts)
    return {
        name.removeprefix(PREFIX): history
        for name, history in record.history.items()
        if name.startswith(wanted) and len(history[0]) > 1
    }


def _draw_panel(title: str, found: Histories, axes: Axes) -> None:
    """A line for each layer or number; of more than the palette has, the first and the last are named."""
    lines = {name: history for name, history in found.items() if name != TRACE_ERROR}
    many = len(lines) > len(PALETTE)
    for i, (name, (steps, values)) in enumerate(lines.items()):
        colour = _shade(i / (len(lines) - 1)) if many else PALETTE[i]
        label = _word(name) if not many or i in (0, len(lines) - 1) else None
        marker = "o" if len(steps) <= 12 else None
        dashes = DASHES[i % len(DASHES)]
        axes.plot(steps, values, dashes, color=colour, marker=marker, ms=3.5, label=label)
    if title in GUIDES:
        height, words = GUIDES[title]
        axes.axhline(height, color="0.5", lw=1, label=words)
    _scale(axes, found)
    axes.set_title(title, fontsize="medium")
    axes.set_xlabel("epoch")
    axes.legend(frameon=False, fontsize="small")


def _word(name: str) -> str:
    """How a line is called: by its layer, where the title says the rest."""
    quantity, _, layer = name.partition(".")
    kept = f"{quantity}, " if quantity in ("saturation", "dead") else ""
    return kept + layer if layer else quantity.removeprefix("hessian_").replace("_", " ")


def _scale(axes: Axes, found: Histories) -> None:
    """Norms on a logarithmic axis, shares from 0 to 1, curvatures on both sides of 0."""
    values = np.concatenate([values for _, values in found.values()])
    match next(iter(found)).partition(".")[0]:
        case "gradient_norm" | "delta_norm" | "update_ratio":
            axes.set_yscale("log" if (values > 0).any() else "linear", nonpositive="mask")
        case "saturation" | "dead":
            axes.set_ylim(-0.03, 1.03)
        case "step_quality":
            low, high = np.quantile(values, [0.05, 0.95])
            axes.set_ylim(min(-0.2, low - 0.2), max(1.6, high + 0.2))
        case _:
            curves = [each for name, (_, each) in found.items() if name != TRACE_ERROR]
            largest = [np.abs(each).max() for each in curves]
            linear = max(min(largest), 1e-3 * max(largest)) or 1.0
            axes.set_yscale("symlog", linthresh=float(linear))
            if found.keys() >= {TRACE, TRACE_ERROR}:
                (steps, trace), (_, error) = found[TRACE], found[TRACE_ERROR]
                band = (trace - error, trace + error)
                axes.fill_between(steps, *band, color=PALETTE[0], alpha=0.2, lw=0)


def _shade(share: float) -> Any:
    from matplotlib import colormaps

    return colormaps["viridis"](share)


def _draw_errors(axes: Axes, h: Array, gradient: Array, hvp: Array) -> None:
    axes.loglog(h, gradient, "-o", ms=3, color=PALETTE[0], label="gradient")
    axes.loglog(h, hvp, "--s", ms=3, color=PALETTE[1], label="Hessian product")
    axes.set_xlabel("step h of the central difference")
    axes.set_ylabel("relative error along a random direction")
    axes.legend(frameon=False)
