"""Diagnostics through the command line: what is measured when, at whose expense, and what is drawn."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from omegaconf import OmegaConf

from framework import reopen
from framework.experiment import train_run
from framework.tracking.record import Record

LINEAR = ("model=linear", "loss=mse", "data=diabetes")
VALLEY = ("model=rosenbrock", "data=nothing", "loss=value")
Figures = Callable[[Path], dict[str, Any]]
PRESETS: dict[str, set[str]] = {
    "none": set(),
    "economy": {"diagnostics"},
    "business": {"diagnostics"},
    "full": {"diagnostics", "loss_surface"},
}


@pytest.fixture
def record(command: Callable[..., Any]) -> Callable[..., Record]:
    """record(*words): one run, read back."""

    def run(*words: str) -> Record:
        before = set(Path("runs").glob("*"))
        done = command(*words, "quiet=true")
        assert (done.status, done.err) == (0, ""), done.err
        (folder,) = set(Path("runs").glob("*")) - before
        return Record(folder)

    return run


def measured(record: Record, name: str) -> dict[int, float]:
    steps, values = record.history.get("diagnostics/" + name, ((), ()))
    return dict(zip(map(int, steps), values, strict=True))


def final(record: Record) -> dict[str, float]:
    return json.loads((record.folder / "result.json").read_text())["metrics"]


@pytest.mark.parametrize(
    "words",
    [
        ("train.epochs=3", "schedule=reduce_on_plateau", "model.dropout=0.2"),
        (*LINEAR, "optim=fista", "objective.l1=0.1", "train.epochs=4"),
        ("train.epochs=2", "train.average=polyak", "train.seconds=1e6"),
    ],
)
def test_a_run_is_the_same_with_and_without(record: Callable[..., Record], words: Any) -> None:
    without = record(*words)
    full = record(*words, "diagnostics=full", "callbacks.diagnostics.rows=30")
    bare, found = final(without), final(full)
    extra = found.keys() - bare.keys()
    assert extra and all(name.startswith("diagnostics/") for name in extra)
    assert bare.pop("work/seconds") > 0
    assert {name: found[name] for name in bare} == bare
    weights = [(each.folder / "model/parameters.npz").read_bytes() for each in (without, full)]
    assert weights[0] == weights[1]


def test_its_cost_is_logged_apart_and_grows(record: Callable[..., Record]) -> None:
    run = record("train.epochs=2", "diagnostics=business", "callbacks.diagnostics.rows=50")
    spent = list(measured(run, "gradient_equivalents").values())
    # A gradient and a sweep for deltas, 8 products; and for steps two values, a gradient, a product.
    once = 50 * (1 + 2 + 2 + 8 * 4) / 3
    step = 50 * (1 + 1 + 2 + 4) / 3
    np.testing.assert_allclose(spent, [once, 2 * once + step, 3 * once + 2 * step])
    seconds = list(measured(run, "seconds").values())
    assert 0 < seconds[0] < seconds[1] < seconds[2]


def test_so_is_that_of_differences(record: Callable[..., Record]) -> None:
    only = ("enabled=true", "layers=false", "derivative_error=true")
    run = record("train.epochs=1", *(f"callbacks.diagnostics.{word}" for word in only))
    spent = measured(run, "gradient_equivalents")
    here, there = (
        1 + 2 + 4,
        2 * 33 * (1 + 2),
    )  # gradient and product; gradients at 33 steps each way
    assert spent == pytest.approx(dict.fromkeys([0, 1], 32 * (here + there) / 3))


def test_economy_is_every_layer(record: Callable[..., Record]) -> None:
    words = ("train.epochs=2", "model.hidden=[7]", "model.activation=relu", "diagnostics=economy")
    run = record(*words)
    names = {name for name in run.history if name.startswith("diagnostics/")}
    by_layer = [f"{q}.{n}.dense" for q in ("gradient_norm", "delta_norm") for n in (1, 3)]
    by_layer += ["update_ratio.1.dense", "update_ratio.3.dense", "saturation.2.relu", "dead.2.relu"]
    costs = ["seconds", "gradient_equivalents"]
    assert names == {"diagnostics/" + name for name in [*by_layer, "saturation.output", *costs]}
    assert list(measured(run, "update_ratio.1.dense")) == [1, 2]
    assert list(measured(run, "dead.2.relu")) == [0, 1, 2]


def test_start_and_end_are_measured_whatever_the_turn(record: Callable[..., Record]) -> None:
    every = ("diagnostics=economy", "callbacks.diagnostics.every=3")
    run = record("train.epochs=7", *every)
    assert list(measured(run, "gradient_norm.1.dense")) == [0, 3, 6, 7]
    assert (
        final(run)["diagnostics/gradient_norm.1.dense"]
        == (measured(run, "gradient_norm.1.dense")[7])
    )
    rare = record("train.epochs=5", "train.eval_every=2", *every)
    assert list(measured(rare, "gradient_norm.1.dense")) == [0, 5]


def test_gradient_norms_of_layers_make_that_of_the_run(record: Callable[..., Record]) -> None:
    words = ("train.epochs=2", "objective.l2=0.01", "callbacks.diagnostics.rows=100000")
    run = record("diagnostics=economy", *words)
    parts = [run.history[f"diagnostics/gradient_norm.{n}.dense"][1] for n in (1, 3)]
    np.testing.assert_allclose(np.hypot(*parts), run.history["train/gradient_norm"][1])


def test_update_ratios_are_those_of_the_path(record: Callable[..., Record]) -> None:
    run = record("diagnostics=full", *LINEAR, "optim=gd", "train.epochs=4")
    with np.load(run.folder / "path.npz") as path:
        thetas = path["thetas"]
    assert thetas.shape[1] == 11  # ten weights, one bias, both the network's own
    sizes = [np.linalg.norm(theta) for theta in thetas]
    moves = [np.linalg.norm(b - a) for a, b in pairwise(thetas)]
    found = measured(run, "update_ratio.network")
    assert found == pytest.approx({n: moves[n - 1] / sizes[n - 1] for n in (2, 3, 4)})


def test_a_last_step_that_was_not_foreseen_is_left_out(record: Callable[..., Record]) -> None:
    run = record("diagnostics=economy", "train.epochs=null", "train.samples=1200")
    assert list(measured(run, "gradient_norm.1.dense")) == [0, 1, 2]
    assert list(measured(run, "update_ratio.1.dense")) == [1]


@pytest.mark.parametrize("optim", ["sgd", "adam", "newton", "lbfgs"])
def test_least_squares_has_steps_of_quality_one(record: Callable[..., Record], optim: str) -> None:
    run = record("diagnostics=business", *LINEAR, f"optim={optim}", "train.epochs=3")
    found = measured(run, "step_quality")
    assert found and found == pytest.approx(dict.fromkeys(found, 1.0), abs=1e-6)


def test_curvature_of_least_squares_is_that_of_its_inputs(record: Callable[..., Record]) -> None:
    run = record("diagnostics=full", *LINEAR, "optim=newton", "train.epochs=1")
    x = np.c_[reopen(run.folder).objective.x[:256], np.ones(256)]
    values = np.linalg.eigvalsh(x.T @ x / 256)  # of half the mean square
    found = {k: measured(run, f"hessian_{k}")[1] for k in ("eigenvalue_min", "eigenvalue_max")}
    expected = {"eigenvalue_min": values[0], "eigenvalue_max": values[-1]}
    assert found == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    "words",
    [
        ("data=textures", "data.size=[8,8]", "data.images=20", "model=convnet", "dtype=float32"),
        ("model=convnet", "model.channels=[2]", "model.pool=average", "model.activation=gelu"),
        ("model=mlp", "model.layer_norm=true", "model.hidden=[6,5]", "optim=lion"),
        ("model=rbf", "data=moons"),
        ("model=autoencoder", "loss=mse", "data=iris"),
        ("model=quadratic", "data=nothing", "loss=value", "optim=gd"),
    ],
    ids=lambda words: words[0] + " " + words[1],
)
def test_it_measures_and_draws_whatever_runs(
    record: Callable[..., Record], figures_of: Figures, words: Any
) -> None:
    few = ("callbacks.diagnostics.rows=20", "callbacks.loss_surface.rows=20", "train.epochs=2")
    run = record("diagnostics=full", *words, *few, "callbacks.loss_surface.resolution=7")
    assert {"diagnostics", "derivative_error", "loss_surface"} <= figures_of(run.folder).keys()
    values = [v for name, (_, v) in run.history.items() if name.startswith("diagnostics/")]
    assert np.isfinite(np.concatenate(values)).all()


def test_a_run_that_breaks_says_what_it_says_without(command: Callable[..., Any]) -> None:
    words = (*LINEAR, "optim.lr=1e200", "train.batch_size=full", "quiet=true")
    bare, full = (command(*words, f"diagnostics={preset}") for preset in ("none", "full"))
    assert (bare.status, bare.err) == (full.status, full.err)
    assert bare.status == 1 and "the objective on the training rows is not finite" in bare.err


def test_without_a_folder_nothing_is_kept(record: Callable[..., Record]) -> None:
    run = reopen(record("diagnostics=full", *VALLEY, "optim=gd", "train.epochs=2").folder)
    before = set(Path.cwd().rglob("*.npz"))
    assert run.folder is None
    train_run(run)
    assert set(Path.cwd().rglob("*.npz")) == before


@pytest.mark.parametrize(
    "word, told",
    [
        ("diagnostics=fulll", "diagnostics=fulll: no such preset; did you mean 'full'?"),
        ("callbacks.diagnostics.every=0", "callbacks.diagnostics.every=0: a number of epochs is"),
        ("callbacks.diagnostics.rows=0", "callbacks.diagnostics.rows=0: a number of rows is > 0"),
        ("callbacks.diagnostics.most=0", "callbacks.diagnostics.most=0: a number of runs is >= 1"),
        ("callbacks.diagnostics.trace_probes=-1", "callbacks.diagnostics.trace_probes=-1: a numb"),
    ],
)
def test_bad_input_is_told_in_one_line(command: Callable[..., Any], word: str, told: str) -> None:
    done = command(word)
    assert done.status == 2
    assert done.err.startswith("error: " + told) and done.err.count("\n") == 1


def test_fields_can_be_set_on_top_of_a_preset(record: Callable[..., Record]) -> None:
    run = record("diagnostics=business", "callbacks.diagnostics.every=5", "train.epochs=1")
    chosen = OmegaConf.load(run.folder / "config.yaml").callbacks.diagnostics
    assert (chosen.enabled, chosen.every, chosen.step_quality, chosen.trace_probes) == (
        True,
        5,
        True,
        8,
    )
    assert not (chosen.eigenvalues or chosen.derivative_error)


@pytest.mark.parametrize("preset, on", PRESETS.items())
def test_presets_turn_callbacks_on(
    record: Callable[..., Record], preset: str, on: set[str]
) -> None:
    run = record(f"diagnostics={preset}", "train.epochs=1")
    callbacks = OmegaConf.load(run.folder / "config.yaml").callbacks
    assert {name for name in ("diagnostics", "loss_surface") if callbacks[name].enabled} == on


@pytest.mark.parametrize("runs, columns", [(2, 2), (3, 3), (4, 2), (5, 3)])
def test_layers_of_runs_are_side_by_side_on_one_scale(
    command: Callable[..., Any], figures_of: Figures, runs: int, columns: int
) -> None:
    seeds = ",".join(map(str, range(runs)))
    words = ("data=iris", "model.hidden=[4]", "train.epochs=2", f"seed={seeds}")
    assert command("-m", *words, "diagnostics=economy", "quiet=true").status == 0
    (folder,) = Path("runs").glob("*")
    panels = figures_of(folder)["layers"].axes
    assert len(panels) == runs
    assert panels[0].get_gridspec().ncols == columns
    assert len({axes.get_ylim() for axes in panels}) == 1
    assert len({axes.get_title() for axes in panels}) == runs
    labels = [text.get_text() for text in panels[0].get_legend().get_texts()]
    assert labels == ["1.dense", "3.dense"]


def test_layers_of_more_runs_than_wanted_are_not_drawn(
    command: Callable[..., Any], figures_of: Figures
) -> None:
    words = ("data=iris", "model.hidden=[2]", "train.epochs=1", "diagnostics=full", "seed=0,1,2")
    few = ("callbacks.diagnostics.most=2", "callbacks.loss_surface.resolution=3")
    assert command("-m", *words, *few, "quiet=true").status == 0
    (folder,) = Path("runs").glob("*")
    names = figures_of(folder).keys()
    assert "layers" not in names and "loss_surface" in names


def test_layers_that_nothing_reaches_are_told_and_named(
    command: Callable[..., Any], figures_of: Figures
) -> None:
    """Zero weights keep ReLUs at their kink, where the slope is 0: the output's bias alone learns."""
    words = ("data=iris", "model.hidden=[2,2]", "model.activation=relu", "model.init=zeros")
    done = command("-m", *words, "train.epochs=2", "diagnostics=economy", "quiet=true", "seed=0,1")
    assert (done.status, done.err) == (0, "")
    (folder,) = Path("runs").glob("*")
    (axes, _) = figures_of(folder)["layers"].axes
    shown = {line.get_label(): line.get_ydata() for line in axes.lines}
    assert list(shown) == ["1.dense", "3.dense", "5.dense"]
    assert not shown["1.dense"].any() and not shown["3.dense"].any()
    low, high = axes.get_ylim()
    assert 0 < low < shown["5.dense"].min() <= shown["5.dense"].max() < high


def test_a_run_without_diagnostics_has_no_such_figures(
    record: Callable[..., Record], figures_of: Figures
) -> None:
    drawn = figures_of(record("train.epochs=1").folder)
    assert not {"diagnostics", "loss_surface", "derivative_error"} & drawn.keys()
