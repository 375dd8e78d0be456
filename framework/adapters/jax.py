"""Functions in JAX as networks."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Collection
from copy import copy
from typing import Any

import numpy as np

from framework.adapters.naming import check_logits, named_layout, one_line
from framework.adapters.no_rows import NoRows
from framework.errors import ConfigError, FrameworkError
from framework.interfaces import Curve, Linearization, Network
from framework.params import Array
from framework.random import stream

os.environ.setdefault("PJRT_NPROC", "1")  # XLA's threads, counted when it starts
try:
    import jax
except ImportError as error:
    raise ConfigError(f"{error}: pip install -c constraints.txt -e '.[jax]'") from error

double_precision = jax.enable_x64 if hasattr(jax, "enable_x64") else jax.experimental.enable_x64


class JaxNetwork(Network):
    """Logits z = apply(params, x) with params = init(key), any pytree; x: (N, *inputs), z: (N, outputs).

    The parameters are cut out of theta, named by their path in the pytree, such as `layers.0.w`;
    `framework.adapters.naming` says which of them are biases, unless `biases` does. `init` draws in double
    precision from a key that the rng it is given draws. With float64 theta, and only then, the functions
    run in double precision. If `apply` has a third argument `key`, it is None, and for the mini-batch of a
    training step a key of that step, for noise. The functions are compiled once for each shape and dtype of
    a batch, and use one thread, or as many as the environment variable PJRT_NPROC says.
    Raises ConfigError if samples do not go through `apply`.
    """

    requirements = ("jax",)

    def __init__(
        self,
        init: Callable[[Any], Any],
        apply: Callable[..., Any],
        inputs: tuple[int, ...],
        outputs: int,
        biases: Collection[str] | None = None,
    ) -> None:
        self._start, self._apply = init, apply
        self.inputs, self.outputs = inputs, outputs
        self.noisy = "key" in inspect.signature(apply).parameters
        self._key: Any = None  # of this step's noise
        try:
            with double_precision(True):
                self._find_parameters(biases)
                sizes = [self._try(rows) for rows in (1, 2)]
        except FrameworkError:
            raise
        except Exception as error:
            raise ConfigError(
                f"samples of shape {inputs} do not go through the function: {one_line(error)}"
            ) from error
        self.kept = sizes[1] - sizes[0]
        self._linearize = jax.jit(self._forward)
        self._back = jax.jit(lambda pullback, dz: pullback(dz)[0])
        self._jvp, self._hvp = jax.jit(self._tangent), jax.jit(self._curvature)

    def init(self, rng: np.random.Generator, dtype: Any = np.float64) -> Array:
        with double_precision(True):
            leaves = jax.tree_util.tree_leaves(self._start(_key(rng)))
        return np.concatenate([np.ravel(np.asarray(leaf, dtype)) for leaf in leaves])

    def linearize(self, theta: Array, x: Array) -> Linearization:
        return _Pass(self, theta, x) if len(x) else NoRows(self, theta, x, self.outputs)

    def training(self, seed: int, step: int) -> Network:
        if not self.noisy:
            return self
        network = copy(self)
        network._key = np.asarray(_key(stream(seed, f"noise {step}")))
        return network

    def _find_parameters(self, biases: Collection[str] | None) -> None:
        found = jax.eval_shape(self._start, jax.random.PRNGKey(0))
        paths, self._structure = jax.tree_util.tree_flatten_with_path(found)
        shapes = {}
        for path, leaf in paths:
            name = ".".join(map(_step, path)) or "params"
            if leaf.dtype.kind != "f":
                raise ConfigError(
                    f"parameter '{name}' is {leaf.dtype}: keep what is not trained in `apply`"
                )
            shapes[name] = tuple(leaf.shape)
        self.layout = named_layout(shapes, biases)

    def _try(self, rows: int) -> int:
        """Check the logits of so many samples; the numbers that a linearization keeps for them."""
        theta = jax.ShapeDtypeStruct((self.layout.size,), np.float64)
        x = jax.ShapeDtypeStruct((rows, *self.inputs), np.float64)
        z, pullback = jax.eval_shape(self._forward, theta, x, None)
        check_logits(tuple(z.shape), rows, self.outputs)
        return sum(leaf.size for leaf in jax.tree_util.tree_leaves(pullback))

    def _logits(self, theta: Any, x: Any, key: Any) -> Any:
        parts = [theta[self.layout.slices[p.name]].reshape(p.shape) for p in self.layout]
        params = jax.tree_util.tree_unflatten(self._structure, parts)
        return self._apply(params, x, key=key) if self.noisy else self._apply(params, x)

    def _forward(self, theta: Any, x: Any, key: Any) -> Any:
        """z and the function dz → Jᵀ dz."""
        return jax.vjp(lambda t: self._logits(t, x, key), theta)

    def _tangent(self, theta: Any, x: Any, key: Any, v: Any) -> Any:
        return jax.jvp(lambda t: self._logits(t, x, key), (theta,), (v,))[1]

    def _curvature(self, theta: Any, x: Any, key: Any, v: Any, dz: Any, tdz: Any) -> Any:
        """The derivative of Jᵀ dz along v in theta and tdz in dz."""

        def gradient(t: Any, dz: Any) -> Any:
            return self._forward(t, x, key)[1](dz)[0]

        return jax.jvp(gradient, (theta, dz), (v, tdz))[1]


class _Pass(Linearization):
    """One forward pass, compiled, and what its pullback keeps; Jv and Hv go forward again."""

    network: JaxNetwork

    def __init__(self, network: JaxNetwork, theta: Array, x: Array) -> None:
        super().__init__(network, theta, np.asarray(x, theta.dtype))
        with self._precision():
            z, self._pullback = network._linearize(theta, self.x, network._key)
        self.z = np.array(z)

    def vjp(self, dz: Array, out: Array) -> Array:
        with self._precision():
            out[...] = self.network._back(self._pullback, dz)
        return out

    def jvp(self, v: Array) -> Array:
        with self._precision():
            return np.array(self.network._jvp(self.theta, self.x, self.network._key, v))

    def hvp(self, v: Array, dz: Array, curve: Curve, out: Array) -> Array:
        tdz = curve(self.jvp(v))
        with self._precision():
            out[...] = self.network._hvp(self.theta, self.x, self.network._key, v, dz, tdz)
        return out

    def _precision(self) -> Any:
        return double_precision(self.theta.dtype == np.float64)


def _step(entry: Any) -> str:
    """One step of a path in a pytree: a key, an index or an attribute."""
    return str(
        next(getattr(entry, kind) for kind in ("key", "idx", "name") if hasattr(entry, kind))
    )


def _key(rng: np.random.Generator) -> Any:
    return jax.random.PRNGKey(int(rng.integers(2**31)))
