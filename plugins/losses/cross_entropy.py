"""Cross-entropy: the negative log-likelihood of the output link."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from framework import (
    Array,
    ConfigError,
    DataError,
    Head,
    Link,
    Loss,
    Sigmoid,
    Softmax,
    hookimpl,
    refuse_link,
    require,
    spell,
)


class SoftmaxCrossEntropy(Head):
    """Categorical cross-entropy from the logits: value = s logsumexp(z) - ⟨y, z⟩ with s = Σ_k y_k.

    grad = s p - y;  Hessian v = s p ∘ (v - ⟨p, v⟩), which is positive semidefinite, so it is its own
    Gauss-Newton matrix. For one-hot y, s = 1 and the gradient is p - y.
    """

    split = "logits"

    def value(self, z: Array, y: Array) -> Array:
        # log Σ_j exp(z_j - top) as log1p of the terms below the top: right answers keep their digits.
        rows, best = np.arange(len(z)), z.argmax(axis=1)
        top = z[rows, best, None]
        below = np.exp(z - top)
        below[rows, best] = 0
        rest = np.log1p(below.sum(axis=1, keepdims=True))
        return np.einsum("nk,nk->n", y, (top - z) + rest)

    def grad(self, z: Array, y: Array) -> Array:
        return y.sum(axis=1, keepdims=True) * self.link(z) - y

    def hvp(self, z: Array, y: Array, v: Array) -> Array:
        return y.sum(axis=1, keepdims=True) * self.link.vjp(z, self.link(z), v)

    ggn = hvp


class SigmoidCrossEntropy(Head):
    """A sum of Bernoulli cross-entropies from the logits, Σ_k [a_k softplus(-z_k) + b_k softplus(z_k)].

    a = y and b = 1 - y, each times its class weight if there are any. Computed as
    Σ_k [a_k max(-z_k, 0) + b_k max(z_k, 0) + (a_k + b_k) log1p(exp -|z_k|)], which keeps its digits.

    grad = b p - a q with p = σ(z), q = σ(-z), without weights p - y;  Hessian v = (a + b) p q v, its own
    Gauss-Newton matrix. Where p rounds to 1, q keeps its digits.
    """

    split = "logits"
    loss: Bernoulli

    def value(self, z: Array, y: Array) -> Array:
        a, b = self.loss.sides(y)
        wrong = a * np.maximum(-z, 0) + b * np.maximum(z, 0)
        return (wrong + (a + b) * np.log1p(np.exp(-np.abs(z)))).sum(axis=1)

    def grad(self, z: Array, y: Array) -> Array:
        a, b = self.loss.sides(y)
        return b * self.link(z) - a * self.link(-z)

    def hvp(self, z: Array, y: Array, v: Array) -> Array:
        a, b = self.loss.sides(y)
        return (a + b) * (self.link(z) * self.link(-z)) * v

    ggn = hvp


def require_probabilities(y: Array, fits: Array, rule: str) -> None:
    """Raise DataError with the first target that does not fit, if there is one."""
    if not fits.all():
        row, column = np.argwhere(~fits)[0]
        raise DataError(
            f"row {row}: the target {spell(float(y[row, column]))} is no probability; {rule}; "
            f"other numbers need another loss, say mse"
        )


@dataclass
class Categorical(Loss):
    """-Σ_k y_k log p_k over the outputs of a softmax; y is prepared, w_k ((1 - ε) y_k + ε/K)."""

    label_smoothing: float = 0.0
    class_weights: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        fits = 0 <= self.label_smoothing < 1
        require(self, "label_smoothing", fits, "a share of the label, 0 <= share < 1")
        fits = all(0 <= weight < math.inf for weight in self.class_weights)
        require(self, "class_weights", fits, "a class's weight is >= 0")

    def prepare(self, targets: Array, outputs: int) -> Array:
        y = super().prepare(targets, outputs)
        require_probabilities(y, y >= 0, "behind softmax each is >= 0")
        y = self.smooth(y, outputs)
        return self.weights(outputs) * y if self.class_weights else y

    def smooth(self, y: Array, classes: int) -> Array:
        """(1 - ε) y + ε / classes."""
        share = self.label_smoothing
        return (1 - share) * y + share / classes if share else y

    def weights(self, classes: int) -> Array:
        """The class weights, (classes,); raises ConfigError unless there are so many."""
        weights = self.class_weights
        if len(weights) != classes:
            raise ConfigError(
                f"class_weights={spell(weights)}: {len(weights)} weights for {classes} classes; "
                f"give one for each, or [] for none"
            )
        return np.asarray(weights)

    def value(self, p: Array, y: Array) -> Array:
        return -(y * np.log(p)).sum(axis=1)

    def grad(self, p: Array, y: Array) -> Array:
        return -y / p

    def hvp(self, p: Array, y: Array, v: Array) -> Array:
        return y / p**2 * v


@dataclass
class Bernoulli(Categorical):
    """-Σ_k [a_k log p_k + b_k log(1 - p_k)] over the outputs of a sigmoid, a and b as `sides` says."""

    def prepare(self, targets: Array, outputs: int) -> Array:
        if self.class_weights:
            self.weights(max(outputs, 2))
        y = Loss.prepare(self, targets, outputs)
        fits = (y >= 0) & (y <= 1)
        require_probabilities(y, fits, "behind sigmoid each is between 0 and 1")
        return self.smooth(y, 2)

    def sides(self, y: Array) -> tuple[Array, Array]:
        """a = w y, b = u (1 - y): one output has weights (u, w) for its classes, several w_k and u = 1."""
        if not self.class_weights:
            return y, 1 - y
        weights = np.asarray(self.class_weights, y.dtype)
        u, w = weights if y.shape[1] == 1 else (1, weights)
        return w * y, u * (1 - y)

    def value(self, p: Array, y: Array) -> Array:
        a, b = self.sides(y)
        return -(a * np.log(p) + b * np.log1p(-p)).sum(axis=1)

    def grad(self, p: Array, y: Array) -> Array:
        a, b = self.sides(y)
        return b / (1 - p) - a / p

    def hvp(self, p: Array, y: Array, v: Array) -> Array:
        a, b = self.sides(y)
        return (a / p**2 + b / (1 - p) ** 2) * v


@dataclass
class CrossEntropy(Categorical):
    """Negative log-likelihood of the output link, per sample, in nats.

    Softmax: -Σ_k y_k log p_k.  Sigmoid: -Σ_k [y_k log p_k + (1 - y_k) log(1 - p_k)].
    p, y: (batch, outputs); value: (batch,).  Through its own link the gradient is p - y.
    label_smoothing ε: y becomes (1 - ε) y + ε/K behind softmax, of K classes, (1 - ε) y + ε/2 behind sigmoid.
    class_weights w: each class's term is multiplied by w_k, so that one-hot labels multiply their sample's
    loss; one sigmoid has weights for classes 0 and 1, several have w_k on y_k log p_k (PyTorch's pos_weight).
    Convention: the mean is over the N samples. PyTorch's weighted mean over labels, and scikit-learn's
    with sample_weight, divide by the sum of the weights, which is a factor on the learning rate.
    Raises ConfigError on a link whose outputs are not probabilities, and for targets that are none.
    Source: Bishop, Pattern Recognition and Machine Learning (2006), eqs. 4.90 and 4.108; label smoothing:
    Szegedy et al., Rethinking the inception architecture (2016), section 7.
    """

    def head(self, link: Link) -> Head:
        if isinstance(link, Softmax):
            return SoftmaxCrossEntropy(self, link)
        if isinstance(link, Sigmoid):
            return SigmoidCrossEntropy(Bernoulli(self.label_smoothing, self.class_weights), link)
        raise refuse_link("ce", link, "probabilities", "softmax or sigmoid (for classes)")


@hookimpl
def register_losses() -> dict[str, type[Loss]]:
    return {"ce": CrossEntropy}
