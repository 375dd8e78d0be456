"""One run folder on its way to MLflow."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from framework.tracking import folder as files
from framework.tracking.axes import Point, curves
from framework.tracking.dataset import dataset_input
from framework.tracking.entry import Entry, Store, send_metrics, send_params
from framework.tracking.history import read_lines
from framework.tracking.painter import InlinePainter, Painter
from framework.tracking.record import Record

DIED = "the process ended without a result (killed?)"
TOLD = ("label", "phase", "identity", "reused", "primary")  # of run.json: tags in MLflow
PATIENCE = 1.0  # seconds that new metrics may wait, so that few requests carry many


class RunCopy:
    """Brings one run folder to MLflow, a bit at each `advance`, from anywhere it was left.

    Sending something twice changes nothing, so nothing is remembered but mlflow.json.
    """

    def __init__(self, folder: Path, identity: str, painter: Painter | InlinePainter) -> None:
        self.folder = folder
        self.entry = Entry(folder, identity)
        self.problems: list[str] = []
        self._painter = painter
        self._run: dict[str, Any] | None = None
        self._begun = False
        self._offset = 0
        self._last_step = self._last_time = 0
        self._latest: dict[str, float] = {}
        self._waiting: dict[str, Point] = {}
        self._sent_at = 0.0

    @property
    def complete(self) -> bool:
        return self.entry.complete

    @property
    def run(self) -> dict[str, Any] | None:
        """run.json, None while the run has not started."""
        if self._run is None:
            self._run = files.read_json(self.folder / files.RUN)
        return self._run

    def is_over(self) -> bool:
        """Whether the run has a result, or nobody is left who could write one."""
        return (self.folder / files.RESULT).exists() or not files.is_alive(self.folder)

    def has_news(self) -> bool:
        """Whether `advance` would send something; costs two or three looks at the file system."""
        if self.complete or self.run is None:
            return False
        return not self._begun or self._metrics_waited() or self.is_over()

    def advance(self, store: Store, parent_run_id: str | None) -> None:
        """Send what is new; when the run is over, everything that is left."""
        over = self.is_over()
        run_id = self._begin(store, parent_run_id)
        self._send_metrics(store, run_id, over)
        if over:
            self._end(store, run_id)

    def _begin(self, store: Store, parent_run_id: str | None) -> str:
        run = self.run
        assert run is not None
        run_id = self.entry.ensure(store, described(run), parent_run_id)
        if not self._begun:
            send_params(store, run_id, run["params"])
            store.client.log_inputs(run_id, [dataset_input(run["dataset"])])
            self._begun = True
        return run_id

    def _metrics_waited(self) -> bool:
        if time.monotonic() - self._sent_at < PATIENCE:
            return False
        try:
            return (self.folder / files.METRICS).stat().st_size > self._offset
        except FileNotFoundError:
            return False

    def _send_metrics(self, store: Store, run_id: str, over: bool) -> None:
        entries, offset = read_lines(self.folder / files.METRICS, self._offset)
        points: list[Point] = []
        for entry in entries:
            values = self._primary_first(entry["metrics"])
            points += [(name, value, entry["time"], entry["step"]) for name, value in values]
            self._latest.update(values)
            self._last_step = max(self._last_step, entry["step"])
            self._last_time = max(self._last_time, entry["time"])
        certain, last = curves(entries, (self.run or {})["primary"], self._waiting)
        points += [*certain, *(last.values() if over else ())]
        send_metrics(store, run_id, points)
        self._offset, self._sent_at, self._waiting = offset, time.monotonic(), last

    def _primary_first(self, metrics: dict[str, float]) -> list[tuple[str, float]]:
        primary = (self.run or {}).get("primary")
        return sorted(metrics.items(), key=lambda item: item[0] != primary)

    def _end(self, store: Store, run_id: str) -> None:
        """Figures, artifacts and model may each fail by itself; the status is set all the same."""
        from framework.tracking.finish import send_result

        result = self._result()
        final = self._primary_first(result["metrics"])
        changed = [(name, value) for name, value in final if not self._is_latest(name, value)]
        when = max(result["end_time"], self._last_time + 1)  # the latest is the one that is shown
        points = [(name, value, when, self._last_step) for name, value in changed]
        send_metrics(store, run_id, points)
        record = Record(self.folder)
        step, painter = self._last_step, self._painter
        self.problems = send_result(store, run_id, record, result, step, painter)
        if not self.problems:
            self.entry.completed()

    def _is_latest(self, name: str, value: float) -> bool:
        latest = self._latest.get(name)
        return latest is not None and (latest == value or (latest != latest and value != value))

    def _result(self) -> dict[str, Any]:
        result = files.read_json(self.folder / files.RESULT)
        return result if result is not None else death(self.folder)


def described(run: dict[str, Any]) -> dict[str, Any]:
    """What an MLflow run is made from, of run.json: TOLD become tags."""
    tags = {key: str(run[key]) for key in TOLD if run.get(key)}
    name = f"{run['name']} tuning" if run.get("phase") == files.TUNING else run["name"]
    return {**run, "name": name, "tags": {**run["tags"], **tags, "level": "run"}}


def death(folder: Path) -> dict[str, Any]:
    """The result of a run whose process ended without one; it ended when it last wrote."""
    written = [folder / name for name in (files.RUN, files.METRICS, files.STUDY)]
    end = max((path.stat().st_mtime_ns for path in written if path.exists()), default=0)
    return {
        "status": "FAILED",
        "reason": DIED,
        "end_time": end // 1_000_000,
        "stopped": DIED,
        "metrics": {},
    }
