"""No data, for functions to be minimised."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import Dataset, Table, hookimpl


@dataclass
class Nothing(Dataset):
    """One row, a zero, and nothing to predict: for models that are functions of their parameters alone.

    For example model=rosenbrock data=nothing loss=value.
    """

    val: float = 0.0
    test: float = 0.0

    def load(self) -> Table:
        return Table(np.zeros((1, 1)), np.zeros((1, 0)), source="nothing")


@hookimpl
def register_datasets() -> dict[str, type[Dataset]]:
    return {"nothing": Nothing}
