"""BFGS: quasi-Newton with a dense inverse Hessian."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import (
    Array,
    ConfigError,
    Descent,
    Objective,
    Ray,
    Trial,
    hookimpl,
    require,
    strong_wolfe,
)

CURVED = 1e-10  # the least cosine between s and y of a pair that is learned from


@dataclass
class BFGS(Descent):
    """BFGS: p = -H g with a dense approximation H of the inverse Hessian, from s = Δθ and y = Δg.

    H ← (I - ρ s yᵀ) H (I - ρ y sᵀ) + ρ s sᵀ with ρ = 1 / sᵀy, from H = (sᵀy / yᵀy) I at the first pair if
    scaled, else from H = I, as in SciPy; which is better depends on the problem. The line search ensures c1
    (decrease) and c2 (curvature), which makes sᵀy > 0; pairs without it, up to rounding, are left out. The
    first trial is 1, and in the first step 1/‖g‖ if that is shorter.
    With exact searches (a small c2) on a quadratic in n dimensions it ends after n steps, H the inverse.
    dense_limit: parameters up to which H is made, for it has their square in entries.
    Source: Nocedal and Wright, Numerical Optimization (2006), algorithm 6.1 and eq. 6.20.
    """

    c1: float = 1e-4
    c2: float = 0.9
    scaled: bool = True
    dense_limit: int = 5000

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self, "c1", 0 < self.c1 < 0.5, "the decrease asked for is in 0 < c1 < 0.5")
        require(self, "c2", 0 < self.c2 < 1, "the curvature asked for is in 0 < c2 < 1")
        require(self, "dense_limit", self.dense_limit > 0, "a number of parameters is > 0")

    def accepts(self, objective: Objective) -> None:
        size = objective.network.layout.size
        if size > self.dense_limit:
            limit = f"optim.dense_limit={self.dense_limit}"
            raise ConfigError(
                f"optim=bfgs: {size:,} parameters are more than {limit}; choose optim=lbfgs"
            )

    def reset(self, theta: Array) -> None:
        super().reset(theta)
        self.state["inverse"] = np.empty((theta.size, theta.size), theta.dtype)
        self.forget()

    def forget(self) -> None:
        self.state["inverse"][...] = np.eye(len(self.state["inverse"]))
        self.state["pairs"] = 0

    def direction(self, gradient: Array) -> Array:
        return -(self.state["inverse"] @ gradient)

    def search(self, ray: Ray) -> Trial | None:
        first = self.state["pairs"] == 0
        length = min(1.0, 1 / float(np.linalg.norm(ray.direction))) if first else 1.0
        return strong_wolfe(ray, length, self.c1, self.c2)

    def learn(self, here: Trial, there: Trial) -> None:
        s, y, inverse = (
            there.theta - here.theta,
            there.gradient - here.gradient,
            self.state["inverse"],
        )
        curvature = s @ y
        if not curvature > CURVED * np.linalg.norm(s) * np.linalg.norm(y):
            return
        if self.scaled and self.state["pairs"] == 0:
            inverse *= curvature / (y @ y)
        hy = inverse @ y
        across = np.outer(hy / curvature, s)
        inverse -= across
        inverse -= across.T
        inverse += np.outer((1 + (y @ hy) / curvature) / curvature * s, s)
        self.state["pairs"] += 1


@hookimpl
def register_optimizers() -> dict[str, type[BFGS]]:
    return {"bfgs": BFGS}
