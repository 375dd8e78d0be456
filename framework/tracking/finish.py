"""The end of a run: figures, artifacts, model, status."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from framework.tracking import folder as files
from framework.tracking.entry import LONGEST_TAG, Store, cut
from framework.tracking.painter import InlinePainter, Painter
from framework.tracking.record import Record

ENDED = ("reason", "stopped")  # of result.json: tags in MLflow


def send_result(
    store: Store,
    run_id: str,
    record: Record,
    result: dict[str, Any],
    step: int,
    painter: Painter | InlinePainter,
) -> list[str]:
    """Send what a run leaves behind, then its status; returns what failed on the way.

    A figure that cannot be drawn costs neither the model nor the status. step: the last one. A trial of a
    search has no model and no figures, a reused run none again; another run has no figures if run.json says
    so.
    """
    parts: dict[str, Callable[[], None]] = {"artifacts": lambda: _send_files(store, run_id, record)}
    if record.phase != files.TUNING and not record.run.get("reused"):
        parts["model"] = lambda: _send_model(store, run_id, record, step)
    if draws(record.run):
        parts["figures"] = lambda: send_figures(store, run_id, record.folder, painter)
    problems = []
    for name, send in parts.items():
        try:
            send()
        except Exception:
            problems.append(f"{name}: {traceback.format_exc()}")
    terminate(store, run_id, result)
    return problems


def draws(run: dict[str, Any]) -> bool:
    """Whether a run has figures of its own. run: what run.json says."""
    wanted = run.get("figures", True) and not run.get("reused")
    return bool(wanted) and run.get("phase") != files.TUNING


def terminate(store: Store, run_id: str, result: dict[str, Any]) -> None:
    """Set why and when a run ended, and its status."""
    for tag in ENDED:
        if result.get(tag):
            store.client.set_tag(run_id, tag, cut(result[tag], LONGEST_TAG))
    store.client.set_terminated(run_id, result["status"], result["end_time"])


def send_figures(store: Store, run_id: str, folder: Path, painter: Painter | InlinePainter) -> None:
    """Have the figures of the run or study in `folder` drawn, and log those that could be."""
    figures = folder / "figures"
    try:
        painter.wait(folder)
    finally:
        if figures.exists():
            store.client.log_artifacts(run_id, str(figures), "figures")


def _send_files(store: Store, run_id: str, record: Record) -> None:
    for name in (files.CONFIG, files.METRICS):
        if (record.folder / name).exists():
            store.client.log_artifact(run_id, str(record.folder / name))


def _send_model(store: Store, run_id: str, record: Record, step: int) -> None:
    from framework.tracking.model import log_model

    if record.model is not None:
        log_model(store, run_id, record, step)
