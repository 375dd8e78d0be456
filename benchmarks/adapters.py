"""One SGD step and one Hv of MLPs: our own layers, the PyTorch adapter and the JAX adapter, side by side.

    pip install -e '.[torch,jax]'
    python benchmarks/adapters.py [--threads 1] [--rounds 100]

Same weights, same data, cross-entropy on softmax, float32 and float64. The three are timed in this process,
in alternation, after JAX has compiled; a cell is the median over the rounds. A ratio above 1 means that the
adapter takes longer than our own layers. The last column is the largest relative difference of a gradient
from ours.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import time
from collections.abc import Callable
from itertools import pairwise

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--rounds", type=int, default=100)
arguments = parser.parse_args()
for variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "PJRT_NPROC"):
    os.environ[variable] = str(arguments.threads)  # before NumPy, PyTorch and JAX are imported

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
import torch  # noqa: E402
from threadpoolctl import threadpool_limits  # noqa: E402
from torch import nn  # noqa: E402

from framework import LINKS, Network, Objective  # noqa: E402
from framework.adapters.jax import JaxNetwork  # noqa: E402
from framework.adapters.torch import TorchNetwork  # noqa: E402
from plugins.losses.cross_entropy import CrossEntropy  # noqa: E402
from plugins.models.mlp import MLP  # noqa: E402
from plugins.optimizers.sgd import SGD  # noqa: E402

CLASSES = 10
SHAPES = [([64, 32], 32), ([64, 128, 128], 128), ([784, 128], 64), ([784, 1024, 1024], 256)]


def torch_network(widths: list[int]) -> Network:
    """nn.Linear and nn.Tanh in a row."""

    def make() -> nn.Module:
        layers = [part for a, b in pairwise(widths) for part in (nn.Linear(a, b), nn.Tanh())]
        return nn.Sequential(*layers[:-1])

    return TorchNetwork(make, (widths[0],), CLASSES)


def jax_network(widths: list[int]) -> Network:
    """A list of (w, b)."""

    def init(key: jax.Array) -> list[tuple[jax.Array, jax.Array]]:
        return [(jnp.zeros((a, b)), jnp.zeros(b)) for a, b in pairwise(widths)]

    def apply(params: list[tuple[jax.Array, jax.Array]], x: jax.Array) -> jax.Array:
        for w, b in params[:-1]:
            x = jnp.tanh(x @ w + b)
        return x @ params[-1][0] + params[-1][1]

    return JaxNetwork(init, apply, (widths[0],), CLASSES)


def networks(widths: list[int]) -> list[tuple[Network, Callable[[np.ndarray], np.ndarray]]]:
    """Each with the map from our theta, or gradient, to its own."""
    ours = MLP(hidden=widths[1:]).build((widths[0],), CLASSES)
    order = [*widths, CLASSES]
    moved = [view.T.ravel() for view in ours.layout.views(np.arange(ours.layout.size)).values()]
    places = np.concatenate(moved)
    same = [(ours, lambda v: v.copy()), (jax_network(order), lambda v: v.copy())]
    return [same[0], (torch_network(order), lambda v: v[places]), same[1]]


def seconds(step: Callable[[], object]) -> float:
    """The time of one call."""
    start = time.perf_counter()
    step()
    return time.perf_counter() - start


def measure(widths: list[int], batch: int, dtype: str) -> tuple[list[float], list[float], float]:
    """Median seconds of a step and of an Hv, of each network, and the worst difference of gradients."""
    rng = np.random.default_rng(1)
    x = rng.standard_normal((batch, widths[0])).astype(dtype)
    y = np.eye(CLASSES, dtype=dtype)[rng.integers(CLASSES, size=batch)]
    found = networks(widths)
    start = found[0][0].init(rng, np.dtype(dtype))
    direction = rng.standard_normal(start.size).astype(dtype)
    steps, products, gradients = [], [], []
    for network, moved in found:
        objective = Objective(network, CrossEntropy().head(LINKS["softmax"]), x, y)
        theta, v, optimizer = moved(start), moved(direction), SGD(lr=1e-3)
        gradients.append((objective.at(theta).grad(), moved))
        optimizer.reset(theta)
        steps.append(lambda o=optimizer, f=objective, t=theta: o.step(f, t))
        point = objective.at(theta.copy())
        products.append(lambda p=point, v=v: p.hvp(v))
    expected, _ = gradients[0]
    apart = max(float(np.abs(g - m(expected)).max() / np.abs(expected).max()) for g, m in gradients)
    return medians(steps), medians(products), apart


def medians(calls: list[Callable[[], object]]) -> list[float]:
    """Of each call, in alternation; the first three rounds do not count."""
    rounds = [[seconds(call) for call in calls] for _ in range(arguments.rounds + 3)][3:]
    return [statistics.median(times) for times in zip(*rounds, strict=True)]


def row(times: list[float]) -> str:
    """Ours in milliseconds, and the ratios of the others."""
    ours, *others = times
    return f"{1e3 * ours:10.3f}" + "".join(f"{other / ours:8.2f}" for other in others)


def main() -> None:
    """Print the table."""
    print(f"machine  {platform.machine()}, {os.cpu_count()} cores, {platform.system()}")
    print(f"threads  {arguments.threads}")
    print(f"Python {platform.python_version()}, NumPy {np.__version__}", end=", ")
    print(f"PyTorch {torch.__version__}, JAX {jax.__version__}\n")
    columns = f"{'here ms':>10}{'torch ×':>8}{'jax ×':>8}"
    print(f"{'':39}{'a step of SGD':^26}  {'a Hessian product':^26}")
    print(f"{'model':24}{'batch':>6}  {'dtype':7}{columns}  {columns}  gradients")
    with threadpool_limits(arguments.threads):
        for widths, batch in SHAPES:
            for dtype in ("float32", "float64"):
                steps, products, apart = measure(widths, batch, dtype)
                name = "-".join(map(str, ["mlp", *widths, CLASSES]))
                cells = f"{row(steps)}  {row(products)}  {apart:.0e}"
                print(f"{name:24}{batch:6}  {dtype:7}{cells}", flush=True)


if __name__ == "__main__":
    main()
