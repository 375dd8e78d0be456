"""All metrics for a kind of task, in one run."""

from __future__ import annotations

import math

import pytest

from framework.registry import discover


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("binary", "data=breast_cancer"),
        ("multiclass", "data=iris"),
        ("regression", "data=diabetes loss=mse optim.lr=0.01"),
    ],
)
def test_all_metrics_run_together(kind, words, command):
    names = [c.name for c in discover().of_kind("metric") if kind in c.cls.kinds]
    key = "regression" if kind == "regression" else "classification"
    done = command(*words.split(), "train.epochs=3", f"metrics.{key}=[{','.join(names)}]")
    assert (done.status, done.err) == (0, "")
    rows = {line.split()[0]: line.split()[1:] for line in done.out.splitlines() if line.split()}
    for name in names:
        assert len(rows[name]) == 3 and all(math.isfinite(float(value)) for value in rows[name])
