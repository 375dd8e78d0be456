"""One run from beginning to end, in a folder: however it ends, the folder says so."""

from __future__ import annotations

import signal
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from types import FrameType

import numpy as np
from threadpoolctl import threadpool_limits

from framework.drawing import FEW_INPUTS, FEW_ROWS
from framework.errors import FrameworkError, NonFinite
from framework.experiment import Run, train_run
from framework.registry import describe
from framework.tracking.folder import DIVERGED, RunFolder

MOST_KEPT = 200_000  # numbers of a split's outputs that are kept for the figures


@dataclass(frozen=True)
class Report:
    """How a run ended.

    reason: what went wrong, "" if nothing did. value: the primary metric; metrics: the final ones.
    """

    status: str
    reason: str = ""
    value: float | None = None
    cost: float | None = None  # gradient-equivalents
    metrics: Mapping[str, float] = field(default_factory=dict)
    diverged: bool = False

    @property
    def finished(self) -> bool:
        return self.status == "FINISHED"


def carry_out(run: Run, folder: RunFolder, watched: bool = False) -> Report:
    """Train a run whose folder has been started, and keep what it leaves behind.

    Raises KeyboardInterrupt, after it has been recorded; watched: by another process, which records why.
    """
    run.log, run.folder = folder.log, folder.path
    try:
        with terminate_as_interrupt(), threadpool_limits(run.settings.threads):
            stopped = train_run(run)
            _keep(run, folder.path)
    except KeyboardInterrupt as error:
        if not watched:
            reason = str(error) or "interrupted from the keyboard"
            folder.finish("KILLED", reason, "interrupted", run.results)
        raise
    except NonFinite as error:
        hint = "a smaller step, another start or scaled inputs may help"
        return _failed(run, folder, f"{error}; {hint}", DIVERGED)
    except FrameworkError as error:
        return _failed(run, folder, str(error))
    except SystemExit as error:
        return _failed(run, folder, f"the run ended the process with sys.exit({error.code!r})")
    except Exception as error:  # a plugin's own bug: its author needs the traceback
        traceback.print_exc()
        return _failed(run, folder, describe(error))
    folder.finish("FINISHED", None, stopped, run.results)
    cost = run.work.gradient_equivalents
    return Report("FINISHED", "", run.results[run.primary], cost, dict(run.results))


def _failed(run: Run, folder: RunFolder, reason: str, stopped: str = "failed") -> Report:
    folder.finish("FAILED", reason, stopped, run.results)
    return Report("FAILED", reason, diverged=stopped == DIVERGED)


def _keep(run: Run, folder: Path) -> None:
    """The trained model, and what the figures need."""
    run.predictor.save(folder / "model", run.components["model"], run.model_fields)
    arrays: dict[str, np.ndarray] = {}
    for name, split in run.data.splits.items():
        outputs = run.outputs[name][: max(1, MOST_KEPT // run.logits)]
        kept = slice(len(outputs))
        arrays |= {f"{name}_outputs": outputs, f"{name}_targets": split.y[kept]}
        if shown(run.data.task.inputs, len(outputs)):
            arrays[f"{name}_inputs"] = run.data.raw(name)[kept]
    with (folder / "evaluation.npz").open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)


def shown(inputs: tuple[int, ...], rows: int) -> bool:
    """Whether figures show a split's inputs: numbers on a line, points of a plane, or a few short rows."""
    return inputs in ((1,), (2,)) or (rows <= FEW_ROWS and prod(inputs) <= FEW_INPUTS)


@contextmanager
def terminate_as_interrupt() -> Iterator[None]:
    """SIGTERM ends a run as Ctrl-C does: recorded, with its reason."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt(f"ended by {signal.Signals(number).name}")

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
