"""The figures of a verdict.

Their lines and dots come from the runs, whatever is estimated or tested from the verdict; only the bands of
learning curves, which no verdict holds, are worked out here: `framework.verdict.curves`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from framework.drawing import SPLITS, axis_name, decades, drawn, look, panels
from framework.verdict.curves import curves, time_to_target
from framework.verdict.looks import Arm, arms_of, beside, frame, note_of, room, title
from framework.verdict.outcome import Array, Outcome
from framework.verdict.verdict import Comparison, Pair, Sensitivity, Verdict
from framework.verdict.wording import estimated, p_value, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_PAIRS = 40
WORST = 0.15  # of the trials, that may lie beyond the axis
BORDER = 0.03  # of the axis, where crosses are


def draw(verdict: Verdict, outcomes: Sequence[Outcome]) -> dict[str, Figure]:
    """Those figures that there is something to draw for, by name, in the order of a page.

    outcomes: runs of the verdict's arms; those of the tuning phase are left out. Shown are as many arms
    as can be told apart, and the title says of how many.
    """
    arms = arms_of(verdict, outcomes)
    note = note_of(verdict, arms)
    return drawn(
        curves=curves(verdict, arms, note),
        time_to_target=time_to_target(verdict, arms, note),
        distribution=distribution(verdict, arms, note),
        differences=differences(verdict),
        sensitivity=sensitivity(verdict),
    )


# -- final values --------------------------------------------------------------------------------------


def distribution(verdict: Verdict, arms: Sequence[Arm], note: str = "") -> Figure | None:
    """A row for each arm; two arms that are paired have a line for each seed. None without values."""
    ends = [finals(arm, verdict.metric) for arm in arms]
    if not any(ends):
        return None
    words = "line: the same seed" if _paired(verdict, arms) else ""
    heading = title(verdict.title, words, note)
    size = (room(arm.label for arm in arms) + 6.4, 1.4 + 0.52 * len(arms))
    figure, grid = panels(title=heading, size=size)
    axes = grid[0, 0]
    if words:
        _draw_seeds(axes, *ends)
    for level, (arm, end) in enumerate(zip(arms, ends, strict=True)):
        _draw_end(axes, level, arm, np.array(list(end.values())), verdict.metric)
    _scale_ends(axes, [np.array(list(end.values())) for end in ends])
    axes.set_yticks(range(len(arms)), [arm.label for arm in arms])
    mean = f"mean, {percent(verdict.confidence)} interval"
    axes.set(xlabel=f"final {axis_name(verdict.metric)}", ylim=(len(arms) - 0.4, -0.6))
    axes.annotate(f"  {mean}", (1.0, 1.0), xycoords="axes fraction", va="bottom", fontsize="small")
    return figure


def finals(arm: Arm, metric: str) -> dict[int, float]:
    """Seed -> final value, of the runs that finished with one."""
    values = {run.seed: run.metrics.get(metric, np.nan) for run in arm.finished}
    return {seed: float(value) for seed, value in values.items() if np.isfinite(value)}


def _paired(verdict: Verdict, arms: Sequence[Arm]) -> bool:
    pairs = [pair for comparison in verdict.comparisons for pair in comparison.pairs]
    of_metric = [pair for pair in pairs if pair.outcome == verdict.metric]
    return len(arms) == 2 and len(of_metric) == 1 and of_metric[0].paired


def _draw_seeds(axes: Axes, first: Mapping[int, float], second: Mapping[int, float]) -> None:
    """A thin line between the dots of each seed that both have."""
    for seed in first.keys() & second.keys():
        axes.plot([first[seed], second[seed]], [0, 1], color="0.75", lw=0.8, zorder=1)


def _draw_end(axes: Axes, level: int, arm: Arm, values: Array, metric: str) -> None:
    told = arm.result.metrics.get(metric)
    if told is None or not len(values):
        beside(axes, level, "no value")
        return
    axes.plot(values, np.full(len(values), level), alpha=0.75, ms=6, clip_on=False, **arm.dots)
    if told.low is not None and told.high is not None:
        bar: Any = {"fmt": "|", "color": "black", "ms": 9, "mew": 1.6, "capsize": 3, "lw": 1.4}
        error = [[told.mean - told.low], [told.high - told.mean]]
        axes.errorbar(told.mean, level + 0.26, xerr=error, zorder=3, **bar)
    beside(axes, level, estimated(told))


def _scale_ends(axes: Axes, ends: list[Array]) -> None:
    """Logarithmic over more than two decades; shares end at 0 and 1."""
    values = np.concatenate(ends)
    if decades([values]) > 2:
        axes.set_xscale("log")
    elif np.all((values >= 0) & (values <= 1)):
        low, high = axes.get_xlim()
        axes.set_xlim(max(low, 0.0), min(high, 1.0))


# -- differences between arms --------------------------------------------------------------------------


def differences(verdict: Verdict) -> Figure | None:
    """A panel for each comparison, in it a row for each pair; None where no difference is known."""
    chosen = [(comparison, _known(comparison, verdict)) for comparison in verdict.comparisons]
    chosen = [(comparison, pairs) for comparison, pairs in chosen if pairs]
    if not chosen:
        return None
    heights = [0.6 + 0.34 * min(len(pairs), MOST_PAIRS) for _, pairs in chosen]
    width = 6.4 + room(_names(pair) for _, pairs in chosen for pair in pairs)
    better = "greater is better" if verdict.higher_is_better else "less is better"
    heading = f"{verdict.title}\nfilled: decided, p after Holm; {better}"
    figure, grid = panels(len(chosen), 1, heading, (width, 1.3 + sum(heights)))
    grid[0, 0].get_gridspec().set_height_ratios(heights)
    for axes, (comparison, pairs) in zip(grid.flat, chosen, strict=True):
        _draw_pairs(axes, pairs[:MOST_PAIRS])
        some = f"the first {MOST_PAIRS} of {len(pairs)} pairs" if len(pairs) > MOST_PAIRS else ""
        words = comparison.title if len(verdict.comparisons) > 1 else ""
        axes.set_title(title(words, some), fontsize="small", loc="left")
    grid[-1, 0].set_xlabel(f"difference of final {axis_name(verdict.metric)}, first − second")
    return figure


def _known(comparison: Comparison, verdict: Verdict) -> list[Pair]:
    return [p for p in comparison.pairs if p.outcome == verdict.metric and p.difference is not None]


def _draw_pairs(axes: Axes, pairs: Sequence[Pair]) -> None:
    """Differences, all known, about the line at 0, and the corrected p of each."""
    axes.axvline(0, color="black", lw=1)
    for level, pair in enumerate(pairs):
        face = look(0).colour if pair.better else "white"
        dot: Any = {"color": look(0).colour, "mfc": face, "ms": 6.5}
        if pair.low is not None and pair.high is not None:
            axes.plot([pair.low, pair.high], [level, level], color=look(0).colour, lw=2)
        if pair.difference is not None:
            axes.plot(pair.difference, level, "o", **dot)
        beside(axes, level, p_value(pair.p_holm))
    axes.set_yticks(range(len(pairs)), [_names(pair) for pair in pairs])
    axes.set_ylim(len(pairs) - 0.4, -0.6)


def _names(pair: Pair) -> str:
    return f"{pair.first} − {pair.second}"


# -- the search for rates ------------------------------------------------------------------------------


def sensitivity(verdict: Verdict) -> Figure | None:
    """A panel for each arm that was tuned, all of the same height; None where none was."""
    found = list(islice(verdict.sensitivity, 16))
    if not found:
        return None
    columns = min(3, len(found))
    rows = -(-len(found) // columns)
    limits, cut = _limits(found)
    words = "ring: best; cross: diverged; dotted: the range"
    words += "; the worst lie beyond the axis" if cut else ""
    size = (3.6 * columns + 0.5, 2.8 * rows + 0.7)
    figure, grid = panels(rows, columns, f"{verdict.title}\n{words}", size)
    for place, (axes, trials) in enumerate(zip(grid.flat, found, strict=False)):
        _draw_trials(axes, place, trials, verdict.higher_is_better)
        axes.set(ylim=limits, xlabel=trials.field)
        if place % columns == 0:
            axes.set_ylabel(_of_search(verdict.metric))
    for axes in grid.flat[len(found) :]:
        axes.remove()
    return figure


def _of_search(metric: str) -> str:
    """Searches look at validation data."""
    name = metric.rpartition("/")[2]
    return axis_name(f"val/{name}" if metric.partition("/")[0] in SPLITS else metric)


def _limits(found: Sequence[Sensitivity]) -> tuple[tuple[float, float] | None, bool]:
    """What decides, None where everything diverged; whether some trials lie outside."""
    scores = np.array([s for trials in found for s in trials.scores if s is not None], float)
    if not np.isfinite(scores).any():
        return None, False
    low, high, cut = frame(scores, WORST)
    return (low, high), cut


def _draw_trials(axes: Axes, place: int, trials: Sensitivity, higher: bool) -> None:
    style = look(place)
    by_value = sorted(zip(trials.values, trials.scores, strict=True), key=lambda pair: pair[0])
    known = [(v, s) for v, s in by_value if s is not None and np.isfinite(s)]
    lost = [v for v, s in by_value if s is None or not np.isfinite(s)]
    axes.set_xscale("log" if min(trials.values, default=0) > 0 else "linear")
    if known:
        axes.plot(*zip(*known, strict=True), "-", marker=style.marker, color=style.colour, ms=5)
    border = BORDER if higher else 1 - BORDER
    axes.plot(
        lost, [border] * len(lost), "x", color="black", ms=6, transform=axes.get_xaxis_transform()
    )
    for limit in (trials.low, trials.high):
        axes.axvline(limit, color="0.5", ls=":", lw=1.2)
    _mark_best(axes, trials, dict(known))
    edge = " (on the edge of its range)" if trials.edge else ""
    axes.set_title(f"{trials.arm}\nbest {trials.best:.3g}{edge}", fontsize="small")


def _mark_best(axes: Axes, trials: Sensitivity, scores: Mapping[float, float]) -> None:
    near = [value for value in scores if np.isclose(value, trials.best, rtol=1e-6, atol=0)]
    ring: Any = {"marker": "o", "mfc": "none", "color": "black", "mew": 1.6, "ls": "none"}
    axes.plot(near, [scores[value] for value in near], ms=12, **ring)
