"""What a plugin provides: Loss, Model, Optimizer, Schedule, Dataset, Metric, Callback.

A component is a dataclass and its fields are its configuration: `class Focal(Loss)` with a field
`gamma: float = 2.0` is chosen by `loss=focal` and set by `loss.gamma=3`. Checks of ranges belong into
`__post_init__`, by `require`.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from framework.errors import ConfigError, DataError, one_of, require
from framework.heads import ComposedHead, Head
from framework.links import Link
from framework.params import Array, Layout
from framework.tasks import Task

if TYPE_CHECKING:
    from framework.objective import Objective


@dataclass
class Loss(ABC):
    """A loss in output space, per sample: it never divides by the batch size, the objective does.

    p, y: (batch, outputs). A loss gives `value` and `grad`; `hvp` makes second-order optimizers exact
    (without it central differences of `grad` stand in, and the run says so); `fused` names a head for the
    links with which the loss has a closed form in the logits.
    """

    fused: ClassVar[Mapping[type[Link], type[Head]]] = {}
    natural_link: ClassVar[Mapping[str, str]] = {}  # by kind of task, before the task's own
    needs_targets: ClassVar[bool] = True  # False: the outputs alone make the loss
    convex: ClassVar[bool] = True  # in p; then the Gauss-Newton matrix is positive semidefinite

    @abstractmethod
    def value(self, p: Array, y: Array) -> Array:
        """Loss of each sample, (N,)."""

    @abstractmethod
    def grad(self, p: Array, y: Array) -> Array:
        """d value / d p, (N, K)."""

    def hvp(self, p: Array, y: Array, v: Array) -> Array:
        """(d² value / d p²) v, row by row; by central differences of `grad` unless overridden."""
        length = np.abs(v).max(axis=1, keepdims=True, initial=0)
        length[length < np.finfo(p.dtype).tiny] = 1  # along nothing, the derivative is nothing
        h = np.cbrt(np.finfo(p.dtype).eps) * (1 + np.abs(p).max(axis=1, keepdims=True, initial=0))
        ahead, behind = p + h * (v / length), p - h * (v / length)
        return (self.grad(ahead, y) - self.grad(behind, y)) / (2 * h) * length

    def prepare(self, targets: Array, outputs: int) -> Array:
        """Targets as the loss wants them, (N, outputs) floats.

        Integer labels (N,) become 0/1 for one output and one-hot rows for several; labels out of range
        are errors. Floats (N,) or (N, outputs) are taken as they are.
        """
        if targets.dtype.kind in "iub":
            return one_hot(targets, outputs)
        values = targets.reshape(len(targets), prod(targets.shape[1:]))
        if values.shape[1] != outputs:
            raise DataError(f"targets have {values.shape[1]} columns, the model {outputs} outputs")
        return values

    def outputs(self, predictions: int) -> int:
        """How many logits it needs for so many predictions, which come first; say, a variance for each."""
        return predictions

    def head(self, link: Link) -> Head:
        """This loss behind `link`; raises ConfigError where the two cannot work together."""
        return self.fused.get(type(link), ComposedHead)(self, link)


def one_hot(labels: Array, outputs: int) -> Array:
    """(N,) integer labels → (N, outputs) rows of 0 and 1; one output takes the labels 0 and 1 themselves."""
    classes = max(outputs, 2)
    bad = np.flatnonzero((labels < 0) | (labels >= classes))
    if bad.size:
        row = int(bad[0])
        raise DataError(f"row {row}: label {labels[row]} is not one of 0..{classes - 1}")
    if outputs == 1:
        return labels.astype(np.float64)[:, None]
    return np.eye(outputs)[labels.astype(np.intp)]


@dataclass(frozen=True)
class Signal:
    """What passes one layer of a network: its output's gradient, and what its forward pass kept.

    name: the prefix of its parameters' names; layer: itself; saved: as its `forward` returned it; delta:
    Jᵀ dz at its output, (N, *outputs), of each sample by itself.
    """

    name: str
    layer: Any
    saved: Any
    delta: Array


class Linearization(ABC):
    """A network at one theta and one batch: the logits, and the products with its derivatives.

    z: (N, K) logits. Vectors v and out have the shape of theta. A user's network may give `z` and `vjp`
    alone: `jvp` and `hvp` then fall back to central differences, and the run says so.
    """

    z: Array

    def __init__(self, network: Network, theta: Array, x: Array) -> None:
        self.network, self.theta, self.x = network, theta, x

    @abstractmethod
    def vjp(self, dz: Array, out: Array) -> Array:
        """Jᵀ dz, summed over the batch, written into every entry of `out`, which is returned."""

    def gradient(self, head: Head, y: Array, out: Array) -> Array:
        """Jᵀ dz, written into `out`, for the head's gradient dz at z, which is returned."""
        dz = head.grad(self.z, y)
        self.vjp(dz, out)
        return dz

    def jvp(self, v: Array) -> Array:
        """J v, (N, K): the logits' derivative along v."""
        h = self._step(v)
        ahead, behind = self._moved(h, v), self._moved(-h, v)
        return (ahead.z - behind.z) / (2 * h)

    def hvp(self, v: Array, dz: Array, curve: Curve, out: Array) -> Array:
        """R-operator: the derivative along v of the gradient Jᵀ dz, written into `out`.

        dz: the head's gradient at z; curve(rz) the head's Hessian times rz = J v, which is the derivative
        of dz along v. Hv = Jᵀ curve(J v) + (dJ[v])ᵀ dz.
        Source: Pearlmutter, Fast Exact Multiplication by the Hessian (1994).
        """
        h, bend = self._step(v), np.empty_like(out)
        self.vjp(curve(self.jvp(v)), out)
        out += self._moved(h, v).vjp(dz, bend) / (2 * h)
        out -= self._moved(-h, v).vjp(dz, bend) / (2 * h)
        return out

    def hessian(self, curve: Curve) -> Array | None:
        """Σ_n J_nᵀ C_n J_n, for logits linear in theta, where a closed form is cheaper than P products."""
        return None

    def signals(self, dz: Array) -> Iterator[Signal]:
        """What passes each layer, from the last to the first with parameters; for some samples after others.

        A network that is not made of layers has none.
        """
        yield from ()

    def dense_signals(self, dz: Array) -> dict[str, tuple[Array, Array]]:
        """By the name of each dense layer's weight: its inputs (N, inputs) and Jᵀ dz there (N, units).

        Weights are (inputs, units), a bias goes by the weight's name with "bias" for "weight". A network
        that is not made of dense layers has none.
        """
        return {}

    def stages(self) -> Iterator[tuple[str, Array]]:
        """The intermediate results in order, by name: where a NaN arose is read off them."""
        yield "logits", self.z

    def _moved(self, h: float, v: Array) -> Linearization:
        return self.network.linearize(self.theta + h * v, self.x)

    def _step(self, v: Array) -> float:
        norm = float(np.linalg.norm(v)) or 1.0
        scale = 1 + float(np.abs(self.theta).max(initial=0))
        return float(np.cbrt(np.finfo(self.theta.dtype).eps)) * scale / norm


