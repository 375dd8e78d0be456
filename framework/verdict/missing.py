"""Runs that are missing from averages: which they are, whom that favours, and what then is not said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from framework.verdict.measures import Arms
from framework.verdict.outcome import DIVERGED, FAILED, Outcome
from framework.verdict.verdict import Pair
from framework.verdict.wording import counted, p_value, seeds_of


def withheld(pairs: Sequence[Pair], arms: Arms) -> tuple[Pair, ...]:
    """No arm is called better by final values if it diverged in more runs than the other.

    Those that are left are the easier ones: the average over them favours the arm that lost more.
    """
    return tuple(_withheld(pair, arms) for pair in pairs)


def _withheld(pair: Pair, arms: Arms) -> Pair:
    if not pair.better:
        return pair
    other = pair.second if pair.better == pair.first else pair.first
    ahead = _with(DIVERGED, arms[pair.better])
    if len(ahead) <= len(_with(DIVERGED, arms[other])):
        return pair
    where = (
        f"{counted(pair.n, 'seed')} where both finished" if pair.paired else "runs that finished"
    )
    lost = f"diverged in {len(ahead)} of {len(arms[pair.better])}"
    note = f"{pair.better} is ahead in the {where} ({p_value(pair.p_holm)}), but {lost}"
    return replace(pair, better="", note=note)


def told(arms: Arms, pairs: Sequence[Pair], target: bool, before: Sequence[str]) -> list[str]:
    """Which runs are missing.

    pairs: in the deciding metric. before: arms of which runs reached the target, and diverged later.
    """
    notes = []
    compared = {arm for pair in pairs for arm in (pair.first, pair.second)}
    for arm, runs in arms.items():
        diverged, failed = _with(DIVERGED, runs), _with(FAILED, runs)
        if diverged:
            way = f", which favours {arm}" if arm in compared else ""
            times = "; counted as never reaching the target" if target else ""
            times += ", where it had not before" if target and arm in before else ""
            seeds = seeds_of(run.seed for run in diverged)
            notes.append(f"{arm} diverged with {seeds}: {_out(runs)}{way}{times}")
        if failed:
            way = ", which may favour either side" if arm in compared else ""
            notes.append(f"{arm} failed with {seeds_of(run.seed for run in failed)}: left out{way}")
    return notes


def _out(runs: Sequence[Outcome]) -> str:
    if any(run.finished for run in runs):
        return "left out of its averages and pairs"
    return "it has no final values to compare"


def _with(status: str, runs: Sequence[Outcome]) -> list[Outcome]:
    return [run for run in runs if run.status == status]
