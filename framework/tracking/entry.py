"""The MLflow run of a folder, or of an arm: found or made once, and remembered in a JSON file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from framework.tracking import folder as files
from framework.tracking.store import connect, experiment_id

if TYPE_CHECKING:
    from mlflow import MlflowClient

MLFLOW = "mlflow.json"
FOLDER_TAG = "framework.folder"
LONGEST_NAME = 250  # of a param or a metric
LONGEST_PARAM = 6_000
LONGEST_TAG = 8_000
MOST_AT_ONCE = 1_000  # metrics in one request: MLflow's limit


@dataclass
class Store:
    """An open store and one experiment in it."""

    client: MlflowClient
    uri: str
    experiment_id: str

    @classmethod
    def open(cls, uri: str, experiment: str) -> Store:
        client = connect(uri)
        return cls(client, uri, experiment_id(client, experiment))


class Entry:
    """Which MLflow run a folder has, and whether everything has arrived there.

    identity: `<session>`, `<session>/<number>` or `<session>/arm/<key>`, unique for ever. The MLflow
    run carries it as a tag: one whose making was interrupted before its id was written down is found,
    not made twice. name: the file in `folder` that remembers it.
    """

    def __init__(self, folder: Path, identity: str, name: str = MLFLOW) -> None:
        self.path = folder / name
        self.identity = identity
        known = files.read_json(self.path) or {}
        self.uri: str | None = known.get("uri")
        self.experiment_id: str | None = known.get("experiment_id")
        self.run_id: str | None = known.get("run_id")
        self.parent_run_id: str | None = known.get("parent_run_id")
        self.complete: bool = known.get("complete", False)

    def ensure(self, store: Store, spec: dict[str, Any], parent_run_id: str | None) -> str:
        """The MLflow run's id in `store`. spec: "name", "start_time", "tags", "description"."""
        if self.run_id is not None and self.uri == store.uri:
            return self.run_id
        attempted = self.uri == store.uri
        self.uri, self.experiment_id, self.run_id = store.uri, store.experiment_id, None
        self.parent_run_id = parent_run_id
        self._write()
        self.run_id = (self._search(store) if attempted else None) or self._make(store, spec)
        self._write()
        return self.run_id

    def completed(self) -> None:
        """Everything is there: nobody needs to look at the folder again."""
        self.complete = True
        self._write()

    def _search(self, store: Store) -> str | None:
        wanted = f"tags.`{FOLDER_TAG}` = '{self.identity}'"
        found = store.client.search_runs([store.experiment_id], wanted, max_results=1)
        return str(found[0].info.run_id) if found else None

    def _make(self, store: Store, spec: dict[str, Any]) -> str:
        tags = dict(spec.get("tags", {}))
        tags[FOLDER_TAG] = self.identity
        if spec.get("description"):
            tags["mlflow.note.content"] = spec["description"]
        if self.parent_run_id is not None:
            tags["mlflow.parentRunId"] = self.parent_run_id
        run = store.client.create_run(
            store.experiment_id,
            start_time=spec["start_time"],
            tags={key: cut(value, LONGEST_TAG) for key, value in tags.items()},
            run_name=spec["name"],
        )
        return str(run.info.run_id)

    def _write(self) -> None:
        files.write_json(
            self.path,
            {
                "uri": self.uri,
                "experiment_id": self.experiment_id,
                "run_id": self.run_id,
                "parent_run_id": self.parent_run_id,
                "complete": self.complete,
            },
        )


def send_params(store: Store, run_id: str, params: dict[str, Any]) -> None:
    """Log params in the order given, at most 100 at once as MLflow asks."""
    from mlflow.entities import Param

    entities = [Param(legal(key), cut(value, LONGEST_PARAM)) for key, value in params.items()]
    for start in range(0, len(entities), 100):
        store.client.log_batch(run_id, params=entities[start : start + 100])


def send_metrics(store: Store, run_id: str, points: list[tuple[str, float, int, int]]) -> None:
    """Log points (name, value, time in milliseconds, step), at most as many at once as MLflow takes."""
    from mlflow.entities import Metric

    metrics = [Metric(legal(name), value, when, step) for name, value, when, step in points]
    for start in range(0, len(metrics), MOST_AT_ONCE):
        store.client.log_batch(run_id, metrics=metrics[start : start + MOST_AT_ONCE])


def cut(value: Any, length: int) -> str:
    """`value` as text of at most `length` characters; an ellipsis says that some are missing."""
    text = str(value)
    return text if len(text) <= length else text[: length - 1] + "…"


def legal(name: str) -> str:
    """`name` with what MLflow refuses in names replaced by underscores.

    Of one that is too long the ends are kept, and a hash of the whole between them.
    """
    if len(name) > LONGEST_NAME:
        mark = f"..{sha256(name.encode()).hexdigest()[:8]}.."
        kept = (LONGEST_NAME - len(mark)) // 2
        name = name[:kept] + mark + name[-kept:]
    return re.sub(r"[^\w.\-/ :]", "_", name)
