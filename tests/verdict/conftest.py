"""Synthetic studies: runs whose curves are known in closed form, and verdicts on them.

`outcomes` and `verdict` make them: runs of so many arms and seeds, and what a judge might say of them. Only
what figures and pages read is worked out, by NumPy and SciPy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from scipy import stats

from framework.verdict.outcome import AXES, DIVERGED, FINISHED, Outcome, by_arm
from framework.verdict.verdict import (
    ArmResult,
    Comparison,
    Estimate,
    Pair,
    Sensitivity,
    TimeToTarget,
    Verdict,
)
from tests.browser import browser as browser

EPOCHS = 20
TARGET = ("val/accuracy", 0.9)


def outcome(arm: str, seed: int, rate: float, status: str = FINISHED, **changes: Any) -> Outcome:
    """A run whose accuracy is 1 - exp(-rate epoch) / 2 and a seed's offset; a diverged one ends half way."""
    rng = np.random.default_rng([seed, *arm.encode()])
    last = EPOCHS if status == FINISHED else EPOCHS // 2
    epochs = np.arange(last + 1)
    accuracy = 0.97 - 0.6 * np.exp(-rate * epochs) + 0.008 * rng.standard_normal()
    speed = 0.2 + 0.05 * rng.random()
    history = {
        "val/accuracy": (epochs, accuracy),
        "test/accuracy": (epochs, accuracy - 0.01),
        "work/steps": (epochs, 12.0 * epochs),
        "work/samples": (epochs, 1500.0 * epochs),
        "work/gradient_equivalents": (epochs, (1 + 4 * (rate > 0.5)) * 12.0 * epochs),
        "work/seconds": (epochs, speed * (1 + 3 * (rate > 0.5)) * epochs),
    }
    ends = {name: float(values[-1]) for name, (_, values) in history.items()}
    reason = "" if status == FINISHED else "training/objective is nan after epoch 10"
    told = {"metrics": ends, "history": history, "reason": reason, "run_id": f"{arm}{seed}"}
    told |= {"tags": {"higher_is_better": "accuracy"}, "params": {"seed": str(seed)}}
    return Outcome(arm, seed, status, **(told | changes))


def estimate(values: Iterable[float], confidence: float = 0.95) -> Estimate:
    x = np.array(list(values))
    low = high = None
    if len(x) > 1:
        low, high = map(float, stats.t.interval(confidence, len(x) - 1, x.mean(), stats.sem(x)))
    middle, ends = float(np.median(x)), (float(x.min()), float(x.max()))
    return Estimate(len(x), float(x.mean()), low, high, middle, *ends)


def time_to(runs: Sequence[Outcome], axis: str) -> TimeToTarget:
    metric, target = TARGET
    costs = []
    for run in runs:
        cost, values = run.curve(metric, axis)
        costs.append(float(cost[values >= target][0]) if np.any(values >= target) else np.inf)
    there = [cost for cost in costs if np.isfinite(cost)]
    median = float(np.median(costs)) if costs else np.inf
    least, greatest = (min(there), max(there)) if there else (None, None)
    found = median if np.isfinite(median) else None
    return TimeToTarget(len(there), len(costs), found, least, greatest)


def result(arm: str, runs: Sequence[Outcome]) -> ArmResult:
    done = [run for run in runs if run.finished]
    names = [name for name in ("test/accuracy", "val/accuracy") if done and name in done[0].metrics]
    metrics = {name: estimate(run.metrics[name] for run in done) for name in names}
    costs = {"seconds": estimate(run.metrics["work/seconds"] for run in done)} if names else {}
    targets = {axis: time_to(runs, axis) for axis in AXES if names}
    diverged = sum(run.status == DIVERGED for run in runs)
    lost = len(runs) - len(done) - diverged
    return ArmResult(arm, len(runs), len(done), lost, diverged, metrics, targets, costs)


