"""What a run shows in the terminal."""

from __future__ import annotations

import os
import sys
import textwrap
import time
from collections.abc import Generator
from dataclasses import MISSING, Field, dataclass, fields
from typing import TYPE_CHECKING, Any

from framework import Callback, Epoch, hookimpl, one_of, spell

if TYPE_CHECKING:
    from framework import Run, Task

OFF = (0, None, "auto", "none", [])  # defaults that say nothing


@dataclass
class Console(Callback):
    """A header of what is run, progress with loss, metric and time left, and a table at the end.

    style: "bar" redraws one line, "plain" prints lines, "auto" takes the bar in a terminal. "epochs" prints a
    line after each evaluation, as `Epoch 3: 341 / 359`: rows of the test set that are right, of so many; of
    the validation or training set where there is no other; `Epoch 3: test/rmse 0.4213` where accuracy is not
    measured. Epoch 0 is before training. In a study nothing else is
    shown of a run: the study tells of it. `quiet=true` shows nothing but
    warnings and errors.
    """

    style: str = "auto"

    def __post_init__(self) -> None:
        one_of(self, "style", ["auto", "bar", "epochs", "plain"])
        self._bar: Any = None
        self._task: Any = None
        self._said = 0.0

    @hookimpl(wrapper=True)
    def run_training(self, run: Run) -> Generator[None, str | None, str | None]:
        if run.settings.quiet:
            return (yield)
        if run.place is None:
            self._header(run)
        elif self.style == "epochs":
            _say(f"\n{run.place.label} seed={run.settings.seed}")
        if run.place is None and self._uses_bar():
            self._open_bar()
        try:
            stopped = yield
        finally:
            if self._bar is not None:
                self._bar.stop()
        if run.place is None:
            self._table(run, str(stopped))
        return stopped

    @hookimpl
    def on_evaluate(self, run: Run, step: int, metrics: dict[str, float]) -> None:
        if self.style == "epochs" and not run.settings.quiet:
            _say(f"Epoch {step}: {_score(run, metrics)}")

    @hookimpl
    def on_epoch_end(self, run: Run, epoch: Epoch) -> None:
        if run.settings.quiet or self.style == "epochs":
            return
        if self._bar is not None:
            done, total, _ = _progress(run, epoch.number)
            text = f"{_objective(run)}  {_primary(run)}"
            self._bar.update(self._task, completed=done / total, text=text)
        elif run.place is None and (time.monotonic() - self._said > 2 or epoch.stopped):
            self._said = time.monotonic()
            done, total, unit = _progress(run, epoch.number)
            left = f"  {_left(run, done / total)} left" if not epoch.stopped else ""
            _say(f"  {unit} {done:,.6g}/{total:,.6g}  {_objective(run)}  {_primary(run)}{left}")

    def _uses_bar(self) -> bool:
        return self.style == "bar" or (self.style == "auto" and sys.stdout.isatty())

    def _open_bar(self) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self._bar = Progress(
            TextColumn("training"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[text]}"),
            TimeRemainingColumn(compact=True),
            transient=True,
        )
        self._task = self._bar.add_task("", total=1.0, text="")
        self._bar.start()

    def _header(self, run: Run) -> None:
        names = {kind: component.name for kind, component in run.components.items()}
        data, task = run.data, run.data.task
        rows = " / ".join(f"{len(split.x):,} {name}" for name, split in data.splits.items())
        batch = f"batches of {run.batch_size}" if run.batch_size else "full batches"
        shape = "x".join(map(str, task.inputs))
        _say(f"{names['loss']} minimised by {names['optim']}: {names['model']} on {names['data']}")
        rate = [("rate", _fields(run, "schedule").removesuffix(", "))]
        for what, text in (
            ("loss", _fields(run, "loss") + f"{run.head.link.name} output"),
            ("optim", _fields(run, "optim") + batch),
            *(rate if run.schedule.changes else []),
            ("model", _fields(run, "model") + f"{run.network.layout.size:,} parameters"),
            ("data", f"{len(data.table.x):,} rows of {shape}, {_target(task)}: {rows}"),
            ("from", data.table.source),
            ("run", _course(run)),
        ):
            if text:
                _wrapped(what, text)

    def _table(self, run: Run, stopped: str) -> None:
        splits = list(run.data.splits)
        names = ["objective", "loss", *run.metrics]
        width = max(14, *(len(name) + 2 for name in names))
        _say(f"\n  {'':<{width}}" + "".join(f"{split:>12}" for split in splits))
        measured = [len(run.outputs[split]) for split in splits]
        if measured != [len(split.x) for split in run.data.splits.values()]:
            _say(f"  {'rows measured':<{width}}" + "".join(f"{rows:>12,}" for rows in measured))
        for name in names:
            cells = [run.results.get(f"{split}/{name}") for split in splits]
            _say(f"  {name:<{width}}" + "".join(f"{_number(cell):>12}" for cell in cells))
        work = run.work
        _say("")
        _wrapped("ended", f"after {work.steps:,} steps: {stopped}")
        _wrapped(
            "cost",
            f"{work.gradient_equivalents:,.0f} gradient-equivalents, {work.seconds:.3g} s of training",
        )
        if run.folder is not None:
            _wrapped("folder", str(run.folder))
            if run.settings.tracking.enabled:
                _wrapped(
                    "look",
                    f"python -m framework ui   (experiment '{run.settings.tracking.experiment}')",
                )


