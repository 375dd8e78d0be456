"""Images of four textures, drawn."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from framework import Array, Dataset, Table, hookimpl, one_of, require

PERIODS = (6.0, 12.0)  # pixels
CONTRASTS = (36.0, 56.0)  # standard deviation of a pattern, of 255
WAVES = 40  # that make a cloud
EDGE = 3.0  # how sharp the patterns' edges are: tanh of so many times a cosine
GROUNDS = (112.0, 144.0)  # the mean grey
TINTS = (0.6, 1.0)  # of each channel, in colour


@dataclass
class Textures(Dataset):
    """Images of "checks", "clouds", "dots" and "stripes", for models that look at images.

    x: (4 images, height, width) bytes, or (..., 3) in colour; rows by class. In coordinates (u, v), turned
    and shifted at random, of 2π a period of 6 to 12 pixels, stripes are tanh(3 cos u), checks
    tanh(3 cos u cos v) and dots tanh(3 (cos u + cos v - 1)); clouds are sums of 40 waves of any direction and
    about that period. A pattern is brought to mean 0 and variance 1, and put with a random contrast on a
    random ground of grey. So the mean image of each class is the same grey, and a linear model is at chance
    on images that it has not seen.

    images: images of each class. size: height and width. colour: "grey" or "rgb", which tints an image at
    random. turn: angles are uniform from -turn to turn, in degrees. noise: standard deviation of the white
    noise over that of the pattern. seed: of the generator; the run's own seed changes the split, not the
    images.
    The verb `python -m framework export` writes them as files for data=image_folder, whose fields size and
    colour are these.
    Source: own construction.
    """

    images: int = 200
    size: list[int] = field(default_factory=lambda: [64, 64])
    colour: str = "grey"
    turn: float = 15.0
    noise: float = 0.3
    seed: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self, "images", self.images >= 1, "a number of images of each class is >= 1")
        usable = len(self.size) == 2 and min(self.size) >= 2
        require(self, "size", usable, "two numbers >= 2, height and width")
        one_of(self, "colour", ["grey", "rgb"])
        require(self, "turn", 0 <= self.turn <= 180, "an angle is in 0 <= turn <= 180 degrees")
        require(self, "noise", 0 <= self.noise < math.inf, "a share of the contrast is >= 0")
        require(self, "seed", self.seed >= 0, "a seed is >= 0")

    def load(self) -> Table:
        rng = np.random.default_rng(self.seed)
        channels = (3,) if self.colour == "rgb" else ()
        x = np.empty((len(PATTERNS), self.images, *self.size, *channels), np.uint8)
        for pattern, images in zip(PATTERNS.values(), x, strict=True):
            for image in images:
                image[...] = self._image(pattern, rng)
        y = np.repeat(np.arange(len(PATTERNS)), self.images)
        return Table(x.reshape(-1, *x.shape[2:]), y, tuple(PATTERNS), (), "generated")

    def _image(self, pattern: Pattern, rng: np.random.Generator) -> Array:
        drawn = pattern(self._plane(rng), rng)
        drawn = (drawn - drawn.mean()) / (drawn.std() or 1.0)
        drawn += self.noise * rng.normal(size=drawn.shape)
        grey = rng.uniform(*GROUNDS) + rng.uniform(*CONTRASTS) * drawn
        if self.colour == "rgb":
            grey = grey[..., None] * rng.uniform(*TINTS, size=3)
        return np.rint(grey).clip(0, 255)

    def _plane(self, rng: np.random.Generator) -> Array:
        """u and v of each pixel, (2, height, width): turned and shifted at random, 2π a period."""
        row, column = np.indices(self.size)
        turn, shift = np.deg2rad(rng.uniform(-self.turn, self.turn)), rng.uniform(size=(2, 1, 1))
        u = np.cos(turn) * column + np.sin(turn) * row
        v = np.cos(turn) * row - np.sin(turn) * column
        period = math.exp(rng.uniform(*np.log(PERIODS)))
        return 2 * np.pi * (np.stack([u, v]) / period + shift)


Pattern = Callable[
    [Array, np.random.Generator], Array
]  # (u, v), (2, height, width) -> (height, width)


def stripes(plane: Array, rng: np.random.Generator) -> Array:
    return np.tanh(EDGE * np.cos(plane[0]))


def checks(plane: Array, rng: np.random.Generator) -> Array:
    return np.tanh(EDGE * np.cos(plane).prod(axis=0))


def dots(plane: Array, rng: np.random.Generator) -> Array:
    return np.tanh(EDGE * (np.cos(plane).sum(axis=0) - 1))


def clouds(plane: Array, rng: np.random.Generator) -> Array:
    """A sum of waves of all directions, whose lengths are a period or a third more or less."""
    angles, phases = rng.uniform(0, 2 * np.pi, (2, WAVES))
    lengths = np.exp(rng.uniform(-0.3, 0.3, WAVES))
    ways = np.column_stack([np.cos(angles), np.sin(angles)]) / lengths[:, None]
    return sum(
        np.cos(a * plane[0] + b * plane[1] + c) for (a, b), c in zip(ways, phases, strict=True)
    )


PATTERNS: dict[str, Pattern] = {
    "checks": checks,
    "clouds": clouds,
    "dots": dots,
    "stripes": stripes,
}


@hookimpl
def register_datasets() -> dict[str, type[Dataset]]:
    return {"textures": Textures}
