"""He's weights, normal and uniform."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from framework.layers.initializers.initializer import Initializer
from framework.params import Array


class HeNormal(Initializer):
    """W ~ N(0, 2 / n_in), for ReLU and its kin: also called "he"; not truncated, unlike Keras.

    Source: He et al., Delving deep into rectifiers (2015), eq. 10.
    """

    name: ClassVar[str] = "he_normal"

    def __call__(
        self, rng: np.random.Generator, inputs: int, units: int, fan_out: int = 1
    ) -> Array:
        return rng.standard_normal((inputs, units)) * math.sqrt(2 / inputs)


class HeUniform(Initializer):
    """W uniform on ±sqrt(6 / n_in), of the same variance 2 / n_in.

    Source: He et al., Delving deep into rectifiers (2015), eq. 10.
    """

    name: ClassVar[str] = "he_uniform"

    def __call__(
        self, rng: np.random.Generator, inputs: int, units: int, fan_out: int = 1
    ) -> Array:
        bound = math.sqrt(6 / inputs)
        return rng.uniform(-bound, bound, (inputs, units))
