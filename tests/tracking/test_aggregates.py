"""An arm's mean and interval, against SciPy's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from framework.tracking.aggregates import aggregates

STEPS = np.array([0, 1, 2])
VALUES = np.array([[0.1, 0.5, 0.7], [0.2, 0.6, 0.65], [0.15, 0.4, 0.9]])


def test_mean_and_interval_are_students() -> None:
    points = aggregates([{"val/accuracy": (STEPS, row)} for row in VALUES])
    found = {(name, step): value for name, value, step in points}
    assert len(points) == len(found) == 9
    for step, column in enumerate(VALUES.T):
        low, high = stats.t.interval(0.95, 2, column.mean(), stats.sem(column))
        for what, expected in (("mean", column.mean()), ("low", low), ("high", high)):
            assert found[f"val/accuracy.{what}", step] == pytest.approx(expected, rel=1e-12)


def test_a_run_counts_with_its_latest_value_and_only_finite_ones_count() -> None:
    first = {"a": (np.array([0, 1, 3, 4]), np.array([1.0, 2.0, 3.0, 4.0]))}
    second = {"a": (np.array([1, 2, 3, 4]), np.array([1.0, 2.0, np.nan, 6.0]))}
    points = aggregates([first, second])
    means = [(step, value) for name, value, step in points if name == "a.mean"]
    assert means == [(1, 1.5), (2, 2.0), (4, 5.0)]


def test_metrics_that_one_run_has_and_kernel_counters_are_left_out() -> None:
    line = (STEPS, VALUES[0])
    first = {"a": line, "b": line, "work/hvp": line, "work/seconds": line}
    second = {"a": line, "work/hvp": line, "work/seconds": line}
    names = {name.rpartition(".")[0] for name, _, _ in aggregates([first, second])}
    assert names == {"a", "work/seconds"}


def test_one_run_has_no_aggregates() -> None:
    assert aggregates([{"a": (STEPS, VALUES[0])}]) == [] == aggregates([])


def test_a_run_that_ended_keeps_its_last_value() -> None:
    long = {"a": (np.arange(4), np.array([0.0, 1.0, 2.0, 3.0]))}
    short = {"a": (np.arange(2), np.array([0.0, 5.0]))}
    means = {step: value for name, value, step in aggregates([long, short]) if name == "a.mean"}
    assert means == {0: 0.0, 1: 3.0, 2: 3.5, 3: 4.0}


def test_a_long_curve_is_thinned_and_keeps_its_ends() -> None:
    line = {"a": (np.arange(1000), np.arange(1000.0))}
    steps = [step for name, _, step in aggregates([line, line]) if name == "a.mean"]
    assert len(steps) == 200 and (steps[0], steps[-1]) == (0, 999)
