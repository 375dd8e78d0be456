"""A run as a verdict sees it, whether it is read from its folder or from an MLflow store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from framework.tracking.folder import DIVERGED as DIVERGED
from framework.tracking.folder import FINAL as FINAL
from framework.tracking.folder import TUNING as TUNING

Array = NDArray[Any]

FINISHED, FAILED = "finished", "failed"
TUNED = " (tuned)"  # ends the name of an arm whose rate was searched for
# What a run may spend, by budget.unit -> the metric that counts it; epochs are the steps of a history.
AXES = {
    "epochs": None,
    "samples": "work/samples",
    "gradient_equivalents": "work/gradient_equivalents",
    "seconds": "work/seconds",
}


@dataclass(frozen=True)
class Outcome:
    """One run.

    arm: what sets it apart in its study, the seed left out; runs of one arm share it. status: FINISHED,
    FAILED or DIVERGED (training ran into values that are not finite), with the reason. metrics: final
    values by name, as `test/accuracy`. history: steps (epochs) and values of each metric. params, tags: as
    MLflow has them; of tags `pairing.split`, `pairing.batches`, `pairing.init` are the hashes that paired
    runs share, and `higher_is_better` lists metrics. run_id: MLflow's, "" where there is none; folder:
    likewise.
    """

    arm: str
    seed: int
    status: str = FINISHED
    reason: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict)
    history: Mapping[str, tuple[Array, Array]] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    run_id: str = ""
    experiment_id: str = ""
    folder: str = ""
    phase: str = FINAL

    @property
    def finished(self) -> bool:
        return self.status == FINISHED

    def spent(self, axis: str) -> tuple[Array, Array]:
        """(epochs, cost): what had been spent on `axis`, a key of AXES, at each evaluation."""
        counter = AXES[axis]
        if counter is None:
            steps = self.history["work/steps"][0]
            return steps, steps.astype(float)
        return self.history[counter]

    def curve(self, metric: str, axis: str = "epochs") -> tuple[Array, Array]:
        """(cost on the axis, value) at every evaluation that measured `metric`."""
        steps, values = self.history[metric]
        at, cost = self.spent(axis)
        shared, here, there = np.intersect1d(steps, at, return_indices=True)
        del shared
        return cost[there], values[here]


def by_arm(outcomes: Iterable[Outcome]) -> dict[str, list[Outcome]]:
    """Arm -> its runs, in the order of the first of each."""
    arms: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        arms.setdefault(outcome.arm, []).append(outcome)
    return arms
