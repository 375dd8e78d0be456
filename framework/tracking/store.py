"""Where MLflow keeps things: its address, and a store that several processes may open at once.

MLflow itself is imported by `connect`, not by this module.
"""

from __future__ import annotations

import os
import re
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

from framework.errors import FrameworkError
from framework.tracking.folder import Lock

if TYPE_CHECKING:
    from mlflow import MlflowClient

SQLITE = "sqlite:///"

# Set before MLflow is imported, and only where the user has not: no telemetry, and a server that
# does not answer is given up after seconds, where MLflow's own defaults try for minutes.
ENVIRONMENT = {
    "DO_NOT_TRACK": "true",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_HTTP_REQUEST_BACKOFF_JITTER": "0.1",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_UV_AUTO_DETECT": "false",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "GIT_PYTHON_REFRESH": "quiet",
}


class StoreError(FrameworkError):
    """The store cannot be used; the message names it."""


def default_uri() -> str:
    """MLFLOW_TRACKING_URI if it is set, else mlflow.db in the working directory; absolute."""
    return absolute(os.environ.get("MLFLOW_TRACKING_URI") or f"{SQLITE}mlflow.db")


def absolute(uri: str) -> str:
    """The same store, named so that it does not depend on the working directory."""
    database = database_path(uri)
    return uri if database is None else f"{SQLITE}{database}"


def database_path(uri: str) -> Path | None:
    """The absolute path of an SQLite store's file; None for servers and other databases."""
    return Path(uri.removeprefix(SQLITE)).absolute() if uri.startswith(SQLITE) else None


def connect(uri: str) -> MlflowClient:
    """Open the store, made and migrated first if it is an SQLite file, and ask it for a reply.

    The file is made once, by whoever takes the lock `<file>.lock` first, however many processes
    come. It stays in WAL mode, in which readers and a writer do not wait for each other.
    Raises StoreError when the store is out of reach.
    """
    mlflow = import_mlflow()
    database = database_path(uri)
    try:
        mlflow.set_tracking_uri(uri)
        if database is None:
            return _reached(uri)
        database.parent.mkdir(parents=True, exist_ok=True)
        with Lock(database.with_name(f"{database.name}.lock")):
            _write_ahead(database)
            return _reached(uri)
    except Exception as problem:
        raise StoreError(f"MLflow store {uri}: {_first_line(problem)}") from problem


def experiment_id(client: MlflowClient, name: str) -> str:
    """The experiment's id, made if need be.

    Beside an SQLite file the artifacts' place is written down absolute, as mlartifacts/<name>;
    MLflow's own default depends on the working directory. A server decides for itself.
    """
    found = client.get_experiment_by_name(name)
    if found is None:
        return _new_experiment(client, name)
    if found.lifecycle_stage == "deleted":
        raise StoreError(
            f"tracking.experiment={name}: this experiment was deleted; choose another name, or"
            f" restore it: mlflow experiments restore --experiment-id {found.experiment_id}"
        )
    return str(found.experiment_id)


def import_mlflow() -> Any:
    """Import MLflow under ENVIRONMENT."""
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    import mlflow

    return mlflow


def _new_experiment(client: MlflowClient, name: str) -> str:
    from mlflow.exceptions import MlflowException

    try:
        return str(client.create_experiment(name, _artifact_location(client.tracking_uri, name)))
    except MlflowException as problem:  # another process was faster
        found = client.get_experiment_by_name(name)
        if found is None:
            raise StoreError(f"tracking.experiment={name}: {_first_line(problem)}") from problem
        return str(found.experiment_id)


def _artifact_location(uri: str, experiment: str) -> str | None:
    database = database_path(uri)
    if database is None:
        return None
    folder = re.sub(r"[^\w.-]+", "-", experiment).strip(".") or "experiment"
    return (database.parent / "mlartifacts" / folder).as_uri()


def _reached(uri: str) -> MlflowClient:
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=uri)
    client.search_experiments(max_results=1)
    return client


def _write_ahead(database: Path) -> None:
    connection = sqlite3.connect(database, timeout=30)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()


def _first_line(problem: BaseException) -> str:
    return str(problem).strip().split("\n", 1)[0] or type(problem).__name__
