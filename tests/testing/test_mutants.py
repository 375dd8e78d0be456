"""Planted faults, each caught by the check whose business it is, with what it usually means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from framework.data import Split, Standardizer, preparation
from framework.heads import ComposedHead
from framework.interfaces import Dataset, Linearization, Metric, Model, Optimizer, Table
from framework.links import LINKS, Sigmoid, Softmax
from framework.objective import Point
from framework.params import Layout, Parameter
from framework.testing import check
from plugins.datasets.iris import Iris
from plugins.losses.cross_entropy import CrossEntropy, SoftmaxCrossEntropy
from plugins.losses.mean_squared_error import MeanSquaredError
from plugins.metrics.accuracy import Accuracy
from plugins.metrics.rmse import RMSE
from plugins.models.linear import Linear, LinearNetwork
from plugins.models.linear import _Pass as LinearPass
from plugins.models.mlp import MLP
from plugins.optimizers.newton import Newton
from plugins.optimizers.sgd import SGD


def failures(thing):
    return {o.check: o.evidence for o in check(thing) if o.passed is False}


def spoil(cls, name=None, **methods):
    """A dataclass like `cls` with other methods."""
    return dataclass(type(name or f"Spoilt{cls.__name__}", (cls,), methods))


def loss(**methods):
    return spoil(MeanSquaredError, **methods)()


def behind(link, **methods):
    """Squared error with a head of its own behind one link."""
    spoilt = type("Spoilt", (ComposedHead,), methods)
    return spoil(MeanSquaredError, fused={type(LINKS[link]): spoilt})()


def softmax(**methods):
    """Cross-entropy with a spoilt head behind softmax."""
    spoilt = type("Spoilt", (SoftmaxCrossEntropy,), methods)

    def head(self, link):
        return spoilt(self, link) if isinstance(link, Softmax) else CrossEntropy.head(self, link)

    return spoil(CrossEntropy, head=head)()


def by_diagonal(self, z, y):
    p = self.link(z)
    return p * (1 - p) * self.loss.grad(p, y)


def in_place(self, z, y):
    z -= z.max(axis=1, keepdims=True)
    return SoftmaxCrossEntropy.value(self, z, y)


class Buffered(MeanSquaredError):
    """Returns the same array at every call of one shape."""

    def grad(self, p, y):
        kept = self.__dict__.setdefault("kept", {})
        out = kept.setdefault((*p.shape, p.dtype), np.empty_like(p))
        return np.subtract(p, y, out=out)


def clipped(self, z, y):
    p = np.clip(self.link(z), 1e-7, 1 - 1e-7)
    return -(y * np.log(p)).sum(axis=1)


def clipped_slope(self, z, y):
    p = self.link(z)
    return np.where((y * p).sum(axis=1, keepdims=True) > 1e-7, p - y, 0)


def by_quotient(self, z, y):
    e = np.exp(z)
    return -(y * np.log(e / e.sum(axis=1, keepdims=True))).sum(axis=1)


LOSSES = {
    "sign flip": (loss(grad=lambda s, p, y: y - p), "gradient", "the sign is flipped"),
    "divided by the batch": (
        loss(grad=lambda s, p, y: (p - y) / len(y)),
        "gradient",
        "off by a factor 1/7, the rows of the batch: divide by the batch size nowhere",
    ),
    "times the batch": (
        loss(grad=lambda s, p, y: (p - y) * len(y)),
        "gradient",
        "off by a factor 7, the rows of the batch",
    ),
    "mean over outputs in the value only": (
        loss(value=lambda s, p, y: 0.5 * ((p - y) ** 2).mean(axis=1)),
        "gradient",
        "off by a factor 3, the outputs",
    ),
    "forgotten ½": (
        loss(value=lambda s, p, y: ((p - y) ** 2).sum(axis=1)),
        "gradient",
        "off by a factor ½: a 2 is missing",
    ),
    "mean inside, everywhere": (
        loss(
            value=lambda s, p, y: 0.5 * ((p - y) ** 2).sum(axis=1) / len(y),
            grad=lambda s, p, y: (p - y) / len(y),
            hvp=lambda s, p, y, v: v / len(y),
        ),
        "rows are independent",
        "a factor 7, the rows: divide by the batch size nowhere, the objective does",
    ),
    "mean inside, a scalar": (
        loss(value=lambda s, p, y: np.mean((p - y) ** 2)),
        "shapes",
        "value has shape (), it must be (7,); one number a row, the objective takes the mean",
    ),
    "softmax by its diagonal": (
        behind("softmax", grad=by_diagonal),
        "gradient",
        "each output of softmax depends on all logits, J = diag(p) - p pᵀ",
    ),
    "σ' forgotten": (
        behind("sigmoid", grad=lambda s, z, y: s.link(z) - y),
        "gradient",
        "the derivative of the link is forgotten",
    ),
    "σ' forgotten in the curvature": (
        behind("sigmoid", hvp=lambda s, z, y, v: v),
        "hessian",
        "a term is missing or wrong, perhaps the derivative of sigmoid",
    ),
    "σ'' forgotten": (
        behind("sigmoid", hvp=ComposedHead.ggn),
        "hessian",
        "a term is missing or wrong, perhaps the derivative of sigmoid",
    ),
    "doubled Hv": (
        loss(hvp=lambda s, p, y, v: 2 * v),
        "hessian",
        "off by a factor 2: count it once, or a ½ is missing",
    ),
    "asymmetric Hv": (
        softmax(hvp=lambda s, z, y, v: s.link(z) * v - s.link(z) ** 2 * v.sum(axis=1)[:, None]),
        "symmetry",
        "a Hessian is symmetric",
    ),
    "indefinite Gauss-Newton": (
        behind("tanh", ggn=ComposedHead.hvp),
        "gauss newton",
        "keep the convex part only, or declare convex: ClassVar = False",
    ),
    "another function when fused": (
        softmax(
            value=lambda s, z, y: 2 * SoftmaxCrossEntropy.value(s, z, y),
            grad=lambda s, z, y: 2 * SoftmaxCrossEntropy.grad(s, z, y),
            hvp=lambda s, z, y, v: 2 * SoftmaxCrossEntropy.hvp(s, z, y, v),
        ),
        "closed form",
        "value: off by a factor 2",
    ),
    "logits changed in place": (
        softmax(value=in_place),
        "inputs untouched",
        "the logits was changed",
    ),
    "outputs changed in place": (
        loss(grad=lambda s, p, y: np.subtract(p, y, out=p)),
        "inputs untouched",
        "was changed in place; work on a copy",
    ),
    "stale buffer": (
        spoil(Buffered)(),
        "repeatable",
        "the result of grad, by a later call, was changed in place",
    ),
    "exp overflows": (softmax(value=by_quotient), "extreme logits", "value is nan at ±10000"),
    "the clip kills the gradient": (
        softmax(grad=clipped_slope),
        "confidently wrong",
        "the gradient is dead where the prediction is most wrong",
    ),
    "nan hidden": (
        loss(value=lambda s, p, y: np.nan_to_num(0.5 * ((p - y) ** 2).sum(axis=1))),
        "nan stays in its row",
        "the value hides the nan",
    ),
    "nan spread": (
        loss(grad=lambda s, p, y: p - y + 0 * p.sum()),
        "nan stays in its row",
        "a nan spread to other rows",
    ),
    "float64 inside": (
        loss(hvp=lambda s, p, y, v: v * np.ones(len(y))[:, None]),
        "float32 agrees",
        "hvp is float64 for float32 logits",
    ),
    "no empty batch": (
        loss(grad=lambda s, p, y: p - y + 0 * (p - y).max()),
        "empty batch",
        "it raised ValueError",
    ),
    "labels wrap around": (
        loss(prepare=lambda s, t, k: np.eye(max(k, 2))[t] if t.dtype.kind == "i" else t),
        "labels out of range",
        "label -1 passed for 3 outputs",
    ),
    "one-hot means something else": (
        loss(
            prepare=lambda s, t, k: (
                2 * MeanSquaredError().prepare(t, k) - 1
                if t.dtype.kind == "i"
                else MeanSquaredError().prepare(t, k)
            )
        ),
        "integers equal one hot",
        "prepare treats labels and one-hot rows differently",
    ),
    "nan behind a link": (
        loss(value=lambda s, p, y: 0.5 * ((p - y) ** 2).sum(axis=1) + 0 * np.log(p).sum(axis=1)),
        "shapes",
        "says so in head(link), by refuse_link",
    ),
}


@pytest.mark.parametrize("fault", LOSSES)
def test_a_spoilt_loss_is_caught(fault):
    spoilt, name, text = LOSSES[fault]
    found = failures(spoilt)
    assert name in found
    assert text in found[name]


@pytest.mark.parametrize("scale", [1e-12, 1e-6, 1.0, 1e6, 1e12])
def test_one_percent_is_seen_at_any_scale_and_nothing_else_is(scale):
    def scaled(wrong):
        return loss(
            value=lambda s, p, y: scale * 0.5 * ((p - y) ** 2).sum(axis=1),
            grad=lambda s, p, y: scale * wrong * (p - y),
            hvp=lambda s, p, y, v: scale * v,
        )

    assert not failures(scaled(1.0))
    assert {"gradient", "hessian"} <= failures(scaled(1.01)).keys()


# -- models ------------------------------------------------------------------------------------------


def linear(layout=None, init=None, **methods):
    """The linear model with a spoilt linearization."""
    spoilt = type("Spoilt", (LinearPass,), methods)

    class Network(LinearNetwork):
        def __init__(self, inputs, outputs):
            super().__init__(inputs, outputs, True, "lecun")
            if layout is not None:
                self.layout = Layout([Parameter(*p) for p in layout(inputs, outputs)])

        def linearize(self, theta, x):
            return spoilt(self, theta, x)

    if init is not None:
        Network.init = init

    return spoil(Model, build=lambda s, inputs, outputs: Network(int(np.prod(inputs)), outputs))()


def vjp_but(change):
    def vjp(self, dz, out):
        LinearPass.vjp(self, dz, out)
        change(self.network.layout.views(out), dz)
        return out

    return vjp


def adding(self, dz, out):
    views = self.network.layout.views(out)
    views["weight"][...] = self.rows.T @ dz
    views["bias"][...] += dz.sum(axis=0)
    return out


def scale_bias(r):
    def change(views, dz):
        views["bias"][...] *= r

    return change


def sharing(self, network, theta, x):
    LinearPass.__init__(self, network, theta, x)
    buffers = network.__dict__.setdefault("buffers", {})
    shared = buffers.setdefault((self.z.shape, self.z.dtype), self.z)
    shared[...] = self.z
    self.z = shared


def centred(self, network, theta, x):
    LinearPass.__init__(self, network, theta, x - x.mean(axis=0) if len(x) else x)


def scaling_inputs(self, network, theta, x):
    x *= 2
    LinearPass.__init__(self, network, theta, x)


def from_the_global_generator(self, rng, dtype=np.float64):
    return np.random.default_rng().normal(size=self.layout.size).astype(dtype)


MODELS = {
    "sign flip in vjp": (
        linear(vjp=lambda s, dz, out: np.negative(LinearPass.vjp(s, dz, out), out=out)),
        "vjp",
        "the sign is flipped",
    ),
    "bias 1 % off": (linear(vjp=vjp_but(scale_bias(1.01))), "vjp", "parameter 'bias'"),
    "mean in vjp": (
        linear(vjp=lambda s, dz, out: np.divide(LinearPass.vjp(s, dz, out), len(dz), out=out)),
        "vjp",
        "off by a factor 1/5, the rows of the batch",
    ),
    "wrong jvp": (
        linear(jvp=lambda s, v: 2 * LinearPass.jvp(s, v)),
        "adjoint",
        "off by a factor 2",
    ),
    "out is added to": (linear(vjp=adding), "out is overwritten", "leaves the part of 'bias'"),
    "doubled Hv": (
        linear(
            hvp=lambda s, v, dz, curve, out: np.multiply(
                2, LinearPass.hvp(s, v, dz, curve, out), out=out
            )
        ),
        "hessian",
        "off by a factor 2",
    ),
    "asymmetric Hv": (
        linear(
            hvp=lambda s, v, dz, curve, out: s.vjp(curve(s.jvp(np.roll(v, 1))), out),
        ),
        "symmetry",
        "a Hessian is symmetric",
    ),
    "wrong closed form": (
        linear(hessian=lambda s, curve: LinearPass.hessian(s, curve) * (1 + 1e-4)),
        "dense hessian",
        "off by a factor 1",
    ),
    "z is a shared buffer": (linear(__init__=sharing), "repeatable", "the logits, by a later call"),
    "rows depend on each other": (
        linear(__init__=centred),
        "rows are independent",
        "a row's logits depend on the other rows",
    ),
    "inputs changed in place": (
        linear(__init__=scaling_inputs),
        "inputs untouched",
        "the inputs was changed in place",
    ),
    "a bias that L2 acts on": (
        linear(layout=lambda d, k: [("weight", (d, k)), ("bias", (k,), "weight")]),
        "kinds of parameters",
        "'bias' is regularised",
    ),
    "an own generator": (
        linear(init=from_the_global_generator),
        "start",
        "draw from the rng that init is given",
    ),
    "float64 inside": (
        linear(jvp=lambda s, v: LinearPass.jvp(s, v).astype(np.float64)),
        "float32 agrees",
        "is float64 for a float32 theta",
    ),
    "no model for anything": (
        spoil(Model, build=lambda s, inputs, outputs: 1 / 0)(),
        "construction",
        "ZeroDivisionError",
    ),
}


@pytest.mark.parametrize("fault", MODELS)
def test_a_spoilt_model_is_caught(fault):
    spoilt, name, text = MODELS[fault]
    found = failures(spoilt)
    assert name in found
    assert text in found[name]


def test_a_deep_model_whose_curvature_lacks_a_term_is_caught(monkeypatch):
    """Gauss-Newton in place of the Hessian: right for the linear model, wrong for a deep one."""
    deep = MLP().build((4,), 3).linearize

    def hvp(self, v, dz, curve, out):
        return self.vjp(curve(self.jvp(v)), out)

    monkeypatch.setattr(
        type(deep(np.zeros(MLP().build((4,), 3).layout.size), np.zeros((1, 4)))), "hvp", hvp
    )
    found = failures(MLP())
    assert "a term is missing or wrong" in found["hessian"]
    assert not failures(Linear())


def test_differences_in_place_of_products_pass():
    """A model of vjp alone is slow but right."""
    plain = linear(jvp=Linearization.jvp, hvp=Linearization.hvp, __init__=_own_forward)
    assert not failures(plain)


def _own_forward(self, network, theta, x):
    Linearization.__init__(self, network, theta, x)
    self.rows = x.reshape(len(x), network.shape[0])
    self.z = LinearPass.jvp(self, theta)


def test_an_objective_that_forgets_the_mean_is_caught(monkeypatch):
    monkeypatch.setattr(Point, "_mean", lambda self, total, v: total)
    assert (
        "off by a factor 5, the rows of the batch: the mean over rows is missing"
        in (
            failures(linear(init=lambda s, rng, dtype=float: np.zeros(s.layout.size, dtype)))[
                "objective"
            ]
        )
    )


# -- optimizers --------------------------------------------------------------------------------------


@dataclass
class Forgetful(SGD):
    """Keeps its velocity beside the state."""

    momentum: float = 0.9

    def reset(self, theta):
        Optimizer.reset(self, theta)
        self.velocity = np.zeros_like(theta)

    def step(self, objective, theta):
        self.velocity *= self.momentum
        self.velocity += objective.at(theta).grad()
        theta -= self.rate * self.velocity


def optimizer(step, reset=None, base=SGD, **more):
    return spoil(base, step=step, **({"reset": reset} if reset else {}), **more)()


def uphill(self, objective, theta):
    theta += self.lr * objective.at(theta).grad()


def elsewhere(self, objective, theta):
    theta = theta - self.lr * objective.at(theta).grad()


def returning(self, objective, theta):
    theta -= self.lr * objective.at(theta).grad()
    return theta


def scaling_the_gradient(self, objective, theta):
    g = objective.at(theta).grad()
    g *= self.lr
    theta -= g


def scaling_the_data(self, objective, theta):
    theta -= self.lr * objective.at(theta).grad()
    objective.x[...] = 0


def noisy(self, objective, theta):
    theta -= np.random.default_rng().uniform(0.01, 0.1) * objective.at(theta).grad()


def uncounted(self, objective, theta):
    z = objective.network.linearize(theta, objective.x)
    g = z.vjp(objective.head.grad(z.z, objective.y), np.empty_like(theta))
    theta -= self.lr * g / len(objective)


def counted_twice(self, objective, theta):
    theta -= self.lr * objective.at(theta).grad()
    objective.work.backward += len(objective)


def wide(self, theta):
    Optimizer.reset(self, theta)
    self.state["velocity"] = np.zeros(theta.shape)


def heavy_ball(self, objective, theta):
    self.state["velocity"] = 0.9 * self.state["velocity"] + objective.at(theta).grad()
    theta -= self.lr * self.state["velocity"]


def never_reset(self, theta):
    if not hasattr(self, "state"):
        Optimizer.reset(self, theta)
        self.state["velocity"] = np.zeros_like(theta)
    self.converged = False


def with_a_generator(self, theta):
    Optimizer.reset(self, theta)
    self.state["rng"] = np.random.default_rng(0)


def half_newton(self, objective, theta):
    point = objective.at(theta)
    theta -= 0.5 * np.linalg.solve(point.hessian(), point.grad())


def normalised_newton(self, objective, theta):
    point = objective.at(theta)
    damped = point.hessian() + 1e-3 * np.eye(len(theta))
    theta -= np.linalg.solve(damped, point.grad())


def twice(self, objective, theta):
    theta -= 2 * self.lr * objective.at(theta).grad()


def late_momentum(self, objective, theta):
    g, velocity = objective.at(theta).grad(), self.memory("velocity", theta)
    theta -= self.lr * (velocity + g)
    velocity[...] = 0.9 * (velocity + g) + 0.1 * g


@dataclass
class LateMomentum(SGD):
    momentum: float = 0.9
    step = late_momentum


OPTIMIZERS = {
    "twice as far": (optimizer(twice), "follows its recurrence", "a factor"),
    "momentum late": (LateMomentum(), "follows its recurrence", "when the memory is updated"),
    "state forgotten": (Forgetful(), "state survives", "is not in self.state"),
    "uphill": (optimizer(uphill), "goes down", "the sign of the step"),
    "deaf to schedules": (optimizer(twice), "follows the schedule", "self.lr * self.scale"),
    "diverging": (SGD(lr=1e9), "goes down", "or its size for curvatures near 1"),
    "theta replaced": (optimizer(elsewhere), "step changes theta", "write theta -= ..."),
    "theta returned": (optimizer(returning), "step changes theta", "step returned something"),
    "gradient damaged": (
        optimizer(scaling_the_gradient),
        "inputs untouched",
        "the gradient was changed in place",
    ),
    "data damaged": (optimizer(scaling_the_data), "inputs untouched", "the inputs was changed"),
    "a generator of its own": (
        optimizer(noisy),
        "reset starts afresh",
        "draws from a global generator",
    ),
    "work not counted": (optimizer(uncounted), "work is counted", "0 forward, 0 backward counted"),
    "work counted twice": (optimizer(counted_twice), "work is counted", "the runner counts"),
    "float64 state": (
        optimizer(heavy_ball, wide),
        "float32 works",
        "state 'velocity' is float64 for a float32 theta",
    ),
    "no reset": (
        optimizer(heavy_ball, never_reset),
        "reset starts afresh",
        "something outlives reset",
    ),
    "an object in the state": (
        optimizer(SGD.step, with_a_generator),
        "state survives",
        "self.state holds a Generator; keep arrays and numbers only",
    ),
    "half a Newton step": (
        optimizer(half_newton, base=Newton),
        "quadratics in one step",
        "the Hessian or the solve is wrong",
    ),
    "damped by a constant": (
        optimizer(normalised_newton, base=Newton),
        "affine invariance",
        "does not depend on the units of the inputs",
    ),
}


@pytest.mark.parametrize("fault", OPTIMIZERS)
def test_a_spoilt_optimizer_is_caught(fault):
    spoilt, name, text = OPTIMIZERS[fault]
    found = failures(spoilt)
    assert name in found
    assert text in found[name]


def test_a_fault_of_a_field_that_is_off_by_default_is_caught():
    """Momentum is 0 by default; the check tries it."""

    def step(self, objective, theta):
        if not self.momentum:
            return SGD.step(self, objective, theta)
        return Forgetful.step(self, objective, theta)

    def reset(self, theta):
        Forgetful.reset(self, theta)

    found = failures(optimizer(step, reset))
    assert found.keys() == {"state survives"}
    assert found["state survives"].startswith("momentum=0.5: ")


# -- datasets and metrics ----------------------------------------------------------------------------


def dataset(change, base=Iris):
    def load(self):
        table = base.load(self)
        return Table(*change(np.array(table.x), np.array(table.y)), table.classes)

    return spoil(base, load=load, fingerprint=lambda self: None)()


def jumbled(x, y):
    order = np.random.default_rng().permutation(len(x))
    return x[order], y[order]


DATASETS = {
    "standardised by all rows": (
        dataset(lambda x, y: ((x - x.mean(axis=0)) / x.std(axis=0), y)),
        "raw tables",
        "over *all* rows, test rows included",
    ),
    "scaled to unit norm by all rows": (
        dataset(lambda x, y: ((x - x.mean(axis=0)) / (x.std(axis=0) * len(x) ** 0.5), y)),
        "raw tables",
        "over *all* rows, test rows included",
    ),
    "the target among the features": (
        dataset(lambda x, y: (np.column_stack([x, y]), y)),
        "raw tables",
        "column 4 of the inputs is the target itself",
    ),
    "drawn anew": (dataset(jumbled), "deterministic", "never from the global generator"),
    "a nan": (dataset(lambda x, y: (np.where(x == x.max(), np.nan, x), y)), "table", "is nan"),
    "a label too many": (dataset(lambda x, y: (x, y + 1)), "table", "label 3 is not one of 0..2"),
}


@pytest.mark.parametrize("fault", DATASETS)
def test_a_spoilt_dataset_is_caught(fault):
    spoilt, name, text = DATASETS[fault]
    found = failures(spoilt)
    assert name in found
    assert text in found[name]


def test_a_fingerprint_that_changes_is_caught():
    ticks = iter(range(100))
    spoilt = spoil(Iris, fingerprint=lambda self: str(next(ticks)))()
    assert "hash the content" in failures(spoilt)["fingerprint is stable"]


def test_statistics_of_all_rows_are_caught(monkeypatch):
    def leaky(table, rows, standardizer, dtype):
        x = Standardizer.fit(table.x)(table.x[rows])
        return Split(x.astype(dtype), table.y[rows], rows)

    monkeypatch.setattr(preparation, "_split", leaky)
    assert "fit on training rows only" in failures(Iris())["no leakage"]


def test_a_row_in_two_parts_is_caught(monkeypatch):
    proper = preparation.split

    def overlapping(*arguments):
        parts = proper(*arguments)
        parts["test"][0] = parts["train"][0]
        return parts

    monkeypatch.setattr(preparation, "split", overlapping)
    assert "a row is in two parts" in failures(Iris())["splits are disjoint"]


def test_an_uneven_split_is_caught(monkeypatch):
    def in_order(labels, rows, val, test, rng, classes):
        order = np.roll(np.arange(rows), rng.integers(rows))
        return dict(zip(("train", "val", "test"), np.split(order, [90, 120]), strict=True))

    monkeypatch.setattr(preparation, "split", in_order)
    assert "wanted" in failures(Iris())["splits are disjoint"]


def metric(call, base=Accuracy, **more):
    return spoil(base, __call__=call, **more)()


def sorting(self, p, y, task):
    p.sort(axis=0)
    return Accuracy.__call__(self, p, y, task)


METRICS = {
    "errors in place of hits": (
        metric(lambda s, p, y, task: float(np.mean(task.labels(p) != y))),
        "direction",
        "higher_is_better = True, or the value, is wrong",
    ),
    "wrong direction": (
        metric(RMSE.__call__, RMSE, higher_is_better=True),
        "direction",
        "higher_is_better = True",
    ),
    "the first half only": (
        metric(lambda s, p, y, task: float(np.mean((task.labels(p) == y)[: len(y) // 2]))),
        "order of rows",
        "depends on the order of the rows",
    ),
    "an array": (
        metric(lambda s, p, y, task: task.labels(p) == y),
        "number",
        "it returned a ndarray; return float(...)",
    ),
    "outputs sorted in place": (metric(sorting), "inputs untouched", "the outputs was changed"),
}


@pytest.mark.parametrize("fault", METRICS)
def test_a_spoilt_metric_is_caught(fault):
    spoilt, name, text = METRICS[fault]
    found = failures(spoilt)
    assert name in found
    assert text in found[name]


def test_a_metric_that_is_not_what_its_name_says_is_caught(component):
    def mean_error(self, p, y, task):
        return float(np.abs(y.reshape(p.shape) - p).mean())

    spoilt = component("metric", "rmse", spoil(RMSE, __call__=mean_error))
    assert "it is not sklearn.metrics.root_mean_squared_error" in failures(spoilt)["scikit learn"]


# -- and nothing is called a fault that is none --------------------------------------------------------


@dataclass
class Hinge(MeanSquaredError):
    """max(0, 1 - s p) with s = ±1: not smooth."""

    def value(self, p, y):
        return np.maximum(0, 1 - (2 * y - 1) * p).sum(axis=1)

    def grad(self, p, y):
        s = 2 * y - 1
        return np.where(s * p < 1, -s, 0).astype(p.dtype)

    def hvp(self, p, y, v):
        return np.zeros_like(v)


@dataclass
class FirstOrder(MeanSquaredError):
    """Without hvp: central differences stand in."""

    hvp: ClassVar = MeanSquaredError.__mro__[1].hvp


@pytest.mark.parametrize("thing", [Hinge, FirstOrder, CrossEntropy, MLP, Linear, SGD, Newton, Iris])
def test_what_is_right_passes(thing):
    assert not failures(thing)


def test_kinks_are_no_faults():
    assert not failures(MLP(hidden=[64, 64], activation="relu"))


def test_the_bases_are_what_they_are_taken_for():
    assert isinstance(LINKS["sigmoid"], Sigmoid)
    assert issubclass(Accuracy, Metric) and issubclass(Iris, Dataset)
