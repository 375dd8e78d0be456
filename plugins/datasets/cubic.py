"""A sum of cubic polynomials, a regression without noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import Array, Dataset, Table, hookimpl, one_of, require


@dataclass
class Cubic(Dataset):
    """y = Σ_j (x_j³ + x_j²) with five inputs uniform in [0, 1): what a linear model can only come near.

    x: (samples, 5), NumPy's RandomState(seed).rand; the last fifth of the rows is for testing, and by
    default all others are for training. Least squares with a bias then ends at ½ Σ (p - y)² =
    4.9357758945 over the 80 training rows, and at 3.2062598187 over the 20 test rows. As such a model
    is equivariant to shifts and scales, the scaling of the inputs does not change this.

    samples: rows. minmax: map the inputs to [0, 1], "columns" each by its least and its greatest value in the
    rows that are not for testing, "all" by one pair of all columns and all rows, the test rows included,
    which is how the exercise looks to have done it; "none" (default) leaves them. seed: of the generator.
    Source: an exercise in Newton's method for regression, where it is drawn after np.random.seed(2).
    """

    val: float = 0.0
    samples: int = 100
    minmax: str = "none"
    seed: int = 2

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of(self, "minmax", ["none", "columns", "all"])
        require(self, "samples", self.samples >= 10, "a number of rows is >= 10")
        require(self, "seed", 0 <= self.seed < 2**32, "a seed is in 0 <= s < 2^32")

    def load(self) -> Table:
        x = np.random.RandomState(self.seed).rand(self.samples, 5)  # theirs
        y = (x**3 + x**2).sum(axis=1)
        cut = self.samples - self.samples // 5
        features = tuple(f"x{j + 1}" for j in range(5))
        x = self._scaled(x, cut)
        return Table(x, y, (), features, "generated", np.arange(cut, self.samples))

    def _scaled(self, x: Array, cut: int) -> Array:
        if self.minmax == "none":
            return x
        low, high = (
            (x[:cut].min(0), x[:cut].max(0)) if self.minmax == "columns" else (x.min(), x.max())
        )
        return np.asarray((x - low) / (high - low))


@hookimpl
def register_datasets() -> dict[str, type[Dataset]]:
    return {"cubic": Cubic}
