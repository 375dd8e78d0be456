"""K-FAC: natural gradient by Kronecker-factored curvature."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import (
    Array,
    Kronecker,
    Objective,
    Optimizer,
    Point,
    SecondOrder,
    bias_of,
    curvature_point,
    dense_weights,
    hookimpl,
    kronecker_factors,
    require,
    require_gauss_newton,
    require_share,
)


@dataclass
class KFAC(SecondOrder):
    """Natural gradient with the Fisher matrix approximated by one block A ⊗ G a dense layer.

    A: mean of ā āᵀ, ā a layer's input and 1; G: mean of s sᵀ, s the gradient at its output over the model's
    own labels, their expectation exact by a backward pass for each output (K-FAC samples labels instead).
    Direction d = -(A + π γ I)⁻¹ V (G + γ/π I)⁻¹ for V the gradient of weights and bias (inputs + 1, units),
    with γ² = λ + l2 and π² the ratio of the mean eigenvalues. A and G are averaged over refreshes with weight
    min(1 - 1/k, averaging) on the past, and computed and inverted every `refresh` steps.
    lr: a number makes the step lr d; null (default) makes it α d + μ (last step), which minimises the exact
    quadratic model gᵀp + ½ pᵀ(F + λI)p over α and, with momentum, μ. damping: the first λ; with lr=null it is
    multiplied by (19/20)^±adapt every `adapt` steps, down where the objective on the batch fell by more than
    3/4 of what was promised, up where by less than 1/4. curvature: the share of the batch's rows for A and G.
    Ends, on the full batch, when ‖g‖ <= tol ‖g at the start‖.  Raises ConfigError for networks with
    parameters outside dense layers and for losses that are not convex, or without curvature.
    Source: Martens and Grosse, Optimizing neural networks with Kronecker-factored approximate curvature
    (2015), algorithm 2 with the block-diagonal inverse; Botev, Ritter and Barber (2017) for the exact
    expectation.
    """

    lr: float | None = None
    damping: float = 0.03
    averaging: float = 0.95
    refresh: int = 5
    adapt: int = 5
    momentum: bool = True
    curvature: float = 1.0

    batch_size: ClassVar[int | None] = 256

    def __post_init__(self) -> None:
        super().__post_init__()
        fine = self.lr is None or 0 < self.lr < math.inf
        require(self, "lr", fine, "a learning rate is > 0, or null")
        require(self, "damping", 0 < self.damping < math.inf, "damping is > 0")
        require(self, "averaging", 0 <= self.averaging < 1, "a weight is in 0 <= w < 1")
        require(self, "refresh", self.refresh >= 1, "a number of steps is >= 1")
        require(self, "adapt", self.adapt >= 1, "a number of steps is >= 1")
        require_share(self, "curvature")

    def reset(self, theta: Array) -> None:
        super().reset(theta)
        self.state |= {"damping": self.damping, "last": np.zeros_like(theta)}

    def accepts(self, objective: Objective) -> None:
        require_gauss_newton(objective)
        dense_weights(objective, "choose optim=hf or natural_gradient")

    def move(self, objective: Objective, theta: Array, point: Point, gradient: Array) -> None:
        if self.state["moves"] % self.refresh == 0:
            self._refresh(curvature_point(point, self.curvature, self.state["moves"]))
        direction = self._direction(objective, gradient)
        if self.lr is not None:
            theta += theta.dtype.type(self.lr) * direction
            return
        step, promised = self._rescaled(point, gradient, direction)
        theta += step
        self.state["last"] = step
        if (self.state["moves"] + 1) % self.adapt == 0:
            self._adapt((point.value - objective.at(theta).value) / promised if promised else 0.0)

    def _refresh(self, point: Point) -> None:
        """New factors, averaged with the past, and the inverses of the damped averages."""
        past = min(1 - 1 / (1 + self.state["moves"] // self.refresh), self.averaging)
        damping = self.state["damping"] + point.objective.l2
        for name, new in kronecker_factors(point).items():
            a, g = new.inputs, new.outputs
            if past:
                a = past * self.state[f"inputs {name}"] + (1 - past) * a
                g = past * self.state[f"outputs {name}"] + (1 - past) * g
            self.state[f"inputs {name}"], self.state[f"outputs {name}"] = a, g
            left, right = Kronecker(a, g).inverses(damping)
            self.state[f"inverse inputs {name}"] = left.astype(a.dtype)
            self.state[f"inverse outputs {name}"] = right.astype(g.dtype)

    def _direction(self, objective: Objective, gradient: Array) -> Array:
        direction = np.empty_like(gradient)
        slopes, parts = (objective.network.layout.views(v) for v in (gradient, direction))
        for name in [n for n in slopes if f"inputs {n}" in self.state]:
            bias, slope = bias_of(name), slopes[name]
            if bias in slopes:
                slope = np.vstack([slope, slopes[bias]])
            left, right = (self.state[f"inverse {side} {name}"] for side in ("inputs", "outputs"))
            block = -left @ slope @ right
            parts[name][...] = block[: len(parts[name])]
            if bias in parts:
                parts[bias][...] = block[-1]
        return direction

    def _rescaled(self, point: Point, gradient: Array, direction: Array) -> tuple[Array, float]:
        """The best α d + μ last by the exact model, and the decrease it promises."""
        last = self.state["last"]
        basis = [direction, last] if self.momentum and last.any() else [direction]
        damping = direction.dtype.type(self.state["damping"])
        bent = [point.ggn(v) + damping * v for v in basis]
        matrix = np.array([[float(u @ w) for w in bent] for u in basis])
        slope = np.array([float(v @ gradient) for v in basis])
        sizes = -np.linalg.lstsq(matrix, slope, rcond=None)[0]
        step = sum(
            (gradient.dtype.type(s) * v for s, v in zip(sizes, basis, strict=True)), 0 * last
        )
        return step, float(-0.5 * slope @ sizes)

    def _adapt(self, ratio: float) -> None:
        factor = 0.95**self.adapt
        if ratio > 0.75:
            self.state["damping"] *= factor
        elif not ratio >= 0.25:
            self.state["damping"] /= factor


@hookimpl
def register_optimizers() -> dict[str, type[Optimizer]]:
    return {"kfac": KFAC}