def pair(first: str, second: str, arms: dict[str, list[Outcome]], name: str) -> Pair:
    ends = [{r.seed: r.metrics[name] for r in arms[arm] if r.finished} for arm in (first, second)]
    seeds = sorted(ends[0].keys() & ends[1].keys())
    n = len(seeds)
    least = min(1.0, 2.0 ** (1 - n))
    if n < 2:
        note = "one seed: nothing can be tested"
        one = ends[0][seeds[0]] - ends[1][seeds[0]] if n else None
        fields: Any = (one, None, None, None, None, least, None, "sign-flip permutation test")
        return Pair(first, second, name, n, True, *fields, note=note)
    x = np.array([ends[0][seed] - ends[1][seed] for seed in seeds])
    mean = float(x.mean())
    low, high = map(float, stats.t.interval(0.95, n - 1, mean, stats.sem(x)))
    p = float(stats.wilcoxon(x, method="exact").pvalue)
    better = (first if mean > 0 else second) if p < 0.05 else ""
    effect = float(mean / x.std(ddof=1))
    told = (mean, low, high, p, min(1.0, 2 * p), least, effect, "sign-flip permutation test")
    return Pair(first, second, name, n, True, *told, better)


def judged(outcomes: Sequence[Outcome], **changes: Any) -> Verdict:
    """What a judge might say of these runs."""
    arms = by_arm(outcomes)
    results = tuple(result(arm, runs) for arm, runs in arms.items())
    measured = [r.arm for r in results if "test/accuracy" in r.metrics]
    pairs = tuple(pair(a, b, arms, "test/accuracy") for a, b in combinations(measured, 2))
    names = ", ".join(arms)
    sentence = f"Of {names} none is better for certain."
    runs = tuple(
        {
            "arm": run.arm,
            "seed": str(run.seed),
            "status": run.status,
            "reason": run.reason,
            "run_id": run.run_id,
            "folder": f"runs/2026-01-01_12-00-00/{number}",
        }
        for number, run in enumerate(outcomes)
    )
    said: dict[str, Any] = {
        "title": "loss · sgd · mlp · digits",
        "command": "python run.py -m loss=ce,mse 'seed=range(10)' target.value=0.9",
        "metric": "test/accuracy",
        "higher_is_better": True,
        "target": TARGET,
        "axis": "epochs",
        "confidence": 0.95,
        "factors": ("loss",),
        "comparisons": (Comparison("as given", results, pairs, (sentence,)),),
        "pairing": "Split, batch order and initial weights are the same for each seed.",
        "lint": ("weight decay differs beside the declared factors: optim.decay=0 removes it",),
        "fixed": {"model": "mlp", "data": "digits", "optim": "sgd", "optim.lr": "0.1"},
        "differed": {"loss": {arm: arm for arm in arms}},
        "environment": {"python": "3.11.2", "numpy": "2.4.6", "threads": "1", "cpu": "a processor"},
        "runs": runs,
        "notes": ("Seconds were measured while other runs went on beside it.",),
    }
    return Verdict(**(said | changes))


def search(arm: str, best: float, edge: str = "") -> Sensitivity:
    """Trials of a rate, of which the two greatest diverged."""
    values = np.logspace(-3, 1, 9)
    scores = 0.95 - 0.1 * np.log10(values / best) ** 2
    told = tuple(float(s) if value < 3 else None for s, value in zip(scores, values, strict=True))
    return Sensitivity(arm, "optim.lr", tuple(map(float, values)), told, best, 1e-3, 10.0, edge)


@pytest.fixture
def outcomes() -> Callable[..., list[Outcome]]:
    """`outcomes(rates={"ce": 0.4}, seeds=10, lost={("ce", 3): "diverged"})`: a run for each arm and seed."""

    def make(
        rates: dict[str, float] | None = None,
        seeds: int = 10,
        lost: dict[tuple[str, int], str] | None = None,
        **changes: Any,
    ) -> list[Outcome]:
        return [
            outcome(arm, seed, rate, (lost or {}).get((arm, seed), FINISHED), **changes)
            for arm, rate in (rates or {"ce": 0.4, "mse": 0.2}).items()
            for seed in range(seeds)
        ]

    return make


@pytest.fixture
def verdict() -> Callable[..., Verdict]:
    """`verdict(outcomes, title="...")`: keywords replace fields."""
    return judged


@pytest.fixture
def trials() -> Callable[..., Sensitivity]:
    return search
