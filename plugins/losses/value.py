"""The output itself, for functions to be minimised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import Array, ConfigError, Head, Identity, Link, Loss, hookimpl, refuse_link


@dataclass
class Value(Loss):
    """loss = p_1: what the model puts out is itself to be minimised, for models that are functions.

    p: (batch, 1), behind the identity.  Gradient 1, Hessian 0.  There are no targets, (batch, 0).
    Raises ConfigError on another link, on several outputs, and on data with targets.
    Source: Schneider, Balles and Hennig, DeepOBS (2019), whose quadratic_deep is trained this way.
    """

    needs_targets: ClassVar[bool] = False

    def value(self, p: Array, y: Array) -> Array:
        return p[:, 0]

    def grad(self, p: Array, y: Array) -> Array:
        return np.ones_like(p)

    def hvp(self, p: Array, y: Array, v: Array) -> Array:
        return np.zeros_like(v)

    def prepare(self, targets: Array, outputs: int) -> Array:
        if targets.size or outputs != 1:
            raise ConfigError("it compares with no targets; choose data=nothing, or another loss")
        return np.zeros((len(targets), 1))

    def head(self, link: Link) -> Head:
        if not isinstance(link, Identity):
            raise refuse_link("value", link, "the output itself", "identity")
        return super().head(link)


@hookimpl
def register_losses() -> dict[str, type[Loss]]:
    return {"value": Value}
