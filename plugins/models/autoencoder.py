"""An encoder and a decoder that give back what went in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from framework import (
    ACTIVATIONS,
    INITIALIZERS,
    Dense,
    Flatten,
    Layer,
    Model,
    Network,
    Sequential,
    hookimpl,
    one_of,
    require,
)


@dataclass
class Autoencoder(Model):
    """An encoder with layers of the given widths, a linear `code`, and the decoder, its mirror image.

    h_0 = x;  h_l = f(h_{l-1} W_l + b_l);  the code, and the outputs z, are without f.  x: (N, *inputs),
    flattened; the targets are the inputs themselves, standardised: a regression on any data, for loss=mse and
    its like. hidden=[128,32] with code=2 has the widths 128, 32, 2, 32, 128; with hidden=[] it is linear, and
    squared error is least where the code spans the first principal components. init as in `mlp`. The two
    halves share no weights.
    Source: Hinton and Salakhutdinov, Reducing the dimensionality of data with neural networks (2006); Baldi
    and Hornik, Neural networks and principal component analysis (1989), for the linear one.
    """

    reconstructs: ClassVar[bool] = True

    hidden: list[int] = field(default_factory=lambda: [32])
    code: int = 2
    activation: str = "tanh"
    init: str = "auto"
    bias: bool = True

    def __post_init__(self) -> None:
        positive = all(width > 0 for width in self.hidden)
        require(self, "hidden", positive, "widths of the hidden layers are > 0")
        require(self, "code", self.code > 0, "a number of units is > 0")
        one_of(self, "activation", ACTIVATIONS)
        one_of(self, "init", ["auto", *INITIALIZERS])

    def build(self, inputs: tuple[int, ...], outputs: int) -> Network:
        layers: list[Layer] = [] if len(inputs) == 1 else [Flatten()]
        layers += self._half(self.hidden, self.code)
        layers += self._half(self.hidden[::-1], outputs)
        return Sequential(layers, inputs)

    def _half(self, hidden: list[int], units: int) -> list[Layer]:
        """Layers of the hidden widths, activated, and a linear one."""
        activation = ACTIVATIONS[self.activation]
        init = INITIALIZERS[activation.initializer if self.init == "auto" else self.init]
        layers: list[Layer] = []
        for width in hidden:
            layers += [Dense(width, init, self.bias), activation()]
        return [*layers, Dense(units, init, self.bias)]


@hookimpl
def register_models() -> dict[str, type[Model]]:
    return {"autoencoder": Autoencoder}
