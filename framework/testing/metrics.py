"""Checks of a metric, on made-up outputs and targets of each kind of task that it is for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from framework.errors import ConfigError
from framework.interfaces import Metric, one_hot
from framework.links import Link
from framework.params import Array
from framework.random import stream
from framework.tasks import Task
from framework.testing.outcome import Finding, compare, failure, remark, unchanged

ROWS = 40

MACRO = {"average": "macro", "zero_division": 0}

# name → (function of sklearn.metrics, its keywords, whether it takes outputs and not labels)
PEERS: dict[str, tuple[str, dict[str, Any], bool]] = {
    "accuracy": ("accuracy_score", {}, False),
    "balanced_accuracy": ("balanced_accuracy_score", {}, False),
    "brier": ("brier_score_loss", {}, True),
    "cohen_kappa": ("cohen_kappa_score", {}, False),
    "explained_variance": ("explained_variance_score", {}, True),
    "f1": ("f1_score", MACRO, False),
    "f1_macro": ("f1_score", MACRO, False),
    "log_loss": ("log_loss", {}, True),
    "mae": ("mean_absolute_error", {}, True),
    "matthews_corrcoef": ("matthews_corrcoef", {}, False),
    "max_error": ("max_error", {}, True),
    "mean_squared_error": ("mean_squared_error", {}, True),
    "median_absolute_error": ("median_absolute_error", {}, True),
    "precision": ("precision_score", MACRO, False),
    "r2": ("r2_score", {}, True),
    "recall": ("recall_score", MACRO, False),
    "rmse": ("root_mean_squared_error", {}, True),
    "roc_auc": ("roc_auc_score", {"multi_class": "ovr"}, True),
    "top_k": ("top_k_accuracy_score", {}, True),
}


@dataclass(frozen=True)
class MetricCase:
    """A metric with outputs p, (N, K), targets y and a task. known: the name it is registered by."""

    name: str
    metric: Metric
    p: Array
    y: Array
    task: Task
    perfect: Array  # the best possible outputs
    known: str | None = None

    def value(self, p: Array | None = None, y: Array | None = None) -> float:
        return self.metric(self.p if p is None else p, self.y if y is None else y, self.task)


# -- the checks: names and first lines are what the user reads ----------------------------------------


def number(case: MetricCase) -> Finding:
    """a finite number in float64 and float32"""
    for dtype in (np.float64, np.float32):
        value: Any = case.value(case.p.astype(dtype))
        if not isinstance(value, int | float | np.floating):
            return failure(f"it returned a {type(value).__name__}; return float(...)")
        if not np.isfinite(value):
            return failure(f"it is {value} for ordinary outputs")
    return Finding()


def order_of_rows(case: MetricCase) -> Finding:
    """the value with the rows in another order"""
    order = stream(0, "order").permutation(ROWS)
    here, there = np.asarray(case.value()), np.asarray(case.value(case.p[order], case.y[order]))
    says = "the value depends on the order of the rows"
    return compare(here, there, says, relative=1e-9)


def direction(case: MetricCase) -> Finding:
    """perfect against random, as higher_is_better"""
    best, usual = case.value(case.perfect), case.value()
    if best == usual == case.value(1 - case.perfect):
        return remark("the same for the best and the worst outputs of these")
    better = best > usual if case.metric.higher_is_better else best < usual
    if better:
        return Finding()
    declared = f"higher_is_better = {case.metric.higher_is_better}"
    return failure(
        f"{declared}, or the value, is wrong", f"{best:.4g} if perfect", f"{usual:.4g} at random"
    )


def inputs_untouched(case: MetricCase) -> Finding:
    """outputs and targets: bits"""
    p, y = case.p.copy(), case.y.copy()
    case.value(p, y)
    return unchanged([case.p, case.y], [p, y], ["the outputs", "the targets"])


def scikit_learn(case: MetricCase) -> Finding:
    """against scikit-learn's of that name"""
    if case.known not in PEERS:
        return remark("no metric of this name in scikit-learn")
    import sklearn.metrics

    function, keywords, takes_outputs = PEERS[case.known]
    p = case.p if takes_outputs else case.task.labels(case.p)
    if takes_outputs and case.task.kind == "binary":
        p = p[:, -1]  # of class 1
    theirs = getattr(sklearn.metrics, function)(case.y, p, **keywords)
    says = f"it is not sklearn.metrics.{function}; if that is meant, give it another name"
    return compare(np.asarray(case.value()), np.asarray(theirs), says, relative=1e-9)


CHECKS: tuple[Callable[[MetricCase], Finding], ...] = (
    number,
    order_of_rows,
    direction,
    inputs_untouched,
    scikit_learn,
)
CHEAP = (number, order_of_rows, direction, inputs_untouched)


def cases(metric: Metric, known: str | None = None) -> list[MetricCase]:
    """One case a kind of task and a shape of outputs."""
    rng, found = stream(0, "metric"), []
    for kind, outputs in (("binary", 1), ("binary", 2), ("multiclass", 4), ("regression", 1)):
        classes = 0 if kind == "regression" else max(outputs, 2)
        task = Task(kind, (2,), tuple("abcdef"[:classes]))
        link = task.link("softmax" if kind == "binary" and outputs == 2 else "auto")
        if not _applies(metric, task, link):
            continue
        z: Array = rng.normal(size=(ROWS, outputs))
        if kind == "regression":
            perfect = rng.normal(size=(ROWS, 1))
            p: Array = perfect + z
            y: Array = perfect[:, 0]
        else:
            y = np.arange(ROWS) * 7 % (classes + 1) % classes  # the class 0 twice as often
            p, perfect = link(z), one_hot(y, outputs)
        name = f"{kind}, {outputs} output{'s'[: outputs > 1]}"
        found.append(MetricCase(name, metric, p, y, task, perfect, known))
    return found


def _applies(metric: Metric, task: Task, link: Link) -> bool:
    """Whether it is for such a task; its fields may say no to some."""
    try:
        return metric.applies(task, link)
    except ConfigError:
        return False
