"""The two starts of Nielsen's book, whose biases are drawn too."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from framework.layers.initializers.initializer import Initializer
from framework.params import Array


class Nielsen(Initializer):
    """W ~ N(0, 1 / n_in) and b ~ N(0, 1).

    Source: Nielsen, Neural Networks and Deep Learning (2015), chapter 3, "default_weight_initializer".
    """

    name: ClassVar[str] = "nielsen"

    def __call__(
        self, rng: np.random.Generator, inputs: int, units: int, fan_out: int = 1
    ) -> Array:
        return rng.standard_normal((inputs, units)) / math.sqrt(inputs)

    def biases(self, rng: np.random.Generator, units: int) -> Array:
        return rng.standard_normal(units)


class NielsenLarge(Initializer):
    """W ~ N(0, 1) and b ~ N(0, 1): units with many inputs saturate, and learn slowly at first.

    Source: Nielsen, Neural Networks and Deep Learning (2015), chapter 3, "large_weight_initializer".
    """

    name: ClassVar[str] = "nielsen_large"

    def __call__(
        self, rng: np.random.Generator, inputs: int, units: int, fan_out: int = 1
    ) -> Array:
        return rng.standard_normal((inputs, units))

    def biases(self, rng: np.random.Generator, units: int) -> Array:
        return rng.standard_normal(units)
