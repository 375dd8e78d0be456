"""Dropout."""

from __future__ import annotations

from copy import copy
from typing import Any

import numpy as np

from framework.layers.layer import Layer, Views
from framework.params import Array


class Dropout(Layer):
    """y = m ∘ x with m = 1 / (1 - rate) where an input is kept, with probability 1 - rate, and else 0.

    Only in the copy that `training` makes for the mini-batch of one step; else y = x: evaluation, full
    batches and second derivatives see no dropout. A step's mask depends on its key and the batch's shape
    alone, so that a line search on the batch meets one smooth function.
    Source: Srivastava et al., Dropout: a simple way to prevent neural networks from overfitting (2014),
    section 10, where m is scaled in training, not in evaluation.
    """

    def __init__(self, rate: float) -> None:
        if not 0 <= rate < 1:
            raise ValueError(f"a dropout rate is in 0 <= rate < 1, not {rate}")
        self.rate, self.key = rate, -1

    def build(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return shape

    def training(self, rng: np.random.Generator) -> Dropout:
        noisy = copy(self)
        noisy.key = int(rng.integers(2**63))
        return noisy

    def forward(self, w: Views, x: Array) -> tuple[Array, Any]:
        if self.key < 0 or not self.rate:
            return x, None
        kept = np.random.default_rng(self.key).random(x.shape, np.float32) >= self.rate
        mask = kept * x.dtype.type(1 / (1 - self.rate))
        return mask * x, mask

    def vjp(self, w: Views, saved: Any, dy: Array, dw: Views, first: bool) -> Array | None:
        return _through(saved, dy)

    def jvp(self, w: Views, saved: Any, tw: Views, tx: Array | None) -> Array | None:
        return None if tx is None else _through(saved, tx)

    def hvp(
        self,
        w: Views,
        saved: Any,
        tw: Views,
        tx: Array | None,
        dy: Array,
        tdy: Array,
        hw: Views,
        first: bool,
    ) -> tuple[Array, Array] | None:
        return _through(saved, dy), _through(saved, tdy)


def _through(mask: Array | None, u: Array) -> Array:
    return u if mask is None else mask * u
