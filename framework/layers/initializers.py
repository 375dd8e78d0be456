"""Initial weights of an (inputs, units) matrix by name; biases start at zero.

n_in = inputs, what a unit sums over; n_out = units · fan_out, where an input feeds `fan_out` positions of
each unit's output: 1 in a dense layer, the kernel's area in a convolution, as in Keras and PyTorch.
Sources: Glorot and Bengio (2010), eq. 16; He et al. (2015), eq. 10; LeCun et al., Efficient BackProp (1998),
section 4.6; Nielsen, Neural Networks and Deep Learning (2015), chapter 3.
"""

from __future__ import annotations

import math
from typing import Protocol

import numpy as np

from framework.params import Array


class Initializer(Protocol):
    """(rng, inputs, units, fan_out=1) → float64 weights, (inputs, units)."""

    def __call__(
        self, rng: np.random.Generator, inputs: int, units: int, fan_out: int = 1
    ) -> Array: ...


def zeros(rng: np.random.Generator, inputs: int, units: int, fan_out: int = 1) -> Array:
    """All zero: the convex problems' start; a hidden layer would never break its symmetry."""
    return np.zeros((inputs, units))


def normal(rng: np.random.Generator, inputs: int, units: int, fan_out: int = 1) -> Array:
    """N(0, 1)."""
    return rng.standard_normal((inputs, units))


def lecun(rng: np.random.Generator, inputs: int, units: int, fan_out: int = 1) -> Array:
    """N(0, 1 / n_in), for SELU."""
    return normal(rng, inputs, units) / math.sqrt(inputs)


def he(rng: np.random.Generator, inputs: int, units: int, fan_out: int = 1) -> Array:
    """N(0, 2 / n_in), for ReLU and its kin."""
    return normal(rng, inputs, units) * math.sqrt(2 / inputs)


def glorot(rng: np.random.Generator, inputs: int, units: int, fan_out: int = 1) -> Array:
    """Uniform on ±sqrt(6 / (n_in + n_out)), for tanh and sigmoid."""
    bound = math.sqrt(6 / (inputs + units * fan_out))
    return rng.uniform(-bound, bound, (inputs, units))


INITIALIZERS: dict[str, Initializer] = {
    "zeros": zeros,
    "normal": normal,
    "lecun": lecun,
    "he": he,
    "glorot": glorot,
}
