"""The flat parameter vector and its named views.

Everything an optimizer sees is one contiguous vector theta (float32 or float64). A network declares its
parameters once, in a `Layout`; weights, biases and gradients are views into such vectors.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

KINDS = ("weight", "bias")


@dataclass(frozen=True)
class Parameter:
    """One named block of theta. `kind` is "weight" (regularised) or "bias" (left free)."""

    name: str
    shape: tuple[int, ...]
    kind: str = "weight"

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"parameter {self.name!r}: kind is one of {KINDS}, not {self.kind!r}")

    @property
    def size(self) -> int:
        return prod(self.shape)


class Layout:
    """Where each parameter lies in theta, in the order of declaration."""

    def __init__(self, parameters: Sequence[Parameter]) -> None:
        names = [parameter.name for parameter in parameters]
        if len(set(names)) < len(names):
            raise ValueError(f"parameter names are not unique: {names}")
        self.parameters = tuple(parameters)
        ends = np.cumsum([0, *(parameter.size for parameter in parameters)]).tolist()
        self.slices = {n: slice(a, b) for n, a, b in zip(names, ends, ends[1:], strict=False)}
        self.size = int(ends[-1])

    def views(self, theta: Array) -> dict[str, Array]:
        """name → array of the parameter's shape that shares memory with theta, shape (size,)."""
        if theta.shape != (self.size,):
            raise ValueError(f"theta has shape {theta.shape}, this layout needs ({self.size},)")
        return {p.name: theta[self.slices[p.name]].reshape(p.shape) for p in self.parameters}

    def layers(self) -> dict[str, list[slice]]:
        """Where each layer's parameters lie in theta, by what comes before the last dot of their names.

        Those without a dot are the network's own, and make one layer, `network`.
        """
        found: dict[str, list[slice]] = {}
        for name, part in self.slices.items():
            found.setdefault(name.rpartition(".")[0] or "network", []).append(part)
        return found

    def mask(self, kind: str, dtype: Any = np.float64) -> Array:
        """(size,) vector: 1 on the parameters of this kind, 0 elsewhere."""
        mask = np.zeros(self.size, dtype)
        for parameter in self.parameters:
            if parameter.kind == kind:
                mask[self.slices[parameter.name]] = 1
        return mask

    def __iter__(self) -> Iterator[Parameter]:
        return iter(self.parameters)
