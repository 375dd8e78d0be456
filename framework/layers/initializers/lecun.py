"""LeCun's weights, normal and uniform."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from framework.layers.initializers.initializer import Initializer
from framework.params import Array


class LeCunNormal(Initializer):
    """W ~ N(0, 1 / n_in), for SELU: also called "lecun"; not truncated, unlike Keras.

    Source: LeCun et al., Efficient BackProp (1998), section 4.6.
    """

    name: ClassVar[str] = "lecun_normal"

    def __call__(
        self, rng: np.random.Generator, inputs: int, units: int, fan_out: int = 1
    ) -> Array:
        return rng.standard_normal((inputs, units)) / math.sqrt(inputs)


class LeCunUniform(Initializer):
    """W uniform on ±sqrt(3 / n_in), of the same variance 1 / n_in.

    Source: LeCun et al., Efficient BackProp (1998), section 4.6.
    """

    name: ClassVar[str] = "lecun_uniform"

    def __call__(
        self, rng: np.random.Generator, inputs: int, units: int, fan_out: int = 1
    ) -> Array:
        bound = math.sqrt(3 / inputs)
        return rng.uniform(-bound, bound, (inputs, units))