class Curve:
    """curve(rz): a head's Hessian at fixed logits, times a vector; or its Gauss-Newton part, of="ggn"."""

    def __init__(self, head: Head, z: Array, y: Array, of: str = "hvp") -> None:
        self.head, self.z, self.y, self.of = head, z, y, of

    def __call__(self, v: Array) -> Array:
        return getattr(self.head, self.of)(self.z, self.y, v)

    def part(self, rows: slice) -> Curve:
        """The same for some of the samples."""
        return Curve(self.head, self.z[rows], self.y[rows], self.of)


class Network(ABC):
    """A model built for one task: parameters in a flat theta, and logits z(theta, x)."""

    layout: Layout
    constants: Mapping[str, Array] = {}  # what `fit` found: no parameters, but saved with them
    kept: int | None = None  # numbers that a linearization keeps for a sample; None: not known
    requirements: tuple[
        str, ...
    ] = ()  # packages beyond our own that it needs, wherever it is loaded

    def fit(self, x: Array, rng: np.random.Generator) -> None:
        """Learn constants, such as centres, from the training inputs, np.asarray(x); once, before `init`."""
        return

    @abstractmethod
    def init(self, rng: np.random.Generator, dtype: Any = np.float64) -> Array:
        """A fresh theta, (layout.size,)."""

    @abstractmethod
    def linearize(self, theta: Array, x: Array) -> Linearization:
        """Forward pass on x, (N, *inputs), keeping what the derivative products need."""

    def training(self, seed: int, step: int) -> Network:
        """The network as the mini-batch of one training step sees it; most have no noise and are themselves.

        Noise, such as dropout's masks, is drawn from the stream (seed, f"noise {step}"), and held while the
        step lasts. Only values and gradients of mini-batches see it: full batches, second derivatives and
        evaluation are without.
        """
        return self


