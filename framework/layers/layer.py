"""What a layer provides."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np

from framework.params import Array, Parameter

Views = Mapping[str, Array]  # this layer's parameters (or a vector of that shape), by name


class Layer(ABC):
    """y = f(w, x) for a batch, with the four products that every optimizer from SGD to Newton needs.

    w, tw, dw, hw: this layer's parameters (and in w its constants), a direction in them, the gradient and the
    Hv block (views to be overwritten). x, tx: inputs and their tangent, (N, *inputs); tx is None where the
    input is data, whose tangent is zero. dy, tdy: the loss's gradient at the output, and its derivative along
    the direction. `saved` is whatever `forward` returned beside y.
    """

    parameters: tuple[Parameter, ...] = ()
    constants: Mapping[str, Array] = {}  # by name: no parameters, but saved with them

    @abstractmethod
    def build(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Fix the input shape (of one sample), declare the parameters, return the output shape."""

    def fit(self, x: Array, rng: np.random.Generator) -> None:
        """Learn constants, or where parameters start, from this layer's training inputs x."""
        return

    def init(self, rng: np.random.Generator) -> dict[str, Array]:
        """Fresh float64 values of the parameters by name."""
        return {}

    def training(self, rng: np.random.Generator) -> Layer:
        """The layer as the mini-batch of one step sees it, with noise drawn by `rng`; most have none."""
        return self

    @abstractmethod
    def forward(self, w: Views, x: Array) -> tuple[Array, Any]:
        """y and what the products will want back."""

    @abstractmethod
    def vjp(self, w: Views, saved: Any, dy: Array, dw: Views, first: bool) -> Array | None:
        """Write the parameters' gradient into dw and return dx; None will do for the first layer."""

    @abstractmethod
    def jvp(self, w: Views, saved: Any, tw: Views, tx: Array | None) -> Array | None:
        """ty, the output's derivative along (tw, tx); None if it is zero."""

    @abstractmethod
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
        """R-operator backward: write R{dw} into hw and return (dx, R{dx}); None for the first layer.

        Source: Pearlmutter, Fast Exact Multiplication by the Hessian (1994).
        """
