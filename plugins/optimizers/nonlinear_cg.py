"""Nonlinear conjugate gradients, with a line search."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import Array, Descent, Ray, Trial, hookimpl, one_of, require, strong_wolfe

ORTHOGONAL = 0.2  # |g·g_before| / ‖g‖² from which on the directions have lost their conjugacy


@dataclass
class NonlinearCG(Descent):
    """Nonlinear conjugate gradients: p ← -g + β p, with y = g - g_before.

    method: "pr" (Polak and Ribière, β = max(0, gᵀy / ‖g_before‖²), the default), "hs" (Hestenes and Stiefel,
    β = max(0, gᵀy / pᵀy)) or "fr" (Fletcher and Reeves, β = ‖g‖² / ‖g_before‖²).
    Restarts from -g where p does not descend, where consecutive gradients are far from orthogonal (Powell),
    and after restart_every steps; null: as many as there are parameters. The search ensures c1 (decrease)
    and c2 (curvature); its first trial promises the decrease of the last step.
    With exact searches (a small c2) on a quadratic in n dimensions it ends after n steps.
    Source: Nocedal and Wright, Numerical Optimization (2006), algorithm 5.4 and eqs. 5.44 to 5.52.
    """

    method: str = "pr"
    restart_every: int | None = None
    c1: float = 1e-4
    c2: float = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of(self, "method", ["pr", "fr", "hs"])
        fits = self.restart_every is None or self.restart_every > 0
        require(self, "restart_every", fits, "a number of steps is > 0, or null")
        require(self, "c1", 0 < self.c1 < 0.5, "the decrease asked for is in 0 < c1 < 0.5")
        require(self, "c2", 0 < self.c2 < 0.5, "the curvature asked for is in 0 < c2 < 0.5")

    def reset(self, theta: Array) -> None:
        super().reset(theta)
        self.forget()

    def forget(self) -> None:
        self.state |= {"age": 0, "before": None, "direction": None, "decrease": None}

    def direction(self, gradient: Array) -> Array:
        last, limit = self.state["direction"], self.restart_every or gradient.size
        if last is None or self.state["age"] >= limit:
            self.state["age"] = 0
            return -gradient
        before = self.state["before"]
        if abs(gradient @ before) >= ORTHOGONAL * (gradient @ gradient):
            self.state["age"] = 0
            return -gradient
        return self._beta(gradient, before, last) * last - gradient

    def _beta(self, gradient: Array, before: Array, last: Array) -> float:
        if self.method == "fr":
            return float(gradient @ gradient) / float(before @ before)
        change = gradient - before
        scale = float(before @ before) if self.method == "pr" else float(last @ change)
        return max(0.0, float(gradient @ change) / scale) if scale > 0 else 0.0

    def search(self, ray: Ray) -> Trial | None:
        decrease = self.state["decrease"]
        if decrease:
            length = min(1.0, 2.02 * decrease / -ray.slope)
        else:
            length = min(1.0, 1 / float(np.linalg.norm(ray.direction)))
        found = strong_wolfe(ray, length, self.c1, self.c2)
        self.state["direction"] = ray.direction
        return found

    def learn(self, here: Trial, there: Trial) -> None:
        self.state["before"], self.state["decrease"] = here.gradient, here.value - there.value
        self.state["age"] += 1


@hookimpl
def register_optimizers() -> dict[str, type[NonlinearCG]]:
    return {"cg": NonlinearCG}
