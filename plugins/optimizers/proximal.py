"""FISTA and ISTA: proximal gradient steps, for L1."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import Array, Objective, Optimizer, Point, hookimpl, require


@dataclass
class ProximalGradient(Optimizer):
    """FISTA, and ISTA with accelerated=false, for a smooth objective f plus l1 ‖weights‖₁.

    θ⁺ = prox(η - α ∇f(η)), where prox shrinks each weight by α l1 towards zero, and not beyond, and leaves
    biases. ISTA takes η = θ. FISTA goes ahead, η = θ + (t_before - 1)/t (θ - θ_before) with
    t = (1 + sqrt(1 + 4 t_before²)) / 2, and starts t afresh where a step turns
    against the way gone ahead. α: from `lr` down by halves until f(θ⁺) <= f(η) + ∇f(η)ᵀd + ‖d‖²/(2α),
    d = θ⁺ - η; an α that was good enough is tried `growth` times longer in the next step.
    Ends, on the full batch, when ‖θ⁺ - η‖/α, the length of the gradient mapping, is at most tol times that
    of the first step. objective.l1=0 is allowed: Nesterov's accelerated gradient.
    Source: Beck and Teboulle, A fast iterative shrinkage-thresholding algorithm (2009); O'Donoghue and
    Candès, Adaptive restart for accelerated gradient schemes (2015), for the restart.
    """

    lr: float = 1.0
    accelerated: bool = True
    growth: float = 1.1
    tol: float = 1e-8

    batch_size: ClassVar[int | None] = None
    proximal: ClassVar[bool] = True

    def __post_init__(self) -> None:
        require(self, "lr", 0 < self.lr < math.inf, "a learning rate is > 0")
        require(self, "growth", 1 <= self.growth < math.inf, "a factor of growth is >= 1")
        require(self, "tol", 0 <= self.tol < 1, "a relative tolerance is in 0 <= tol < 1")

    def reset(self, theta: Array) -> None:
        super().reset(theta)
        self.state |= {"length": self.lr, "first_norm": None, "t": 1.0, "before": theta.copy()}

    def step(self, objective: Objective, theta: Array) -> None:
        ahead = self._ahead(theta)
        here = objective.at(ahead)
        found, length = self._descend(here, here.grad())
        norm = float(np.linalg.norm(found - ahead)) / length
        if self.state["first_norm"] is None:
            self.state["first_norm"] = norm
        self.converged = objective.full and norm <= self.tol * self.state["first_norm"]
        self.state["length"] = self.growth * length
        if (ahead - found) @ (found - theta) > 0:
            self.state["t"] = 1.0
        self.state["before"][...] = theta
        theta[...] = found

    def _ahead(self, theta: Array) -> Array:
        """η, and t is taken on."""
        if not self.accelerated:
            return theta.copy()
        t = self.state["t"]
        self.state["t"] = (1 + math.sqrt(1 + 4 * t * t)) / 2
        return theta + (t - 1) / self.state["t"] * (theta - self.state["before"])

    def _descend(self, here: Point, gradient: Array) -> tuple[Array, float]:
        """The first θ⁺ and α, from that in the state downwards, for which the bound of f holds."""
        objective, ahead, length = here.objective, here.theta, self.state["length"]
        while True:
            there = objective.at(_prox(objective, ahead - length * gradient, length))
            change = there.theta - ahead
            if not change.any() or _bounded(here, there, gradient, change, length):
                return there.theta, length
            length /= 2


def _bounded(here: Point, there: Point, gradient: Array, change: Array, length: float) -> bool:
    """Whether f(θ⁺) <= f(η) + ∇f(η)ᵀd + ‖d‖²/(2α); where that is rounding, (∇f(θ⁺) - ∇f(η))ᵀd <= ‖d‖²/(2α).

    The second implies the first for convex f.
    """
    half = float(change @ change) / (2 * length)
    bound = float(gradient @ change) + half
    if max(abs(bound), half) > 100 * float(np.finfo(change.dtype).eps) * abs(here.smooth):
        with np.errstate(all="ignore"):
            return there.smooth <= here.smooth + bound
    return float((there.grad() - gradient) @ change) <= half


def _prox(objective: Objective, theta: Array, length: float) -> Array:
    """sign(θ) max(|θ| - length l1, 0) on the weights: soft thresholding."""
    if not objective.l1:
        return theta
    threshold = length * objective.l1 * objective.weights
    return np.sign(theta) * np.maximum(np.abs(theta) - threshold, 0)


@hookimpl
def register_optimizers() -> dict[str, type[Optimizer]]:
    return {"fista": ProximalGradient}
