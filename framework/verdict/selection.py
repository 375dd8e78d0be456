"""Which runs of an MLflow store are meant: by an experiment, a study, ids, or a filter."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from framework.errors import ConfigError
from framework.tracking.store import connect, database_path

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

PARENT = "mlflow.parentRunId"
RUN_ID = re.compile(r"[0-9a-f]{32}")
FILTER = re.compile(r"[=<>]|\b(I?LIKE|IN|IS)\b", re.IGNORECASE)
PAGE = 1000  # runs of one request


def opened(uri: str) -> MlflowClient:
    database = database_path(uri)
    if database is not None and not database.exists():
        raise ConfigError(f"{uri}: no such MLflow store; --uri names one, runs/<study> is a folder")
    return connect(uri)


def meant(client: MlflowClient, uri: str, word: str, experiment: str) -> list[Run]:
    """The runs of one word."""
    if RUN_ID.fullmatch(word) and (run := _run(client, word)) is not None:
        return _leaves(client, run)
    if FILTER.search(word):
        found = _filtered(client, uri, word, experiment)
        return [leaf for run in found for leaf in _leaves(client, run)]
    place = client.get_experiment_by_name(word)
    if place is None and word.isdigit():
        place = _experiment(client, word)
    if place is None:
        raise ConfigError(
            f"{word}: no folder, run or experiment of this name; {_known(client, uri)}"
        )
    return _all(client, place.experiment_id)


def _filtered(client: MlflowClient, uri: str, text: str, experiment: str) -> list[Run]:
    from mlflow.exceptions import MlflowException

    place = client.get_experiment_by_name(experiment)
    if place is None:
        raise ConfigError(f"--experiment {experiment}: no such experiment; {_known(client, uri)}")
    try:
        runs = _search(client, place.experiment_id, text)
    except MlflowException as problem:
        told = str(problem).partition("\n")[0]
        raise ConfigError(f"{text}: not a filter of search_runs: {told}") from None
    if not runs:
        raise ConfigError(f"{text}: no run of experiment {experiment!r} is like this")
    return runs


def _leaves(client: MlflowClient, run: Run) -> list[Run]:
    """The run itself, or those below a study and its arms."""
    level = run.data.tags.get("level")
    if level == "run":
        return [run]
    below = [leaf for child in _below(client, run) for leaf in _leaves(client, child)]
    return below or ([run] if level is None else [])


def _all(client: MlflowClient, experiment_id: str) -> list[Run]:
    """The runs of an experiment that have none below them."""
    runs = _search(client, experiment_id, "")
    above = {run.data.tags.get(PARENT) for run in runs}
    own = [run for run in runs if run.data.tags.get("level", "run") == "run"]
    return [run for run in own if run.info.run_id not in above]


def _below(client: MlflowClient, run: Run) -> list[Run]:
    return _search(client, run.info.experiment_id, f"tags.`{PARENT}` = '{run.info.run_id}'")


def _search(client: MlflowClient, experiment_id: str, text: str) -> list[Run]:
    runs: list[Run] = []
    token: str | None = None
    while True:
        page = client.search_runs([experiment_id], text, max_results=PAGE, page_token=token)
        runs += page
        token = page.token
        if not token:
            return runs


def _run(client: MlflowClient, run_id: str) -> Run | None:
    from mlflow.exceptions import MlflowException

    try:
        run = client.get_run(run_id)
    except MlflowException:
        return None
    return run if run.info.lifecycle_stage == "active" else None


def _experiment(client: MlflowClient, experiment_id: str) -> Any:
    from mlflow.exceptions import MlflowException

    try:
        return client.get_experiment(experiment_id)
    except MlflowException:
        return None


def _known(client: MlflowClient, uri: str) -> str:
    names = [each.name for each in client.search_experiments()]
    return f"{uri} has the experiments {', '.join(names)}"


def studies_of(client: MlflowClient, runs: Iterable[Run]) -> list[Run]:
    """The topmost runs above these, each once; empty if one of them has none above it."""
    found: dict[str, Run | None] = {}

    def above(run_id: str) -> Run | None:
        if run_id not in found:
            found[run_id] = _run(client, run_id)
        return found[run_id]

    tops: dict[str, Run] = {}
    for run in runs:
        top = run
        while (parent := top.data.tags.get(PARENT)) and (next_one := above(parent)) is not None:
            top = next_one
        if top is run:
            return []
        tops[top.info.run_id] = top
    return list(tops.values())
