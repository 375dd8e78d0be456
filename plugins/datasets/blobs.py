"""Round Gaussian clusters anywhere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import Dataset, Table, hookimpl, require


@dataclass
class Blobs(Dataset):
    """Round Gaussian clusters of one width, one a class: x ~ N(c_k, spread² I), c_k uniform in [-10, 10]^d.

    x: (classes · samples, features), class after class, the values of scikit-learn's make_blobs with
    random_state=seed and shuffle=False. A linear model is the best there is: all clusters have the same
    covariance and the same size.

    classes, features: how many. samples: rows a class. spread: standard deviation. seed: of the
    generator; the run's own seed changes the split, not the points.
    Source: Pedregosa et al., scikit-learn (2011), make_blobs.
    """

    classes: int = 3
    features: int = 2
    samples: int = 200
    spread: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self, "classes", self.classes >= 2, "a number of classes is >= 2")
        require(self, "features", self.features >= 1, "a number of features is >= 1")
        require(self, "samples", self.samples >= 1, "a number of rows a class is >= 1")
        require(self, "spread", 0 <= self.spread < np.inf, "a standard deviation is >= 0")
        require(self, "seed", 0 <= self.seed < 2**32, "a seed is in 0 <= s < 2^32")

    def load(self) -> Table:
        rng = np.random.RandomState(self.seed)  # theirs
        centres = rng.uniform(-10, 10, (self.classes, self.features))
        shape = (self.samples, self.features)
        x = np.concatenate([rng.normal(centre, self.spread, shape) for centre in centres])
        y = np.repeat(np.arange(self.classes), self.samples)
        classes = tuple(str(k) for k in range(self.classes))
        features = tuple(f"x{j + 1}" for j in range(self.features))
        return Table(x, y, classes, features, "generated")


@hookimpl
def register_datasets() -> dict[str, type[Dataset]]:
    return {"blobs": Blobs}
