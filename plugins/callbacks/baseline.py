"""scikit-learn's linear model on the same rows, as a line."""

from __future__ import annotations

import sys
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from framework import BASELINE, Array, Callback, hookimpl, require

if TYPE_CHECKING:
    from framework import Run

ENABLED = "callbacks.baseline.enabled=true"
ITERATIONS = 1000


@dataclass
class Baseline(Callback):
    """What scikit-learn's linear model gets: its loss and metrics, as `baseline/<split>/<metric>`.

    It is fitted once, on the training rows as the run sees them, and its values are logged with every
    evaluation, a constant line beside the run's own. The fit is no part of the training time.
    Regression: LinearRegression, ordinary least squares whatever objective.l2 is. Classes:
    LogisticRegression of C = 1 / (N objective.l2), which has the run's own cross-entropy optimum for
    model=linear; C = inf without L2. L1 is left out. A warning tells of a fit that was stopped short
    of its optimum.
    Only for flat inputs, and numbers up to `most`, rows times features; else a warning says so.
    Source: Pedregosa et al., Scikit-learn: machine learning in Python (2011).
    """

    enabled: bool = False
    most: int = 2_000_000

    def __post_init__(self) -> None:
        require(self, "most", self.most > 0, "rows times features, > 0")
        self._found: dict[str, float] | None = None

    @hookimpl
    def on_evaluate(self, run: Run, step: int, metrics: dict[str, float]) -> None:
        if self._found is None:
            self._found = self._measure(run)
        metrics |= self._found

    def _measure(self, run: Run) -> dict[str, float]:
        if why := self._unfit(run):
            _warn(f"{why}; none is drawn")
            return {}
        model = _fitted(run)
        if np.max(getattr(model, "n_iter_", 0)) >= ITERATIONS:
            why = f"scikit-learn's fit has not converged after {ITERATIONS} iterations"
            _warn(f"{ENABLED}: {why}; data.standardize=true or objective.l2 may help")
        found = {}
        for split, measured in run.outputs.items():
            part = run.data.splits[split]
            rows = slice(len(measured))  # of the training rows, train.eval_rows at most
            p = _outputs(model, part.x[rows], measured.shape[1])
            values = run.head.loss.value(p, run.targets(split)[rows])
            found[f"{BASELINE}/{split}/loss"] = float(np.mean(values))
            for name, metric in run.metrics.items():
                found[f"{BASELINE}/{split}/{name}"] = metric(p, part.y[rows], run.data.task)
        return {name: value for name, value in found.items() if np.isfinite(value)}

    def _unfit(self, run: Run) -> str:
        """Why there can be none; empty if there can."""
        task, x = run.data.task, run.data.splits["train"].x
        if not task.classification and task.kind != "regression":
            return f"{ENABLED}: nothing is predicted"
        if len(task.inputs) > 1:
            return f"{ENABLED}: inputs of shape {'x'.join(map(str, task.inputs))} are not flat"
        numbers = len(x) * task.inputs[0]
        if numbers > self.most:
            return f"callbacks.baseline.most={self.most}: {numbers:,} numbers to fit are more"
        return ""


def _warn(text: str) -> None:
    print(f"warning: {text}", file=sys.stderr)


def _fitted(run: Run) -> Any:
    from sklearn.linear_model import LinearRegression, LogisticRegression

    part, l2 = run.data.splits["train"], run.objective.l2
    x = part.x.astype(np.float64, copy=False)
    if not run.data.task.classification:
        return LinearRegression().fit(x, part.y)
    strength = 1 / (len(x) * l2) if l2 else np.inf
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a warning of our own tells it
        return LogisticRegression(C=strength, tol=1e-8, max_iter=ITERATIONS).fit(x, part.y)


def _outputs(model: Any, x: Array, outputs: int) -> Array:
    """What the link of the run would give, (N, outputs): values, or probabilities."""
    if hasattr(model, "predict_proba"):
        return np.asarray(model.predict_proba(x)[:, -outputs:])
    return np.asarray(model.predict(x)).reshape(len(x), outputs)


@hookimpl
def register_callbacks() -> dict[str, type[Callback]]:
    return {"baseline": Baseline}
