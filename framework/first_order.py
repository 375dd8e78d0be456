"""What optimizers that see one gradient a step have in common: a rate, clipping and decoupled decay."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from framework.errors import require
from framework.interfaces import Optimizer
from framework.params import Array

if TYPE_CHECKING:
    from framework.objective import Objective


@dataclass(kw_only=True)
class FirstOrder(Optimizer):
    """θ ← θ - rate u, with `direction` u made of the gradients so far and rate = lr × the schedule's factor.

    clip_value: each entry of the gradient is cut to ±clip_value.
    clip_norm: the gradient, after clip_value, is scaled to at most this length, g min(1, clip_norm / ‖g‖);
    PyTorch adds 1e-6 to ‖g‖, optax does not.
    weight_decay: decoupled from the gradient, θ ← (1 - rate weight_decay) θ besides the step, for weights but
    not biases. Adding λθ to the gradient instead, as PyTorch's SGD and Adam do, is `objective.l2=λ`.
    Source: Pascanu, Mikolov and Bengio, On the difficulty of training recurrent neural networks (2013),
    algorithm 1; Loshchilov and Hutter, Decoupled weight decay regularization (2019).
    """

    scheduled: ClassVar[bool] = True

    lr: float = 0.1
    weight_decay: float = 0.0
    clip_norm: float | None = None
    clip_value: float | None = None

    def __post_init__(self) -> None:
        require(self, "lr", 0 < self.lr < math.inf, "a learning rate is > 0")
        require(self, "weight_decay", 0 <= self.weight_decay < math.inf, "weight decay is >= 0")
        for name in ("clip_norm", "clip_value"):
            bound = getattr(self, name)
            require(self, name, bound is None or bound > 0, "a bound is > 0, or null for none")

    @property
    def rate(self) -> float:
        """The learning rate of this step."""
        return self.lr * self.scale

    @abstractmethod
    def direction(self, gradient: Array, theta: Array) -> Array:
        """u, (P,), from the clipped gradient at theta; it leaves both alone."""

    def step(self, objective: Objective, theta: Array) -> None:
        update = self.direction(self.gradient(objective, theta), theta)
        self.move(objective, theta, update)

    def move(self, objective: Objective, theta: Array, update: Array) -> None:
        """θ ← θ - rate (u + weight_decay θ), in place."""
        theta -= self.rate * self.decayed(objective, theta, update)

    def decayed(self, objective: Objective, theta: Array, update: Array) -> Array:
        """u + weight_decay θ, the decay on weights alone; u itself without decay."""
        if not self.weight_decay:
            return update
        return update + self.weight_decay * (objective.weights * theta)

    def gradient(self, objective: Objective, theta: Array) -> Array:
        """The gradient at theta, clipped; the caller must not change it."""
        gradient = objective.at(theta).grad()
        if self.clip_value is not None:
            gradient = np.clip(gradient, -self.clip_value, self.clip_value)
        if self.clip_norm is not None:
            length = float(np.linalg.norm(gradient))
            gradient = gradient * (self.clip_norm / length) if length > self.clip_norm else gradient
        return gradient

    def memory(self, name: str, like: Array, start: float = 0.0) -> Array:
        """state[name], a vector that its owner changes in place; at first `start` throughout."""
        if name not in self.state:
            self.state[name] = np.full_like(like, start)
        return self.state[name]

    def average(self, name: str, value: Array, decay: float, start: float = 0.0) -> Array:
        """state[name] ← decay state[name] + (1 - decay) value, at first from `start`; returned."""
        memory = self.memory(name, value, start)
        memory *= decay
        memory += (1 - decay) * value
        return memory

    def count(self) -> int:
        """The number of this step, from 1."""
        self.state["step"] = self.state.get("step", 0) + 1
        return int(self.state["step"])


@dataclass(kw_only=True)
class Momentum(FirstOrder):
    """Gathers what would be its direction, u, in a velocity: v ← momentum v + u, from v = 0 on.

    momentum: the share of the velocity v that a step keeps, v ← momentum v + u; 0 is none.
    nesterov: the step is u + momentum v, which looks ahead, instead of v.
    Source: Polyak, Some methods of speeding up the convergence of iteration methods (1964); Sutskever et
    al., On the importance of initialization and momentum (2013).
    """

    momentum: float = 0.0
    nesterov: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self, "momentum", 0 <= self.momentum < 1, "momentum is in 0 <= m < 1")
        needs = "Nesterov's step needs optim.momentum > 0"
        require(self, "nesterov", not self.nesterov or self.momentum > 0, needs)

    def with_momentum(self, update: Array) -> Array:
        """v after v ← momentum v + u, or u + momentum v with nesterov; u itself without momentum."""
        if not self.momentum:
            return update
        velocity = self.memory("velocity", update)
        velocity *= self.momentum
        velocity += update
        return update + self.momentum * velocity if self.nesterov else velocity


@dataclass(kw_only=True)
class Adaptive(FirstOrder):
    """Divides each entry of its direction by a root of v, mean or summed squares of the gradient there.

    eps: added to the root of the squares v, √v + eps, as in PyTorch.
    eps_root: added to the squares v inside the root, √(v + eps_root), as in most others.
    """

    eps: float = 1e-8
    eps_root: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("eps", "eps_root"):
            require(self, name, 0 <= getattr(self, name) < math.inf, "an epsilon is >= 0")
        rule = "a gradient of 0 needs optim.eps > 0 or optim.eps_root > 0"
        require(self, "eps", self.eps + self.eps_root > 0, rule)

    def root(self, v: Array) -> Array:
        """√(v + eps_root) + eps."""
        return np.sqrt(v + self.eps_root) + self.eps


@dataclass(kw_only=True)
class Moments(Adaptive):
    """Adam and its kin: running averages m of the gradient and v of its square, entry by entry.

    beta1: the share of m, the average of gradients, that a step keeps: m ← beta1 m + (1 - beta1) g.
    beta2: the share of v, the average of squared gradients, that a step keeps: v ← beta2 v + (1 - beta2) g².
    """

    beta1: float = 0.9
    beta2: float = 0.999

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("beta1", "beta2"):
            require(self, name, 0 <= getattr(self, name) < 1, "a decay rate is in 0 <= beta < 1")

    def corrected(self, gradient: Array) -> tuple[Array, Array]:
        """m̂ = m / (1 - beta1ᵗ) and v̂ = v / (1 - beta2ᵗ) of step t, which begins with this."""
        t = self.count()
        m = self.average("m", gradient, self.beta1) / (1 - self.beta1**t)
        v = self.average("v", gradient**2, self.beta2) / (1 - self.beta2**t)
        return m, v
