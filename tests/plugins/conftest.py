"""Problems with known optima, and a loop that goes down them."""

from __future__ import annotations

from itertools import chain, count

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_digits, load_iris
from sklearn.linear_model import LogisticRegression

from framework.links import LINKS
from framework.objective import Objective
from framework.training import Batches
from plugins.losses.cross_entropy import CrossEntropy
from plugins.losses.mean_squared_error import MeanSquaredError
from plugins.losses.value import Value
from plugins.models.linear import Linear
from plugins.models.mlp import MLP
from plugins.models.rosenbrock import Rosenbrock

LOSSES = {"ce": CrossEntropy, "mse": MeanSquaredError, "value": Value}


@pytest.fixture(scope="session")
def learning():
    """learning(model, x, labels, outputs): the objective of a model on data."""

    def make(model, x, labels, outputs, l2=0.0, loss="ce", link=None, full=True):
        link = LINKS[link or ("sigmoid" if outputs == 1 else "softmax")]
        loss = LOSSES[loss]()
        y = loss.prepare(labels, outputs).astype(x.dtype)
        network = model.build(x.shape[1:], outputs)
        return Objective(network, loss.head(link), x, y, l2, full=full)

    return make


@pytest.fixture(scope="session")
def minimise():
    """minimise(optimizer, objective, steps): the values from the start on, and theta at the end."""

    def run(optimizer, objective, steps, theta=None, seed=0):
        if theta is None:
            theta = objective.network.init(np.random.default_rng(seed), objective.x.dtype)
        batches = Batches(len(objective), optimizer.batch_size, np.random.default_rng(seed))
        optimizer.accepts(objective)
        optimizer.reset(theta)
        values = [objective.at(theta).value]
        epochs = chain.from_iterable(batches.epoch() for _ in count())
        while not optimizer.converged and len(values) <= steps:
            rows = next(epochs)
            optimizer.step(objective if rows is None else objective.batch(rows), theta)
            values.append(objective.at(theta).value)
        return np.array(values), theta

    return run


def standardised(load):
    x, y = load(return_X_y=True)
    return (x - x.mean(axis=0)) / x.std(axis=0), y


@pytest.fixture(scope="session", params=["breast_cancer", "iris", "digits/16"])
def regression(request, learning):
    """Logistic or softmax regression with C = 1, and scikit-learn's optimum of the same objective."""
    if request.param == "digits/16":
        x, labels = load_digits(return_X_y=True)
        x = x / 16
    else:
        x, labels = standardised({"iris": load_iris}.get(request.param, load_breast_cancer))
    outputs = 1 if request.param == "breast_cancer" else labels.max() + 1
    objective = learning(Linear(), x, labels, outputs, 1 / len(x))
    peer = LogisticRegression(C=1.0, tol=1e-12, max_iter=20_000).fit(x, labels)
    theirs = np.concatenate([peer.coef_.T.ravel(), peer.intercept_])
    return objective, objective.at(theirs).value


@pytest.fixture(scope="session")
def cancer(learning):
    """Logistic regression with 31 parameters; the optimum is the published 0.066360186225."""
    return learning(Linear(), *standardised(load_breast_cancer), 1, 1 / 569)


@pytest.fixture(scope="session")
def digits():
    """300 digits, /16, and their labels."""
    x, labels = load_digits(return_X_y=True)
    return x[:300] / 16, labels[:300]


@pytest.fixture(params=["linear ce", "linear mse", "mlp ce", "mlp mse"])
def task(request, learning, digits):
    """Each model with each loss, softmax on 300 digits."""
    model, loss = request.param.split()
    model = Linear() if model == "linear" else MLP(hidden=[8])
    return learning(model, *digits, 10, 1e-3, loss)


@pytest.fixture
def xor(learning):
    """A network of 17 parameters on the signs of the quadrants."""
    x = np.random.default_rng(0).normal(size=(60, 2))
    return learning(MLP(hidden=[4]), x, (x[:, 0] * x[:, 1] > 0).astype(int), 1, 1e-3)


@pytest.fixture
def least_squares(learning):
    """Linear least squares with two targets, and the minimiser by LAPACK."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(40, 5)), rng.normal(size=(40, 2))
    objective = learning(Linear(), x, y, 2, loss="mse", link="identity")
    return objective, np.linalg.lstsq(np.column_stack([x, np.ones(40)]), y, rcond=None)[0].ravel()


@pytest.fixture
def curve(learning):
    """A network of 7 parameters with noisy outputs of its own to fit, and a start close to these.

    By least squares, mean over 200 rows of ½ residual².
    """
    rng = np.random.default_rng(3)
    x = rng.uniform(-3, 3, size=(200, 1))
    objective = learning(MLP(hidden=[2]), x, np.zeros((200, 1)), 1, loss="mse", link="identity")
    truth = 1.5 * rng.normal(size=7)
    objective.y = objective.network.linearize(truth, x).z + 0.05 * rng.normal(size=(200, 1))
    return objective, truth + 0.2 * rng.normal(size=7)


@pytest.fixture
def residuals():
    """residuals(objective) → z - y and its Jacobian, both functions of theta, as SciPy wants them."""

    def make(objective):
        def at(theta):
            return objective.network.linearize(theta, objective.x)

        def jacobian(theta):
            return np.column_stack([at(theta).jvp(v)[:, 0] for v in np.eye(len(theta))])

        return lambda theta: (at(theta).z - objective.y)[:, 0], jacobian

    return make


@pytest.fixture
def rosenbrock(learning):
    """rosenbrock(n): the chained function of n variables."""
    return lambda n: learning(
        Rosenbrock(dimensions=n),
        np.zeros((1, 1)),
        np.zeros((1, 0)),
        1,
        loss="value",
        link="identity",
    )
