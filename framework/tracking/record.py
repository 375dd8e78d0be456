"""A run folder read back: what figures and the logged model are made from."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from framework.tracking import folder as files
from framework.tracking.history import read_lines

if TYPE_CHECKING:
    from framework.predictor import Predictor

Array = NDArray[Any]


class Record:
    """One run as its folder tells it; every part is read when it is first asked for.

    folder: the path.  run: what run.json says (name, params, dataset, primary, ...).  label: what sets it
    apart in a study, but for its seed: runs of one arm share it.  phase: TUNING for a trial of a search.
    A run that failed has no model, and perhaps no evaluation and no metrics: then they are empty.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)
        run = files.read_json(self.folder / files.RUN)
        if run is None:
            raise FileNotFoundError(f"{self.folder}: not a run folder, it has no {files.RUN}")
        self.run: dict[str, Any] = run
        self.label: str = run.get("label") or run["name"]
        self.phase: str = run.get("phase", files.FINAL)
        self.seed = int(run["params"].get("seed", 0))

    @cached_property
    def result(self) -> dict[str, Any] | None:
        """What result.json says, None for a run without an end."""
        return files.read_json(self.folder / files.RESULT)

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The evaluations: step, time and metrics of each. They are large, and read each time."""
        return read_lines(self.folder / files.METRICS)[0]

    @cached_property
    def history(self) -> dict[str, tuple[Array, Array]]:
        """Steps and values of each metric, in the order of their first appearance."""
        points: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
        for entry in self.lines:
            for name, value in entry["metrics"].items():
                points[name].append((entry["step"], value))
        return {
            name: (np.array([step for step, _ in found]), np.array([value for _, value in found]))
            for name, found in points.items()
        }

    @cached_property
    def evaluation(self) -> dict[str, Array]:
        """`<split>_outputs`, `<split>_targets` and, where few or short, `<split>_inputs` (raw)."""
        path = self.folder / "evaluation.npz"
        if not path.exists():
            return {}
        with np.load(path, allow_pickle=False) as arrays:
            return dict(arrays)

    @property
    def model(self) -> Path | None:
        """The folder of the trained model, if there is one."""
        path = self.folder / "model"
        return path if (path / "model.json").exists() else None

    @cached_property
    def predictor(self) -> Predictor | None:
        """The trained model, ready for raw inputs; None if there is none."""
        if self.model is None:
            return None
        from framework.predictor import Predictor

        return Predictor.load(self.model)


def records_of(study: Path, *, tuning: bool = False) -> list[Record]:
    """The runs of a study's folder, in their order; those of a search only if they are asked for."""
    numbered = [path for path in study.iterdir() if path.name.isdigit()]
    folders = sorted(numbered, key=lambda path: int(path.name))
    records = [Record(path) for path in folders if (path / files.RUN).exists()]
    return [record for record in records if tuning or record.phase == files.FINAL]
