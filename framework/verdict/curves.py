"""Learning curves of arms against what runs spend, and what it took each run to reach the target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from framework.drawing import axis_name, panels, scale_cost, scale_values
from framework.verdict.directions import base, direction
from framework.verdict.looks import Arm, beside, frame, legend_below, room, title
from framework.verdict.outcome import AXES, Array, Outcome
from framework.verdict.targets import course as curve_of
from framework.verdict.targets import spent, time_to
from framework.verdict.verdict import Verdict
from framework.verdict.wording import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

AXIS_WORDS = {
    "epochs": "epochs",
    "samples": "samples",
    "gradient_equivalents": "gradient-equivalents",
    "seconds": "seconds of training",
}
FEW = 12  # evaluations, of which each has a marker
UNEQUAL = 10.0  # the dearest run by the cheapest, above which costs are on a logarithmic axis


@dataclass(frozen=True)
class Course:
    """The mean over so many runs at each cost, with its interval."""

    cost: Array
    mean: Array
    low: Array
    high: Array
    runs: int


def metric_of_curves(verdict: Verdict, arms: Sequence[Arm]) -> str:
    """The target's metric; else the deciding one on validation data, or where there is none as it is."""
    if verdict.target:
        return verdict.target[0]
    held_out = "val/" + verdict.metric.rpartition("/")[2]
    measured = {name for arm in arms for run in arm.runs for name in run.history}
    return held_out if held_out in measured else verdict.metric


def average(courses: Sequence[tuple[Array, Array]], confidence: float) -> Course:
    """Mean over runs and its Student t interval, at every cost at which any of them was evaluated.

    A run is on the straight line between two evaluations, and at its final value after its end, which is what
    somebody who had paid so much would hold. The course begins where all runs have been evaluated once.
    One run has no interval: low and high are NaN.
    """
    cost = np.unique(np.concatenate([x for x, _ in courses]))
    cost = cost[cost >= max(x[0] for x, _ in courses)]
    values = np.array([np.interp(cost, x, v) for x, v in courses])
    mean, half = values.mean(axis=0), half_width(values, confidence)
    return Course(cost, mean, mean - half, mean + half, len(courses))


def half_width(values: Array, confidence: float) -> Array:
    """t s / sqrt(n) of (n, points), NaN for n = 1.

    Source: Student, The probable error of a mean (1908).
    """
    from scipy.stats import t

    n = len(values)
    if n < 2:
        return np.full(values.shape[1], np.nan)
    quantile = t.ppf(0.5 + confidence / 2, n - 1)
    return np.asarray(quantile * values.std(axis=0, ddof=1) / np.sqrt(n))


def measured(run: Outcome, metric: str, axis: str) -> tuple[Array, Array]:
    """The finite values of a run's curve; empty where it has no such metric or counter."""
    cost, values = curve_of(run, metric, axis) or (np.empty(0), np.empty(0))
    kept = np.isfinite(cost) & np.isfinite(values)
    return np.asarray(cost[kept], float), np.asarray(values[kept], float)


def course_of(arm: Arm, metric: str, axis: str, confidence: float) -> Course | None:
    """Of the arm's runs that finished, None where none of them measured the metric."""
    each = [measured(run, metric, axis) for run in arm.finished]
    courses = [(cost, values) for cost, values in each if len(cost)]
    return average(courses, confidence) if courses else None


# -- the figure of curves ------------------------------------------------------------------------------


