"""The path of training and its surface, through the command line: what is kept, and what is drawn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from framework import reopen
from plugins.callbacks import loss_surface

Study = Callable[..., dict[str, Any]]
VALLEY = ("model=rosenbrock", "data=nothing", "loss=value")
ON = ("callbacks.loss_surface.enabled=true", "callbacks.loss_surface.resolution=7", "quiet=true")


def trained(command: Callable[..., Any], *words: str) -> Path:
    """The folder of a run, or of a study, with this callback."""
    before = set(Path("runs").glob("*"))
    done = command(*words, *ON)
    assert (done.status, done.err) == (0, ""), done.err
    (folder,) = set(Path("runs").glob("*")) - before
    return folder


@pytest.fixture
def study(command: Callable[..., Any], figures_of: Callable[[Path], dict[str, Any]]) -> Study:
    """study(*words): what is drawn of a study with this callback."""
    return lambda *words: figures_of(trained(command, "-m", *words))


def test_the_path_is_every_step_from_the_start_to_the_trained_model(
    command: Callable[..., Any],
) -> None:
    folder = trained(command, "model=linear", "loss=mse", "data=diabetes", "train.epochs=4")
    per_epoch = -(-len(reopen(folder).objective.x) // 32)
    with np.load(folder / "path.npz") as path:
        steps, thetas = path["steps"], path["thetas"]
    np.testing.assert_array_equal(steps, range(4 * per_epoch + 1))
    np.testing.assert_array_equal(thetas[0], reopen(folder).theta)
    with np.load(folder / "model" / "parameters.npz") as model:
        np.testing.assert_array_equal(thetas[-1], model["theta"])


def test_a_long_path_is_thinned_and_ends_where_training_did(command: Callable[..., Any]) -> None:
    folder = trained(command, *VALLEY, "optim=gd", "train.epochs=801", "train.eval_every=100")
    with np.load(folder / "path.npz") as path, np.load(folder / "model/parameters.npz") as model:
        np.testing.assert_array_equal(path["steps"], [*range(0, 801, 4), 801])
        np.testing.assert_array_equal(path["thetas"][-1], model["theta"])


def test_the_surface_is_the_objective_on_a_grid_of_the_resolution(
    command: Callable[..., Any],
    figures_of: Callable[[Path], dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Rosenbrock's (1 - x)^2 + 100 (y - x^2)^2."""
    from matplotlib.axes import Axes

    shown: list[Any] = []
    contour = Axes.contourf
    monkeypatch.setattr(
        Axes,
        "contourf",
        lambda self, *args, **kw: (shown.append(args), contour(self, *args, **kw))[1],
    )
    folder = trained(command, *VALLEY, "optim=newton", "train.epochs=20")
    (surface, _) = figures_of(folder)["loss_surface"].axes
    assert surface.get_legend() is None
    ((x, y, height),) = shown
    assert height.shape == (7, 7)
    x, y = np.meshgrid(x, y)
    expected = (1 - x) ** 2 + 100 * (y - x**2) ** 2
    above = expected - expected.min()
    seen = above > 0.01 * above.max()  # less is raised to the lowest contour
    assert seen.sum() > 20
    np.testing.assert_allclose(height[seen], above[seen], rtol=1e-9)


def test_a_model_of_one_parameter_has_no_surface(
    command: Callable[..., Any], figures_of: Callable[[Path], dict[str, Any]]
) -> None:
    words = ("model=linear", "model.bias=false", "data=sine", "loss=mse", "train.epochs=2")
    assert "loss_surface" not in figures_of(trained(command, *words))


@pytest.mark.parametrize(
    "word, told",
    [
        ("rows=0", "a number of rows is > 0"),
        ("most=0", "a number of runs is >= 1"),
        ("resolution=1", "a grid has >= 2 points on each side"),
    ],
)
def test_bad_input_is_told_in_one_line(command: Callable[..., Any], word: str, told: str) -> None:
    done = command("callbacks.loss_surface." + word)
    assert (done.status, done.err) == (2, f"error: callbacks.loss_surface.{word}: {told}\n")


def test_paths_of_a_study_share_a_surface(study: Study) -> None:
    drawn = study(*VALLEY, "optim=gd,newton", "train.epochs=20")
    surface, bar = drawn["loss_surface"].axes
    assert (surface.get_xlabel(), surface.get_ylabel()) == ("theta[0]", "theta[1]")
    assert bar.get_ylabel() == "objective above the least shown"
    lines = [line for line in surface.lines if len(line.get_xdata()) > 1]
    assert len(lines) == 2
    for line in lines:
        assert (line.get_xdata()[0], line.get_ydata()[0]) == (-1.2, 1.0)
    np.testing.assert_allclose(lines[1].get_xydata()[-1], [1, 1], atol=0.1)  # Newton is there


def test_objectives_that_differ_have_surfaces_of_their_own(study: Study) -> None:
    words = ("data=iris", "model.hidden=[4]", "train.epochs=2", "optim=sgd,adam")
    drawn = study("loss=ce,mse", *words)
    panels = [axes for axes in drawn["loss_surface"].axes if axes.get_xlabel()]
    assert len(panels) == 2
    assert all(len(axes.get_legend().get_texts()) == 2 for axes in panels)
    assert all("of the variance" in axes.get_xlabel() for axes in panels)


def test_of_more_runs_than_wanted_there_is_none(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loss_surface, "first_rows", None)  # no objective is even made
    words = (*VALLEY, "optim=gd,newton", "train.epochs=2")
    assert "loss_surface" not in study(*words, "callbacks.loss_surface.most=1")


@pytest.mark.parametrize(
    "word, surfaces",
    [
        ("model.init=nielsen,he", 1),
        ("objective.l2=0,0.1", 2),
        ("seed=0,1", 2),
        ("model.hidden=[2],[3]", 2),
    ],
)
def test_what_makes_an_objective_another(study: Study, word: str, surfaces: int) -> None:
    """Where a model starts does not; regularisation, the split and the layers do."""
    drawn = study("data=iris", "model.hidden=[2]", "train.epochs=1", word)
    assert len([axes for axes in drawn["loss_surface"].axes if axes.get_xlabel()]) == surfaces
