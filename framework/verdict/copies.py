"""Runs whose seed changed nothing: copies of one run are one piece of evidence, however many there are."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

from framework.verdict.measures import Arms
from framework.verdict.outcome import FAILED, Outcome
from framework.verdict.wording import counted, listed, seeds_of

TAGS = "pairing.split", "pairing.batches", "pairing.init"
MEASURED = ("work/seconds", "system/")  # what no two runs share


def origins(runs: Sequence[Outcome]) -> list[int | None]:
    """Of each of an arm's runs the seed of the earlier one that it is a copy of; None: of none.

    Copies share the hashes of the split, the order of the batches and the start, how they ended, and all
    final values but seconds. A run that failed, or that tells no hashes, is no copy.
    """
    first: dict[Hashable, int] = {}
    found: list[int | None] = []
    for place, run in enumerate(runs):
        key = _identity(run) or place
        found.append(first.get(key))
        first.setdefault(key, run.seed)
    return found


def _identity(run: Outcome) -> Hashable | None:
    told = tuple(run.tags.get(name, "") for name in TAGS)
    if run.status == FAILED or not all(told):
        return None
    values = sorted((name, repr(float(x))) for name, x in run.metrics.items() if _kept(name))
    return (*told, run.status, run.reason, *values)


def _kept(name: str) -> bool:
    return not name.startswith(MEASURED)


def distinct(runs: Sequence[Outcome]) -> list[Outcome]:
    """Those that are copies of no other."""
    return [run for run, origin in zip(runs, origins(runs), strict=True) if origin is None]


def without_repeats(arms: Arms) -> tuple[dict[str, list[Outcome]], list[str]]:
    """(arms in which no seed is repeated with the same results, which were)."""
    kept: dict[str, list[Outcome]] = {}
    notes = []
    for arm, runs in arms.items():
        told = list(zip(runs, origins(runs), strict=True))
        kept[arm] = [run for run, origin in told if origin != run.seed]
        if repeats := [run.seed for run, origin in told if origin == run.seed]:
            notes.append(
                f"{arm} has {seeds_of(repeats)} twice, with the same results: each counts once"
            )
    return kept, notes


def told(arms: Arms) -> list[str]:
    """Where the seed changes nothing, or less than there are seeds."""
    counts = {arm: (len(runs), len(distinct(runs))) for arm, runs in arms.items()}
    alike: dict[int, list[str]] = {}
    for arm, (n, differing) in counts.items():
        if differing == 1 < n:
            alike.setdefault(n, []).append(arm)
    return [*(_same(names, n) for n, names in alike.items()), *_partly(counts)]


def _same(arms: Sequence[str], n: int) -> str:
    which = "its" if len(arms) == 1 else "their"
    each = "" if len(arms) == 1 else " each"
    return f"the seed changes nothing in {listed(arms)}: {which} {n} runs are one run{each}"


def _partly(counts: Mapping[str, tuple[int, int]]) -> list[str]:
    return [
        f"{arm}: {counted(n, 'run')} are only {differing} that differ; copies count once"
        for arm, (n, differing) in counts.items()
        if 1 < differing < n
    ]
