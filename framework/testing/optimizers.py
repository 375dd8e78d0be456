"""Checks of an optimizer, on least squares and logistic regression with known answers."""

from __future__ import annotations

import copy
import dataclasses
import math
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from framework.errors import ConfigError, NonFinite
from framework.heads import ComposedHead
from framework.interfaces import Optimizer
from framework.objective import Objective
from framework.params import Array
from framework.random import stream
from framework.testing.outcome import Finding, compare, failure, remark, unchanged
from framework.testing.problems import (
    Watched,
    diagonal,
    least_squares,
    logistic,
    mini_batches,
    minimum,
)
from framework.testing.variants import variants

STEPS, MANY, MOST = 3, 100, 2000
CURVATURES = np.array([0.2, 0.7, 1.5])
MIX = np.array([[2.0, 1.0, 0.0], [0.0, 0.5, 0.0], [1.0, 0.0, 3.0]])


@dataclass(frozen=True)
class OptimizerCase:
    """An optimizer as configured; `fresh` makes another one like it."""

    name: str
    optimizer: Optimizer
    default: bool = True

    def fresh(self) -> Optimizer:
        return dataclasses.replace(self.optimizer)

    def problem(self, dtype: Any = np.float64) -> Watched:
        """Least squares, or logistic regression for an optimizer that is for nothing else."""
        objective = least_squares(dtype)
        try:
            self.optimizer.accepts(objective)
        except ConfigError:
            objective = logistic(dtype=dtype)
            self.optimizer.accepts(objective)
        objective.passes |= {"forward": 0, "backward": 0}
        return objective

    def run(
        self,
        objective: Watched,
        theta: Array,
        steps: int = STEPS,
        optimizer: Optimizer | None = None,
    ) -> Optimizer:
        """`steps` steps in place from theta, on batches where the optimizer wants them; it starts afresh."""
        if optimizer is None:
            optimizer = self.fresh()
        passes = dict(objective.passes)
        optimizer.accepts(objective)
        objective.passes |= passes  # asking is no work
        optimizer.reset(theta)
        self.go_on(optimizer, objective, theta, 0, steps)
        return optimizer

    def go_on(
        self, optimizer: Optimizer, objective: Objective, theta: Array, done: int, steps: int
    ) -> None:
        """Steps number done + 1 to done + steps of an optimizer under way."""
        size = None if self.optimizer.batch_size is None else len(objective) // 2
        for part in list(mini_batches(objective, size, done + steps))[done:]:
            if not optimizer.converged:
                optimizer.step(part, theta)


def start(dtype: Any = np.float64, size: int = 4) -> Array:
    """A theta that is no minimum."""
    return stream(0, "start").normal(size=size).astype(dtype)


# -- the checks: names and first lines are what the user reads ----------------------------------------


def step_changes_theta(case: OptimizerCase) -> Finding:
    """theta changes in place, step returns None"""
    objective, theta = case.problem(), start()
    before, optimizer = theta.copy(), case.fresh()
    optimizer.reset(theta)
    if not np.array_equal(before, theta):
        return failure("reset changed theta; it only prepares self.state")
    results = [optimizer.step(objective, theta) for _ in range(STEPS)]
    if np.array_equal(before, theta):
        return failure("theta did not move: write theta -= ..., not theta = theta - ...")
    if any(result is not None for result in results):
        return failure("step returned something; it changes theta in place and returns None")
    return Finding()


def inputs_untouched(case: OptimizerCase) -> Finding:
    """data and gradients it was given: bits"""
    objective, theta = case.problem(), start()
    x, y = objective.x.copy(), objective.y.copy()
    optimizer = case.fresh()
    optimizer.reset(theta)
    for _ in range(STEPS):  # on the whole of it: a batch is a copy
        if not optimizer.converged:
            optimizer.step(objective, theta)
    data = unchanged([x, y], [objective.x, objective.y], ["the inputs", "the targets"])
    if data.passed is False:
        return data
    names, arrays, copies = zip(*objective.given, strict=True) if objective.given else ((), (), ())
    return unchanged(copies, arrays, names)