def curves(verdict: Verdict, arms: Sequence[Arm], note: str = "") -> Figure | None:
    """A panel for each axis that runs count; None where no run measured the metric."""
    metric = metric_of_curves(verdict, arms)
    found = {axis: _courses(verdict, arms, metric, axis) for axis in AXES}
    found = {axis: courses for axis, courses in found.items() if courses}
    if not found:
        return None
    rows, columns = -(-len(found) // 2), min(2, len(found))
    heading = title(
        verdict.title, f"mean and {percent(verdict.confidence)} interval of the seeds", note
    )
    figure, grid = panels(rows, columns, heading, (4.9 * columns + 0.4, 3.2 * rows + 0.6))
    for axes, (axis, courses) in zip(grid.flat, found.items(), strict=False):
        _draw_axis(axes, courses, verdict.target)
        axes.set(xlabel=AXIS_WORDS[axis], ylabel=axis_name(metric))
        _frame(axes, next(iter(found.values())), verdict.target)
    for axes in grid.flat[len(found) :]:
        axes.remove()
    handles, labels = grid[0, 0].get_legend_handles_labels()
    legend_below(figure, dict(zip(labels, handles, strict=True)))
    return figure


def _courses(
    verdict: Verdict, arms: Sequence[Arm], metric: str, axis: str
) -> list[tuple[Arm, Course]]:
    each = [(arm, course_of(arm, metric, axis, verdict.confidence)) for arm in arms]
    return [(arm, course) for arm, course in each if course is not None]


def _draw_axis(
    axes: Axes, courses: list[tuple[Arm, Course]], target: tuple[str, float] | None
) -> None:
    for arm, course in courses:
        _draw_course(axes, arm, course, 0.5 / max(3, len(courses)))
    if target:
        axes.axhline(target[1], color="black", ls=":", lw=1.4, label=f"target {target[1]:g}")
    scale(axes, [course.cost for _, course in courses])
    scale_values(axes, [course.mean for _, course in courses])


def _frame(axes: Axes, courses: list[tuple[Arm, Course]], target: tuple[str, float] | None) -> None:
    """What decides: the means, where they end with their bands, and the target. The start may lie outside."""
    if axes.get_yscale() != "linear":
        return
    means = np.concatenate([course.mean for _, course in courses])
    ends = [end for _, course in courses for end in (course.low[-1], course.high[-1])]
    shown = np.array([*ends, *([target[1]] if target else [])])
    shown = shown[np.isfinite(shown)]
    low, high, _ = frame(means)
    low, high = shown.min(initial=low), shown.max(initial=high)
    if np.all((means >= 0) & (means <= 1)):
        low, high = max(low, -0.02), min(high, 1.02)
    axes.set_ylim(low, high)
    if means.min() < low or means.max() > high:
        axes.set_title("the start lies beyond the axis", fontsize="small", color="0.3")


def _draw_course(axes: Axes, arm: Arm, course: Course, alpha: float) -> None:
    axes.plot(
        course.cost,
        course.mean,
        arm.look.dashes,
        color=arm.look.colour,
        marker=arm.look.marker,
        mfc=arm.dots["mfc"],
        markevery=None if len(course.cost) <= FEW else 0.1,  # of the axes' diagonal, between two
        markersize=4,
        lw=1.6,
        label=arm.label,
    )
    if course.runs > 1:
        band: Any = {"color": arm.look.colour, "alpha": alpha, "lw": 0}
        axes.fill_between(course.cost, course.low, course.high, **band)


def scale(axes: Axes, costs: list[Array]) -> None:
    """Linear from 0, or logarithmic where arms spent more than ten times as much as others."""
    scale_cost(axes, costs, UNEQUAL)
    if axes.get_xscale() == "linear":
        longest = max(float(cost[-1]) for cost in costs)
        axes.set_xlim(left=0)
        if longest < 10:
            locator: Any = axes.xaxis.get_major_locator()
            locator.set_params(integer=False)


# -- what it took to reach the target -----------------------------------------------------------------


@dataclass(frozen=True)
class Arrival:
    """What a run had spent when it first met the target; not reached: all that it spent."""

    cost: float
    reached: bool


def arrivals(arm: Arm, verdict: Verdict, axis: str) -> list[Arrival]:
    """Of those runs of an arm that finished or diverged and counted what they spent."""
    if verdict.target is None:
        return []
    metric, target = verdict.target
    same = base(metric) == base(verdict.metric)
    higher = verdict.higher_is_better if same else direction(metric, arm.runs) is True
    times = [time_to(run, metric, target, higher, axis) for run in arm.runs]
    ends = [spent(run, axis) for run in arm.runs]
    return [
        Arrival(time if np.isfinite(time) else end, bool(np.isfinite(time)))
        for time, end in zip(times, ends, strict=True)
        if time is not None and end is not None
    ]


def time_to_target(verdict: Verdict, arms: Sequence[Arm], note: str = "") -> Figure | None:
    """A panel for each axis, in it a row for each arm; None without a target."""
    found = {axis: [arrivals(arm, verdict, axis) for arm in arms] for axis in AXES}
    found = {axis: rows for axis, rows in found.items() if any(rows)}
    if verdict.target is None or not found:
        return None
    metric, target = verdict.target
    rows, columns = -(-len(found) // 2), min(2, len(found))
    names = [arm.name for arm in arms]
    size = (room(names) + 4.6 * columns, rows * (1.0 + 0.32 * len(arms)) + 0.6)
    words = f"cost of reaching {axis_name(metric)} {target:g}"
    heading = title(verdict.title, words, note) + "\ntriangle: never, at all it spent; bar: median"
    figure, grid = panels(rows, columns, heading, size)
    for place, (axes, (axis, each)) in enumerate(zip(grid.flat, found.items(), strict=False)):
        _draw_arrivals(axes, arms, each, axis)
        axes.set_yticks(range(len(arms)), names)
        axes.tick_params(labelleft=place % columns == 0)
    for axes in grid.flat[len(found) :]:
        axes.remove()
    return figure


def _draw_arrivals(axes: Axes, arms: Sequence[Arm], rows: list[list[Arrival]], axis: str) -> None:
    for level, (arm, row) in enumerate(zip(arms, rows, strict=True)):
        _draw_row(axes, level, arm, row)
        told = arm.result.targets.get(axis)
        if told is not None and told.median is not None and told.of > 1:
            axes.plot(told.median, level, "|", color="black", ms=16, mew=1.8, zorder=3)
    scale(axes, [np.array([each.cost for each in row]) for row in rows if row])
    axes.set(xlabel=AXIS_WORDS[axis], ylim=(len(arms) - 0.4, -0.6))
    axes.set_xlim(left=0)


def _draw_row(axes: Axes, level: int, arm: Arm, row: list[Arrival]) -> None:
    """A dot for each run that got there, an open triangle for each that did not, and how many those are."""
    levels = level + spread(len(row))
    for reached, style in ((True, {"marker": "o"}), (False, {"marker": ">", "mfc": "none"})):
        chosen = [place for place, each in enumerate(row) if each.reached is reached]
        costs = [row[place].cost for place in chosen]
        if costs:  # nothing at all would have a place without bounds in the layout
            axes.plot(costs, levels[chosen], ms=5.5, clip_on=False, **(arm.dots | style))
    never = sum(not each.reached for each in row)
    if never:
        beside(axes, level, f"{never} of {len(row)} never")


def spread(n: int, width: float = 0.5) -> Array:
    """n places one above the other around 0, within `width`, so that equal values can be counted."""
    return np.linspace(-width / 2, width / 2, n) if n > 1 else np.zeros(n)
