"""Each curve once for each axis."""

from __future__ import annotations

from typing import Any

from framework.tracking.axes import Point, curves


def line(epoch: int, spent: float, value: float) -> dict[str, Any]:
    metrics = {
        "val/accuracy": value,
        "test/accuracy": value / 2,
        "train/objective": -value,
        "work/samples": 100.0 * spent,
        "work/gradient_equivalents": spent,
        "work/seconds": spent / 1000,
    }
    return {"step": epoch, "time": 10 * epoch, "metrics": metrics}


def by_name(points: list[Point]) -> dict[str, list[tuple[int, float, int]]]:
    found: dict[str, list[tuple[int, float, int]]] = {}
    for name, value, time, step in points:
        found.setdefault(name, []).append((step, value, time))
    return found


LINES = [line(0, 0.0, 0.1), line(1, 2.4, 0.5), line(2, 2.6, 0.6), line(3, 3.4, 0.7)]


def test_the_step_is_what_was_spent_as_a_whole_number() -> None:
    certain, last = curves(LINES, "val/accuracy", {})
    found = by_name([*certain, *last.values()])
    assert found["val/accuracy.by_samples"] == [
        (0, 0.1, 0),
        (240, 0.5, 10),
        (260, 0.6, 20),
        (340, 0.7, 30),
    ]
    assert found["train/objective.by_samples"][-1] == (340, -0.7, 30)


def test_of_two_evaluations_at_one_step_the_later_one_counts() -> None:
    certain, last = curves(LINES, "val/accuracy", {})
    found = by_name([*certain, *last.values()])
    after_rounding = [(0, 0.1, 0), (2, 0.5, 10), (3, 0.7, 30)]  # 2.6 and 3.4 are both 3
    assert found["val/accuracy.by_grad_evals"] == after_rounding
    assert found["val/accuracy.by_ms"] == after_rounding


def test_only_the_split_that_judges_and_the_objective_have_them() -> None:
    certain, last = curves(LINES, "val/accuracy", {})
    names = {name.rpartition(".")[0] for name in by_name([*certain, *last.values()])}
    assert names == {"val/accuracy", "train/objective"}


def test_portions_make_the_same_points_and_none_is_taken_back() -> None:
    whole, waiting = curves(LINES, "val/accuracy", {})
    certain: list[Point] = []
    last: dict[str, Point] = {}
    for entry in LINES:
        more, last = curves([entry], "val/accuracy", last)
        certain += more
    assert sorted(certain) == sorted(whole) and last == waiting


def test_runs_that_count_nothing_have_none() -> None:
    entry = {"step": 0, "time": 0, "metrics": {"val/accuracy": 0.5, "work/samples": float("nan")}}
    assert curves([entry], "val/accuracy", {}) == ([], {})
