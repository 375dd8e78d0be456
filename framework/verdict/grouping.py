"""Which arm a stored run belongs to: by the factors that are named, by its label, or by what varies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from framework.errors import ConfigError
from framework.verdict.outcome import Outcome

# Params that set no arms apart: the seed in its usual spellings, and where a run was made.
ASIDE = ("seed", "random_seed", "random_state", "study", "recipe", "arm", "threads")
LABEL = "label"


def grouped(
    outcomes: Sequence[Outcome], factors: Sequence[str] = ()
) -> tuple[list[Outcome], tuple[str, ...]]:
    """The outcomes, each with its arm, and the keys of the params that set the arms apart.

    By the factors, where some are named. Else by the runs' labels, where every run has one and the runs of a
    label agree in all params but ASIDE. Else by the fewest params that tell apart all runs that differ.
    Raises ConfigError for a factor that no run has.
    """
    if factors:
        _refuse_unknown(outcomes, factors)
    elif _labels_hold(outcomes):
        arms = [outcome.tags[LABEL] for outcome in outcomes]
        found = [replace(each, arm=arm) for each, arm in zip(outcomes, arms, strict=True)]
        return found, _telling([outcome.params for outcome in outcomes])
    keys = tuple(factors) or _telling([outcome.params for outcome in outcomes])
    return [replace(each, arm=_name(each, keys)) for each in outcomes], keys


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
