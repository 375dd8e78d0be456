"""Finishes what a killed process, a killed syncer or an unreachable server left behind."""

from __future__ import annotations

import os
from pathlib import Path

from framework.tracking import folder as files
from framework.tracking.entry import FOLDER_TAG, MLFLOW, Store
from framework.tracking.finish import terminate
from framework.tracking.run_copy import death
from framework.tracking.session_copy import SessionCopy
from framework.tracking.store import StoreError, absolute, connect
from framework.tracking.study_copy import Publish
from framework.tracking.syncer import SYNC_LOCK


def repair(root: Path, publish: Publish | None = None) -> list[tuple[Path, str]]:
    """Bring every command below `root` that is over to MLflow; returns folders and what was done.

    A run whose process died becomes FAILED. What is alive, or in the hands of a syncer, is left
    alone, and what is complete is not touched. MLFLOW_TRACKING_URI, if it is set, wins over the
    store recorded in a folder: that is how runs leave a server that is gone. At last, runs that
    MLflow believes to be running, though their folders say otherwise, are closed. publish: sends a study's
    verdict.
    """
    sessions = sorted(path for path in Path(root).absolute().glob("*") if _is_session(path))
    uri = os.environ.get("MLFLOW_TRACKING_URI")
    done = []
    for session in sessions:
        if what := _finish(session, absolute(uri) if uri else None, publish):
            done.append((session, what))
    return done + _reap(sessions)


def is_complete(session: Path) -> bool:
    """Whether all runs of a session are in MLflow, judged by its files alone."""
    entries = [files.read_json(path / MLFLOW) for path in _described(session)]
    return all(entry is not None and entry["complete"] for entry in entries)


def _is_session(path: Path) -> bool:
    return (path / files.SESSION_LOCK).exists()


def _described(session: Path) -> list[Path]:
    """The session's folders that belong into MLflow: its runs, and itself for a study."""
    found = [*session.glob(f"*/{files.RUN}"), session / files.RUN, session / files.STUDY]
    return [path.parent for path in found if path.exists()]


def _finish(session: Path, uri: str | None, publish: Publish | None) -> str | None:
    """What was done about a session; None if there was nothing to do."""
    if is_complete(session):
        return None
    lock = files.Lock(session / SYNC_LOCK)
    if not lock.acquire(wait=False):
        return "left alone: a syncer is at work here"
    try:
        return _finish_locked(session, uri, publish)
    finally:
        lock.release()


def _finish_locked(session: Path, uri: str | None, publish: Publish | None) -> str:
    problems: list[str] = []
    copy = SessionCopy(session, problems.append, uri, publish=publish)
    if not copy.is_over():
        return "left alone: its command is running"
    copy.advance()
    if copy.complete:
        return "brought to MLflow" + _dead(session)
    if not problems:
        return "left alone: some of its runs are still running"
    return f"incomplete: {'; '.join(problems)}"


def _dead(session: Path) -> str:
    dead = [path for path in _described(session) if not (path / files.RESULT).exists()]
    names = ", ".join(_names(session, dead))
    return f"; ended without a result, so FAILED: {names}" if dead else ""


def _names(session: Path, paths: list[Path]) -> list[str]:
    return [session.name if path == session else f"{session.name}/{path.name}" for path in paths]


def _reap(sessions: list[Path]) -> list[tuple[Path, str]]:
    """Close the MLflow runs that are RUNNING although their folders are over."""
    folders = {name: path for path, name in _named(sessions)}
    closed = []
    for uri, experiment_id in _stores(list(folders.values())):
        try:
            store = Store(connect(uri), uri, experiment_id)
        except StoreError:  # what is missing there was told above
            continue
        for identity, run_id in _running(store):
            path = folders.get(identity)
            if path is not None and not files.is_alive(path):
                terminate(store, run_id, files.read_json(path / files.RESULT) or death(path))
                closed.append((path, f"closed MLflow run {run_id}, which was still RUNNING"))
    return closed


def _named(sessions: list[Path]) -> list[tuple[Path, str]]:
    paths = [(session, path) for session in sessions for path in _described(session)]
    return [(path, _names(session, [path])[0]) for session, path in paths]


def _stores(folders: list[Path]) -> list[tuple[str, str]]:
    """Every store and experiment that the folders have gone to."""
    entries = [files.read_json(path / MLFLOW) for path in folders]
    known = [entry for entry in entries if entry is not None]
    return sorted({(entry["uri"], entry["experiment_id"]) for entry in known})


def _running(store: Store) -> list[tuple[str, str]]:
    """Identity of the folder and id of each run of ours that is RUNNING."""
    query = "attributes.status = 'RUNNING'"
    page = store.client.search_runs([store.experiment_id], query)
    runs = list(page)
    while page.token:
        page = store.client.search_runs([store.experiment_id], query, page_token=page.token)
        runs += page
    tagged = [(run.data.tags.get(FOLDER_TAG), run.info.run_id) for run in runs]
    return [(identity, run_id) for identity, run_id in tagged if identity]
