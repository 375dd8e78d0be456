"""Functions and small networks, and the training loop with the path that it takes."""

from __future__ import annotations

import numpy as np
import pytest

from framework.links import LINKS
from framework.objective import Objective
from framework.training import Batches, train
from framework.work import Budget
from plugins.losses.cross_entropy import CrossEntropy
from plugins.losses.mean_squared_error import MeanSquaredError
from plugins.losses.value import Value
from plugins.models.linear import Linear
from plugins.models.mlp import MLP


@pytest.fixture
def function():
    """function(model): the objective of a model that is a function of its parameters."""

    def make(model, l1=0.0):
        head = Value().head(LINKS["identity"])
        return Objective(model.build((1,), 1), head, np.zeros((1, 1)), np.zeros((1, 1)), l1=l1)

    return make


@pytest.fixture(params=["linear ce", "linear mse", "mlp ce", "mlp mse"])
def network(request):
    """Each model with each loss, three classes behind a softmax."""
    model, loss = request.param.split()
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 3))
    labels = (x @ rng.normal(size=(3, 3)) + rng.normal(size=(60, 3))).argmax(axis=1)
    model = Linear() if model == "linear" else MLP(hidden=[4])
    loss = CrossEntropy() if loss == "ce" else MeanSquaredError()
    y = loss.prepare(labels, 3)
    return Objective(model.build((3,), 3), loss.head(LINKS["softmax"]), x, y, 1e-3)


@pytest.fixture
def descend():
    """descend(optimizer, objective, theta, steps): theta at the start and after each step, the last epoch."""

    def run(optimizer, objective, theta=None, steps=100):
        if theta is None:
            theta = objective.network.init(np.random.default_rng(0), objective.x.dtype)
        path, epochs = [theta.copy()], []
        batches = Batches(len(objective), None, np.random.default_rng(0))
        for epoch in train(objective, optimizer, theta, batches, Budget(epochs=steps)):
            path.append(theta.copy())
            epochs.append(epoch)
        return np.array(path), epochs[-1]

    return run
