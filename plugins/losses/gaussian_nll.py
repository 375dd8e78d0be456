"""The likelihood of a Gaussian whose variance is learnt too."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import Array, Head, Link, Loss, hookimpl, require, sigmoid


class GaussianHead(Head):
    """The loss on (μ, s) = (link(m), s), where the logits z = (m, s) are means first, then log-variances.

    With J the link's Jacobian: gradient and Hessian by the chain rule through the means; `predict` gives
    the means. The Gauss-Newton matrix is the Fisher information, the Hessian's expectation over y:
    J (1/σ²) J for m and ½ (dlog σ²/ds)² for s, without mixed part; it is positive semidefinite where the
    Hessian is not.
    """

    split = "logits"
    semidefinite = True
    loss: GaussianNLL

    def predict(self, z: Array) -> Array:
        return self.link(halves(z)[0])

    def value(self, z: Array, y: Array) -> Array:
        return self.loss.value(self._outputs(z), y)

    def grad(self, z: Array, y: Array) -> Array:
        return self._back(z, self.loss.grad(self._outputs(z), y))

    def hvp(self, z: Array, y: Array, v: Array) -> Array:
        p = self._outputs(z)
        (m, _), (mean, _), (slope, _) = halves(z), halves(p), halves(self.loss.grad(p, y))
        bend = self.link.curvature(m, mean, slope, halves(v)[0])
        through = self._back(z, self.loss.hvp(p, y, self._back(z, v)))
        return through + np.hstack([bend, np.zeros_like(bend)])

    def ggn(self, z: Array, y: Array, v: Array) -> Array:
        return self._back(z, self.loss.fisher(self._outputs(z)) * self._back(z, v))

    def _outputs(self, z: Array) -> Array:
        """(μ, s)."""
        return np.hstack([self.predict(z), halves(z)[1]])

    def _back(self, z: Array, u: Array) -> Array:
        """J on the means' half, which is also the forward product; nothing on the log-variances'."""
        mean, spread = halves(u)
        return np.hstack([self.link.vjp(halves(z)[0], self.predict(z), mean), spread])


@dataclass
class GaussianNLL(Loss):
    """½ Σ_k [log σ_k² + (y_k - μ_k)² / σ_k²], per sample: a mean and a variance for each target.

    Of 2K logits the first K are the means, behind the link, the others log-variances s, with
    σ² = floor + e^s: floor keeps it away from 0, smoothly, so that every derivative is exact and finite.
    Far below s = log floor nothing depends on s any more.
    p: (batch, 2K), (μ, s); y: (batch, K); value: (batch,).  With a = e^s / σ²: gradient (μ - y) / σ² in μ,
    ½ a (1 - (y - μ)² / σ²) in s.  Not convex in (μ, s).
    full: add ½ log 2π for each target, so that it is -log of the density.
    Convention: PyTorch's GaussianNLLLoss takes the variance itself and cuts it off at eps = 1e-6.
    Source: Nix and Weigend, Estimating the mean and variance of the target probability distribution (1994).
    """

    convex: ClassVar[bool] = False

    full: bool = False
    floor: float = 1e-6

    def __post_init__(self) -> None:
        require(self, "floor", 0 < self.floor < math.inf, "a variance floor is > 0")

    def outputs(self, predictions: int) -> int:
        return 2 * predictions

    def spread(self, s: Array) -> tuple[Array, Array, Array]:
        """log σ², its derivative a = e^s / σ², and 1/σ²."""
        log_variance = np.logaddexp(math.log(self.floor), s).astype(s.dtype)
        return log_variance, sigmoid(s - math.log(self.floor)), np.exp(-log_variance)

    def value(self, p: Array, y: Array) -> Array:
        mean, s = halves(p)
        log_variance, _, precision = self.spread(s)
        total = (log_variance + (mean - y) ** 2 * precision).sum(axis=1) / 2
        return total + y.shape[1] * math.log(2 * math.pi) / 2 if self.full else total

    def grad(self, p: Array, y: Array) -> Array:
        mean, s = halves(p)
        _, a, precision = self.spread(s)
        miss = mean - y
        return np.hstack([miss * precision, a * (1 - miss**2 * precision) / 2])

    def hvp(self, p: Array, y: Array, v: Array) -> Array:
        (mean, s), (v_mean, v_s) = halves(p), halves(v)
        _, a, precision = self.spread(s)
        miss = mean - y
        own = a * (1 - a) * (1 - miss**2 * precision) / 2 + a**2 * miss**2 * precision / 2
        mixed = -a * miss * precision
        return np.hstack([precision * v_mean + mixed * v_s, mixed * v_mean + own * v_s])

    def fisher(self, p: Array) -> Array:
        """The diagonal of E[Hessian] over y ~ N(μ, σ²): 1/σ² for μ, ½ a² for s."""
        _, a, precision = self.spread(halves(p)[1])
        return np.hstack([precision, a**2 / 2])

    def head(self, link: Link) -> Head:
        return GaussianHead(self, link)


def halves(z: Array) -> tuple[Array, Array]:
    """Views of what belongs to the means, and to the variances."""
    k = z.shape[1] // 2
    return z[:, :k], z[:, k:]


@hookimpl
def register_losses() -> dict[str, type[Loss]]:
    return {"gaussian_nll": GaussianNLL}
