"""The Gauss-Newton matrix of dense layers, one block a layer, as Kronecker products."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from framework.errors import ConfigError
from framework.objective import Objective, Point
from framework.params import Array


@dataclass(frozen=True)
class Kronecker:
    """One layer's block A ⊗ G, for its matrix of weights with the bias as last row, (inputs + 1, units).

    inputs: A, the mean of ā āᵀ over samples, ā = (a, 1) the layer's input; outputs: G, the mean over samples
    of Σ_k s_k s_kᵀ, with s_k the gradients at the layer's output of the columns of a root of the loss's
    curvature.
    """

    inputs: Array
    outputs: Array

    def inverses(self, damping: float) -> tuple[Array, Array]:
        """(A + π √damping I)⁻¹ and (G + √damping / π I)⁻¹, π² the ratio of the mean eigenvalues of A and G.

        Source: Martens and Grosse (2015), section 6.3.
        """
        a, g = np.trace(self.inputs) / len(self.inputs), np.trace(self.outputs) / len(self.outputs)
        split = math.sqrt(a / g) if a > 0 and g > 0 else 1.0
        root = math.sqrt(damping)
        return _inverse(self.inputs, root * split), _inverse(self.outputs, root / split)


def kronecker_factors(point: Point) -> dict[str, Kronecker]:
    """Each dense layer's factors, by the name of its weight: one backward pass for each output.

    The expectation over the model's own labels is exact, nothing is sampled. A ⊗ G is the layer's exact
    block for one sample, and where either factor does not depend on the sample (a linear model's least
    squares).
    Source: Martens and Grosse, Optimizing neural networks with Kronecker-factored approximate curvature
    (2015), sections 2.2 and 3; Botev, Ritter and Barber, Practical Gauss-Newton optimisation (2017), for the
    root.
    """
    names, n = point.objective.network.layout.slices, len(point.objective)
    inputs: dict[str, Array] = {}
    outputs: dict[str, Array] = {}
    for root in point.loss_roots():
        for name, (a, s) in point.dense_signals(root).items():
            if name not in inputs:
                full = np.column_stack([a, np.ones(n, a.dtype)]) if bias_of(name) in names else a
                inputs[name], outputs[name] = full.T @ full / n, s.T @ s / n
            else:
                outputs[name] += s.T @ s / n
    return {name: Kronecker(inputs[name], outputs[name]) for name in inputs}


def bias_of(weight: str) -> str:
    """The name of the bias that goes with a dense layer's weight."""
    return weight.removesuffix("weight") + "bias"


def dense_weights(objective: Objective, instead: str) -> dict[str, Array]:
    """Which weights belong to dense layers; with each, the gradient at its layer's output for logits' ones.

    Raises ConfigError where other layers have parameters too, or a user's network does not tell its layers;
    `instead` says what to choose.
    """
    network = objective.network
    pass_ = network.linearize(np.zeros(network.layout.size, objective.x.dtype), objective.x[:1])
    signals = pass_.dense_signals(np.ones_like(pass_.z))
    known = {name for weight in signals for name in (weight, bias_of(weight))}
    other = next((p.name for p in network.layout if p.name not in known), None)
    if other is not None:
        raise ConfigError(
            f"it needs a network of dense layers, and '{other}' belongs to none; {instead}"
        )
    return {weight: s for weight, (_, s) in signals.items()}


def _inverse(matrix: Array, shift: float) -> Array:
    values, vectors = np.linalg.eigh(matrix)
    inverse: Array = (vectors / (np.maximum(values, 0) + matrix.dtype.type(shift))) @ vectors.T
    return inverse


def squared_gradients(point: Point) -> Array:
    """Σ_n g_n² / N² over the gradients g_n of single samples' losses, (P,), from one backward pass.

    Source: Martens, Deep learning via Hessian-free optimization (2010), section 4.7.
    """
    n, result = len(point.objective), np.zeros_like(point.theta)
    views = point.objective.network.layout.views(result)
    for name, (a, s) in point.dense_signals(point.loss_slopes()).items():
        squares = s * s / n**2
        views[name][...] = (a * a).T @ squares
        if bias_of(name) in views:
            views[bias_of(name)][...] = squares.sum(axis=0)
    return result
