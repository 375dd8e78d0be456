"""L-BFGS: quasi-Newton with a few remembered steps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import Array, Descent, Ray, Trial, hookimpl, require, strong_wolfe

CURVED = 1e-10  # the least cosine between s and y of a pair that is kept


@dataclass
class LBFGS(Descent):
    """Limited-memory BFGS: p = -H g with H from the last `memory` pairs s = Δθ, y = Δg, by two loops.

    H starts each time from (sᵀy / yᵀy) I of the newest pair. The line search ensures c1 (decrease) and c2
    (curvature), which makes sᵀy > 0; pairs without it, up to rounding, are not kept. The first trial is 1,
    and in the first step 1/‖g‖ if that is shorter.
    Source: Nocedal and Wright, Numerical Optimization (2006), algorithms 7.4 and 7.5; Liu and Nocedal, On the
    limited memory BFGS method for large scale optimization (1989); on mini-batches Schraudolph, Yu and
    Günter, A stochastic quasi-Newton method for online convex optimization (2007).
    """

    memory: int = 10
    c1: float = 1e-4
    c2: float = 0.9

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self, "memory", self.memory > 0, "a number of pairs is > 0")
        require(self, "c1", 0 < self.c1 < 0.5, "the decrease asked for is in 0 < c1 < 0.5")
        require(self, "c2", self.c1 < self.c2 < 1, "the curvature asked for is in c1 < c2 < 1")

    def reset(self, theta: Array) -> None:
        super().reset(theta)
        self.state |= {name: np.zeros((self.memory, theta.size), theta.dtype) for name in "sy"}
        self.state["pairs"] = 0  # ever kept; the newest is in row (pairs - 1) mod memory

    def forget(self) -> None:
        self.state["pairs"] = 0

    def direction(self, gradient: Array) -> Array:
        s, y, pairs = self.state["s"], self.state["y"], self.state["pairs"]
        rows = [k % self.memory for k in range(max(0, pairs - self.memory), pairs)]
        p, weights = -gradient, {}
        for k in reversed(rows):
            weights[k] = (s[k] @ p) / (s[k] @ y[k])
            p -= weights[k] * y[k]
        if rows:
            newest = rows[-1]
            p *= (s[newest] @ y[newest]) / (y[newest] @ y[newest])
        for k in rows:
            p += (weights[k] - (y[k] @ p) / (s[k] @ y[k])) * s[k]
        return p

    def search(self, ray: Ray) -> Trial | None:
        first = self.state["pairs"] == 0
        length = min(1.0, 1 / float(np.linalg.norm(ray.direction))) if first else 1.0
        return strong_wolfe(ray, length, self.c1, self.c2)

    def learn(self, here: Trial, there: Trial) -> None:
        s, y = there.theta - here.theta, there.gradient - here.gradient
        if s @ y > CURVED * np.linalg.norm(s) * np.linalg.norm(y):
            row = self.state["pairs"] % self.memory
            self.state["s"][row], self.state["y"][row] = s, y
            self.state["pairs"] += 1


@hookimpl
def register_optimizers() -> dict[str, type[LBFGS]]:
    return {"lbfgs": LBFGS}
