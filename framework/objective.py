"""The objective: mean loss over data plus L2 and L1, as a function of the flat theta, and what it costs.

f(theta) = 1/N sum_n loss(z_n(theta), y_n) + (λ/2) ‖weights‖² + l1 ‖weights‖₁.  Biases are free.
The L1 part counts in `value` alone; every derivative is of the smooth rest.

    point = objective.batch(rows).at(theta)
    point.value, point.grad(), point.hvp(v), point.ggn(v), point.hessian()

Everything a point returns is exact for this batch and computed at most once; the work is counted here.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from functools import cached_property

import numpy as np

from framework.chunks import linearize
from framework.errors import NonFinite
from framework.heads import Head
from framework.interfaces import Curve, Linearization, Network, Signal
from framework.params import Array
from framework.work import FORWARD, HVP, Work


class Objective:
    """Mean loss of `network` under `head` on the samples (x, y), plus (l2/2)‖weights‖² + l1 ‖weights‖₁.

    x: (N, *inputs), an array or Rows of images; y: targets as prepared by the loss, (N, K). `full` tells an
    optimizer that this is the whole training set and not a mini-batch of it. `seed` is that of the noise,
    such as dropout, that a network may add to mini-batches; `quiet` is then the same batch without it, else
    None.
    """

    def __init__(
        self,
        network: Network,
        head: Head,
        x: Array,
        y: Array,
        l2: float = 0.0,
        work: Work | None = None,
        full: bool = True,
        l1: float = 0.0,
        seed: int = 0,
    ) -> None:
        self.network, self.head, self.x, self.y = network, head, x, y
        self.l2, self.l1 = l2, l1
        self.work = Work() if work is None else work
        self.full, self.seed = full, seed
        self.quiet: Objective | None = None

    def __len__(self) -> int:
        return len(self.x)

    @cached_property
    def weights(self) -> Array:
        """(P,) vector: 1 on the parameters that L2 and weight decay act on, 0 on biases."""
        return self.network.layout.mask("weight", self.x.dtype)

    def batch(self, rows: Array) -> Objective:
        """The same objective on some rows; its work counts towards this one's."""
        if self.quiet is not None:
            return self.quiet.batch(rows)
        x, y = self.x[rows], self.y[rows]
        part = Objective(
            self.network, self.head, x, y, self.l2, self.work, False, self.l1, self.seed
        )
        part.__dict__["weights"] = self.weights  # made once
        network = self.network.training(self.seed, self.work.steps)
        return part if network is self.network else part._with_noise(network)

    def _with_noise(self, network: Network) -> Objective:
        noisy = copy(self)
        noisy.network, noisy.quiet = network, self
        return noisy

    def at(self, theta: Array) -> Point:
        """The objective at theta; nothing is computed before it is asked for."""
        return Point(self, theta)


