"""Glorot's weights, normal and uniform."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from framework.layers.initializers.initializer import Initializer
from framework.params import Array


class GlorotNormal(Initializer):
    """W ~ N(0, 2 / (n_in + n_out)), for tanh and sigmoid; not truncated, as in PyTorch and unlike Keras.

    Source: Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks
    (2010), eq. 12.
    """

    name: ClassVar[str] = "glorot_normal"

    def __call__(
        self, rng: np.random.Generator, inputs: int, units: int, fan_out: int = 1
    ) -> Array:
        return rng.standard_normal((inputs, units)) * math.sqrt(2 / (inputs + units * fan_out))


class GlorotUniform(Initializer):
    """W uniform on ±sqrt(6 / (n_in + n_out)), for tanh and sigmoid: also called "glorot", and Xavier's.

    Source: Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks
    (2010), eq. 16.
    """

    name: ClassVar[str] = "glorot_uniform"

    def __call__(
        self, rng: np.random.Generator, inputs: int, units: int, fan_out: int = 1
    ) -> Array:
        bound = math.sqrt(6 / (inputs + units * fan_out))
        return rng.uniform(-bound, bound, (inputs, units))
