"""SciPy's minimisers, for reference."""

from __future__ import annotations

import math
import threading
import warnings
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from framework import (
    Array,
    ConfigError,
    NonFinite,
    Objective,
    Optimizer,
    Point,
    hookimpl,
    one_of,
    require,
)

ENDLESS = 10**8  # iterations and evaluations: the budget of the run bounds them
FAR = 1e50  # stands for a value that is not finite, which SciPy's interpolation cannot take
TINY = 1e-300  # a tolerance that only a gradient of exactly zero meets
NOT_DEFINITE = 3  # the status with which dogleg ends on such a Hessian
NO_GRADIENT = {"Nelder-Mead", "Powell"}
PRODUCTS = {"Newton-CG", "trust-ncg", "trust-krylov", "trust-constr"}
DENSE = {"dogleg", "trust-exact"}
OPTIONS: dict[str, dict[str, Any]] = {  # which leave the end to `tol`
    "Nelder-Mead": {"maxiter": ENDLESS, "maxfev": ENDLESS},
    "Powell": {"maxiter": ENDLESS, "maxfev": ENDLESS},
    "CG": {"maxiter": ENDLESS, "gtol": 0.0},
    "BFGS": {"maxiter": ENDLESS, "gtol": 0.0},
    "L-BFGS-B": {"maxiter": ENDLESS, "maxfun": ENDLESS, "gtol": 0.0, "ftol": 0.0},
    "TNC": {"maxfun": ENDLESS, "gtol": 0.0, "ftol": 0.0, "xtol": 0.0},
    "SLSQP": {"maxiter": ENDLESS, "ftol": 0.0},
    "Newton-CG": {"maxiter": ENDLESS, "xtol": 0.0},
    "dogleg": {"maxiter": ENDLESS, "gtol": TINY},
    "trust-ncg": {"maxiter": ENDLESS, "gtol": TINY},
    "trust-krylov": {"maxiter": ENDLESS, "gtol": TINY},
    "trust-exact": {"maxiter": ENDLESS, "gtol": TINY},
    "trust-constr": {"maxiter": ENDLESS, "gtol": TINY},
}


@dataclass
class ScipyMinimize(Optimizer):
    """A method of scipy.optimize.minimize on the full batch; one step is one iteration of SciPy's.

    SciPy minimises in a thread of its own, which holds still between steps; COBYLA and COBYQA, which keep a
    lock meanwhile, are left out. Methods get the exact gradient if they use one, and exact Hessian products
    or the dense Hessian if they use those. Values that are not finite are far above all others.
    Ends when ‖g‖ <= tol ‖g at the start‖, for methods with a gradient, or where SciPy ends by itself: with
    success, or because rounding leaves it no progress. SciPy's state cannot be saved: a run that is restored
    repeats the iterations from the start, which gives the same bits, and their work is counted again.
    Source: Virtanen et al., SciPy 1.0 (2020), module scipy.optimize.
    """

    method: str = "L-BFGS-B"
    tol: float = 1e-8

    batch_size: ClassVar[int | None] = None

    def __post_init__(self) -> None:
        one_of(self, "method", OPTIONS)
        require(self, "tol", 0 <= self.tol < 1, "a relative tolerance is in 0 <= tol < 1")

    def reset(self, theta: Array) -> None:
        super().reset(theta)
        self.state |= {"start": theta.copy(), "iterations": 0, "first_norm": None}
        self._scipy: _Iterations | None = None

    def step(self, objective: Objective, theta: Array) -> None:
        if not objective.full:
            raise ConfigError(
                f"optim=scipy: {self.method} needs the full batch; set train.batch_size=full, or auto"
            )
        problem = self._resume(objective, theta)
        goes_on = problem.advance()
        theta[...] = problem.x
        self.state["iterations"] += goes_on
        if self.state["first_norm"] is None:
            self.state["first_norm"] = problem.norm_at(self.state["start"])
        norm, first = problem.norm_at(theta), self.state["first_norm"]
        small = norm is not None and first is not None and norm <= self.tol * first
        self.converged = small or not goes_on

    def _resume(self, objective: Objective, theta: Array) -> _Iterations:
        """SciPy at theta: where it is, or by repeating what the state says it has done, or afresh."""
        running, done = self._scipy, self.state["iterations"]
        if running is None or not running.is_at(objective, theta, done):
            running = self._begin(objective)
            while running.count < done and running.advance():
                pass
            if not running.is_at(objective, theta, done):
                self.state |= {"start": theta.copy(), "iterations": 0, "first_norm": None}
                running = self._begin(objective)
        return running

    def _begin(self, objective: Objective) -> _Iterations:
        if self._scipy is not None:
            self._scipy.stop()
        self._scipy = _Iterations(self.method, objective, self.state["start"])
        weakref.finalize(self._scipy, self._scipy.baton.stop)
        return self._scipy