class Point:
    """An objective at one theta. Ask before you change theta: results refer to its values at the call."""

    def __init__(self, objective: Objective, theta: Array) -> None:
        self.objective, self.theta = objective, theta

    @cached_property
    def _forward(self) -> Linearization:
        self.objective.work.forward += len(self.objective)
        return linearize(self.objective.network, self.theta, self.objective.x)

    @cached_property
    def _dz(self) -> Array:
        return self.objective.head.grad(self._forward.z, self.objective.y)

    @cached_property
    def _curve(self) -> Curve:
        return Curve(self.objective.head, self._forward.z, self.objective.y)

    @cached_property
    def _quiet(self) -> Point | None:
        """This point without noise where there is some: second derivatives are taken there."""
        quiet = self.objective.quiet
        return None if quiet is None else quiet.at(self.theta)

    @property
    def outputs(self) -> Array:
        """The link's outputs p, (N, K)."""
        return self.objective.head.predict(self._forward.z)

    @cached_property
    def loss(self) -> float:
        """Mean loss, without regularisation."""
        values = self.objective.head.value(self._forward.z, self.objective.y)
        return float(np.mean(values, dtype=np.float64))

    @cached_property
    def value(self) -> float:
        """Mean loss plus (l2/2)‖weights‖² + l1 ‖weights‖₁."""
        if not self.objective.l1:
            return self.smooth
        kept = np.abs(self.theta) @ self.objective.weights
        return self.smooth + self.objective.l1 * float(kept)

    @cached_property
    def smooth(self) -> float:
        """Mean loss plus (l2/2)‖weights‖²: the part that `grad` is the gradient of."""
        if not self.objective.l2:
            return self.loss
        kept = self.theta * self.objective.weights
        return self.loss + 0.5 * self.objective.l2 * float(kept @ kept)

    def grad(self, out: Array | None = None) -> Array:
        """The gradient of `smooth`, (P,). Raises NonFinite, naming the culprit, unless both are finite."""
        out = np.empty_like(self.theta) if out is None else out
        self._dz = self._forward.gradient(self.objective.head, self.objective.y, out)
        self.objective.work.backward += len(self.objective)
        self._mean(out, self.theta)
        if not np.isfinite(self.value) or not np.isfinite(out @ out):
            raise NonFinite(self._culprit(out))
        return out

    def slope(self) -> float:
        """Norm of the least subgradient of `value`, 0 at a minimum: ‖grad‖ where there is no L1.

        Of a weight at 0 the part of its derivative that l1 cannot hold counts, of others g + l1 sign(θ).
        """
        gradient, bound = self.grad(), self.objective.l1
        if bound:
            bounds = bound * self.objective.weights
            held = np.sign(gradient) * np.maximum(np.abs(gradient) - bounds, 0)
            gradient = np.where(self.theta == 0, held, gradient + bounds * np.sign(self.theta))
        return float(np.linalg.norm(gradient))

    def hvp(self, v: Array, out: Array | None = None) -> Array:
        """Hessian times v, (P,)."""
        if self._quiet is not None:
            return self._quiet.hvp(v, out)
        out = np.empty_like(self.theta) if out is None else out
        self._forward.hvp(v, self._dz, self._curve, out)
        self.objective.work.hvp += len(self.objective)
        return self._finite(self._mean(out, v), "a Hessian product")

    def ggn(self, v: Array, out: Array | None = None) -> Array:
        """Generalised Gauss-Newton matrix times v, (P,): Jᵀ G J v, semidefinite for convex losses."""
        if self._quiet is not None:
            return self._quiet.ggn(v, out)
        out = np.empty_like(self.theta) if out is None else out
        rz = self._forward.jvp(v)
        g = self.objective.head.ggn(self._forward.z, self.objective.y, rz)
        self._forward.vjp(g, out)
        self.objective.work.ggn += len(self.objective)
        return self._finite(self._mean(out, v), "a Gauss-Newton product")

    def hessian(self) -> Array:
        """The dense Hessian of all parameters jointly, (P, P), symmetric to the last bit.

        In closed form where the network has one, else column by column from exact products.
        """
        if self._quiet is not None:
            return self._quiet.hessian()
        size, n = len(self.theta), len(self.objective)
        dense = self._forward.hessian(self._curve)
        if dense is None:
            dense = np.empty((size, size), self.theta.dtype)
            for column, unit in zip(dense, np.eye(size, dtype=self.theta.dtype), strict=True):
                self._forward.hvp(unit, self._dz, self._curve, column)
            self.objective.work.hessian += HVP * size * n
        else:
            self.objective.work.hessian += FORWARD * size * n
        return self._symmetric(dense, "the Hessian")

    def gauss_newton(self) -> Array:
        """The dense generalised Gauss-Newton matrix, (P, P), symmetric to the last bit.

        In closed form where the network has one, else from P products, counted as such.
        """
        if self._quiet is not None:
            return self._quiet.gauss_newton()
        forward, size, n = self._forward, len(self.theta), len(self.objective)
        curve = Curve(self.objective.head, forward.z, self.objective.y, of="ggn")
        dense = forward.hessian(curve)
        if dense is None:
            dense = np.empty((size, size), self.theta.dtype)
            for column, unit in zip(dense, np.eye(size, dtype=self.theta.dtype), strict=True):
                forward.vjp(curve(forward.jvp(unit)), column)
            self.objective.work.ggn += size * n
        else:
            self.objective.work.hessian += FORWARD * size * n
        return self._symmetric(dense, "the Gauss-Newton matrix")

    def dense_signals(self, dz: Array) -> dict[str, tuple[Array, Array]]:
        """Each dense layer's inputs, and the gradients at its outputs for dz at the logits, by sample."""
        if self._quiet is not None:
            return self._quiet.dense_signals(dz)
        self.objective.work.backward += len(self.objective)
        return self._forward.dense_signals(dz)

    def signals(self) -> Iterator[Signal]:
        """What passes each layer, with delta the gradient of each sample's own loss; see `Linearization`."""
        if self._quiet is not None:
            yield from self._quiet.signals()
            return
        self.objective.work.backward += len(self.objective)
        yield from self._forward.signals(self._dz)

    def loss_slopes(self) -> Array:
        """The gradient of each sample's loss at the logits, (N, K)."""
        return self._dz if self._quiet is None else self._quiet.loss_slopes()

    def loss_roots(self) -> Array:
        """s_k, (rank, N, K), with Σ_k s_k s_kᵀ the Gauss-Newton part of each sample's loss at the logits."""
        if self._quiet is not None:
            return self._quiet.loss_roots()
        z, y = self._forward.z, self.objective.y
        units = np.eye(z.shape[1], dtype=z.dtype)[:, None] + np.zeros_like(z)
        values, vectors = np.linalg.eigh(
            np.stack([self.objective.head.ggn(z, y, u) for u in units], 2)
        )
        sizes = values.max(axis=0, initial=0)
        kept = sizes > np.finfo(z.dtype).eps * len(sizes) * sizes.max(initial=0)
        roots = vectors * np.sqrt(np.maximum(values, 0))[:, None]
        return np.moveaxis(roots[:, :, kept], 2, 0)

    def _symmetric(self, total: Array, what: str) -> Array:
        """Sum over samples → symmetric mean, plus the regulariser's part; in place."""
        total += total.T.copy()
        total /= 2 * len(self.objective)
        if self.objective.l2:
            total[np.diag_indices(len(total))] += self.objective.l2 * self.objective.weights
        return self._finite(total, what)

    def _mean(self, total: Array, v: Array) -> Array:
        """Sum over samples → mean, plus the regulariser's part along v; in place."""
        total /= len(self.objective)
        if self.objective.l2:
            total += self.objective.l2 * (self.objective.weights * v)
        return total

    def _finite(self, result: Array, what: str) -> Array:
        if not np.isfinite(np.vdot(result, result)):
            raise NonFinite(f"{'nan' if np.isnan(result).any() else 'inf'} arose in {what}")
        return result

    def _culprit(self, gradient: Array) -> str:
        """The first quantity, in the order of computation, that is not finite."""
        for name, array in self._quantities(gradient):
            if not np.isfinite(array).all():
                kind = "nan" if np.isnan(array).any() else "inf"
                return f"{kind} arose in {name}"
        return "the squared norm of the gradient overflowed"

    def _quantities(self, gradient: Array) -> Iterator[tuple[str, Array]]:
        views = self.objective.network.layout.views
        yield from ((f"parameter '{name}'", view) for name, view in views(self.theta).items())
        if isinstance(self.objective.x, np.ndarray):
            yield "the inputs", self.objective.x
        yield from self._forward.stages()
        yield "the loss", np.asarray(self.value)
        yield "the loss's gradient", self._dz
        yield from ((f"the gradient of '{name}'", view) for name, view in views(gradient).items())
