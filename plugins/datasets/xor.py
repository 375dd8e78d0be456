"""Noisy exclusive or in the plane."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import Dataset, Table, hookimpl, require


@dataclass
class Xor(Dataset):
    """Gaussian clouds around the corners (±1, ±1); the class is whether the two signs differ.

    A line gets three corners right at most, and a linear model trained by cross-entropy stays near
    chance, because the classes have the same mean. The best classifier asks for the sign of x1 x2;
    it errs on 2 q (1 - q) of fresh rows with q = Phi(-1 / noise), which is 0.0123 for noise = 0.4.

    samples: rows a class, shared out evenly between its two corners. noise: standard deviation.
    seed: of the generator; the run's own seed changes the split, not the points.
    Source: Minsky and Papert, Perceptrons (1969).
    """

    samples: int = 200
    noise: float = 0.4
    seed: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self, "samples", self.samples >= 1, "a number of rows a class is >= 1")
        require(self, "noise", 0 <= self.noise < np.inf, "a standard deviation is >= 0")
        require(self, "seed", self.seed >= 0, "a seed is >= 0")

    def load(self) -> Table:
        corners = np.array([[[1, 1], [-1, -1]], [[1, -1], [-1, 1]]])  # class, corner, coordinate
        centres = corners[:, np.arange(self.samples) % 2]
        noise = np.random.default_rng(self.seed).normal(size=centres.shape)
        x = (centres + self.noise * noise).reshape(-1, 2)
        y = np.repeat([0, 1], self.samples)
        return Table(x, y, ("same", "different"), ("x1", "x2"), "generated")


@hookimpl
def register_datasets() -> dict[str, type[Dataset]]:
    return {"xor": Xor}
