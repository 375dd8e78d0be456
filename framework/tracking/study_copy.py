"""A study on its way to MLflow: the parent run, the arms below it, and the runs below them."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from framework.tracking import folder as files
from framework.tracking.arm_copy import ArmCopy, records_by_arm
from framework.tracking.entry import Entry, Store, send_params
from framework.tracking.finish import send_figures, terminate
from framework.tracking.painter import InlinePainter, Painter
from framework.tracking.record import records_of
from framework.tracking.run_copy import death

# Sends the verdict of the study in a folder to its MLflow run. The ids of the arms' runs are given, by label.
Publish = Callable[[Store, Path, str, dict[str, str]], None]


class StudyCopy:
    """study -> arms -> runs by mlflow.parentRunId; the tag `level` says which of them an MLflow run is.

    An arm is an MLflow run of its own, made with the first of its runs. Where every arm is one run, as in a
    recipe with arms or a sweep without seeds, there are no arms between: study -> runs.
    """

    def __init__(
        self,
        folder: Path,
        study: dict[str, Any],
        painter: Painter | InlinePainter,
        publish: Publish | None = None,
    ) -> None:
        self.folder = folder
        self.study = study
        self.entry = Entry(folder, folder.name)
        self.problems: list[str] = []
        self._painter = painter
        self._publish = publish
        self._arms: dict[str, ArmCopy] = {}
        self._begun = False

    @property
    def complete(self) -> bool:
        return self.entry.complete

    @property
    def repeated(self) -> bool:
        """Whether some arm has several seeds; a study.json that does not say so tells of the seeds of all."""
        told = self.study.get("repeated")
        return int(self.study["params"].get("seeds", 1)) > 1 if told is None else bool(told)

    def begin(self, store: Store) -> str:
        """The MLflow run's id; the run is made and described the first time."""
        tags = {**self.study["tags"], "level": "study"}
        run_id = self.entry.ensure(store, {**self.study, "tags": tags}, None)
        if not self._begun:
            send_params(store, run_id, self.study["params"])
            self._begun = True
        return run_id

    def parent_of(self, store: Store, run: dict[str, Any]) -> str:
        """The id of the MLflow run above that of a run. run: what run.json says of it."""
        run_id = self.begin(store)
        label = run.get("label")
        return self._arm(label).begin(store, run_id, run) if label and self.repeated else run_id

    def end(self, store: Store) -> None:
        """Set the status, end the arms, and send figures and verdict; called when the command is over."""
        run_id = self.begin(store)
        terminate(store, run_id, files.read_json(self.folder / files.RESULT) or death(self.folder))
        self.problems = []
        with self._told("arms"):
            self._end_arms(store, run_id)
        with self._told("figures"):
            send_figures(store, run_id, self.folder, self._painter)
        if self._publish is not None:
            with self._told("verdict"):
                ids = {label: arm.entry.run_id or "" for label, arm in self._arms.items()}
                self._publish(store, self.folder, run_id, ids)
        if not self.problems:
            self.entry.completed()

    def _end_arms(self, store: Store, run_id: str) -> None:
        if self.repeated:
            for label, records in records_by_arm(records_of(self.folder, tuning=True)).items():
                self._arm(label).end(store, run_id, records)

    def _arm(self, label: str) -> ArmCopy:
        if label not in self._arms:
            self._arms[label] = ArmCopy(self.folder, label)
        return self._arms[label]

    @contextmanager
    def _told(self, part: str) -> Iterator[None]:
        """What goes wrong in one part is told, costs no other, and is tried again by a repair."""
        try:
            yield
        except Exception:
            self.problems.append(f"{part}: {traceback.format_exc()}")