def _score(run: Run, metrics: dict[str, float]) -> str:
    """`341 / 359`, rows that are right of those measured; without an accuracy `test/rmse 0.4213`."""
    split = next(s for s in ("test", "val", "train") if s in run.outputs)
    if f"{split}/accuracy" in metrics:
        rows = len(run.outputs[split])
        return f"{round(metrics[f'{split}/accuracy'] * rows)} / {rows}"
    name = f"{split}/{run.primary.partition('/')[2]}"
    return f"{name} {_number(metrics.get(name))}"


def _course(run: Run) -> str:
    """`up to 30 epochs, seed 0, float64, 1 thread`."""
    chosen, (unit, bound) = run.settings, _bound(run)
    told = [f"up to {bound:,.6g} {unit}s", f"seed {chosen.seed}", chosen.dtype]
    told.append(f"{chosen.threads} thread{'s' * (chosen.threads > 1)}")
    if chosen.train.average != "none":
        told.append(f"{chosen.train.average} average")
    return ", ".join(told)


def _target(task: Task) -> str:
    if task.classes:
        return f"{len(task.classes)} classes"
    words = {0: "nothing to predict", 1: "a number to predict"}
    return words.get(task.targets, f"{task.targets} numbers to predict")


def _fields(run: Run, kind: str) -> str:
    """`name (field=value ...), ` for the header; what is off, as it is by default, is not told."""
    component = run.components[kind]
    off = {f.name: default for f in fields(component.cls) if (default := _default(f)) in OFF}
    told = {k: v for k, v in run.config[kind].items() if k not in off or v != off[k]}
    inside = " ".join(f"{k}={spell(v)}" for k, v in told.items() if k != "name")
    return f"{component.name} ({inside}), " if inside else f"{component.name}, "


def _default(field: Field[Any]) -> object:
    made = field.default_factory
    return field.default if made is MISSING else made()


def _say(text: str) -> None:
    """Print; a reader that has closed the pipe (`| head`) is no reason to fail a run."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123 - until the process ends


def _wrapped(what: str, text: str) -> None:
    """A labelled paragraph that fits 80 columns."""
    _say(textwrap.fill(text, 78, initial_indent=f"  {what:<8}", subsequent_indent=" " * 10))


def _bound(run: Run) -> tuple[str, float]:
    limits = run.settings.train
    bounds = {
        "epoch": limits.epochs,
        "sample": limits.samples,
        "gradient-equivalent": limits.gradient_equivalents,
        "second": limits.seconds,
    }
    return next((unit, bound) for unit, bound in bounds.items() if bound is not None)


def _progress(run: Run, epoch: int) -> tuple[float, float, str]:
    """(done, total, unit) of the budget that is nearest to its end."""
    limits, work = run.settings.train, run.work
    shares = [
        (epoch, limits.epochs, "epoch"),
        (work.samples, limits.samples, "sample"),
        (work.gradient_equivalents, limits.gradient_equivalents, "gradient-equivalent"),
        (work.seconds, limits.seconds, "second"),
    ]
    given = [(float(done), float(total), unit) for done, total, unit in shares if total is not None]
    return max(given, key=lambda share: share[0] / share[1])


def _left(run: Run, share: float) -> str:
    seconds = (time.time() - run.started) * (1 - share) / max(share, 1e-9)
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def _objective(run: Run) -> str:
    return f"objective {_number(run.results.get('train/objective'))}"


def _primary(run: Run) -> str:
    return f"{run.primary} {_number(run.results.get(run.primary))}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}" if 1e-3 <= abs(value) < 1e4 else f"{value:.4g}"


@hookimpl
def register_callbacks() -> dict[str, type[Callback]]:
    return {"console": Console}
