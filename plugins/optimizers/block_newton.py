"""Newton's method block by block, without the cross terms."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from framework import (
    Array,
    ConfigError,
    DenseQuadratic,
    Layout,
    Objective,
    Point,
    SecondOrder,
    backtrack,
    hookimpl,
    one_of,
    require,
)


@dataclass
class BlockNewton(SecondOrder):
    """θ_b ← θ_b - H_bb⁻¹ g_b for every block b of the parameters: the Hessian's cross blocks are left out.

    It converges linearly where Newton's method takes one step. For least squares with a bias, blocks W and b,
    the error shrinks at last by ρ a step, and by ρ² with gauss_seidel: ρ² = 1ᵀX(XᵀX)⁻¹Xᵀ1 / N is the share of
    the constant that the N inputs X explain without a bias, and 0 once they are centred. Ends as newton does.
    blocks: "parameter" (default), each weight matrix and each bias vector on its own, or "layer", those of a
    layer together, by the prefix of their names; those without one, as linear's, make one layer.
    sweep: "jacobi" (default) steps all blocks from the same point; "gauss_seidel" one after the other, each
    with the derivatives where the last one left off, a Hessian for every block.
    method: "eigenvalue" (default) takes the eigenvalues λ of H_bb as |λ|, at least floor times the largest,
    and halves the step until the objective falls; "plain" takes the steps whatever they lead to.
    dense_limit: parameters up to which it works; the whole Hessian (P, P) is made.
    Source: Ortega and Rheinboldt, Iterative Solution of Nonlinear Equations in Several Variables (1970),
    section 7.4, the one-step Jacobi-Newton and SOR-Newton methods; Golub and Van Loan, Matrix Computations
    (2013), section 11.2, for the splittings.
    """

    blocks: str = "parameter"
    sweep: str = "jacobi"
    method: str = "eigenvalue"
    floor: float = 1e-8
    dense_limit: int = 1000

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of(self, "blocks", ["parameter", "layer"])
        one_of(self, "sweep", ["jacobi", "gauss_seidel"])
        one_of(self, "method", ["eigenvalue", "plain"])
        require(self, "floor", 0 < self.floor <= 1, "a share of the largest eigenvalue, 0 < f <= 1")
        require(self, "dense_limit", self.dense_limit > 0, "a number of parameters is > 0")

    def accepts(self, objective: Objective) -> None:
        size = objective.network.layout.size
        if size > self.dense_limit:
            raise ConfigError(
                f"dense_limit={self.dense_limit}: block_newton makes a Hessian of {size} parameters; "
                "choose optim=kfac or newton_cg, or a higher limit"
            )

    def recurrence(self, curvature: float) -> Array | None:
        return np.zeros((1, 1)) if curvature else None

    def move(self, objective: Objective, theta: Array, point: Point, gradient: Array) -> None:
        blocks = _blocks(objective.network.layout, self.blocks)
        moved = False
        for together in [blocks] if self.sweep == "jacobi" else [[block] for block in blocks]:
            if moved:
                point = objective.at(theta)
                gradient = point.grad()
            moved |= self._take(
                objective, theta, point, gradient, self._step(point, gradient, together)
            )
        self.converged = objective.full and not moved

    def _step(self, point: Point, gradient: Array, blocks: Iterable[Array]) -> Array:
        """-H_bb⁻¹ g_b on these blocks, 0 elsewhere."""
        hessian, step = point.hessian(), np.zeros_like(gradient)
        for rows in blocks:
            model = DenseQuadratic(point, gradient[rows], hessian[np.ix_(rows, rows)])
            plain = self.method == "plain"
            step[rows] = model.newton_step() if plain else model.modified_step(self.floor)
        return step

    def _take(
        self, objective: Objective, theta: Array, point: Point, gradient: Array, step: Array
    ) -> bool:
        """θ ← θ + step, or a part of it that goes down; whether θ moved."""
        if self.method == "plain":
            theta += step
            return True
        slope = float(gradient @ step)
        return slope < 0 and backtrack(objective, theta, step, point.value, slope) > 0


def _blocks(layout: Layout, by: str) -> list[Array]:
    """The positions in theta of each block."""
    if by == "parameter":
        blocks = [[part] for part in layout.slices.values()]
    else:
        blocks = list(layout.layers().values())
    positions = np.arange(layout.size)
    return [np.concatenate([positions[part] for part in parts]) for parts in blocks]


@hookimpl
def register_optimizers() -> dict[str, type[SecondOrder]]:
    return {"block_newton": BlockNewton}
