"""Line searches: how far to go along a direction of descent.

    here = Trial(objective, theta.copy())
    there = strong_wolfe(Ray(here, direction), length=1.0, c1=1e-4, c2=0.9)

A trial's value and gradient are evaluated when asked for and at most once, and the accepted trial carries
them into the next step. Values and gradients that are not finite are too far, never an error.
"""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np

from framework.errors import NonFinite
from framework.objective import Objective
from framework.params import Array

TRIALS = 40  # each halves the bracket at least: 40 of them reach rounding
INNER = 0.1  # share of a bracket next to its ends where no trial is made
FARTHEST = 4.0  # how many times the last stride the next one may be, while still going down


class Trial:
    """The objective at theta, which must not change afterwards: value and gradient, as lazy as a Point."""

    def __init__(self, objective: Objective, theta: Array, length: float = 0.0) -> None:
        self.objective, self.theta, self.length = objective, theta, length
        self._point = objective.at(theta)

    @cached_property
    def value(self) -> float:
        """f(theta); infinity where it is not finite."""
        with np.errstate(all="ignore"):
            value = self._point.value
        return value if math.isfinite(value) else math.inf

    @cached_property
    def gradient(self) -> Array:
        """The gradient. Raises NonFinite where it, or the value, is not finite."""
        with np.errstate(all="ignore"):
            gradient = self._point.grad()
        _ = self.value
        del self._point  # with its intermediate results
        return gradient

    @property
    def finite(self) -> bool:
        """Whether value and gradient both are; evaluates both."""
        try:
            return self.gradient is not None and self.value < math.inf
        except NonFinite:
            return False


class Ray:
    """φ(α) = f(θ + α p) from `here` = θ along a direction p of descent.

    Two values closer than `noise` = 10 eps |f(θ)| are equal: near a minimum the slopes decide instead.
    Source: Hager and Zhang, A new conjugate gradient method with guaranteed descent (2005), section 4, for
    searches in the presence of rounding.
    """

    def __init__(self, here: Trial, direction: Array) -> None:
        here.length = 0.0  # it may have been the end of the last ray
        self.here, self.direction = here, direction
        self.value, self.slope = here.value, self.slope_at(here)
        self.noise = 10 * float(np.finfo(here.theta.dtype).eps) * abs(here.value)

    def at(self, length: float) -> Trial:
        """The trial at α = length."""
        return Trial(self.here.objective, self.here.theta + length * self.direction, length)

    def slope_at(self, trial: Trial) -> float:
        """φ'(α)."""
        return float(np.dot(trial.gradient, self.direction))

    def lowers(self, trial: Trial, c1: float, reference: float | None = None) -> bool:
        """Armijo's condition φ(α) <= φ(0) + c1 α φ'(0), or `reference` for φ(0), up to rounding."""
        top = self.value if reference is None else reference
        return trial.value <= top + c1 * trial.length * self.slope + self.noise

    def moves(self, trial: Trial) -> bool:
        """Whether the trial differs from θ in floating point at all."""
        return not np.array_equal(trial.theta, self.here.theta)


def armijo(
    ray: Ray, length: float, c1: float = 1e-4, reference: float | None = None
) -> Trial | None:
    """Backtracking from `length` to the first finite trial with Armijo's decrease; None if there is none.

    Each trial is the minimiser of the parabola through φ(0), φ'(0) and the last value, within 0.1 to 0.5 of
    the last length. `reference` replaces φ(0), for searches that allow a rise.
    Source: Armijo, Minimization of functions having Lipschitz continuous first partial derivatives (1966);
    Dennis and Schnabel, Numerical Methods for Unconstrained Optimization (1983), algorithm A6.3.1.
    """
    while math.isfinite(length) and ray.moves(trial := ray.at(length)):
        if ray.lowers(trial, c1, reference) and trial.finite:
            return trial
        rise = (
            trial.value - ray.value - length * ray.slope
        )  # > 0 unless the value was a reference's
        best = -ray.slope * length**2 / (2 * rise) if 0 < rise < math.inf else 0.0
        length = min(max(best, 0.1 * length), 0.5 * length)
    return None


