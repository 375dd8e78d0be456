"""What is to be learned: the kind of target, and the shapes and names that follow from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from framework.errors import ConfigError, unknown
from framework.links import LINKS, Link
from framework.params import Array

BINARY, MULTICLASS, REGRESSION = "binary", "multiclass", "regression"
FUNCTION = "function"  # nothing to predict: the model's one output is to be minimised

NATURAL_LINK = {
    BINARY: "sigmoid",
    MULTICLASS: "softmax",
    REGRESSION: "identity",
    FUNCTION: "identity",
}


@dataclass(frozen=True)
class Task:
    """The kind of target and the shapes on both sides.

    kind: "binary", "multiclass", "regression", or "function" where there is no target.
    inputs: shape of one sample. classes: names, for classification. targets: columns, for regression.
    """

    kind: str
    inputs: tuple[int, ...]
    classes: tuple[str, ...] = ()
    targets: int = 1

    @property
    def classification(self) -> bool:
        return self.kind in (BINARY, MULTICLASS)

    def link(self, output: str, natural: Mapping[str, str] = NATURAL_LINK) -> Link:
        """The output link by name; "auto" takes the one that is natural to the loss, else to the task."""
        name = natural.get(self.kind, NATURAL_LINK[self.kind]) if output == "auto" else output
        if name not in LINKS:
            raise ConfigError(f"model.output={output}: {unknown('link', output, ['auto', *LINKS])}")
        if name == "softmax" and not self.classification and self.targets <= 1:
            rule = "a softmax of one output is always 1; choose another link, or data with classes"
            raise ConfigError(f"model.output={name}: {rule}")
        return LINKS[name]

    def outputs(self, link: Link) -> int:
        """Columns of the network's output: one for two classes behind a sigmoid, else one a class."""
        if not self.classification:
            return max(self.targets, 1)
        return 1 if self.kind == BINARY and link.name == "sigmoid" else len(self.classes)

    def labels(self, p: Array) -> Array:
        """Class indices (N,) predicted by the link's outputs p, (N, K)."""
        return (p[:, 0] > 0.5).astype(np.intp) if p.shape[1] == 1 else p.argmax(axis=1)
