"""Initial weights of an (inputs, units) matrix by name; biases start at zero. n_in = inputs, n_out = units.

Sources: Glorot and Bengio (2010), eq. 16; He et al. (2015), eq. 10; LeCun et al., Efficient BackProp (1998),
section 4.6; Nielsen, Neural Networks and Deep Learning (2015), chapter 3.
"""

from __future__ import annotations

import math

import numpy as np

from framework.params import Array


def zeros(rng: np.random.Generator, inputs: int, units: int) -> Array:
    """All zero: the convex problems' start; a hidden layer would never break its symmetry."""
    return np.zeros((inputs, units))


def normal(rng: np.random.Generator, inputs: int, units: int) -> Array:
    """N(0, 1)."""
    return rng.standard_normal((inputs, units))


def lecun(rng: np.random.Generator, inputs: int, units: int) -> Array:
    """N(0, 1 / n_in)."""
    return normal(rng, inputs, units) / math.sqrt(inputs)


def he(rng: np.random.Generator, inputs: int, units: int) -> Array:
    """N(0, 2 / n_in), for ReLU."""
    return normal(rng, inputs, units) * math.sqrt(2 / inputs)


def glorot(rng: np.random.Generator, inputs: int, units: int) -> Array:
    """Uniform on ±sqrt(6 / (n_in + n_out)), for tanh and sigmoid."""
    bound = math.sqrt(6 / (inputs + units))
    return rng.uniform(-bound, bound, (inputs, units))


INITIALIZERS = {
    "zeros": zeros,
    "normal": normal,
    "lecun": lecun,
    "he": he,
    "glorot": glorot,
}
