"""Batches too large for the memory, a few samples at a time.

A linearization keeps what every layer put out, which for images is megabytes a sample. Beyond KEPT bytes
the batch is cut into chunks, each linearized when it is needed and forgotten, again if it must be: results
are the sums over chunks. That repeats forward passes, which are not counted as work: they are the price of
the memory, not of the method.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from math import ceil, prod
from typing import Any

import numpy as np

from framework.heads import Head
from framework.interfaces import Curve, Linearization, Network, Signal
from framework.params import Array

KEPT = 2**26  # bytes that one linearization may keep; less than that is no slower
USUAL = 8  # times a sample's own size: for networks that do not say what they keep


def linearize(network: Network, theta: Array, x: Array) -> Linearization:
    """The network's linearization at theta, by chunks where it would keep too much."""
    size = _rows_at_once(network, x)
    if len(x) <= size:
        return network.linearize(theta, x[:])
    return Chunked(network, theta, x, size)


class Chunked(Linearization):
    """Sums over chunks of at most `size` samples, of about equal length."""

    def __init__(self, network: Network, theta: Array, x: Array, size: int) -> None:
        super().__init__(network, theta, x)
        ends = np.linspace(0, len(x), ceil(len(x) / size) + 1).astype(int).tolist()
        self.parts = [slice(a, b) for a, b in pairwise(ends)]
        self._z: Array | None = None

    @property
    def z(self) -> Array:  # type: ignore[override]
        if self._z is None:
            self._z = np.concatenate([chunk.z for _, chunk in self._chunks()])
        return self._z

    def gradient(self, head: Head, y: Array, out: Array) -> Array:
        """In one sweep, which finds z on its way."""
        out[...] = 0
        z, slopes, part = [], [], np.empty_like(out)
        for rows, chunk in self._chunks():
            z.append(chunk.z)
            slopes.append(head.grad(chunk.z, y[rows]))
            out += chunk.vjp(slopes[-1], part)
        self._z = np.concatenate(z)
        return np.concatenate(slopes)

    def vjp(self, dz: Array, out: Array) -> Array:
        out[...] = 0
        part = np.empty_like(out)
        for rows, chunk in self._chunks():
            out += chunk.vjp(dz[rows], part)
        return out

    def jvp(self, v: Array) -> Array:
        return np.concatenate([chunk.jvp(v) for _, chunk in self._chunks()])

    def hvp(self, v: Array, dz: Array, curve: Curve, out: Array) -> Array:
        out[...] = 0
        part = np.empty_like(out)
        for rows, chunk in self._chunks():
            out += chunk.hvp(v, dz[rows], curve.part(rows), part)
        return out

    def hessian(self, curve: Curve) -> Array | None:
        total = None
        for rows, chunk in self._chunks():
            dense = chunk.hessian(curve.part(rows))
            if dense is None:
                return None
            total = dense if total is None else total + dense
        return total

    def signals(self, dz: Array) -> Iterator[Signal]:
        for rows, chunk in self._chunks():
            yield from chunk.signals(dz[rows])

    def dense_signals(self, dz: Array) -> dict[str, tuple[Array, Array]]:
        """Whole, for all samples, as they are asked for."""
        found = [chunk.dense_signals(dz[rows]) for rows, chunk in self._chunks()]
        joined = {}
        for name in found[0]:
            inputs, slopes = zip(*(signals[name] for signals in found), strict=True)
            joined[name] = np.concatenate(inputs), np.concatenate(slopes)
        return joined

    def stages(self) -> Iterator[tuple[str, Array]]:
        for _, chunk in self._chunks():
            yield from chunk.stages()

    def _chunks(self) -> Iterator[tuple[slice, Linearization]]:
        for rows in self.parts:
            yield rows, self.network.linearize(self.theta, self.x[rows])


def _rows_at_once(network: Network, x: Any) -> int:
    sample = prod(x.shape[1:])
    kept = USUAL * sample if network.kept is None else network.kept
    if not isinstance(x, np.ndarray):
        kept += sample  # a copy is made of it
    return max(1, KEPT // max(1, kept * x.dtype.itemsize))
