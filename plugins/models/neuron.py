"""A single neuron, with a start of one's own."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import (
    Array,
    ConfigError,
    Dense,
    Flatten,
    Initializer,
    Model,
    Network,
    Sequential,
    hookimpl,
    require,
)


@dataclass
class Neuron(Model):
    """z = w · x + b, one output, from a start that is given and the same for every seed.

    x: (N, *inputs), flattened; w: (inputs, 1); b: (1,). The output a = σ(z) is the link's,
    model.output=sigmoid.

    weight: where each w_j starts. bias: where b starts.
    Raises ConfigError for a task of several outputs.
    Source: Nielsen, Neural Networks and Deep Learning (2015), chapter 3, "The cross-entropy cost function".
    """

    weight: float = 2.0
    bias: float = 2.0

    def __post_init__(self) -> None:
        for name in ("weight", "bias"):
            fits = math.isfinite(getattr(self, name))
            require(self, name, fits, "a start is a finite number")

    def build(self, inputs: tuple[int, ...], outputs: int) -> Network:
        if outputs != 1:
            raise ConfigError(f"it has one output, {outputs} are needed; model=linear has as many")
        layers = [] if len(inputs) == 1 else [Flatten()]
        neuron = Dense(1, Constant(self.weight), bias_start=self.bias)
        return Sequential([*layers, neuron], inputs)


class Constant(Initializer):
    """All weights alike."""

    name: ClassVar[str] = "constant"

    def __init__(self, weight: float) -> None:
        self.weight = weight

    def __call__(
        self, rng: np.random.Generator, inputs: int, units: int, fan_out: int = 1
    ) -> Array:
        return np.full((inputs, units), self.weight)


@hookimpl
def register_models() -> dict[str, type[Model]]:
    return {"neuron": Neuron}
