"""A noisy sine, a regression on the line."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import Dataset, Table, hookimpl, require


@dataclass
class Sine(Dataset):
    """y = sin(2 pi periods x) + noise ε with x uniform in [0, 1) and ε ~ N(0, 1).

    x: (samples, 1). The best model has an RMSE of `noise` on fresh rows.

    samples: rows. periods: of the sine. noise: standard deviation; Bishop's is 0.3. seed: of the
    generator; the run's own seed changes the split, not the points.
    Source: Bishop, Pattern Recognition and Machine Learning (2006), section 1.1 and appendix A.
    """

    samples: int = 200
    periods: float = 1.0
    noise: float = 0.1
    seed: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self, "samples", self.samples >= 1, "a number of rows is >= 1")
        require(self, "periods", 0 < self.periods < np.inf, "a number of periods is > 0")
        require(self, "noise", 0 <= self.noise < np.inf, "a standard deviation is >= 0")
        require(self, "seed", self.seed >= 0, "a seed is >= 0")

    def load(self) -> Table:
        rng = np.random.default_rng(self.seed)
        x = rng.random((self.samples, 1))
        y = np.sin(2 * np.pi * self.periods * x[:, 0]) + self.noise * rng.normal(size=self.samples)
        return Table(x, y, features=("x",), source="generated")


@hookimpl
def register_datasets() -> dict[str, type[Dataset]]:
    return {"sine": Sine}
