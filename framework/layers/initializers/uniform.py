"""The uniform distribution that was usual before Glorot's."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from framework.layers.initializers.initializer import Initializer
from framework.params import Array


class Uniform(Initializer):
    """W uniform on ±1 / sqrt(n_in), of variance 1 / (3 n_in).

    Also what PyTorch's Linear and Conv2d draw by themselves (their biases too, which start at zero here).
    Source: Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks
    (2010), eq. 1, "the commonly used heuristic".
    """

    name: ClassVar[str] = "uniform"

    def __call__(
        self, rng: np.random.Generator, inputs: int, units: int, fan_out: int = 1
    ) -> Array:
        bound = 1 / math.sqrt(inputs)
        return rng.uniform(-bound, bound, (inputs, units))
