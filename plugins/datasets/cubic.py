"""A sum of cubic polynomials, a regression without noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import Dataset, Table, hookimpl, require


@dataclass
class Cubic(Dataset):
    """y = Σ_j (x_j³ + x_j²) with five inputs uniform in [0, 1): what a linear model can only come near.

    x: (samples, 5), NumPy's RandomState(seed).rand; the last fifth of the rows is for testing, and by
    default all others are for training. Least squares with a bias then ends at ½ Σ (p - y)² =
    4.9357758945 over the 80 training rows, and at 3.2062598187 over the 20 test rows. As such a model
    is equivariant to shifts and scales, the scaling of the inputs does not change this.

    samples: rows. minmax: map inputs and targets to [0, 1] by the least and the greatest of the rows that
    are not for testing, which divides ½ Σ (p - y)² by the square of their range. seed: of the generator.
    Source: an exercise in Newton's method for regression, where it is drawn after np.random.seed(2).
    """

    val: float = 0.0
    samples: int = 100
    minmax: bool = False
    seed: int = 2

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self, "samples", self.samples >= 10, "a number of rows is >= 10")
        require(self, "seed", 0 <= self.seed < 2**32, "a seed is in 0 <= s < 2^32")

    def load(self) -> Table:
        x = np.random.RandomState(self.seed).rand(self.samples, 5)  # theirs
        y = (x**3 + x**2).sum(axis=1)
        cut = self.samples - self.samples // 5
        if self.minmax:
            x, y = (
                (v - v[:cut].min(axis=0)) / (v[:cut].max(axis=0) - v[:cut].min(axis=0))
                for v in (x, y)
            )
        features = tuple(f"x{j + 1}" for j in range(5))
        return Table(x, y, (), features, "generated", np.arange(cut, self.samples))


@hookimpl
def register_datasets() -> dict[str, type[Dataset]]:
    return {"cubic": Cubic}
