"""Gradient descent on the full batch, with a line search."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from framework import Array, Descent, Ray, Trial, armijo, hookimpl, one_of, require

REMEMBERED = 10  # values whose largest a Barzilai-Borwein step may not exceed
CURVED = 1e-2  # the least cosine between s and y that says anything about the curvature
SHORTEST, LONGEST = 1e-10, 1e10  # of Barzilai-Borwein lengths


@dataclass
class GradientDescent(Descent):
    """Gradient descent, θ ← θ - α g.

    rule: "armijo" (default) backtracks from twice the last α until the decrease is at least c1 α ‖g‖²;
    "bb1" takes α = sᵀs / sᵀy and "bb2" α = sᵀy / yᵀy with s = Δθ, y = Δg of the last step, backtracking
    only from what exceeds the largest of the last ten values; "constant" takes α = lr whatever comes.
    lr: the constant α, and the first that the other rules try.
    Source: Cauchy (1847); Armijo (1966); Barzilai and Borwein, Two-point step size gradient methods (1988);
    Raydan, The Barzilai and Borwein gradient method for the large scale unconstrained minimization problem
    (1997) for the nonmonotone search.
    """

    rule: str = "armijo"
    lr: float = 1.0
    c1: float = 1e-4

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of(self, "rule", ["armijo", "bb1", "bb2", "constant"])
        require(self, "lr", 0 < self.lr < math.inf, "a learning rate is > 0")
        require(self, "c1", 0 < self.c1 < 1, "the decrease asked for is in 0 < c1 < 1")

    def reset(self, theta: Array) -> None:
        super().reset(theta)
        self.forget()

    def forget(self) -> None:
        self.state["length"] = self.lr
        self.state["values"] = np.zeros(0)

    def recurrence(self, curvature: float) -> Array | None:
        return np.array([[1 - self.lr * curvature]]) if self.rule == "constant" else None

    def direction(self, gradient: Array) -> Array:
        return -gradient

    def search(self, ray: Ray) -> Trial | None:
        length = self.state["length"]
        if self.rule == "constant":
            return ray.at(length)
        if self.rule == "armijo":
            return armijo(ray, length, self.c1)
        values = np.append(self.state["values"], ray.value)[-REMEMBERED:]
        self.state["values"] = values
        return armijo(ray, length, self.c1, reference=float(values.max()))

    def learn(self, here: Trial, there: Trial) -> None:
        if self.rule == "armijo":
            self.state["length"] = 2 * there.length
        elif self.rule != "constant":
            s, y = there.theta - here.theta, there.gradient - here.gradient
            curvature, length = float(s @ y), 2 * there.length
            if curvature > CURVED * np.linalg.norm(s) * np.linalg.norm(y):
                bb1 = self.rule == "bb1"
                length = float(s @ s) / curvature if bb1 else curvature / float(y @ y)
            self.state["length"] = min(max(length, SHORTEST), LONGEST)


@hookimpl
def register_optimizers() -> dict[str, type[GradientDescent]]:
    return {"gd": GradientDescent}