@dataclass
class Model(ABC):
    """A model's configuration; `build` makes the network for a task's shapes."""

    example_inputs: ClassVar[tuple[int, ...] | None] = None  # a shape of samples to check it with
    reconstructs: ClassVar[bool] = False  # its targets are its own inputs, flattened

    output: str = "auto"  # link: auto, identity, sigmoid, softmax, tanh, exp

    @abstractmethod
    def build(self, inputs: tuple[int, ...], outputs: int) -> Network:
        """A network from samples of shape `inputs` to `outputs` logits."""


@dataclass
class Optimizer(ABC):
    """Changes theta in place, asking the objective for what it needs.

    What must survive from step to step, beyond the fields, lives in `self.state` (arrays and numbers by
    name), so that saving it saves the optimizer. `batch_size` is what `train.batch_size=auto` means for it:
    a number of samples, or None for the full batch. `converged` ends the run. `proximal` says that its steps
    take `objective.l1` into account, which no gradient contains; others are refused with L1. `scheduled`
    says that its steps follow `scale`, the factor of its learning rate that a schedule sets before each step.
    """

    batch_size: ClassVar[int | None] = 32
    proximal: ClassVar[bool] = False
    scheduled: ClassVar[bool] = False
    exact_on_quadratics: ClassVar[bool] = (
        False  # by default its first step ends there: it is checked
    )

    def reset(self, theta: Array) -> None:
        """Start afresh on a theta of this shape and dtype."""
        self.state: dict[str, Any] = {}
        self.converged = False
        self.scale = 1.0

    def accepts(self, objective: Objective) -> None:
        """Asked once before a run: raise ConfigError, in one line, where this optimizer makes no sense."""
        return

    def recurrence(self, curvature: float) -> Array | None:
        """M of (w, memory)ₜ₊₁ = M (w, memory)ₜ on f(w) = ½ curvature w², w a weight, memory 0 at first.

        The closed form that its steps are checked against; None where they are not linear in w.
        """
        return None

    @abstractmethod
    def step(self, objective: Objective, theta: Array) -> None:
        """One update of theta, in place."""


@dataclass(kw_only=True)
class Schedule(ABC):
    """The factor by which an optimizer's learning rate is multiplied, as training goes on.

    Time t is real: what is done of the training, in units.
    unit: "epoch" counts epochs, by the steps done of each; "step" counts steps.
    warmup: so many units at first in which the factor rises linearly to that of the schedule's own start,
    which begins after them.
    warmup_start: the factor that the warm-up rises from.
    Source: Goyal et al., Accurate, large minibatch SGD (2017), section 2.2, for the warm-up.
    """

    steady: ClassVar[bool] = False  # whether its factor is 1, but for a warm-up

    unit: str = "epoch"
    warmup: float = 0.0
    warmup_start: float = 0.0

    def __post_init__(self) -> None:
        one_of(self, "unit", ["epoch", "step"])
        require(self, "warmup", 0 <= self.warmup < math.inf, "a warm-up's length is >= 0")
        require(self, "warmup_start", 0 <= self.warmup_start < math.inf, "a factor is >= 0")

    @property
    def changes(self) -> bool:
        """Whether the factor is ever another than 1."""
        return bool(self.warmup) or not self.steady

    def reset(self) -> None:
        """Start afresh; what must survive from one time to another lives in `self.state`."""
        self.state: dict[str, Any] = {}

    def __call__(self, t: float, duration: float = math.inf) -> float:
        """The factor at time t of a training of this duration, warm-up included."""
        own = self.factor(max(t - self.warmup, 0.0), duration - self.warmup)
        if t >= self.warmup:
            return own
        return self.warmup_start + (own - self.warmup_start) * t / self.warmup

    @staticmethod
    def whole(periods: float) -> int:
        """⌊periods⌋, for t / every and the like; what is within 1e-9 below an integer was rounded, and is it.

        0.3 / 0.1 and 4.1 - 0.1 are a hair too small: with a bare floor a schedule would be a step late.
        """
        return math.floor(periods + 1e-9)

    @abstractmethod
    def factor(self, t: float, duration: float) -> float:
        """The factor at t >= 0 since the warm-up, of `duration`, which is infinite if it is not known."""

    def observe(self, loss: float) -> None:
        """The validation loss, or else the training loss, after every evaluation since the warm-up."""
        return


