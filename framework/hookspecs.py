"""Every hook, and when it fires.

A plugin is a module (or an object) with functions of these names, marked by `@hookimpl`. Hooks are for
finding components and for events, not for mathematics: a call costs about 3.5 µs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from framework.experiment import Run
    from framework.interfaces import Callback, Dataset, Loss, Metric, Model, Optimizer, Schedule
    from framework.tracking.record import Record
    from framework.training import Epoch

PROJECT = "framework"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


# -- components: asked once, at discovery; each returns {name: dataclass} ------------------------------


@hookspec
def register_losses() -> dict[str, type[Loss]]:  # type: ignore[empty-body]
    """Losses, chosen by `loss=<name>`."""


@hookspec
def register_optimizers() -> dict[str, type[Optimizer]]:  # type: ignore[empty-body]
    """Optimizers, chosen by `optim=<name>`."""


@hookspec
def register_models() -> dict[str, type[Model]]:  # type: ignore[empty-body]
    """Models, chosen by `model=<name>`."""


@hookspec
def register_datasets() -> dict[str, type[Dataset]]:  # type: ignore[empty-body]
    """Datasets, chosen by `data=<name>`."""


@hookspec
def register_metrics() -> dict[str, type[Metric]]:  # type: ignore[empty-body]
    """Metrics, chosen by `metrics.classification=[<name>]`, set by `metric.<name>.<field>=...`."""


@hookspec
def register_schedules() -> dict[str, type[Schedule]]:  # type: ignore[empty-body]
    """Schedules of the learning rate, chosen by `schedule=<name>`."""


@hookspec
def register_callbacks() -> dict[str, type[Callback]]:  # type: ignore[empty-body]
    """Callbacks, set by `callbacks.<name>.<field>`; their methods implement the hooks below."""


# -- events of a run: implemented by callbacks ---------------------------------------------------------


@hookspec(firstresult=True)
def run_training(run: Run) -> str | None:
    """Does the training and returns why it stopped. A callback may wrap it (`@hookimpl(wrapper=True)`)."""


@hookspec
def on_step_end(run: Run) -> None:
    """After every optimizer step; only called when someone implements it. Its time counts as no training."""


@hookspec
def on_evaluate(run: Run, step: int, metrics: dict[str, float]) -> None:
    """After every evaluation, that before the first epoch (step 0) included.

    A callback may add entries to `metrics`; they are logged with the others.
    """


@hookspec
def on_epoch_end(run: Run, epoch: Epoch) -> None:
    """After every epoch, and its evaluation if it had one."""


@hookspec(firstresult=True)
def should_stop(run: Run, epoch: Epoch) -> str | None:
    """After every epoch: return a reason in words to end the run, None to go on."""


@hookspec
def draw_figures(record: Record) -> dict[str, Figure]:  # type: ignore[empty-body]
    """After the run, in the background process that brings it to MLflow: figures by file name."""


@hookspec
def draw_study(records: list[Record]) -> dict[str, Figure]:  # type: ignore[empty-body]
    """After the last run of a study, in the same process: figures of all its runs, logged with the parent."""
