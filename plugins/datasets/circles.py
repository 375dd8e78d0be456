"""A circle within a circle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import Dataset, Table, hookimpl, require


@dataclass
class Circles(Dataset):
    """Two circles around the origin, of radius 1 ("outer") and `factor` ("inner"), with Gaussian noise.

    r (cos t, sin t), t evenly in [0, 2 pi). x: (2 samples, 2), the values of scikit-learn's make_circles
    with random_state=seed and shuffle=False. A linear model stays near chance, because the classes have
    the same mean; the square of the radius as a third feature would suffice. With the defaults the best
    classifier errs on 0.006 of fresh rows.

    samples: rows a class. factor: radius of the inner circle. noise: standard deviation of each
    coordinate. seed: of the generator; the run's own seed changes the split, not the points.
    Source: Pedregosa et al., scikit-learn (2011), make_circles.
    """

    samples: int = 200
    factor: float = 0.5
    noise: float = 0.1
    seed: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self, "samples", self.samples >= 1, "a number of rows a class is >= 1")
        require(self, "factor", 0 <= self.factor < 1, "a radius within the circle, 0 <= f < 1")
        require(self, "noise", 0 <= self.noise < np.inf, "a standard deviation is >= 0")
        require(self, "seed", 0 <= self.seed < 2**32, "a seed is in 0 <= s < 2^32")

    def load(self) -> Table:
        t = np.linspace(0, 2 * np.pi, self.samples, endpoint=False)
        outer = np.column_stack([np.cos(t), np.sin(t)])
        x = np.concatenate([outer, self.factor * outer])
        x += np.random.RandomState(self.seed).normal(scale=self.noise, size=x.shape)  # theirs
        y = np.repeat([0, 1], self.samples)
        return Table(x, y, ("outer", "inner"), ("x1", "x2"), "generated")


@hookimpl
def register_datasets() -> dict[str, type[Dataset]]:
    return {"circles": Circles}
