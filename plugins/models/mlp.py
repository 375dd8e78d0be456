"""The multilayer perceptron: dense layers, as many as you like."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from framework import (
    ACTIVATIONS,
    INITIALIZERS,
    Dense,
    Dropout,
    Flatten,
    Layer,
    LayerNorm,
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
    init: "auto" draws He's normal weights for ReLU and its kin (leaky_relu, elu, gelu, silu, softplus),
    LeCun's for SELU and Glorot's uniform ones else; biases start at zero, but for Nielsen's. layer_norm:
    normalise each layer's sums before the activation. dropout: the rate at which each hidden layer's outputs
    are dropped, in mini-batches only. output_bias: added to the initial biases of the output.
    Source: Rumelhart, Hinton and Williams, Learning representations by back-propagating errors (1986).
    """

    hidden: list[int] = field(default_factory=lambda: [32])
    activation: str = "tanh"
    init: str = "auto"
    bias: bool = True
    layer_norm: bool = False
    dropout: float = 0.0
    output_bias: float = 0.0

    def __post_init__(self) -> None:
        positive = all(width > 0 for width in self.hidden)
        require(self, "hidden", positive, "widths of the hidden layers are > 0")
        one_of(self, "activation", ACTIVATIONS)
        one_of(self, "init", ["auto", *INITIALIZERS])
        require(self, "dropout", 0 <= self.dropout < 1, "a dropout rate is in 0 <= rate < 1")
        require(self, "output_bias", math.isfinite(self.output_bias), "a bias is a finite number")
        fits = self.bias or not self.output_bias
        require(self, "output_bias", fits, "there are no biases to add it to; set model.bias=true")

    def build(self, inputs: tuple[int, ...], outputs: int) -> Network:
        activation = ACTIVATIONS[self.activation]
        init = INITIALIZERS[activation.initializer if self.init == "auto" else self.init]
        layers: list[Layer] = [] if len(inputs) == 1 else [Flatten()]
        for width in self.hidden:
            layers.append(Dense(width, init, self.bias))
            layers += [LayerNorm()] if self.layer_norm else []
            layers.append(activation())
            layers += [Dropout(self.dropout)] if self.dropout else []
        last = Dense(outputs, init, self.bias, bias_start=self.output_bias)
        return Sequential([*layers, last], inputs)


@hookimpl
def register_models() -> dict[str, type[Model]]:
    return {"mlp": MLP}
