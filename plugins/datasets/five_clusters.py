"""Five Gaussian clusters in the plane."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import Dataset, Table, hookimpl, require

DEGREES = (150, 150, 30, 30, 270)
RADII = (1.0, 3.0, 1.0, 3.0, 4.0)
WIDTHS = (0.4, 1.1, 0.4, 1.1, 1.1)


@dataclass
class FiveClusters(Dataset):
    """Five round Gaussian clusters in the plane, one a class, some of them on the same ray.

    Seen from the origin, which is also the mean of the centres: "left" at 150 degrees and "right"
    at 30, each with a near cluster (distance 1, standard deviation 0.4 spread) and a far one (3,
    1.1 spread), and "bottom" at 270 (4, 1.1 spread). With spread = 1 the Bayes classifier is right
    on about 0.95 of fresh rows. A linear model stays a little behind it, because between a tight
    and a wide cluster the best boundary is curved. A network without biases (ReLU, or linear) is
    constant along each ray, so it cannot tell near from far, and ends near 0.6.

    samples: rows a class. spread: factor of all standard deviations. seed: of the generator; the
    run's own seed changes the split, not the points.
    Source: own construction; the Bayes rule is the quadratic discriminant of Bishop, Pattern
    Recognition and Machine Learning (2006), section 4.2.1.
    """

    samples: int = 200
    spread: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self, "samples", self.samples >= 1, "a number of rows a class is >= 1")
        require(self, "spread", 0 <= self.spread < np.inf, "a factor of distances is >= 0")
        require(self, "seed", self.seed >= 0, "a seed is >= 0")

    def load(self) -> Table:
        angles = np.deg2rad(DEGREES)
        centres = np.column_stack([np.cos(angles), np.sin(angles)]) * np.array(RADII)[:, None]
        noise = np.random.default_rng(self.seed).normal(size=(5, self.samples, 2))
        x = centres[:, None] + self.spread * np.array(WIDTHS)[:, None, None] * noise
        classes = ("near left", "far left", "near right", "far right", "bottom")
        y = np.repeat(np.arange(5), self.samples)
        return Table(x.reshape(-1, 2), y, classes, ("x1", "x2"), "generated")


@hookimpl
def register_datasets() -> dict[str, type[Dataset]]:
    return {"five_clusters": FiveClusters}
