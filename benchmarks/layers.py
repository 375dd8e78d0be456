"""One SGD step of MLPs and LeNet-5 here and in PyTorch (eager): seconds, side by side.

    pip install torch --index-url https://download.pytorch.org/whl/cpu
    python benchmarks/layers.py [--threads 1] [--rounds 30]

Same shapes, same data, cross-entropy on softmax, float32 and float64; images as each side likes them, NHWC
here and NCHW there. Both are timed in this process, in alternation; a cell is the median over the rounds, a
ratio above 1 means that PyTorch takes longer. The last column is the largest relative difference of the two
gradients, from the same weights.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--rounds", type=int, default=30)
arguments = parser.parse_args()
for variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ[variable] = str(arguments.threads)  # before NumPy and PyTorch are imported

import numpy as np  # noqa: E402
import torch  # noqa: E402
from torch import nn  # noqa: E402

from framework import LINKS, Network, Objective  # noqa: E402
from plugins.losses.cross_entropy import CrossEntropy  # noqa: E402
from plugins.models.lenet5 import LeNet5  # noqa: E402
from plugins.models.mlp import MLP  # noqa: E402
from plugins.optimizers.sgd import SGD  # noqa: E402

LR, CLASSES = 0.01, 10


@dataclass
class Case:
    """A model in both worlds, for samples of `inputs` and batches of `batch`."""

    name: str
    network: Network
    peer: Callable[[], nn.Module]
    inputs: tuple[int, ...]
    batch: int


def mlp(widths: list[int]) -> Callable[[], nn.Module]:
    """nn.Linear and nn.ReLU in a row."""

    def build() -> nn.Module:
        layers: list[nn.Module] = []
        for before, after in pairwise(widths):
            layers += [nn.Linear(before, after), nn.ReLU()]
        return nn.Sequential(*layers[:-1])

    return build


def lenet5(side: int) -> Callable[[], nn.Module]:
    """LeNet-5 with tanh and average pooling."""
    flat = 16 * ((side // 2 - 4) // 2) ** 2

    def build() -> nn.Module:
        return nn.Sequential(
            *(nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2)),
            *(nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Flatten()),
            *(nn.Linear(flat, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh()),
            nn.Linear(84, CLASSES),
        )

    return build


def cases() -> list[Case]:
    """From the smallest step, all calls, to the largest, all arithmetic."""
    shapes = [([64, 32], 32), ([64, 128, 128], 128), ([784, 128], 64), ([784, 1024, 1024], 256)]
    found = []
    for widths, batch in shapes:
        network = MLP(hidden=widths[1:], activation="relu").build((widths[0],), CLASSES)
        name = "-".join(map(str, ["mlp", *widths, CLASSES]))
        found.append(Case(name, network, mlp([*widths, CLASSES]), (widths[0],), batch))
    for side, batch in [(28, 32), (28, 128), (227, 8)]:
        network = LeNet5().build((side, side, 1), CLASSES)
        found.append(Case(f"lenet5 {side}x{side}", network, lenet5(side), (side, side, 1), batch))
    return found


def ours(case: Case, x: np.ndarray, labels: np.ndarray) -> tuple[Objective, np.ndarray]:
    """The objective and a start."""
    y = np.eye(CLASSES, dtype=x.dtype)[labels]
    objective = Objective(case.network, CrossEntropy().head(LINKS["softmax"]), x, y)
    return objective, case.network.init(np.random.default_rng(0), x.dtype)


def theirs(
    case: Case, x: np.ndarray, labels: np.ndarray, theta: np.ndarray
) -> tuple[nn.Module, Callable[[], torch.Tensor]]:
    """The same network with the same weights, and its loss on the same batch."""
    net = case.peer().to(torch.from_numpy(x).dtype)
    images = torch.from_numpy(x if x.ndim == 2 else x.transpose(0, 3, 1, 2).copy())
    copy_weights(case.network, theta, net)
    target, loss = torch.from_numpy(labels), nn.CrossEntropyLoss()
    return net, lambda: loss(net(images), target)


def their_order(name: str, view: np.ndarray, network: Network) -> np.ndarray:
    """A parameter of ours in PyTorch's order of axes: (out, in), (out, in, h, w), channels before pixels."""
    if view.ndim == 4:
        return view.transpose(3, 2, 0, 1)
    if view.ndim == 1:
        return view
    kernels = [p.shape for p in network.layout if len(p.shape) == 4]
    first = next(p.name for p in network.layout if len(p.shape) == 2)
    if kernels and name == first:
        channels, side = kernels[-1][-1], round((view.shape[0] / kernels[-1][-1]) ** 0.5)
        view = view.reshape(side, side, channels, -1).transpose(2, 0, 1, 3).reshape(view.shape)
    return view.T


