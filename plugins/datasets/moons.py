"""Two half moons in the plane."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import Dataset, Table, hookimpl, require


@dataclass
class Moons(Dataset):
    """Two half circles that reach into each other, one a class, with Gaussian noise.

    upper: (cos t, sin t); lower: (1 - cos t, 1/2 - sin t); t evenly from 0 to pi. x: (2 samples, 2),
    the values of scikit-learn's make_moons with random_state=seed and shuffle=False. A line is right on
    about 0.88 of the rows, because the tip of each moon lies within the other.

    samples: rows a class. noise: standard deviation of each coordinate. seed: of the generator; the
    run's own seed changes the split, not the points.
    Source: Pedregosa et al., scikit-learn (2011), make_moons.
    """

    samples: int = 200
    noise: float = 0.1
    seed: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self, "samples", self.samples >= 1, "a number of rows a class is >= 1")
        require(self, "noise", 0 <= self.noise < np.inf, "a standard deviation is >= 0")
        require(self, "seed", 0 <= self.seed < 2**32, "a seed is in 0 <= s < 2^32")

    def load(self) -> Table:
        t = np.linspace(0, np.pi, self.samples)
        upper = np.column_stack([np.cos(t), np.sin(t)])
        x = np.concatenate([upper, [1, 0.5] - upper])
        x += np.random.RandomState(self.seed).normal(scale=self.noise, size=x.shape)  # theirs
        y = np.repeat([0, 1], self.samples)
        return Table(x, y, ("upper", "lower"), ("x1", "x2"), "generated")


@hookimpl
def register_datasets() -> dict[str, type[Dataset]]:
    return {"moons": Moons}
