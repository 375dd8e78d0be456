"""The numbers of a verdict once more, from the metrics in MLflow; nothing of the framework is used.

`python -m tests.study.recomputed runs/<stamp> [sqlite:///mlflow.db]`, from the repository, compares the
verdict.json of a study with what its store says, number by number, and the texts with these numbers.
"""

from __future__ import annotations

import itertools
import json
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tests.study.by_scipy import (
    CONFIDENCE,
    Time,
    Tree,
    estimate,
    holm,
    sign_flip,
    sign_test,
    time_to_target,
)
from tests.study.read_back import AXES, Asked, Stored, stored, time_of

TUNED = " (tuned)"
Leaves = dict[tuple[str | int, ...], Any]


def recomputed(uri: str, study: str) -> Tree:
    """All numbers of verdict.json, and what else follows from them, at their places."""
    final, trials = stored(uri, study)
    asked = Asked.of(final)
    arms: dict[str, list[Stored]] = {}
    for run in final:
        arms.setdefault(run.arm, []).append(run)
    searches = [_search(asked, arm, runs, trials) for arm, runs in arms.items() if _of(arm, trials)]
    return {
        "metric": asked.metric,
        "higher_is_better": asked.higher(asked.metric),
        "target": list(asked.target),
        "axis": asked.axis,
        "confidence": CONFIDENCE,
        "comparisons": [_comparison(asked, each, searches) for each in _groups(arms)],
        "sensitivity": searches,
        "runs": [
            {"arm": run.arm, "seed": str(run.seed), "status": run.status, "reason": ""}
            | {"value": f"{run.final(asked.metric):.6g}" if run.status == "finished" else ""}
            for run in final
        ],
    }


def _groups(arms: Mapping[str, list[Stored]]) -> Iterator[dict[str, list[Stored]]]:
    """As given; then the tuned ones, and those that there was nothing to tune of."""
    given = {arm: runs for arm, runs in arms.items() if not arm.endswith(TUNED)}
    yield given
    if len(given) < len(arms):
        tuned = [arm + TUNED if arm + TUNED in arms else arm for arm in given]
        yield {arm: arms[arm] for arm in tuned}


def _comparison(asked: Asked, arms: Mapping[str, list[Stored]], searches: Sequence[Tree]) -> Tree:
    pairs: list[Tree] = []
    for outcome in (asked.metric, f"target/{asked.axis}"):
        found = [_pair(asked, outcome, arms, *each) for each in itertools.combinations(arms, 2)]
        for pair, p in zip(found, holm([pair["p"] for pair in found]), strict=True):
            decided = p <= 1 - CONFIDENCE + 1e-12 and pair["n"] >= 6
            pairs.append({**pair, "p_holm": p, "better": pair["better"] if decided else ""})
    return {
        "arms": [_arm(asked, arm, runs, searches) for arm, runs in arms.items()],
        "pairs": pairs,
    }


def _arm(asked: Asked, arm: str, runs: Sequence[Stored], searches: Sequence[Tree]) -> Tree:
    done = [run for run in runs if run.status == "finished"]
    counted = [run for run in runs if run.status != "failed"]
    best = {s["field"]: s["best"] for s in searches if arm == s["arm"] + TUNED}
    for field, value in best.items():
        assert {float(run.run.data.params[field]) for run in runs} == {value}
    return {
        "arm": arm,
        "seeds": len({run.seed for run in runs}),
        "finished": len(done),
        "failed": sum(run.status == "failed" for run in runs),
        "diverged": sum(run.status == "diverged" for run in runs),
        "metrics": {name: estimate([run.final(name) for run in done]) for name in asked.shown},
        "targets": {
            axis: time_to_target([time_of(run, asked, axis) for run in counted]) for axis in AXES
        },
        "costs": {axis: estimate([run.spent(axis) for run in done]) for axis in AXES},
        "tuned": best,
    }


def _pair(
    asked: Asked, outcome: str, arms: Mapping[str, list[Stored]], first: str, second: str
) -> Tree:
    """On the seeds that both arms have; before it is known whether it is decided."""
    left, right = (
        {run.seed: run for run in arms[arm] if run.status != "failed"} for arm in (first, second)
    )
    if outcome == asked.metric:
        left, right = (
            {s: r for s, r in x.items() if r.status == "finished"} for x in (left, right)
        )
    seeds = sorted(left.keys() & right.keys())
    for seed in seeds:
        _check_paired(left[seed], right[seed])
    a, b = [left[seed] for seed in seeds], [right[seed] for seed in seeds]
    if outcome == asked.metric:
        found = sign_flip([r.final(outcome) for r in a], [r.final(outcome) for r in b])
    else:
        found = _timed(*([time_of(run, asked, asked.axis) for run in each] for each in (a, b)))
    side = found["difference"] or found["effect"] or 0.0
    higher = outcome == asked.metric and asked.higher(outcome)
    better = "" if side == 0 else first if (side > 0) == higher else second
    names = {"first": first, "second": second, "outcome": outcome, "paired": True}
    return {**names, **found, "better": better}


