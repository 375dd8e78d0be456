"""The multilayer perceptron."""

from __future__ import annotations

from dataclasses import dataclass, field

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
class MLP(Model):
    """Fully connected layers of the given widths, each followed by the activation, then a linear output.

    h_0 = x;  h_l = f(h_{l-1} W_l + b_l);  z = h_L W + b.   x: (N, *inputs), flattened.
    init: "auto" draws He's normal weights for ReLU and Glorot's uniform ones else; biases start at zero.
    Source: Rumelhart, Hinton and Williams, Learning representations by back-propagating errors (1986).
    """

    hidden: list[int] = field(default_factory=lambda: [32])
    activation: str = "tanh"
    init: str = "auto"
    bias: bool = True

    def __post_init__(self) -> None:
        positive = all(width > 0 for width in self.hidden)
        require(self, "hidden", positive, "widths of the hidden layers are > 0")
        one_of(self, "activation", ACTIVATIONS)
        one_of(self, "init", ["auto", *INITIALIZERS])

    def build(self, inputs: tuple[int, ...], outputs: int) -> Network:
        activation = ACTIVATIONS[self.activation]
        auto = "he" if self.activation == "relu" else "glorot"
        init = INITIALIZERS[auto if self.init == "auto" else self.init]
        layers: list[Layer] = [] if len(inputs) == 1 else [Flatten()]
        for width in self.hidden:
            layers += [Dense(width, init, self.bias), activation()]
        return Sequential([*layers, Dense(outputs, init, self.bias)], inputs)


@hookimpl
def register_models() -> dict[str, type[Model]]:
    return {"mlp": MLP}
