"""What a study keeps of an arm that was assembled, without its data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from framework.experiment import Run
from framework.provenance import describe_run
from framework.settings import Train


@dataclass(frozen=True)
class Sketch:
    """Of an arm's first run.

    metrics: name -> whether more is better. train: with its bounds in the unit of the budget. parameters:
    their number. told: what its run.json would say.
    """

    primary: str
    metrics: Mapping[str, bool]
    splits: tuple[str, ...]
    train: Train
    batch_size: int | None
    parameters: int
    told: Mapping[str, Any]

    @classmethod
    def of(cls, run: Run) -> Sketch:
        """From a run that has not begun."""
        return cls(
            primary=run.primary,
            metrics={name: metric.higher_is_better for name, metric in run.metrics.items()},
            splits=tuple(run.data.splits),
            train=run.settings.train,
            batch_size=run.batch_size,
            parameters=run.network.layout.size,
            told=describe_run(run, "", None, ""),
        )

    @property
    def params(self) -> Mapping[str, str]:
        """Those of MLflow."""
        params: Mapping[str, str] = self.told["params"]
        return params
