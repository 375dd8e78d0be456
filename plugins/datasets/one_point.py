"""One sample, for looking at the steps of a single neuron."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from framework import Dataset, Table, hookimpl, require


@dataclass
class OnePoint(Dataset):
    """A single row, x → y: a regression on which all training can be followed by hand.

    The row is for training; nothing is left to validate or test on, and nothing to standardise by.

    x: the input. y: its target.
    Source: Nielsen, Neural Networks and Deep Learning (2015), chapter 3, whose neuron learns 1 → 0.
    """

    val: float = 0.0
    test: float = 0.0
    standardize: bool = False
    x: float = 1.0
    y: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("x", "y"):
            require(self, name, math.isfinite(getattr(self, name)), "a finite number")

    def load(self) -> Table:
        return Table(np.array([[self.x]]), np.array([self.y]), source="one point")


@hookimpl
def register_datasets() -> dict[str, type[Dataset]]:
    return {"one_point": OnePoint}
