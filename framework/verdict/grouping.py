"""Which arm a stored run belongs to: by the factors that are named, by its label, or by what varies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from framework.errors import ConfigError
from framework.verdict.outcome import FAILED, FINAL, TUNED, Outcome, by_arm

# Params that set no arms apart: the seed in its usual spellings, and where a run was made.
ASIDE = ("seed", "random_seed", "random_state", "study", "recipe", "arm", "threads")
LABEL = "label"


def grouped(
    outcomes: Sequence[Outcome], factors: Sequence[str] = ()
) -> tuple[list[Outcome], tuple[str, ...]]:
    """The outcomes, each with its arm, and the keys of the params that set the arms apart.

    By the factors, where some are named. Else by the runs' labels, where every run has one and the runs of a
    label agree in all params but ASIDE. Else by the fewest params that tell apart all runs that differ.
    Where tuned and other runs would fall into one arm, the name of a tuned one says so, as its label does.

    Of equal runs in an arm the last that came to an end of its own counts, without such the last: equal are
    those of one seed, or of one identity where no seed is told. Raises ConfigError for a factor that no run
    has, and where runs of one seed in an arm are not equal: they are no sample of the arm.
    """
    params = [outcome.params for outcome in outcomes]
    if factors:
        _refuse_unknown(outcomes, factors)
    elif _labels_hold(outcomes):
        labelled = [replace(outcome, arm=outcome.tags[LABEL]) for outcome in outcomes]
        return _once(labelled), _telling(params)
    keys = tuple(factors) or _telling(params)
    found = [replace(each, arm=_name(each, keys)) for each in outcomes]
    if any(_mixed(runs) for runs in by_arm(found).values()):
        found = [replace(each, arm=each.arm + TUNED) if _tuned(each) else each for each in found]
    return _once(found), keys


def varying(params: Sequence[Mapping[str, str]]) -> list[str]:
    """Keys whose value is not the same in all, ASIDE left out: choices as `loss` before fields of them."""
    keys = dict.fromkeys(key for each in params for key in each if key not in ASIDE)
    different = [key for key in keys if len({each.get(key) for each in params}) > 1]
    return sorted(different, key=lambda key: ("." in key, key))


def _telling(params: Sequence[Mapping[str, str]]) -> tuple[str, ...]:
    """The varying keys, without those that tell apart nothing that the ones before them do not."""
    kept: list[str] = []
    parts = {()}
    for key in varying(params):
        finer = {tuple(each.get(other) for other in (*kept, key)) for each in params}
        if len(finer) > len(parts):
            kept.append(key)
            parts = finer  # type: ignore[assignment]
    return tuple(kept)


def _name(outcome: Outcome, keys: Iterable[str]) -> str:
    """`loss=ce optim=sgd`; of runs in which nothing varies, what all of them are."""
    return " ".join(f"{key}={outcome.params.get(key, '-')}" for key in keys) or "all runs"


def _tuned(outcome: Outcome) -> bool:
    return outcome.tags.get(LABEL, "").endswith(TUNED)


def _mixed(runs: Sequence[Outcome]) -> bool:
    """Whether tuned runs and others, which differ from them, are in one arm."""
    tuned = [run for run in runs if _tuned(run)]
    return 0 < len(tuned) < len(runs) and bool(varying([run.params for run in runs]))


def _once(found: Sequence[Outcome]) -> list[Outcome]:
    kept: dict[tuple[str, str, str], Outcome] = {}
    for key, runs in _equals(found).items():
        _refuse_unlike(runs)
        kept[key] = next((run for run in reversed(runs) if run.status != FAILED), runs[-1])
    return list(kept.values())


def _equals(found: Sequence[Outcome]) -> dict[tuple[str, str, str], list[Outcome]]:
    """Runs that should be equal; each trial of a search stands for itself."""
    groups: dict[tuple[str, str, str], list[Outcome]] = {}
    for number, run in enumerate(found):
        own = run.tags.get("identity") or run.run_id or str(number)
        if run.phase != FINAL:
            own = f"trial {number}"
        elif run.seed >= 0:
            own = ""
        groups.setdefault((run.arm, str(run.seed), own), []).append(run)
    return groups


def _refuse_unlike(runs: Sequence[Outcome]) -> None:
    """Two rates of one seed share split, batches and start: as two seeds they would count twice."""
    keys = _telling([run.params for run in runs])
    if keys:
        one = runs[0]
        told = f"{len(runs)} runs of seed {one.seed}, which differ in {', '.join(keys)}"
        raise ConfigError(f"arm {one.arm} has {told}; add --factor {keys[0]}, or name fewer runs")


def _labels_hold(outcomes: Sequence[Outcome]) -> bool:
    kept: dict[str, dict[str, str]] = {}
    for outcome in outcomes:
        label = outcome.tags.get(LABEL)
        params = {key: value for key, value in outcome.params.items() if key not in ASIDE}
        if not label or kept.setdefault(label, params) != params:
            return False
    return bool(outcomes)


def _refuse_unknown(outcomes: Sequence[Outcome], factors: Sequence[str]) -> None:
    for factor in factors:
        if not any(factor in outcome.params for outcome in outcomes):
            known = ", ".join(varying([each.params for each in outcomes])) or "no param"
            raise ConfigError(f"--factor {factor}: no run has this param; {known} varies")
