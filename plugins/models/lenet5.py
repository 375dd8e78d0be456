"""LeNet-5, the convolutional network of 1998."""

from __future__ import annotations

from dataclasses import dataclass, field

from framework import (
    ACTIVATIONS,
    INITIALIZERS,
    POOLS,
    ConfigError,
    Conv2D,
    Dense,
    Flatten,
    Image,
    Layer,
    Model,
    Network,
    Sequential,
    hookimpl,
    one_of,
    require,
)

SMALLEST = 4  # pixels a side: two rounds of pooling leave one


@dataclass
class LeNet5(Model):
    """C1 6@5×5, padded by 2 – S2 – C3 16@5×5 – S4 – C5 120 – F6 84 – outputs; S are 2×2 pools.

    x: (N, height, width), (N, height, width, channels), or flat with a square number of features, such as
    digits' 64. 28×28 is the original's 32×32 without its border, and gives the original's 6@28×28, 6@14×14,
    16@10×10, 16@5×5; 227×227 gives 46,656 numbers to C5. Where S2 leaves fewer than 6 pixels a side, so that
    C3 and S4 would not fit, C3 is padded by 2 as well: 8×8 gives 6@8×8, 6@4×4, 16@4×4, 16@2×2. Smaller than
    4×4 is an error.
    Unlike the original: S2 and S4 have no trained gain and bias, C3 sees all maps of S2, tanh is unscaled,
    and a linear output layer takes the place of radial basis functions. pool: "average" or "max". init as
    in `mlp`. channels: of C1 and C3; hidden: the widths of C5, F6 and any more such layers.
    Source: LeCun, Bottou, Bengio and Haffner, Gradient-based learning applied to document recognition (1998),
    section II.B.
    """

    channels: list[int] = field(default_factory=lambda: [6, 16])
    hidden: list[int] = field(default_factory=lambda: [120, 84])
    activation: str = "tanh"
    pool: str = "average"
    init: str = "auto"

    def __post_init__(self) -> None:
        pair = len(self.channels) == 2 and min(self.channels) > 0
        require(self, "channels", pair, "two numbers of channels > 0, of C1 and of C3")
        positive = all(width > 0 for width in self.hidden)
        require(self, "hidden", positive, "widths of the hidden layers are > 0")
        one_of(self, "activation", ACTIVATIONS)
        one_of(self, "pool", POOLS)
        one_of(self, "init", ["auto", *INITIALIZERS])

    def build(self, inputs: tuple[int, ...], outputs: int) -> Network:
        height, width, _ = Image().build(inputs)
        if min(height, width) < SMALLEST:
            raise ConfigError(
                f"images of {height}x{width} pixels are too small: {SMALLEST}x{SMALLEST} are the least"
            )
        activation, pool = ACTIVATIONS[self.activation], POOLS[self.pool]
        init = INITIALIZERS[activation.initializer if self.init == "auto" else self.init]
        padding = 2 if min(height, width) // 2 < 6 else 0
        first, second = self.channels
        layers: list[Layer] = [
            Image(),
            *(Conv2D(first, 5, init, padding=2), activation(), pool()),
            *(Conv2D(second, 5, init, padding=padding), activation(), pool()),
            Flatten(),
        ]
        for width in self.hidden:
            layers += [Dense(width, init), activation()]
        return Sequential([*layers, Dense(outputs, init)], inputs)


@hookimpl
def register_models() -> dict[str, type[Model]]:
    return {"lenet5": LeNet5}
