"""What reaches each layer: gradients, updates, the back-propagated signal, and units that do not answer.

A layer goes by the prefix of its parameters' names, see `Layout.layers`: `1.dense` has `1.dense.weight` and
`1.dense.bias`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from framework.interfaces import Signal
from framework.layers import Activation
from framework.links import Link
from framework.objective import Point
from framework.params import Array, Layout

FLAT = 0.05  # of the largest slope, under which a unit counts as saturated
PROBE = np.linspace(-8, 8, 1601)  # where an activation's largest slope is looked for, 0 among it
SLOPES: dict[str, Callable[[Array], Array]] = {  # of links with flat ends, over their largest
    "sigmoid": lambda p: 4 * p * (1 - p),
    "softmax": lambda p: 4 * p * (1 - p),
    "tanh": lambda p: 1 - p * p,
}


def gradient_norms(layout: Layout, gradient: Array) -> dict[str, float]:
    """‖∂f/∂θ_l‖ of each layer l."""
    return {name: float(np.sqrt(square)) for name, square in _squares(layout, gradient).items()}


def update_ratios(layout: Layout, before: Array, after: Array) -> dict[str, float]:
    """‖Δθ_l‖ / ‖θ_l‖ of each layer l in one step; a layer that was all zero has none."""
    sizes, moves = _squares(layout, before), _squares(layout, after - before)
    return {name: float(np.sqrt(moves[name] / sizes[name])) for name in sizes if sizes[name] > 0}


def signal_sizes(point: Point) -> dict[str, dict[str, float]]:
    """By quantity and layer, from the first layer on, from one backward pass.

    delta_norm: the mean over samples of ‖δ_l‖, δ_l = ∂(the sample's loss)/∂z_l, with z_l the outputs of a
    layer that has parameters, all pixels and channels for a convolution; for dense layers it is Nielsen's
    δ^l, of one sample. A network that does not tell its layers has that of its logits, `logits`.
    saturation: the share of (sample, unit) pairs of an activation with |f'| < 5 % of the largest slope.
    dead: the share of units (channels, for images) whose output is 0 on every sample, of activations that
    are 0 on a half line.
    Source: Nielsen, Neural networks and deep learning (2015), chapters 2 and 5; Glorot and Bengio (2010).
    """
    tallies: dict[str, _Tally] = {}
    for signal in point.signals():
        tallies.setdefault(signal.name, _Tally()).add(signal)
    sizes: dict[str, dict[str, float]] = {"delta_norm": {}, "saturation": {}, "dead": {}}
    for name, tally in reversed(tallies.items()):
        for quantity, value in tally.results().items():
            sizes[quantity][name] = value
    if not tallies and point.objective.head.loss.needs_targets:
        sizes["delta_norm"]["logits"] = float(_lengths(point.loss_slopes()).mean())
    return sizes


def output_saturation(link: Link, p: Array) -> float | None:
    """The share of outputs p at which the link's own slope dp_k/dz_k is under 5 % of its largest.

    Of sigmoid and softmax (p (1 - p), at most 1/4) and tanh (1 - p²); None for other links.
    """
    slope = SLOPES.get(link.name)
    return None if slope is None else float((slope(p) < FLAT).mean())


class _Tally:
    """What is known of one layer after some of the samples."""

    def __init__(self) -> None:
        self.samples = self.flat = self.pairs = 0
        self.length, self.parameters = 0.0, False
        self.idle: Array | None = None

    def add(self, signal: Signal) -> None:
        layer = signal.layer
        self.samples += len(signal.delta)
        if layer.parameters:
            self.parameters = True
            self.length += float(_lengths(signal.delta).sum())
        if isinstance(layer, Activation):
            self._add_activation(layer, *signal.saved)

    def _add_activation(self, layer: Activation, x: Array | None, y: Array) -> None:
        given: Any = x  # None where the activation does without
        self.flat += int(np.sum(np.abs(layer.slope(given, y)) < FLAT * _largest_slope(layer)))
        self.pairs += y.size
        if _has_zeros(layer):
            idle = (y == 0).reshape(-1, y.shape[-1]).all(axis=0)
            self.idle = idle if self.idle is None else self.idle & idle

    def results(self) -> dict[str, float]:
        found = {}
        if self.pairs:
            found["saturation"] = self.flat / self.pairs
        elif self.parameters:
            found["delta_norm"] = self.length / self.samples
        if self.idle is not None:
            found["dead"] = float(self.idle.mean())
        return found


def _squares(layout: Layout, vector: Array) -> dict[str, float]:
    squares = np.square(vector, dtype=np.float64)
    return {
        layer: sum(float(squares[part].sum()) for part in parts)
        for layer, parts in layout.layers().items()
    }


def _lengths(delta: Array) -> Array:
    """The norm of each sample's part, in float64."""
    return np.sqrt(np.square(delta.reshape(len(delta), -1), dtype=np.float64).sum(axis=1))


def _largest_slope(layer: Activation) -> float:
    return float(np.abs(layer.slope(PROBE, layer.value(PROBE))).max())


def _has_zeros(layer: Activation) -> bool:
    """Whether f is 0 on a half line."""
    return any(not layer.value(side).any() for side in (PROBE[PROBE < 0], PROBE[PROBE > 0]))