def goes_down(case: OptimizerCase) -> Finding:
    """a quadratic after 100 steps; more if slow"""
    if not case.default:
        return remark("for the default configuration")
    objective, theta = case.problem(), start()
    squares = isinstance(objective.head, ComposedHead)
    first = objective.at(theta).value
    best = objective.at(minimum(objective)).value if squares else 0.0
    left = last = math.inf
    for number, last in enumerate(_descent(case.fresh(), objective, theta), 1):
        left = (last - best) / (first - best)
        slow = 0.99 < left < 1  # a small rate: it is down all the same, if not by much
        if left < 1e-3 or (number >= MANY and not slow):
            break
    if left <= 0.99:
        return Finding(error=max(left, 0.0))
    return failure(
        "it goes up or stands still: the sign of the step, or its size for curvatures near 1",
        f"{last:.4g} at the end",
        f"{first:.4g} at the start",
    )


def follows_its_recurrence(case: OptimizerCase) -> Finding:
    """20 steps on ½ h w² against powers of M"""
    matrices = [case.optimizer.recurrence(float(h)) for h in CURVATURES]
    if any(matrix is None for matrix in matrices):
        return remark("where a recurrence is declared")
    objective, theta = diagonal(CURVATURES), start(size=len(CURVATURES))
    first, optimizer = theta.copy(), case.fresh()
    optimizer.reset(theta)
    path, expected = [], []
    for number in range(1, 21):
        optimizer.step(objective, theta)
        powers = [np.linalg.matrix_power(np.asarray(m), number) for m in matrices]
        path.append(theta.copy())
        expected.append([power[0, 0] * w for power, w in zip(powers, first, strict=True)])
    says = "the steps are not those of the formula: a sign, a factor, or when the memory is updated"
    return compare(np.array(path), np.array(expected), says)


def follows_the_schedule(case: OptimizerCase) -> Finding:
    """a factor of 0 moves nothing, one of ½ less"""
    if not case.optimizer.scheduled:
        return remark("where scheduled is declared")
    moves = []
    for factor in (0.0, 0.5, 1.0):
        objective, theta = case.problem(), start()
        before, optimizer = theta.copy(), case.fresh()
        optimizer.reset(theta)
        optimizer.scale = factor
        optimizer.step(objective, theta)
        moves.append(float(np.linalg.norm(theta - before)))
    if moves[0] == 0 and 0 < moves[1] < moves[2]:
        return Finding()
    return failure(
        "its rate is not self.lr * self.scale, which is what a schedule changes (FirstOrder: self.rate)",
        f"{moves[0]:.4g} and {moves[1]:.4g} far",
        f"{moves[2]:.4g} at a factor of 1",
    )


def quadratics_in_one_step(case: OptimizerCase) -> Finding:
    """one step against the least-squares minimum"""
    if not (case.default and case.optimizer.exact_on_quadratics):
        return remark("where exact_on_quadratics is declared")
    objective, theta = least_squares(), start()
    case.run(objective, theta, steps=1)
    says = "the Hessian or the solve is wrong, or exact_on_quadratics is not true"
    return compare(theta, minimum(objective), says)


def affine_invariance(case: OptimizerCase) -> Finding:
    """3 steps on inputs x against 3 on inputs x B"""
    if not (case.default and case.optimizer.exact_on_quadratics):
        return remark("where exact_on_quadratics is declared")
    logits = []
    for mix in (None, MIX):
        objective, theta = logistic(mix), np.zeros(4)
        case.run(objective, theta)
        logits.append(objective.network.linearize(theta, objective.x).z)
    says = "a Newton step does not depend on the units of the inputs; something is scaled by itself"
    return compare(logits[0], logits[1], says)


