"""The runs of a study, and what it asked for, from MLflow; nothing of the framework is used."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from mlflow import MlflowClient

from tests.study.by_scipy import Time, Tree

AXES = {
    "epochs": "",
    "samples": "work/samples",
    "gradient_equivalents": "work/gradient_equivalents",
    "seconds": "work/seconds",
}


@dataclass
class Stored:
    """A run of the store."""

    client: MlflowClient
    run: Any

    @cached_property
    def arm(self) -> str:
        return str(self.run.data.tags["label"])

    @cached_property
    def seed(self) -> int:
        return int(self.run.data.params["seed"])

    @cached_property
    def status(self) -> str:
        if self.run.info.status == "FINISHED":
            return "finished"
        return "diverged" if self.run.data.tags.get("stopped") == "diverged" else "failed"

    def final(self, name: str) -> float:
        return float(self.run.data.metrics[name])

    def curve(self, name: str) -> dict[int, float]:
        """Step -> value."""
        points = self.client.get_metric_history(self.run.info.run_id, name)
        return {point.step: point.value for point in sorted(points, key=lambda p: p.step)}

    def spent(self, axis: str) -> float:
        return self.final(AXES[axis]) if AXES[axis] else float(max(self.curve("work/steps")))

    def course(self, metric: str, axis: str) -> list[tuple[float, float]]:
        """(cost, value) at each evaluation."""
        values = self.curve(metric)
        cost = self.curve(AXES[axis]) if AXES[axis] else {step: float(step) for step in values}
        return [(cost[step], value) for step, value in values.items()]


def stored(uri: str, study: str) -> tuple[list[Stored], list[Stored]]:
    """(final runs, trials) of a study, in the order in which they were numbered."""
    client = MlflowClient(uri)
    places = [each.experiment_id for each in client.search_experiments()]
    query = f"params.study = '{study}' and tags.level = 'run'"
    found = client.search_runs(places, query, max_results=5_000)
    found.sort(key=lambda run: int(run.data.tags["framework.folder"].partition("/")[2]))
    trials = [Stored(client, run) for run in found if run.data.tags["phase"] == "tuning"]
    return [Stored(client, run) for run in found if run.data.tags["phase"] == "final"], trials


@dataclass
class Asked:
    """What the study asked for, by the configuration that MLflow has of its first run."""

    config: Tree
    primary: str
    rising: tuple[str, ...]
    measured: tuple[str, ...]
    one_loss: bool

    @classmethod
    def of(cls, runs: Sequence[Stored]) -> Asked:
        first = runs[0].run
        path = runs[0].client.download_artifacts(first.info.run_id, "config.yaml")
        config, tags = yaml.safe_load(Path(path).read_text()), first.data.tags
        rising, one = tags["higher_is_better"], len({run.run.data.params["loss"] for run in runs})
        measured = tuple(first.data.metrics)
        return cls(config, tags["primary"], tuple(rising.split()), measured, one == 1)

    @property
    def shown(self) -> list[str]:
        """The metrics of the table. The values of losses that differ say nothing of each other."""
        split = f"{self.metric.partition('/')[0]}/"
        found = [n for n in self.measured if n.startswith(split) and ".by_" not in n]
        return [name for name in found if self.one_loss or name != f"{split}loss"]

    @property
    def metric(self) -> str:
        return self.config["study"]["metric"] or f"test/{self.primary.partition('/')[2]}"

    @property
    def target(self) -> tuple[str, float]:
        study = self.config["study"]
        return study["target_metric"] or self.primary, study["target"]

    @property
    def axis(self) -> str:
        return str(self.config["budget"]["unit"])

    @property
    def searched(self) -> str:
        return self.config["tune"]["metric"] or self.primary

    def higher(self, metric: str) -> bool:
        return metric.rpartition("/")[2] in self.rising


def time_of(run: Stored, asked: Asked, axis: str) -> Time:
    name, target = asked.target
    course = run.course(name, axis)
    sign = 1 if asked.higher(name) else -1
    there = [
        cost for cost, value in course if math.isfinite(value) and sign * value >= sign * target
    ]
    stopped = run.run.data.tags.get("stopped", "")
    end = course[-1][0] if "budget" in stopped and run.status != "diverged" else math.inf
    return Time(there[0] if there else math.inf, end)
