"""What an initializer provides."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from framework.params import Array


class Initializer(ABC):
    """Initial weights of an (inputs, units) matrix, and the biases of its units; all float64.

    n_in = inputs, what a unit sums over; n_out = units · fan_out, where an input feeds `fan_out` positions of
    each unit's output: 1 in a dense layer, the kernel's area in a convolution, as in Keras and PyTorch. A
    convolution's inputs are its kernel's area times the channels.
    """

    name: ClassVar[str]

    @abstractmethod
    def __call__(
        self, rng: np.random.Generator, inputs: int, units: int, fan_out: int = 1
    ) -> Array:
        """Weights, (inputs, units)."""

    def biases(self, rng: np.random.Generator, units: int) -> Array:
        """Biases, (units,), drawn after the weights; zero unless overridden."""
        return np.zeros(units)