def state_survives(case: OptimizerCase) -> Finding:
    """6 steps against 3, saved, restored, 3: bits"""
    objective, theta = case.problem(), start()
    optimizer = case.run(objective, theta)
    if problem := unsaveable(optimizer.state):
        return failure(f"self.state holds {problem}; keep arrays and numbers only")
    state, then = copy.deepcopy(optimizer.state), theta.copy()
    other = case.fresh()
    other.reset(then)
    other.state, other.converged = state, optimizer.converged
    case.go_on(optimizer, objective, theta, STEPS, STEPS)
    case.go_on(other, objective, then, STEPS, STEPS)
    if np.array_equal(theta, then):
        return Finding()
    at = int(np.argmax(np.abs(theta - then)))
    return failure(
        "something that survives from step to step is not in self.state",
        f"{theta[at]:.6g} going on",
        f"{then[at]:.6g} restored",
    )


def reset_starts_afresh(case: OptimizerCase) -> Finding:
    """3 steps after reset against a new one: bits"""
    first, again = start(), start()
    optimizer = case.run(case.problem(), first)
    case.run(case.problem(), again, optimizer=optimizer)
    if np.array_equal(first, again):
        return Finding()
    return failure(
        "a second run differs from the first: something outlives reset, or draws from a global generator"
    )


def float32_works(case: OptimizerCase) -> Finding:
    """3 steps in float32 against float64"""
    thetas = []
    for dtype in (np.float32, np.float64):
        objective, theta = case.problem(dtype), start(np.float32).astype(dtype)
        optimizer = case.run(objective, theta)
        thetas.append(theta.astype(np.float64))
        if dtype == np.float32 and (wide := _wide(optimizer.state, theta)):
            return failure(
                f"state {wide!r} is float64 for a float32 theta; use np.zeros_like(theta)"
            )
    says = (
        "float32 and float64 disagree: a constant that float32 cannot hold, or an exact comparison"
    )
    return compare(thetas[0], thetas[1], says, relative=1e-2)


def work_is_counted(case: OptimizerCase) -> Finding:
    """passes counted against passes made"""
    objective, theta = case.problem(), start()
    case.run(objective, theta)
    work, passes = objective.work, objective.passes
    backward = work.backward + work.ggn
    if (work.forward, passes["backward"]) == (passes["forward"], backward):
        return Finding()
    return failure(
        "ask objective.at(theta) for everything and leave objective.work alone: the runner counts",
        f"{work.forward} forward, {backward} backward counted",
        f"{passes['forward']}, {passes['backward']} made",
    )


CHECKS: tuple[Callable[[OptimizerCase], Finding], ...] = (
    step_changes_theta,
    inputs_untouched,
    goes_down,
    follows_its_recurrence,
    follows_the_schedule,
    quadratics_in_one_step,
    affine_invariance,
    state_survives,
    reset_starts_afresh,
    float32_works,
    work_is_counted,
)
CHEAP = (
    step_changes_theta,
    inputs_untouched,
    state_survives,
    reset_starts_afresh,
    work_is_counted,
)


def cases(optimizer: Optimizer, cheap: bool = False) -> list[OptimizerCase]:
    """The optimizer as it is, and with each field away from its default."""
    chosen = [("", optimizer)] if cheap else variants(optimizer)
    return [OptimizerCase(name, variant, not name) for name, variant in chosen]


def _descent(optimizer: Optimizer, objective: Objective, theta: Array) -> Iterator[float]:
    """The value after each step, until it has converged or diverged."""
    optimizer.reset(theta)
    with suppress(NonFinite):
        for _ in range(MOST):
            optimizer.step(objective, theta)
            yield objective.at(theta).value
            if optimizer.converged:
                return


def _wide(state: dict[str, Any], theta: Array) -> str | None:
    """The first vector like theta that is wider than it."""
    alike = [k for k, v in state.items() if isinstance(v, np.ndarray) and v.shape == theta.shape]
    return next((k for k in alike if state[k].dtype == np.float64), None)


def unsaveable(value: Any) -> str | None:
    """What in a state cannot be written to a file of arrays and numbers."""
    if value is None or isinstance(value, bool | int | float | str | np.generic):
        return None
    if isinstance(value, np.ndarray):
        return "an array of objects" if value.dtype.hasobject else None
    if isinstance(value, list | tuple):
        return next((p for p in map(unsaveable, value) if p), None)
    if isinstance(value, dict):
        return next((p for p in map(unsaveable, value.values()) if p), None)
    return f"a {type(value).__name__}"
