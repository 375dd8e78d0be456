"""All zero."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from framework.layers.initializers.initializer import Initializer
from framework.params import Array


class Zeros(Initializer):
    """W = 0: the start of convex problems; a hidden layer would never break its symmetry."""

    name: ClassVar[str] = "zeros"

    def __call__(
        self, rng: np.random.Generator, inputs: int, units: int, fan_out: int = 1
    ) -> Array:
        return np.zeros((inputs, units))
