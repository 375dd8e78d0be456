"""The training loop: a generator of epochs; NumPy only. Training yields, whoever watches decides."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count

import numpy as np

from framework.averaging import Average
from framework.errors import NonFinite
from framework.interfaces import Optimizer
from framework.objective import Objective
from framework.params import Array
from framework.work import Budget, Work


class Batches:
    """Shuffled mini-batches of row numbers, each row once an epoch; None: one full batch, unshuffled."""

    def __init__(self, rows: int, size: int | None, rng: np.random.Generator) -> None:
        self.rows, self.rng = rows, rng
        self.size = rows if size is None else min(size, rows)

    @staticmethod
    def count(rows: int, size: int | None) -> int:
        """Batches in an epoch."""
        return 1 if size is None else math.ceil(rows / size)

    @property
    def steps(self) -> int:
        """Steps in an epoch."""
        return self.count(self.rows, self.size)

    def epoch(self) -> Iterator[Array | None]:
        """The batches of one epoch; None stands for all rows."""
        if self.size == self.rows:
            yield None
            return
        order = self.rng.permutation(self.rows)
        for start in range(0, self.rows, self.size):
            yield order[start : start + self.size]


@dataclass(frozen=True)
class Epoch:
    """The state after an epoch, or after the part of one that the budget allowed.

    stopped: why training ends here, in words, or None if it goes on.
    """

    number: int
    theta: Array
    work: Work
    stopped: str | None = None


def train(
    objective: Objective,
    optimizer: Optimizer,
    theta: Array,
    batches: Batches,
    budget: Budget,
    on_step: Callable[[], object] | None = None,
    rate: Callable[[int], float] | None = None,
    average: Average | None = None,
) -> Iterator[Epoch]:
    """Minimise `objective` from theta, in place, and yield after every epoch until a reason to stop.

    rate: the factor of the learning rate after so many steps; None: 1 throughout. average: of the iterates,
    kept up to date.
    """
    work = objective.work
    optimizer.reset(theta)
    for number in count(1):
        stopped = None
        for rows in batches.epoch():
            if rate is not None:
                optimizer.scale = rate(work.steps)
            batch = objective if rows is None else objective.batch(rows)
            _timed_step(batch, optimizer, theta, work, number, average)
            if on_step is not None:
                on_step()
            if stopped := _reason(optimizer, budget, work):
                break
        if stopped is None and number == budget.epochs:
            stopped = f"the budget of {budget.epochs} epochs is spent"
        yield Epoch(number, theta, work, stopped)
        if stopped:
            return


def _timed_step(
    batch: Objective,
    optimizer: Optimizer,
    theta: Array,
    work: Work,
    epoch: int,
    average: Average | None,
) -> None:
    start = time.perf_counter()
    try:
        optimizer.step(batch, theta)
        if average is not None:
            average.update(theta, work.steps + 1)
    except NonFinite as error:
        raise NonFinite(f"epoch {epoch}, step {work.steps + 1}: {error}") from error
    finally:
        work.seconds += time.perf_counter() - start
    work.steps += 1
    work.samples += len(batch)


def _reason(optimizer: Optimizer, budget: Budget, work: Work) -> str | None:
    if optimizer.converged:
        return "the optimizer has converged"
    if (spent := budget.spent(work)) is not None:
        return f"the budget of {getattr(budget, spent):g} {spent.replace('_', '-')} is spent"
    return None