@dataclass(kw_only=True)
class Annealing(Schedule):
    """A schedule that spans the whole training, and stays at its end beyond.

    duration: of the training, warm-up included, in `unit`; null takes what train.epochs says.
    """

    duration: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        fits = self.duration is None or self.warmup < self.duration < math.inf
        require(self, "duration", fits, "it is longer than the warm-up, schedule.warmup")

    def __call__(self, t: float, duration: float = math.inf) -> float:
        whole = duration if self.duration is None else self.duration
        return super().__call__(min(t, whole), whole)


@dataclass
class Table:
    """What a dataset loads: inputs x, (N, *inputs) floats, and targets y.

    y: (N,) integers 0..K-1 where `classes` names K classes, else (N,) or (N, targets) floats. No targets,
    (N, 0), are for models that are functions to be minimised. x of bytes (uint8) are images: they stay bytes
    until a batch is made of them. test_rows: the rows that are for testing and nothing else, where the data
    come with such.
    """

    x: Array
    y: Array
    classes: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    source: str = ""
    test_rows: Array | None = None

    @property
    def task(self) -> Task:
        inputs = tuple(self.x.shape[1:])
        if not self.classes:
            targets = 1 if self.y.ndim == 1 else self.y.shape[1]
            return Task("regression" if targets else "function", inputs, targets=targets)
        return Task("binary" if len(self.classes) == 2 else "multiclass", inputs, self.classes)


@dataclass
class Dataset(ABC):
    """Loads a table; the framework splits it, stratified by class, and standardises it.

    val: fraction of the rows for validation, 0 allowed; where the data come with test rows of their own, it
    is one of the others.
    test: fraction of the rows for testing, 0 allowed; test rows of the data's own take its place, unless it
    is 0, which leaves them out.
    standardize: subtract the mean and divide by the standard deviation of the *training* rows, per feature,
    or per channel of images; constant features are only centred. Without it numbers stay as they are, and
    the bytes of images become fractions of 255.
    """

    val: float = 0.2
    test: float = 0.2
    standardize: bool = True

    def __post_init__(self) -> None:
        for name in ("val", "test"):
            require(self, name, 0 <= getattr(self, name) < 1, "a fraction of the rows, 0 <= f < 1")
        require(
            self, "val", self.val + self.test < 1, "data.val + data.test leave no training rows"
        )

    @classmethod
    def example(cls, folder: Path) -> Self:
        """One to check the class with; a dataset that reads a file writes a small one into `folder`."""
        return cls()

    @abstractmethod
    def load(self) -> Table:
        """The whole table, deterministic in the fields."""

    def fingerprint(self) -> str | None:
        """Names the content `load` would parse (say, a file's hash), so that it can be kept parsed.

        None, the default: cheap to load, never kept.
        """
        return None


@dataclass
class Metric(ABC):
    """A number that can be shared by arms with different losses."""

    kinds: ClassVar[frozenset[str]]  # of the tasks it applies to
    higher_is_better: ClassVar[bool] = True
    needs_probabilities: ClassVar[bool] = False

    @abstractmethod
    def __call__(self, p: Array, y: Array, task: Task) -> float:
        """p: (N, K) link outputs; y: integer labels (N,), or values (N,) or (N, K)."""

    def applies(self, task: Task, link: Link) -> bool:
        """Whether the metric means anything for this task behind this link."""
        return task.kind in self.kinds and (link.probabilities or not self.needs_probabilities)


@dataclass
class Callback:
    """Watches runs through the lifecycle hooks, its methods marked by @hookimpl. `enabled` turns it off."""

    enabled: bool = True

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.__hash__ = object.__hash__  # type: ignore[method-assign]  # pluggy keeps plugins in sets


def refuse_link(loss: str, link: Link, needs: str, links: str) -> ConfigError:
    """The error of a loss that cannot work behind a link."""
    return ConfigError(
        f"model.output={link.name}: loss={loss} needs {needs}; set model.output to {links}, or another loss"
    )
