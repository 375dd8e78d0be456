"""How far arms are from the best of them, seed by seed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from framework.errors import FieldError
from plugins.callbacks.suboptimality import Suboptimality


def record(arm: str, seed: int, values: list[float], cost: float = 10.0) -> Any:
    steps = np.arange(len(values))
    found = {"train/objective": (steps, np.array(values))}
    found["work/gradient_equivalents"] = (steps, cost * steps)
    params = {"loss": "ce", "arm": arm, "seed": str(seed)}
    return SimpleNamespace(run={"params": params}, history=found, label=arm)


def draw(records: list[Any], **fields: Any) -> Any:
    return Suboptimality(enabled=True, **fields).draw_study(records=records)["suboptimality"]


def lines(axes: Any) -> list[list[float]]:
    return [list(line.get_ydata()) for line in axes.lines]


def test_the_minimum_is_the_least_of_the_runs_with_the_same_seed() -> None:
    records = [
        record("newton", 0, [4.0, 1.0]),
        record("newton", 1, [4.0, 2.0]),
        record("sgd", 0, [4.0, 3.0, 2.0]),
        record("sgd", 1, [4.0, 3.0, 2.5]),
    ]
    left, right = draw(records, floor=1e-6).axes
    expected = [[3.0, 4e-6], [2.0, 4e-6], [3.0, 2.0, 1.0], [2.0, 1.0, 0.5]]
    assert lines(left) == lines(right) == expected
    assert [text.get_text() for text in right.get_legend().get_texts()] == ["newton", "sgd"]
    assert left.get_yscale() == "log" and left.get_xscale() == "linear"
    assert list(right.lines[2].get_xdata()) == [0, 10, 20]


def test_a_known_optimum_takes_its_place() -> None:
    records = [record("a", 0, [4.0, 1.0]), record("b", 0, [4.0, 2.0])]
    left, _ = draw(records, best=0.5).axes
    assert lines(left) == [[3.5, 0.5], [3.5, 1.5]]


@pytest.mark.parametrize(("cost", "scale"), [(20.0, "linear"), (10_000.0, "symlog")])
def test_arms_of_very_different_cost_have_a_logarithmic_axis(cost: float, scale: str) -> None:
    records = [record("a", 0, [4.0, 1.0]), record("b", 0, [4.0, 2.0], cost)]
    assert draw(records).axes[1].get_xscale() == scale


def test_nothing_is_drawn_of_one_arm_or_of_too_many() -> None:
    many = [record(str(number), 0, [2.0, 1.0]) for number in range(17)]
    for records in (many[:1], many):
        assert Suboptimality(enabled=True).draw_study(records=records) == {}


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        (
            {"best": float("nan")},
            "best=nan: the optimum is a finite number, or null for the least of the arms",
        ),
        ({"floor": 0.0}, "floor=0.0: a share of the first value, 0 < f < 1"),
    ],
)
def test_ranges(fields: dict[str, float], text: str) -> None:
    with pytest.raises(FieldError) as caught:
        Suboptimality(**fields)
    assert str(caught.value) == text