def _check_paired(first: Stored, second: Stored) -> None:
    """One split, one start, and one order of the batches or a full one."""
    tags = first.run.data.tags, second.run.data.tags
    for name in ("pairing.split", "pairing.init", "pairing.batches"):
        told = {each[name] for each in tags} - ({"full"} if name == "pairing.batches" else set())
        assert len(told) <= 1, f"{first.arm} and {second.arm}, seed {first.seed}: {name} {told}"


def _timed(a: Sequence[Time], b: Sequence[Time]) -> Tree:
    if all(math.isfinite(time.at) for time in (*a, *b)):
        return sign_flip([time.at for time in a], [time.at for time in b])
    earlier = sum(x.before(y) for x, y in zip(a, b, strict=True))
    later = sum(y.before(x) for x, y in zip(a, b, strict=True))
    return sign_test(earlier, later, len(a))


# -- the search


def _of(arm: str, trials: Sequence[Stored]) -> list[Stored]:
    return [trial for trial in trials if trial.arm == arm]


def _search(asked: Asked, arm: str, runs: Sequence[Stored], trials: Sequence[Stored]) -> Tree:
    """The mean score of each value, and the best: of equal ones that nearest to the rate as given."""
    (field,), found = asked.config["tune"]["fields"], {}
    for trial in _of(arm, trials):
        found.setdefault(float(trial.run.data.params[field]), []).append(trial)
    assert len(found) == asked.config["tune"]["trials"]
    assert not {t.seed for t in trials} & {run.seed for run in runs}
    values = sorted(found)
    scores = [_score(asked, found[value]) for value in values]
    start, sign = float(runs[0].run.data.params[field]), 1 if asked.higher(asked.searched) else -1
    most = max(sign * score for score in scores if score is not None)
    good = [
        v
        for v, s in zip(values, scores, strict=True)
        if s is not None and math.isclose(sign * s, most)
    ]
    best = min(good, key=lambda v: (round(abs(math.log(v / start)), 9), v))
    low, high = start / 1e3, start * 1e2
    low, high = (
        low / (100 if values[0] < low * (1 - 1e-9) else 1),
        high * (100 if values[-1] > high * (1 + 1e-9) else 1),
    )
    ends = {"best": best, "low": low, "high": high}
    return {"arm": arm, "field": field, "values": values, "scores": scores, **ends}


def _score(asked: Asked, trials: Sequence[Stored]) -> float | None:
    assert len(trials) == asked.config["tune"]["seeds"]
    if any(trial.status != "finished" for trial in trials):
        return None
    return float(np.mean([trial.final(asked.searched) for trial in trials]))


# -- comparison


def leaves(tree: Any, path: tuple[str | int, ...] = ()) -> Leaves:
    """Path -> what is there, of a tree as JSON has it."""
    if isinstance(tree, dict):
        found = [leaves(value, (*path, key)) for key, value in tree.items()]
    elif isinstance(tree, list):
        found = [leaves(value, (*path, i)) for i, value in enumerate(tree)]
    else:
        return {path: tree.item() if isinstance(tree, np.generic) else tree}
    return {key: value for each in found for key, value in each.items()}


def unlike(verdict: Tree, expected: Tree) -> list[str]:
    """Where a verdict is not what was recomputed; a number, or none, that nobody recomputed is unlike too."""
    told, found = leaves(verdict), leaves(expected)
    lines = [f"{_at(path)}: not in the verdict" for path in found if path not in told]
    for path, value in told.items():
        if path in found:
            if not alike(value, found[path]):
                lines.append(f"{_at(path)}: {value!r} in the verdict, recomputed {found[path]!r}")
        elif not isinstance(value, str):
            lines.append(f"{_at(path)}: {value!r} was not recomputed")
    return lines


def alike(told: Any, found: Any) -> bool:
    if (
        isinstance(found, bool | str)
        or found is None
        or told is None
        or isinstance(told, bool | str)
    ):
        return type(told) is type(found) and told == found
    return math.isclose(told, found, rel_tol=1e-9, abs_tol=1e-14)


def _at(path: Sequence[str | int]) -> str:
    return " > ".join(map(str, path))


def main(folder: str, uri: str = "sqlite:///mlflow.db") -> int:
    from tests.study.retold import misprints

    study = Path(folder)
    verdict = json.loads((study / "verdict.json").read_text())
    expected = recomputed(uri, study.name)
    wrong = [
        *unlike(verdict, expected),
        *misprints(verdict, expected, (study / "verdict.md").read_text()),
    ]
    numbers = sum(not isinstance(value, str) for value in leaves(verdict).values())
    print(*wrong, f"{numbers} numbers, {len(wrong)} of them or of their words unlike", sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
