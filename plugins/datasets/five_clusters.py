"""Five Gaussian clusters in the plane."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from framework import Dataset, Table, hookimpl, one_of, require


class Arrangement(NamedTuple):
    """Of each cluster: its name, direction and distance from the origin, and standard deviation."""

    classes: tuple[str, ...]
    degrees: tuple[float, ...]
    radii: tuple[float, ...]
    widths: tuple[float, ...]


ARRANGEMENTS = {
    "rays": Arrangement(
        ("near left", "far left", "near right", "far right", "bottom"),
        (150, 150, 30, 30, 270),
        (1, 3, 1, 3, 4),
        (0.4, 1.1, 0.4, 1.1, 1.1),
    ),
    "cross": Arrangement(
        ("centre", "east", "north", "west", "south"),
        (0, 0, 90, 180, 270),
        (0, 4, 4, 4, 4),
        (0.8, 0.8, 0.8, 0.8, 0.8),
    ),
}


@dataclass
class FiveClusters(Dataset):
    """Five round Gaussian clusters in the plane, one a class, that no direction tells apart.

    A network without biases (ReLU, or linear) is homogeneous, f(c x) = c f(x) for c > 0, so that what it
    predicts is constant along each ray from the origin. The best that it can do is to name for each
    direction θ the class with the largest density f_k(θ), which is right on (1/5) ∫ max_k f_k(θ) dθ of
    fresh rows. The mean of the centres is the origin, so data.standardize moves it but little.

    arrangement: "rays" has "left" at 150 degrees and "right" at 30, each with a near cluster (distance 1,
    standard deviation 0.4 spread) and a far one (3, 1.1 spread), and "bottom" at 270 (4, 1.1 spread). With
    spread = 1 the Bayes classifier is right on about 0.94; a linear model stays a little behind it, because
    between a tight and a wide cluster the best boundary is curved; by direction alone it is 0.6.
    "cross" has "centre" at the origin and four at distance 4 around it, all of standard deviation 0.8 spread.
    With spread = 1 the Bayes classifier is right on 0.99. The centre looks the same in every direction,
    f = 1/2π, and of each of the others a share of 0.97 lies within 26 degrees of its own; the gaps between
    them, 0.42 of the circle, are left to the centre. By direction alone that makes 0.8 · 0.97 + 0.2 · 0.42 =
    0.86 at best.
    samples: rows a class. spread: factor of all standard deviations. seed: of the generator; the
    run's own seed changes the split, not the points.
    Source: own construction; the Bayes rule is the quadratic discriminant of Bishop, Pattern
    Recognition and Machine Learning (2006), section 4.2.1; the density of a direction is that of the
    projected normal distribution, Mardia and Jupp, Directional Statistics (2000), section 3.5.6.
    """

    arrangement: str = "rays"
    samples: int = 200
    spread: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of(self, "arrangement", ARRANGEMENTS)
        require(self, "samples", self.samples >= 1, "a number of rows a class is >= 1")
        require(self, "spread", 0 <= self.spread < np.inf, "a factor of distances is >= 0")
        require(self, "seed", self.seed >= 0, "a seed is >= 0")

    def load(self) -> Table:
        classes, degrees, radii, widths = ARRANGEMENTS[self.arrangement]
        angles = np.deg2rad(degrees)
        centres = np.column_stack([np.cos(angles), np.sin(angles)]) * np.array(radii)[:, None]
        noise = np.random.default_rng(self.seed).normal(size=(5, self.samples, 2))
        x = centres[:, None] + self.spread * np.array(widths)[:, None, None] * noise
        y = np.repeat(np.arange(5), self.samples)
        return Table(x.reshape(-1, 2), y, classes, ("x1", "x2"), "generated")


@hookimpl
def register_datasets() -> dict[str, type[Dataset]]:
    return {"five_clusters": FiveClusters}
