"""What it costs to reach a target: which target, and when each run gets there."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from framework.verdict.directions import BETTER, HIGHER, base, higher_is_better
from framework.verdict.measures import Arms, checked, of_the_loss, primary
from framework.verdict.outcome import AXES, DIVERGED, Array, Outcome

LEVELS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999)
ROUNDING = 1e-12  # a loss below it says how numbers are rounded, no longer how well it is minimised


def counted(outcome: Outcome) -> bool:
    """Whether a run says something on targets: it finished, or it diverged and so gets nowhere any more."""
    return outcome.finished or outcome.status == DIVERGED


def course(outcome: Outcome, metric: str, axis: str) -> tuple[Array, Array] | None:
    """(cost, value) at every evaluation, None where the run does not have them."""
    if metric not in outcome.history:
        return None
    if AXES[axis] is None:
        steps, values = outcome.history[metric]
        return steps.astype(float), values
    return outcome.curve(metric, axis) if AXES[axis] in outcome.history else None


def time_to(outcome: Outcome, metric: str, target: float, higher: bool, axis: str) -> float | None:
    """Cost of the first evaluation at or beyond the target; inf if there is none before the run ended.

    None where the run says nothing: it failed, or has no such curve.
    """
    found = course(outcome, metric, axis) if counted(outcome) else None
    if found is None:
        return math.inf if outcome.status == DIVERGED else None
    cost, values = found
    there = np.isfinite(values) & (values >= target if higher else values <= target)
    return float(cost[there.argmax()]) if there.any() else math.inf


def ended(outcome: Outcome) -> str:
    """Why a finished run ended, in its own words; "" where it does not tell."""
    told = outcome.tags.get("stopped") or outcome.params.get("stopped") or outcome.reason
    return told if outcome.finished else ""


def watched_until(outcome: Outcome, metric: str, axis: str) -> float:
    """The cost up to which a run would have been seen to reach a target; inf if it had no more to come.

    A run that diverged, or that ended of itself before its budget was spent, would never have got there.
    """
    found = course(outcome, metric, axis)
    of_itself = "budget" not in (ended(outcome) or "budget")
    if found is None or outcome.status == DIVERGED or of_itself or not len(found[0]):
        return math.inf
    return float(found[0][-1])


def spent(outcome: Outcome, axis: str) -> float | None:
    """What a run has cost in all."""
    counter = AXES[axis]
    if counter is None:
        ends = [steps[-1] for steps, _ in outcome.history.values() if len(steps)]
        return float(max(ends)) if ends else None
    cost = outcome.metrics.get(counter)
    return float(cost) if cost is not None and math.isfinite(cost) else None


def target_of(
    arms: Arms, metric: str | None, asked: float | None, better: str = "", decides: str = ""
) -> tuple[tuple[str, float] | None, bool, str]:
    """((metric, value), whether more is better, how it came about).

    None in the place of the first where no run has curves to choose it from.
    better: as asked, of the metric that decides.
    """
    name = checked(arms, metric, "target_metric") if metric is not None else primary(arms, better)
    if name is None:
        return None, False, "no target: the arms share no metric"
    runs = [run for each in arms.values() for run in each]
    if better in BETTER and base(name) == base(decides):
        higher = better == HIGHER
    else:
        higher = higher_is_better(name, runs, "target_metric")
    if asked is not None:
        return (name, asked), higher, f"the target {name} {asked:g} was set"
    bests = {arm: best for arm, each in arms.items() if (best := _bests(each, name, higher))}
    chosen = _chosen(bests, higher)
    if chosen is None:
        return None, higher, f"no target: there are no curves of {name}"
    level, why = chosen
    if of_the_loss(name) and abs(level) < ROUNDING:
        return (
            None,
            higher,
            f"no target: {name} comes down to rounding, {level:g}; set study.target",
        )
    told = f"the target {name} {level:g} was chosen from the runs: {why}; set study.target"
    return (name, level), higher, told


def _bests(runs: Sequence[Outcome], metric: str, higher: bool) -> list[float]:
    """The best value of each run; the worst there is of one that diverged, whatever it had come to."""
    found = []
    for run in runs:
        curve = course(run, metric, "epochs") if run.finished else None
        if run.status == DIVERGED:
            found.append(-math.inf if higher else math.inf)
        elif curve is not None and np.isfinite(curve[1]).any():
            finite = curve[1][np.isfinite(curve[1])]
            found.append(float(finite.max() if higher else finite.min()))
    return found


def _chosen(bests: dict[str, list[float]], higher: bool) -> tuple[float, str] | None:
    medians = [_of_half(values, higher) for values in bests.values()]
    finite = [each for each in medians if math.isfinite(each)]
    if not finite:
        return None
    if higher and all(each <= 1 for each in finite):
        of_all = [level for level in LEVELS if all(each >= level for each in medians)]
        if of_all:
            return of_all[
                -1
            ], "the highest of usual levels that the median run of every arm reaches"
        of_some = [level for level in LEVELS if any(each >= level for each in medians)]
        if of_some:
            return of_some[
                -1
            ], "the highest of usual levels that the median run of some arm reaches"
    weakest = min(finite) if higher else max(finite)
    return _easier(weakest, higher), "what the median run of the weakest arm reaches, rounded"


def _of_half(values: Sequence[float], higher: bool) -> float:
    """The best value that at least half of the runs reach."""
    return sorted(values, reverse=higher)[math.ceil(len(values) / 2) - 1]


def _easier(value: float, higher: bool) -> float:
    """Two significant digits, rounded to the side that is easier to reach."""
    if value == 0:
        return 0.0
    scale = 10.0 ** (1 - math.floor(math.log10(abs(value))))
    rounded = (math.floor if higher else math.ceil)(value * scale) / scale
    return float(f"{rounded:.2g}")
