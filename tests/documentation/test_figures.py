"""The figures: what they show is true, and drawing them twice gives the same file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import rosen, rosen_der, rosen_hess

from framework.catalogue import Entry, catalogue, find
from framework.documentation.figures import drawing, losses, optimizers, schedules, surfaces
from framework.documentation.figures.style import _broken
from framework.links import LINKS
from framework.registry import discover


@pytest.fixture(scope="module")
def entries() -> list[Entry]:
    return catalogue(discover())


@pytest.mark.parametrize("surface", surfaces.surfaces(), ids=lambda s: s.name)
def test_minima_are_minima_and_starts_are_in_the_window(surface: surfaces.Surface) -> None:
    objective, best = surface.make(), np.array(surface.minimum, float)
    assert np.linalg.norm(objective.at(best).grad()) < 1e-6
    assert (np.linalg.eigvalsh(objective.at(best).hessian()) > 0).all()
    assert surface.holds(np.array(surface.start))
    assert surfaces.grid(surface)[2].min() >= -1e-12


def test_the_valley_is_rosenbrocks() -> None:
    at, v = np.array([-0.7, 0.4]), np.array([0.3, -1.0])
    valley = surfaces.Valley(2)
    assert valley.value(at) == pytest.approx(rosen(at), rel=1e-13)
    assert valley.grad(at) == pytest.approx(rosen_der(at), rel=1e-13)
    assert valley.hvp(at, v) == pytest.approx(rosen_hess(at) @ v, rel=1e-13)


def test_the_path_of_gradient_descent_is_the_closed_form(entries: list[Entry]) -> None:
    (sgd,) = find(entries, ["optim=sgd"])
    bowl = surfaces.surfaces()[0]
    path = optimizers._follow(sgd.subject(lr=0.03), bowl)
    step = np.eye(2) - 0.03 * surfaces.Bowl.matrix
    for number in (1, 7, 50):
        power = np.linalg.matrix_power(step, number)
        assert path.points[number] == pytest.approx(power @ np.array(bowl.start), rel=1e-9)
    assert path.gradients == len(path.points) - 1
    assert path.inside


def test_the_best_rate_stays_inside_and_scores_best(entries: list[Entry]) -> None:
    (sgd,) = find(entries, ["optim=sgd"])
    bowl = surfaces.surfaces()[0]
    best, path = optimizers._best(sgd.subject(), bowl)
    assert best.lr == 0.03  # below 2 / 20 among 0.1, 0.03, ...; 0.1 is at the very edge
    assert path.inside
    assert not optimizers._follow(sgd.subject(lr=1.0), bowl).inside


def test_newton_ends_in_a_step_where_it_should(entries: list[Entry]) -> None:
    (newton,) = find(entries, ["optim=newton"])
    path = optimizers._follow(newton.subject(), surfaces.surfaces()[0])
    assert len(path.points) == 2


def test_optimizers_that_refuse_functions_get_regressions(entries: list[Entry]) -> None:
    (irls,) = find(entries, ["optim=irls"])
    shown = [s.name for s in surfaces.surfaces() if optimizers._accepts(irls.subject(), s)]
    assert shown == ["least squares", "logistic regression"]


def test_a_losss_slope_is_that_of_its_values(entries: list[Entry]) -> None:
    for label, link in (
        ("loss=mse", "identity"),
        ("loss=ce", "sigmoid"),
        ("loss=ce", "softmax"),
        ("loss=focal", "sigmoid"),
    ):
        loss = find(entries, [label])[0].subject()
        head = loss.head(LINKS[link])
        for _, value, slope in losses._curves(head, link):
            numeric = np.gradient(value, losses.REACH)
            assert slope[1:-1] == pytest.approx(numeric[1:-1], abs=1e-3)


def test_factors_are_those_of_a_training(entries: list[Entry]) -> None:
    (constant,) = find(entries, ["schedule=constant"])
    times = np.array([0.0, 1.5, 3.0, 30.0])
    shown = schedules._factors(constant.subject(warmup=3.0), times, 30)
    assert shown == pytest.approx([0, 0.5, 1, 1])


def test_lines_have_gaps_where_they_jump() -> None:
    x = np.linspace(-1, 1, 201)
    assert np.isnan(_broken(np.sign(x))).any()
    assert not np.isnan(_broken(x**3)).any()
    assert not np.isnan(_broken(np.abs(x))).any()


@pytest.mark.parametrize("label", ["activation=relu", "loss=mse", "data=xor", "model=rosenbrock"])
def test_a_figure_is_small_and_the_same_each_time(
    entries: list[Entry], label: str, tmp_path: Path
) -> None:
    figure = drawing(*find(entries, [label]))
    assert figure is not None
    first, again = tmp_path / "first.png", tmp_path / "again.png"
    figure.save(first)
    figure.save(again)
    assert first.read_bytes() == again.read_bytes()
    assert 2_000 < len(first.read_bytes()) < 40_000


@pytest.mark.parametrize("label", ["loss=value", "data=nothing", "metric=accuracy", "pool=max"])
def test_some_have_nothing_to_show(entries: list[Entry], label: str) -> None:
    assert drawing(*find(entries, [label])) is None
