"""A small convolutional network."""

from __future__ import annotations

from dataclasses import dataclass, field

from framework import (
    ACTIVATIONS,
    INITIALIZERS,
    POOLS,
    ConfigError,
    Conv2D,
    Dense,
    Dropout,
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


@dataclass
class ConvNet(Model):
    """Blocks of convolution, activation and 2×2 pooling, one an entry of `channels`, then a linear output.

    x: (N, height, width), (N, height, width, channels), or flat with a square number of features, such as
    digits' 64. Convolutions have stride 1 and keep the size of the image (kernel odd, padded by ⌊kernel/2⌋),
    a pool halves it, rounding down. pool: "max" or "average". dropout: the rate at which the inputs of the
    output layer are dropped, in mini-batches only. init as in `mlp`.
    Source: Simonyan and Zisserman, Very deep convolutional networks for large-scale image recognition (2015),
    section 2.1, with one convolution a block.
    """

    channels: list[int] = field(default_factory=lambda: [8, 16])
    kernel: int = 3
    activation: str = "relu"
    pool: str = "max"
    dropout: float = 0.0
    init: str = "auto"

    def __post_init__(self) -> None:
        positive = all(channels > 0 for channels in self.channels)
        require(self, "channels", positive, "numbers of channels are > 0")
        odd = self.kernel > 0 and self.kernel % 2 == 1
        require(self, "kernel", odd, "the kernel's width is odd, 1, 3, 5, ...")
        one_of(self, "activation", ACTIVATIONS)
        one_of(self, "pool", POOLS)
        require(self, "dropout", 0 <= self.dropout < 1, "a dropout rate is in 0 <= rate < 1")
        one_of(self, "init", ["auto", *INITIALIZERS])

    def build(self, inputs: tuple[int, ...], outputs: int) -> Network:
        height, width, _ = Image().build(inputs)
        if min(height, width) < 2 ** len(self.channels):
            rounds = f"{len(self.channels)} rounds of pooling; set fewer model.channels"
            raise ConfigError(f"images of {height}x{width} pixels are too small for {rounds}")
        activation = ACTIVATIONS[self.activation]
        init = INITIALIZERS[activation.initializer if self.init == "auto" else self.init]
        layers: list[Layer] = [Image()]
        for channels in self.channels:
            layers.append(Conv2D(channels, self.kernel, init, padding=self.kernel // 2))
            layers += [activation(), POOLS[self.pool]()]
        layers += [Flatten(), *([Dropout(self.dropout)] if self.dropout else [])]
        return Sequential([*layers, Dense(outputs, init)], inputs)


@hookimpl
def register_models() -> dict[str, type[Model]]:
    return {"convnet": ConvNet}