def copy_weights(network: Network, theta: np.ndarray, net: nn.Module) -> None:
    """Ours into theirs."""
    views = network.layout.views(theta).items()
    with torch.no_grad():
        for (name, view), parameter in zip(views, net.parameters(), strict=True):
            parameter.copy_(torch.from_numpy(their_order(name, view, network).copy()))


def difference(case: Case, gradient: np.ndarray, net: nn.Module) -> float:
    """The largest difference of the two gradients, relative to the largest entry of each parameter's."""
    worst = 0.0
    views = case.network.layout.views(gradient).items()
    for (name, view), parameter in zip(views, net.parameters(), strict=True):
        mine, other = their_order(name, view, case.network), parameter.grad.numpy()
        worst = max(worst, float(np.abs(mine - other).max() / np.abs(other).max()))
    return worst


def seconds(step: Callable[[], object]) -> float:
    """The time of one call."""
    start = time.perf_counter()
    step()
    return time.perf_counter() - start


def measure(case: Case, dtype: str) -> tuple[float, float, float]:
    """Median seconds of a step here and there, and the difference of the gradients."""
    rng = np.random.default_rng(1)
    x = rng.standard_normal((case.batch, *case.inputs)).astype(dtype)
    labels = rng.integers(CLASSES, size=case.batch)
    objective, theta = ours(case, x, labels)
    net, loss = theirs(case, x, labels, theta)
    loss().backward()
    apart = difference(case, objective.at(theta).grad(), net)
    mine, other = SGD(lr=LR), torch.optim.SGD(net.parameters(), lr=LR)
    mine.reset(theta)

    def their_step() -> None:
        other.zero_grad()
        loss().backward()
        other.step()

    rounds = [
        (seconds(lambda: mine.step(objective, theta)), seconds(their_step))
        for _ in range(arguments.rounds + 3)
    ][3:]
    here, there = zip(*rounds, strict=True)
    return statistics.median(here), statistics.median(there), apart


def processor() -> str:
    """Its name, where the system tells."""
    try:
        with open("/proc/cpuinfo") as lines:  # noqa: PTH123
            return next(line.split(":")[1].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def main() -> None:
    """Print the table."""
    torch.set_num_threads(arguments.threads)
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    print(f"machine  {processor()}, {os.cpu_count()} cores, {platform.system()}")
    print(f"threads  {arguments.threads}")
    print(f"Python {platform.python_version()}, NumPy {np.__version__}", end=" ")
    print(f"({blas['name']} {blas['version']}), PyTorch {torch.__version__}\n")
    print(
        f"{'model':24}{'batch':>6}  {'dtype':8}{'here ms':>9}{'torch ms':>10}{'ratio':>7}  gradients"
    )
    for case in cases():
        for dtype in ("float32", "float64"):
            here, there, apart = measure(case, dtype)
            times = f"{1e3 * here:9.3f}{1e3 * there:10.3f}{there / here:7.2f}"
            print(f"{case.name:24}{case.batch:6}  {dtype:8}{times}  {apart:.0e}", flush=True)


if __name__ == "__main__":
    main()
