"""Interleaved spirals in the plane."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import Dataset, Table, hookimpl, require


@dataclass
class Spirals(Dataset):
    """Archimedean spirals around the origin, each an arm and a class, with Gaussian noise.

    Arm k of K: r (cos φ, sin φ), φ = 2 pi (turns r + k / K), r evenly in (0, 1]. x: (classes · samples,
    2), arm after arm. Neighbouring arms are 1 / (turns K) apart along a ray. A linear model is at chance,
    and small networks find it hard.

    classes: arms. samples: rows an arm. turns: of each arm around the origin. noise: standard deviation
    of each coordinate. seed: of the generator; the run's own seed changes the split, not the points.
    Source: Lang and Witbrock, Learning to tell two spirals apart (1988), for two arms of three turns.
    """

    classes: int = 2
    samples: int = 200
    turns: float = 1.5
    noise: float = 0.03
    seed: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self, "classes", self.classes >= 2, "a number of arms is >= 2")
        require(self, "samples", self.samples >= 1, "a number of rows an arm is >= 1")
        require(self, "turns", 0 <= self.turns < np.inf, "a number of turns is >= 0")
        require(self, "noise", 0 <= self.noise < np.inf, "a standard deviation is >= 0")
        require(self, "seed", self.seed >= 0, "a seed is >= 0")

    def load(self) -> Table:
        r = np.arange(1, self.samples + 1) / self.samples
        arms = np.arange(self.classes)[:, None]
        angle = 2 * np.pi * (self.turns * r + arms / self.classes)
        x = np.stack([r * np.cos(angle), r * np.sin(angle)], axis=-1)
        x += self.noise * np.random.default_rng(self.seed).normal(size=x.shape)
        y = np.repeat(np.arange(self.classes), self.samples)
        classes = tuple(f"arm {k + 1}" for k in range(self.classes))
        return Table(x.reshape(-1, 2), y, classes, ("x1", "x2"), "generated")


@hookimpl
def register_datasets() -> dict[str, type[Dataset]]:
    return {"spirals": Spirals}
