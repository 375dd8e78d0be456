"""The share of a class's predictions that are right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from framework import Array, ConfigError, Link, Metric, Task, hookimpl, one_of


@dataclass
class Precision(Metric):
    """Of the rows given a class, the share that is of it: TP / (TP + FP), averaged over the classes.

    average: "macro", the mean over classes; "weighted", each class by its rows; "micro", all classes counted
    together, which is accuracy; "binary", class 1 alone of two. 0/0 is 0; classes that neither occur in
    these rows nor are predicted are left out. Predicted classes are those of accuracy.
    p: (batch, outputs); y: (batch,) labels; value in [0, 1].
    Source: scikit-learn's precision_score, whose own default is "binary".
    """

    kinds: ClassVar[frozenset[str]] = frozenset({"binary", "multiclass"})

    average: str = "macro"

    def __post_init__(self) -> None:
        one_of(self, "average", ["macro", "weighted", "micro", "binary"])

    def applies(self, task: Task, link: Link) -> bool:
        if self.average == "binary" and task.kind == "multiclass":
            rule = f"there are {len(task.classes)} classes; choose macro, weighted or micro"
            raise ConfigError(f"metric.precision.average=binary: {rule}")
        return super().applies(task, link)

    def __call__(self, p: Array, y: Array, task: Task) -> float:
        from sklearn.metrics import precision_score

        return float(precision_score(y, task.labels(p), average=self.average, zero_division=0))


@hookimpl
def register_metrics() -> dict[str, type[Metric]]:
    return {"precision": Precision}
