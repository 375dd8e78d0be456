"""Small objectives with known derivatives."""

from __future__ import annotations

import numpy as np
import pytest

from framework.functions import Function
from framework.heads import ComposedHead
from framework.layers import ACTIVATIONS, INITIALIZERS, Dense, Sequential
from framework.links import LINKS
from framework.objective import Objective
from plugins.losses.cross_entropy import CrossEntropy
from plugins.losses.mean_squared_error import MeanSquaredError
from plugins.losses.value import Value


class Quadratic(Function):
    """½ θᵀ A θ."""

    def __init__(self, matrix):
        super().__init__(len(matrix))
        self.matrix = matrix

    def start(self):
        return np.ones(len(self.matrix))

    def value(self, theta):
        return 0.5 * float(theta @ self.matrix @ theta)

    def grad(self, theta):
        return self.matrix @ theta

    def hvp(self, theta, v):
        return self.matrix @ v


@pytest.fixture(scope="session")
def quadratic():
    """quadratic(A): the objective ½ θᵀ A θ."""

    def make(matrix):
        x = np.zeros((1, 1))
        head = Value().head(LINKS["identity"])
        return Objective(Quadratic(np.asarray(matrix)), head, x, np.zeros((1, 0)))

    return make


@pytest.fixture(scope="session")
def mlp():
    """mlp(activation, ...): an objective of two dense layers, and a theta."""

    def make(activation="tanh", hidden=5, rows=12, link="softmax", loss="ce", l2=0.0, inputs=4):
        rng = np.random.default_rng(1)
        glorot = INITIALIZERS["glorot"]
        layers = [Dense(hidden, glorot), ACTIVATIONS[activation](), Dense(3, glorot)]
        network = Sequential(layers, (inputs,))
        chosen = {"ce": CrossEntropy(), "mse": MeanSquaredError()}[loss]
        head = chosen.head(LINKS[link])
        x, y = rng.normal(size=(rows, inputs)), np.eye(3)[rng.integers(3, size=rows)]
        theta = network.init(rng) + 0.1 * rng.normal(size=network.layout.size)
        return Objective(network, head, x, y, l2), theta

    return make


@pytest.fixture(scope="session")
def least_squares():
    """A linear least-squares objective: quadratic in its parameters."""
    rng = np.random.default_rng(2)
    network = Sequential([Dense(2, INITIALIZERS["glorot"])], (3,))
    x, y = rng.normal(size=(20, 3)), rng.normal(size=(20, 2))
    head = ComposedHead(MeanSquaredError(), LINKS["identity"])
    return Objective(network, head, x, y, 0.1)