class _Iterations:
    """A minimisation of SciPy's, one iteration at a time."""

    def __init__(self, method: str, objective: Objective, start: Array) -> None:
        self.objective, self.x, self.count = objective, start.copy(), 0
        self.function, self.baton = _Function(objective, start), _Baton()
        arguments = (method, self.function, start.astype(np.float64), self.baton)
        self.baton.start(_minimise, arguments)

    def advance(self) -> bool:
        """One iteration; False if SciPy has ended instead."""
        with warnings.catch_warnings():  # SciPy's, of line searches that find nothing
            warnings.simplefilter("ignore")
            goes_on = self.baton.hand_over()
        self.x = self.baton.x.astype(self.x.dtype)
        self.count += goes_on
        return goes_on

    def is_at(self, objective: Objective, theta: Array, count: int) -> bool:
        """Whether this is the minimisation of `objective`, at theta, after `count` iterations."""
        same = self.objective is objective and self.count == count
        return same and np.array_equal(self.x, theta)

    def norm_at(self, theta: Array) -> float | None:
        """‖g‖ if theta is where SciPy last asked for the gradient, or where it began; else None."""
        for place, norm in self.function.norms:
            if np.array_equal(place, theta):
                return norm
        return None

    def stop(self) -> None:
        self.baton.stop()


class _Function:
    """The objective as SciPy wants it, in float64; value and gradient at a place share a forward pass."""

    def __init__(self, objective: Objective, start: Array) -> None:
        self.objective, self.dtype = objective, start.dtype
        self.norms: list[tuple[Array, float]] = []  # of the first gradient, and of the last
        self._point: Point | None = None

    def at(self, x: Array) -> Point:
        theta = x.astype(self.dtype)
        if self._point is None or not np.array_equal(self._point.theta, theta):
            self._point = self.objective.at(theta)
        return self._point

    def value(self, x: Array) -> float:
        value = self.at(x).value
        return value if math.isfinite(value) else FAR

    def gradient(self, x: Array) -> Array:
        point = self.at(x)
        try:
            gradient = point.grad().astype(np.float64)
        except NonFinite:
            if not self.norms:
                raise
            return np.zeros_like(x)
        self.norms = [*self.norms[:1], (point.theta, float(np.linalg.norm(gradient)))]
        return gradient

    def product(self, x: Array, v: Array) -> Array:
        if not np.isfinite(v).all():
            raise _BrokenDown
        return self.at(x).hvp(v.astype(self.dtype)).astype(np.float64)

    def hessian(self, x: Array) -> Array:
        return self.at(x).hessian().astype(np.float64)


class _BrokenDown(Exception):
    """SciPy asks for a product with NaN: trust-krylov does next to a minimum, where all is rounding."""


class _Stopped(BaseException):
    """Raised within SciPy where nobody will ask for another iteration."""


class _Baton:
    """Lets two threads run in turns: one that asks for iterations, and SciPy's."""

    def __init__(self) -> None:
        self.x = np.zeros(0)
        self._ours, self._theirs = threading.Semaphore(0), threading.Semaphore(0)
        self._stopped, self._ended, self._error = False, False, None

    def start(self, target: Callable[..., Array], arguments: tuple[Any, ...]) -> None:
        """Start the other thread, which waits for its first turn."""

        def run() -> None:
            try:
                self._wait()
                with np.errstate(all="ignore"):
                    self.x = target(*arguments)
            except _Stopped:
                return
            except BaseException as error:
                self._error = error
            self._ended = True
            self._ours.release()

        threading.Thread(target=run, name="scipy.optimize", daemon=True).start()

    def hand_over(self) -> bool:
        """Let the other thread go on to its next iteration, or to its end: False."""
        if not self._ended:
            self._theirs.release()
            self._ours.acquire()
        if self._error is not None:
            raise self._error
        return not self._ended

    def hand_back(self, x: Array) -> None:
        """Called by the other thread after an iteration that led to x."""
        self.x = x.copy()
        self._ours.release()
        self._wait()

    def stop(self) -> None:
        """End the other thread, which is waiting."""
        self._stopped = True
        self._theirs.release()

    def _wait(self) -> None:
        self._theirs.acquire()
        if self._stopped:
            raise _Stopped


def _minimise(method: str, function: _Function, start: Array, baton: _Baton) -> Array:
    """Where SciPy ends; every iteration goes over the baton."""
    from scipy.optimize import minimize

    derivatives: dict[str, Any] = {} if method in NO_GRADIENT else {"jac": function.gradient}
    if method in PRODUCTS:
        derivatives["hessp"] = function.product
    elif method in DENSE:
        derivatives["hess"] = function.hessian

    options = dict(OPTIONS[method])
    if method == "TNC":  # it takes differences of gradients
        options["accuracy"] = math.sqrt(np.finfo(function.dtype).eps)

    def callback(x: Array, *more: Any) -> None:
        baton.hand_back(x)

    try:
        result = minimize(
            function.value, start, method=method, callback=callback, options=options, **derivatives
        )
    except _BrokenDown:
        return baton.x if baton.x.size else start
    if method in DENSE and result.status == NOT_DEFINITE:
        raise ConfigError(
            f"optim.method={method}: the Hessian is not positive definite here; choose trust-exact, say"
        )
    return np.asarray(result.x)


@hookimpl
def register_optimizers() -> dict[str, type[Optimizer]]:
    return {"scipy": ScipyMinimize}
