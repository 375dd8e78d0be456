"""Outcomes from an MLflow store: from runs of ours, and from those of anybody else's code."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from framework.errors import ConfigError
from framework.tracking.entry import FOLDER_TAG
from framework.verdict.grouping import grouped
from framework.verdict.links import Links, base_of, compare_page, run_page
from framework.verdict.outcome import AXES, FINAL, Array, Outcome
from framework.verdict.recorded import status_of
from framework.verdict.selection import meant, opened, studies_of

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

OVER = ("FINISHED", "FAILED", "KILLED")
SEEDS = ("seed", "random_seed", "random_state")
COUNTERS = {counter for counter in AXES.values() if counter} | {"work/steps"}
AGGREGATE = re.compile(r"\.(by_\w+|mean|low|high)$")
AT_ONCE = 8  # requests; a server is waited for, a file is not


@dataclass(frozen=True)
class Found:
    """Where the outcomes of a question came from.

    title: of the study, or what was asked for. factors: params that set the arms apart. study: run id of
    the one study that all runs are of, else "". notes: what was left out. question: params of the study,
    with what it asked.
    """

    uri: str
    title: str
    factors: tuple[str, ...]
    study: str = ""
    command: str = ""
    notes: tuple[str, ...] = ()
    question: Mapping[str, str] = field(default_factory=dict)


def outcomes(
    uri: str,
    what: Sequence[str],
    factors: Sequence[str] = (),
    experiment: str = "training-choices",
) -> tuple[list[Outcome], Found]:
    """The runs that are meant, and where they came from.

    what: names or ids of experiments, ids of runs, where a study's or an arm's stands for the runs below it,
    or filters in the syntax of `search_runs`, which look into `experiment`. factors: keys of params that make
    the arms; without, `framework.verdict.grouping` finds them. Trials of a search and runs that are not over
    are left out, and runs that are there twice. Raises ConfigError where there is no such thing, or nothing
    below it, or where the factors leave unlike runs of one seed in an arm.
    """
    client = opened(uri)
    found_runs = [run for word in what for run in meant(client, uri, word, experiment)]
    leaves = list({run.info.run_id: run for run in found_runs}.values())
    finals = [run for run in leaves if run.data.tags.get("phase", FINAL) == FINAL]
    over = [run for run in finals if run.info.status in OVER]
    if not over:
        raise ConfigError(f"{' '.join(what)}: no run there is over, so there is nothing to compare")
    kept, keys = grouped([_outcome(run) for run in _in_order(over)], factors)
    notes = _notes(len(leaves) - len(finals), len(finals) - len(over), len(over) - len(kept))
    parents = studies_of(client, over)
    place = Found(uri, " ".join(what), keys, notes=notes)
    if len(parents) == 1:
        (study,) = parents
        told = tuple(study.data.params.get("factors", "").split())
        place = replace(
            place,
            title=study.info.run_name or place.title,
            factors=tuple(factors) or told or keys,
            study=study.info.run_id,
            command=study.data.params.get("command", ""),
            question=study.data.params,
        )
    return with_histories(client, _with_seeds(kept)), place


def links_of(found: Sequence[Outcome], place: Found) -> Links:
    """Links to the runs, to their study, and to the compare page on those that finished."""
    places = [each.experiment_id for each in found]
    finished = [each.run_id for each in found if each.finished]
    return Links(
        base=base_of(place.uri),
        study=run_page(places[0], place.study) if place.study else "",
        compare=compare_page(places, finished),
        runs={each.run_id: run_page(each.experiment_id, each.run_id) for each in found},
    )


def with_histories(client: MlflowClient, found: Sequence[Outcome]) -> list[Outcome]:
    """The outcomes with the curves that a verdict may ask for."""
    asked = [(o.run_id, name) for o in found for name in o.metrics if _wanted(name)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        curves = list(pool.map(lambda each: _curve(client, *each), asked))
    histories: dict[str, dict[str, tuple[Array, Array]]] = {}
    for (run_id, name), curve in zip(asked, curves, strict=True):
        histories.setdefault(run_id, {})[name] = curve
    return [replace(o, history=histories.get(o.run_id, {})) for o in found]


def _in_order(runs: Sequence[Run]) -> list[Run]:
    """By study, the oldest first, and there by number; runs of other code by their start."""
    places = {run.info.run_id: run.data.tags.get(FOLDER_TAG, "").partition("/") for run in runs}
    begun: dict[str, int] = {}
    for run in runs:
        study = places[run.info.run_id][0] or run.info.run_id
        begun[study] = min(begun.get(study, run.info.start_time), run.info.start_time)

    def key(run: Run) -> tuple[int, str, int]:
        study, _, number = places[run.info.run_id]
        study = study or run.info.run_id
        return begun[study], study, int(number or 0)

    return sorted(runs, key=key)


def _outcome(run: Run) -> Outcome:
    """Without its curves; the seed is -1 where none is told, the arm is not known yet."""
    tags, params = dict(run.data.tags), dict(run.data.params)
    told = [params[key] for key in SEEDS if params.get(key, "").isdigit()]
    return Outcome(
        arm="",
        seed=int(told[0]) if told else -1,
        status=status_of(run.info.status, tags.get("stopped")),
        reason=tags.get("reason", ""),
        metrics=dict(run.data.metrics),
        params=params,
        tags=tags,
        run_id=run.info.run_id,
        experiment_id=run.info.experiment_id,
        folder=tags.get(FOLDER_TAG, ""),
        phase=tags.get("phase", FINAL),
    )


def _with_seeds(found: Sequence[Outcome]) -> list[Outcome]:
    """Runs that tell no seed are counted within their arm."""
    counts: dict[str, int] = {}
    numbered = []
    for outcome in found:
        number = counts.setdefault(outcome.arm, 0)
        counts[outcome.arm] = number + 1
        numbered.append(replace(outcome, seed=number) if outcome.seed < 0 else outcome)
    return numbered


def _wanted(name: str) -> bool:
    if name.startswith("work/"):
        return name in COUNTERS
    return not name.startswith("system/") and AGGREGATE.search(name) is None


def _curve(client: MlflowClient, run_id: str, name: str) -> tuple[Array, Array]:
    """Steps and values; of several values at a step the latest."""
    points = client.get_metric_history(run_id, name)
    latest: Mapping[int, float] = {
        point.step: point.value for point in sorted(points, key=lambda p: (p.step, p.timestamp))
    }
    return np.array(list(latest)), np.array(list(latest.values()), dtype=float)


def _notes(trials: int, running: int, twice: int) -> tuple[str, ...]:
    told = {
        "trials of a search": trials,
        "runs that are not over": running,
        "runs that are there twice": twice,
    }
    return tuple(f"left out: {count} {words}" for words, count in told.items() if count)
