from __future__ import annotations

from dataclasses import fields

import pytest

from framework.work import Budget, Work


def test_a_gradient_of_n_samples_is_n_gradient_equivalents():
    assert Work(forward=32, backward=32).gradient_equivalents == 32


@pytest.mark.parametrize(
    ("work", "thirds"),
    [
        (Work(), 0),
        (Work(forward=7), 7),
        (Work(backward=7), 14),
        (Work(hvp=7), 28),
        (Work(ggn=7), 21),
        (Work(hessian=7), 7),
        (Work(forward=1, backward=10, hvp=100, ggn=1000, hessian=10_000), 13_421),
    ],
)
def test_passes_are_weighed_1_2_4_3(work, thirds):
    assert work.gradient_equivalents == pytest.approx(thirds / 3, rel=1e-15)


def test_what_is_no_pass_costs_no_gradient_equivalents():
    assert Work(steps=9, samples=9, solves=9, seconds=9.0).gradient_equivalents == 0


def test_counts_name_every_counter_and_the_sum():
    work = Work(steps=2, forward=3)
    assert set(work.counts()) == {f.name for f in fields(Work)} | {"gradient_equivalents"}
    assert work.counts()["steps"] == 2 and work.counts()["gradient_equivalents"] == 1


def test_an_empty_budget_is_never_spent():
    assert Budget().spent(Work(samples=10**9, seconds=1e9, forward=10**9)) is None


@pytest.mark.parametrize(
    ("unit", "below", "at"),
    [
        ("samples", Work(samples=9), Work(samples=10)),
        ("gradient_equivalents", Work(forward=29), Work(forward=30)),
        ("seconds", Work(seconds=9.999), Work(seconds=10.0)),
    ],
)
def test_a_bound_is_spent_once_it_is_reached(unit, below, at):
    budget = Budget(**{unit: 10})
    assert budget.spent(below) is None
    assert budget.spent(at) == unit


def test_epochs_are_left_to_the_loop():
    assert Budget(epochs=1).spent(Work(steps=100, samples=100)) is None
