"""Radial basis functions with centres by k-means."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from framework import (
    INITIALIZERS,
    Array,
    ConfigError,
    Dense,
    Flatten,
    Model,
    Network,
    RadialBasis,
    Sequential,
    hookimpl,
    one_of,
    require,
)


@dataclass
class RBF(Model):
    """z = φ W + b with φ_j(x) = exp(-‖x - c_j‖² / (2 w_j²)), one for each of the `centres` c_j.

    x: (N, *inputs), flattened; W: (centres, outputs). The centres are those of k-means on the training
    inputs: k-means++, then Lloyd's steps until nothing changes, 300 at most. width="nearest": w_j is the mean
    distance from c_j to its `neighbours` nearest other centres; width="spread": the same w for all, the
    largest distance between two centres over sqrt(2 · centres). A single centre is as wide as the inputs are
    away from it, root mean squared.
    Both are constants: the model is linear in its parameters, so that a convex objective stays convex. With
    train_centres they are parameters too, c_j and log w_j, and start there; L2 leaves them alone.
    Source: Broomhead and Lowe, Multivariable functional interpolation and adaptive networks (1988); Moody
    and Darken, Fast learning in networks of locally-tuned processing units (1989), for k-means and "nearest"
    (there a root mean square); Haykin, Neural Networks: a comprehensive foundation (1999), section 5.13, for
    "spread".
    """

    centres: int = 20
    width: str = "nearest"
    neighbours: int = 2
    train_centres: bool = False
    bias: bool = True
    init: str = "zeros"

    def __post_init__(self) -> None:
        require(self, "centres", self.centres > 0, "a number of centres is > 0")
        one_of(self, "width", ["nearest", "spread"])
        require(self, "neighbours", self.neighbours > 0, "a number of neighbours is > 0")
        one_of(self, "init", INITIALIZERS)

    def build(self, inputs: tuple[int, ...], outputs: int) -> Network:
        layers = [
            *([] if len(inputs) == 1 else [Flatten()]),
            RadialBasis(self.centres, self._place, self.train_centres),
            Dense(outputs, INITIALIZERS[self.init], self.bias),
        ]
        return Sequential(layers, inputs)

    def _place(self, x: Array, rng: np.random.Generator) -> tuple[Array, Array]:
        """Centres and widths for the inputs x, (N, features)."""
        centres = _k_means(x, self.centres, rng)
        if self.centres == 1:
            return centres, np.array([np.sqrt(np.square(x - centres).sum(axis=1).mean()) or 1.0])
        return centres, self._widths(centres)

    def _widths(self, centres: Array) -> Array:
        from scipy.spatial.distance import cdist

        distances = np.sort(cdist(centres, centres), axis=1)  # to itself first
        if self.width == "nearest":
            return distances[:, 1 : self.neighbours + 1].mean(axis=1)
        return np.full(len(centres), distances.max() / np.sqrt(2 * len(centres)))


def _k_means(x: Array, count: int, rng: np.random.Generator) -> Array:
    """The centres of k-means, (count, features) in float64; raises ConfigError if they would coincide."""
    from sklearn.cluster import KMeans

    means = KMeans(min(count, len(x)), n_init=1, tol=0, random_state=int(rng.integers(2**32)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that there are fewer clusters: an error, below
        means.fit(x)
    found = len(np.unique(means.labels_))
    if found < count:
        raise ConfigError(
            f"{count} centres, but only {found} different training inputs; set model.centres={found}"
        )
    return means.cluster_centers_.astype(np.float64)


@hookimpl
def register_models() -> dict[str, type[Model]]:
    return {"rbf": RBF}