def strong_wolfe(ray: Ray, length: float, c1: float = 1e-4, c2: float = 0.9) -> Trial | None:
    """A trial with φ(α) <= φ(0) + c1 α φ'(0) and |φ'(α)| <= c2 |φ'(0)|, first trying `length`.

    Goes on until a bracket is found, then narrows it by interpolation. Where the second condition cannot be
    met (a kink, rounding, no lower bound) the lowest trial that meets the first is returned, and None if
    there is none. A small c2 makes the search exact.
    Source: Nocedal and Wright, Numerical Optimization (2006), algorithms 3.5 and 3.6; Moré and Thuente, Line
    search algorithms with guaranteed sufficient decrease (1994), for the lengths of extrapolation.
    """
    low = ray.here
    for _ in range(TRIALS):
        trial = ray.at(length)
        if not ray.moves(trial):
            break
        higher = trial.value >= low.value + ray.noise and low is not ray.here
        if higher or not ray.lowers(trial, c1) or not trial.finite:
            return _zoom(ray, low, trial, c1, c2)
        slope = ray.slope_at(trial)
        if abs(slope) <= -c2 * ray.slope:
            return trial
        if slope >= 0:
            return _zoom(ray, trial, low, c1, c2)
        stride = trial.length - low.length
        guess = _minimiser(ray, low, trial)
        nearest, farthest = trial.length + 1.1 * stride, trial.length + FARTHEST * stride
        length = min(max(guess, nearest), farthest) if guess > trial.length else farthest
        low = trial
    return None if low is ray.here else low


def _zoom(ray: Ray, low: Trial, high: Trial, c1: float, c2: float) -> Trial | None:
    """Narrow the bracket. low: the lowest trial so far that meets Armijo's condition, going down to high."""
    for _ in range(TRIALS):
        trial = ray.at(_within(_minimiser(ray, low, high), low.length, high.length))
        if not ray.moves(trial) or trial.length in (low.length, high.length):
            break
        higher = trial.value >= low.value + ray.noise
        if higher or not ray.lowers(trial, c1) or not trial.finite:
            high = trial
            continue
        slope = ray.slope_at(trial)
        if abs(slope) <= -c2 * ray.slope:
            return trial
        if slope * (high.length - low.length) >= 0:
            high = low
        low = trial
    return None if low is ray.here else low


def _within(length: float, a: float, b: float) -> float:
    """`length`, kept away from the ends of the bracket; its middle for a NaN."""
    left, right, margin = min(a, b), max(a, b), INNER * abs(b - a)
    if not left < length < right:
        return 0.5 * (a + b)
    return min(max(length, left + margin), right - margin)


def _minimiser(ray: Ray, low: Trial, high: Trial) -> float:
    """Where the interpolant of two trials is least: the cubic, or a parabola if high has no slope yet.

    Of values that differ by no more than rounding only the slopes are used. NaN: there is no such place.
    """
    width, rise = high.length - low.length, high.value - low.value
    if not math.isfinite(rise):
        return math.nan
    here = ray.slope_at(low)
    if "gradient" not in high.__dict__ and abs(rise) > ray.noise:
        bend = rise - here * width
        return low.length - here * width**2 / (2 * bend) if bend > 0 else math.nan
    if not high.finite:
        return math.nan
    there = ray.slope_at(high)
    if abs(rise) <= ray.noise:
        return low.length - here * width / (there - here) if there != here else math.nan
    middle = here + there - 3 * rise / width
    square = middle**2 - here * there
    if square < 0:
        return math.nan
    root = math.copysign(math.sqrt(square), width)
    bottom = there - here + 2 * root
    return high.length - width * (there + root - middle) / bottom if bottom else math.nan
