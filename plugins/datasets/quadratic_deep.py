"""The centres of DeepOBS's noisy quadratic."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import Dataset, Table, hookimpl, require


@dataclass
class QuadraticDeep(Dataset):
    """Normal centres x_n in 100 dimensions, around zero, and nothing to predict: for model=quadratic_deep.

    samples: rows. noise: standard deviation of each coordinate. seed: of the generator. With val=0 and
    test=0 the rows are those that DeepOBS trains on; seed=43 gives those that it tests on.
    Source: Schneider, Balles and Hennig, DeepOBS (2019), data set `quadratic`.
    """

    val: float = 0.2
    test: float = 0.2
    standardize: bool = False
    samples: int = 1000
    noise: float = 0.6
    seed: int = 42

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self, "samples", self.samples >= 1, "a number of rows is >= 1")
        require(self, "noise", 0 <= self.noise < np.inf, "a standard deviation is >= 0")
        require(self, "seed", 0 <= self.seed < 2**32, "a seed is in 0 <= s < 2^32")

    def load(self) -> Table:
        rng = np.random.RandomState(self.seed)  # theirs
        centres = rng.normal(0.0, self.noise, (self.samples, 100))
        return Table(centres, np.zeros((self.samples, 0)), source="generated")


@hookimpl
def register_datasets() -> dict[str, type[Dataset]]:
    return {"quadratic_deep": QuadraticDeep}
