"""Initial weights: how they are spread, and what becomes of a signal in ten layers of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from framework.catalogue import Entry
from framework.documentation.figures.style import Drawing, curves, panels
from framework.layers import ACTIVATIONS, INITIALIZERS
from framework.params import Array
from framework.random import stream

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH, LAYERS, ROWS = 256, 10, 200
SHOWN = ("identity", "tanh", "relu")


def plan(entry: Entry) -> Drawing:
    """A histogram of a square layer's weights; the spread of the outputs, layer by layer."""
    caption = (
        f"Left the weights of a layer of {WIDTH} inputs and {WIDTH} units, right the root mean square of "
        f"its outputs when {LAYERS} such layers follow each other, from normal inputs."
    )
    return Drawing(caption, lambda: _draw(entry))


def _draw(entry: Entry) -> Figure:
    figure, axes = panels(1, 2, f"model.init={entry.name}")
    left, right = axes[0]
    weights = _weights(entry.name, 0)
    left.hist(weights.ravel(), bins=61, color="#0072B2", lw=0, density=weights.std() > 0)
    left.set(xlabel="weight", ylabel="density" if weights.std() > 0 else "count")
    left.set_title(f"standard deviation {weights.std():.3g}", fontsize="small")
    shown = [name for name in SHOWN if name in ACTIVATIONS]
    paths = [(name, _signal(entry.name, name)) for name in shown]
    curves(right, np.arange(LAYERS + 1), paths)
    if all(path.min() > 0 for _, path in paths):
        right.set_yscale("log")
    right.set(xlabel="layer", ylabel="root mean square of the outputs")
    return figure


def _weights(name: str, layer: int) -> Array:
    return INITIALIZERS[name](stream(0, f"layer {layer}"), WIDTH, WIDTH)


def _signal(name: str, activation: str) -> Array:
    h = stream(0, "inputs").normal(size=(ROWS, WIDTH))
    sizes = [float(np.sqrt(np.mean(h**2)))]
    for layer in range(LAYERS):
        h = ACTIVATIONS[activation]().value(h @ _weights(name, layer))
        sizes.append(float(np.sqrt(np.mean(h**2))))
    return np.array(sizes)
