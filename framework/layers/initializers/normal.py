"""The standard normal distribution."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from framework.layers.initializers.initializer import Initializer
from framework.params import Array


class Normal(Initializer):
    """W ~ N(0, 1), whatever the shape."""

    name: ClassVar[str] = "normal"

    def __call__(
        self, rng: np.random.Generator, inputs: int, units: int, fan_out: int = 1
    ) -> Array:
        return rng.standard_normal((inputs, units))
