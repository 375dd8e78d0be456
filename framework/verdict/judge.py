"""Outcomes -> verdict: what may be said of arms, and with what certainty."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from framework.errors import ConfigError, spell
from framework.verdict import copies, missing, statistics
from framework.verdict.directions import BETTER, HIGHER, higher_is_better
from framework.verdict.lint import environment, fixed_and_differed, lint
from framework.verdict.measures import Arms, deciding, shown, value
from framework.verdict.outcome import AXES, DIVERGED, FAILED, FINAL, TUNED, Outcome, by_arm
from framework.verdict.pairs import Measure, Settings, Value, compare
from framework.verdict.searched import edges, told
from framework.verdict.sentences import sentences
from framework.verdict.targets import counted, course, spent, target_of, time_to, watched_until
from framework.verdict.verdict import (
    ArmResult,
    Comparison,
    Estimate,
    Sensitivity,
    TimeToTarget,
    Verdict,
)

AS_GIVEN, AT_BEST = "as given", "each at its best rate"


@dataclass(frozen=True)
class Question:
    """What is asked of outcomes.

    factors: the declared ones, keys as `loss` or `model.hidden`. metric: None for the primary one of the
    runs, on test rows where there are any. target, target_metric: None for one that is chosen from the runs,
    on the primary metric. axis: a key of AXES, on which times to the target are compared. seed: of the
    bootstrap. better: "higher" or "lower" says which way the deciding metric is better, and the target's if
    it is the same; "" where runs or the name tell.
    """

    title: str
    command: str
    factors: tuple[str, ...] = ()
    metric: str | None = None
    target: float | None = None
    target_metric: str | None = None
    axis: str = "epochs"
    confidence: float = 0.95
    seed: int = 0
    better: str = ""


@dataclass(frozen=True)
class _Scale:
    """What all comparisons of a verdict are measured by."""

    metric: str
    higher: bool
    metrics: tuple[str, ...]
    target: tuple[str, float] | None
    target_higher: bool


def judge(
    outcomes: Sequence[Outcome], question: Question, sensitivity: Sequence[Sensitivity] = ()
) -> Verdict:
    """The verdict on the final runs. Of runs that are copies, as their seed changes nothing, one counts.

    Raises ConfigError where there is nothing to judge, or the metric asked for does not compare the arms.
    """
    final = [outcome for outcome in outcomes if outcome.phase == FINAL]
    arms, repeated = copies.without_repeats(by_arm(final))
    if not any(run.finished for run in final):
        raise ConfigError(f"study: none of {len(final)} runs finished, there is nothing to judge")
    scale, chosen = _scale(arms, question)
    groups = _groups(arms, sensitivity)
    judged = [_Judged(title, group, scale, question, sensitivity) for title, group in groups]
    factors = question.factors
    fixed, differed = fixed_and_differed(final)
    draft = Verdict(
        title=question.title,
        command=question.command,
        metric=scale.metric,
        higher_is_better=scale.higher,
        target=scale.target,
        axis=question.axis,
        confidence=question.confidence,
        factors=factors,
        comparisons=tuple(each.comparison for each in judged),
        pairing=_pairing([refusal for each in judged for refusal in each.refusals], judged),
        lint=_once(
            [
                *edges(sensitivity),
                *(
                    line
                    for title, arms in groups
                    for line in lint(arms, factors, title, sensitivity)
                ),
            ]
        ),
        fixed=fixed,
        differed=differed,
        environment=environment(final),
        runs=tuple(_run(outcome, scale.metric) for outcome in final),
        sensitivity=tuple(sensitivity),
        notes=_once(
            [
                chosen,
                *told(sensitivity, arms),
                *repeated,
                *copies.told(arms),
                *(note for each in judged for note in each.notes),
            ]
        ),
    )
    same = bool(sensitivity) and all(_as_given(arms, each) for each in sensitivity)
    return replace(draft, comparisons=tuple(_told(draft, each, same) for each in draft.comparisons))


def _told(verdict: Verdict, comparison: Comparison, as_given: bool) -> Comparison:
    """With its sentences. as_given: no search found a better value than the given one."""
    if comparison.title == AT_BEST and as_given:
        text = f"{AT_BEST.capitalize()}: the same, no search found a better one than that given."
        return replace(comparison, sentences=(text,))
    return replace(comparison, sentences=sentences(verdict, comparison))


def _as_given(arms: Arms, found: Sensitivity) -> bool:
    runs = arms.get(found.arm, ())
    return bool(runs) and runs[0].params.get(found.field) == spell(found.best)


def _once(lines: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, lines)))


def _scale(arms: Arms, question: Question) -> tuple[_Scale, str]:
    if question.axis not in AXES:
        raise ConfigError(f"axis={question.axis}: no such axis  ({', '.join(AXES)})")
    if question.better not in ("", *BETTER):
        raise ConfigError(f"better={question.better}: no such side  ({', '.join(BETTER)})")
    outcomes = [run for runs in arms.values() for run in runs]
    metric = deciding(arms, question.metric, question.better)
    higher = question.better == HIGHER if question.better else higher_is_better(metric, outcomes)
    target, target_higher, how = target_of(
        arms, question.target_metric, question.target, question.better, metric
    )
    return _Scale(metric, higher, tuple(shown(arms, metric)), target, target_higher), how


def _groups(arms: Arms, sensitivity: Sequence[Sensitivity]) -> list[tuple[str, Arms]]:
    """(title, arms) of each comparison: one, or as given and tuned. What needs no tuning is in both."""
    searched = {each.arm.removesuffix(TUNED) for each in sensitivity}
    searched |= {arm.removesuffix(TUNED) for arm in arms if arm.endswith(TUNED)}
    given = {arm: runs for arm, runs in arms.items() if not arm.endswith(TUNED)}
    if len(given) == len(arms):
        return [("", arms)]
    order = list(dict.fromkeys(arm.removesuffix(TUNED) for arm in arms))
    names = [f"{arm}{TUNED}" if arm in searched else arm for arm in order]
    best = {arm: arms[arm] for arm in names if arm in arms}
    return [group for group in ((AS_GIVEN, given), (AT_BEST, best)) if group[1]]


class _Judged:
    """One comparison, why its arms do not pair, and what there is to note."""

    def __init__(
        self,
        title: str,
        arms: Arms,
        scale: _Scale,
        question: Question,
        sensitivity: Sequence[Sensitivity],
    ) -> None:
        self.arms, self.scale, self.question = arms, scale, question
        settings = Settings(question.confidence, question.seed, question.factors)
        compared = [compare(measure, settings) for measure in self._measures()]
        self.refusals = _once(refusal for _, refusals, _ in compared for refusal in refusals)
        final, *times = (found for found, _, _ in compared)
        lost = missing.told(arms, final, bool(times), self._diverged_later())
        self.notes = [*lost, *(note for _, _, note in compared)]
        pairs = (*missing.withheld(final, arms), *(pair for each in times for pair in each))
        rows = tuple(self._arm(arm, runs, sensitivity) for arm, runs in arms.items())
        self.comparison = Comparison(title, rows, pairs, ())

    def _measures(self) -> list[Measure]:
        scale, axis = self.scale, self.question.axis
        metric = Measure(scale.metric, scale.higher, _each(self.arms, self._final))
        if scale.target is None:
            return [metric]
        times = _each(self.arms, lambda run: self._time(run, axis))
        return [metric, Measure(f"target/{axis}", False, times, censored=True)]

    def _diverged_later(self) -> list[str]:
        """Arms of which runs diverged after they had reached the target."""
        return [
            arm
            for arm, runs in self.arms.items()
            for run in runs
            if run.status == DIVERGED
            and self.scale.target is not None
            and (time := self._time(run, self.question.axis)) is not None
            and math.isfinite(time.value)
        ]

    def _final(self, run: Outcome) -> Value | None:
        found = value(run, self.scale.metric) if run.finished else None
        return None if found is None else Value(run, found)

    def _time(self, run: Outcome, axis: str) -> Value | None:
        assert self.scale.target is not None
        name, target = self.scale.target
        time = time_to(run, name, target, self.scale.target_higher, axis)
        return None if time is None else Value(run, time, watched_until(run, name, axis))

    def _arm(
        self, arm: str, runs: Sequence[Outcome], sensitivity: Sequence[Sensitivity]
    ) -> ArmResult:
        """Of runs that are copies of each other one is counted."""
        runs = copies.distinct(runs)
        done = [run for run in runs if run.finished]
        metrics = {name: [value(run, name) for run in done] for name in self.scale.metrics}
        costs = {axis: [spent(run, axis) for run in done] for axis in AXES}
        return ArmResult(
            arm=arm,
            seeds=len({run.seed for run in runs}),
            finished=len(done),
            failed=sum(run.status == FAILED for run in runs),
            diverged=sum(run.status == DIVERGED for run in runs),
            metrics=self._estimates(metrics),
            targets=self._targets(runs),
            costs=self._estimates(costs),
            tuned=_tuned(arm, runs, sensitivity),
        )

    def _estimates(self, values: Mapping[str, Sequence[float | None]]) -> dict[str, Estimate]:
        known = {name: [v for v in each if v is not None] for name, each in values.items()}
        confidence = self.question.confidence
        return {name: statistics.estimate(each, confidence) for name, each in known.items() if each}

    def _targets(self, runs: Sequence[Outcome]) -> dict[str, TimeToTarget]:
        if self.scale.target is None:
            return {}
        found = {}
        for axis in AXES:
            times = [time for run in runs if (time := self._time(run, axis)) is not None]
            if times and any(course(run, self.scale.target[0], axis) for run in runs):
                found[axis] = statistics.time_to_target(
                    [each.value for each in times], [each.end for each in times]
                )
        return found


def _each(arms: Arms, measure: Callable[[Outcome], Value | None]) -> dict[str, list[Value]]:
    return {
        arm: [
            found._replace(origin=origin)
            for run, origin in zip(runs, copies.origins(runs), strict=True)
            if counted(run) and (found := measure(run)) is not None
        ]
        for arm, runs in arms.items()
    }


def _tuned(
    arm: str, runs: Sequence[Outcome], sensitivity: Sequence[Sensitivity]
) -> dict[str, float]:
    """Field -> the value that the search found best."""
    if not arm.endswith(TUNED):
        return {}
    name = arm.removesuffix(TUNED)
    found = {each.field: each.best for each in sensitivity if each.arm in (arm, name)}
    return {key: best for key, best in found.items() if math.isfinite(best)}


def _pairing(refusals: Sequence[str], judged: Sequence[_Judged]) -> str:
    pairs = [pair for each in judged for pair in each.comparison.pairs]
    if not pairs:
        return "nothing to pair"
    same = "same split and order of the batches and, where shapes agree, the same start"
    if not refusals:
        return f"paired by seed: {same}"
    whole = " only in part" if any(pair.paired for pair in pairs) else ""
    return f"pairing refused{whole}: {'; '.join(refusals)}; these runs are compared unpaired"


def _run(outcome: Outcome, metric: str) -> dict[str, str]:
    found = value(outcome, metric)
    return {
        "arm": outcome.arm,
        "seed": str(outcome.seed),
        "status": outcome.status,
        "reason": outcome.reason,
        "value": "" if found is None else f"{found:.6g}",
        "run_id": outcome.run_id,
        "experiment_id": outcome.experiment_id,
        "folder": outcome.folder,
    }
