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
    """Blocks of convolutions and a 2×2 pool, one an entry of `channels`, then dense layers.

    x: (N, height, width), (N, height, width, channels), or flat with a square number of features, such as
    digits' 64. A block has `convolutions` of them, each with its activation, of stride 1; they keep the size
    of the image (kernel odd, padded by ⌊kernel/2⌋), and the pool halves it, rounding down. Then come dense
    layers of the widths `hidden`, activated, and the linear output. pool: "max" or "average". dropout: the
    rate at which the inputs of the dense layers are dropped, in mini-batches only. init as in `mlp`.
    Source: Simonyan and Zisserman, Very deep convolutional networks for large-scale image recognition (2015),
    section 2.1, where a block has one to four convolutions.
    """

    channels: list[int] = field(default_factory=lambda: [8, 16])
    convolutions: int = 1
    kernel: int = 3
    hidden: list[int] = field(default_factory=list)
    activation: str = "relu"
    pool: str = "max"
    dropout: float = 0.0
    init: str = "auto"

    def __post_init__(self) -> None:
        positive = all(channels > 0 for channels in self.channels)
        require(self, "channels", positive, "numbers of channels are > 0")
        require(self, "convolutions", self.convolutions > 0, "a number of convolutions is > 0")
        positive = all(width > 0 for width in self.hidden)
        require(self, "hidden", positive, "widths of the hidden layers are > 0")
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
            for _ in range(self.convolutions):
                layers.append(Conv2D(channels, self.kernel, init, padding=self.kernel // 2))
                layers.append(activation())
            layers.append(POOLS[self.pool]())
        layers.append(Flatten())
        for width in self.hidden:
            layers += [*self._dropout(), Dense(width, init), activation()]
        layers += self._dropout()
        return Sequential([*layers, Dense(outputs, init)], inputs)

    def _dropout(self) -> list[Layer]:
        return [Dropout(self.dropout)] if self.dropout else []


@hookimpl
def register_models() -> dict[str, type[Model]]:
    return {"convnet": ConvNet}
