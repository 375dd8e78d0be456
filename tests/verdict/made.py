"""Runs made by hand, whose curves are steps: a start value, and the final one from some epoch on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from framework.verdict.outcome import DIVERGED, FAILED, FINISHED, Outcome

LAST = 10  # epochs
BUDGET = "the budget of 10 epochs is spent"
START = 0.3
PARAMS = {
    "loss": "ce",
    "optim": "sgd",
    "optim.lr": "0.1",
    "model": "mlp",
    "data": "digits",
    "link": "softmax",
    "parameters": "2410",
    "batch_size": "32",
}
TAGS = {
    "higher_is_better": "accuracy",
    "threads": "1",
    "data.digest": "d",
    "version.numpy": "2.4",
    "platform": "Linux",
    "stopped": BUDGET,
}


def run(
    arm: str,
    seed: int,
    test: float = 0.9,
    reach: int = 4,
    val: float = 0.96,
    loss: str = "ce",
    params: Mapping[str, str] | None = None,
    tags: Mapping[str, str | None] | None = None,
    **changes: Any,
) -> Outcome:
    """A run whose val/accuracy is START before epoch `reach` and `val` from then on."""
    epochs = np.arange(LAST + 1)
    history = {
        "val/accuracy": (epochs, np.where(epochs >= reach, val, START)),
        "work/steps": (epochs, 30.0 * epochs),
        "work/samples": (epochs, 1000.0 * epochs),
        "work/gradient_equivalents": (epochs, 2000.0 * epochs),
        "work/seconds": (epochs, 0.01 * (1 + seed) * epochs),
    }
    ends = {name: float(values[-1]) for name, (_, values) in history.items()}
    metrics = {**ends, "train/objective": 0.2, "test/loss": 0.1, "test/accuracy": test}
    hashes = {"split": f"s{seed}", "batches": f"b{seed}", "init": f"shapes:i{seed}"}
    told = {**TAGS, **{f"pairing.{key}": value for key, value in hashes.items()}, **(tags or {})}
    return Outcome(
        arm,
        seed,
        changes.pop("status", FINISHED),
        metrics=metrics | changes.pop("metrics", {}),
        history=history | changes.pop("history", {}),
        params={**PARAMS, "loss": loss, "seed": str(seed), **(params or {})},
        tags={key: value for key, value in told.items() if value is not None},
        **changes,
    )


def runs(arm: str, tests: Any, **changes: Any) -> list[Outcome]:
    """A run for each final value of test/accuracy, of seeds 0, 1, ..."""
    return [run(arm, seed, float(test), **changes) for seed, test in enumerate(tests)]


def diverged(arm: str, seed: int, **changes: Any) -> Outcome:
    reason = "epoch 3: the objective on the training rows is not finite"
    return run(arm, seed, float("nan"), status=DIVERGED, reason=reason, **changes)


def failed(arm: str, seed: int, **changes: Any) -> Outcome:
    return run(arm, seed, status=FAILED, reason="killed by signal 9", metrics={}, **changes)
