"""Where the windows of convolutions and pooling stand."""

from __future__ import annotations

from dataclasses import dataclass

from framework.errors import ConfigError


@dataclass(frozen=True)
class Window:
    """Square windows of `size` pixels, `stride` pixels apart, on images with `padding` pixels around them."""

    size: int
    stride: int = 1
    padding: int = 0

    def __post_init__(self) -> None:
        if min(self.size, self.stride) < 1 or self.padding < 0:
            raise ValueError(f"a window has size >= 1, stride >= 1 and padding >= 0, not {self}")

    def positions(self, shape: tuple[int, ...]) -> tuple[int, int]:
        """How many windows lie wholly within images of this shape, down and across."""
        if len(shape) != 3:
            raise ValueError(f"images are (height, width, channels), not {shape}")
        room = [length + 2 * self.padding - self.size for length in shape[:2]]
        if min(room) < 0:
            window = f"a {self.size}x{self.size} window with padding {self.padding}"
            raise ConfigError(f"{window} does not fit into {shape[0]}x{shape[1]} pixels")
        return room[0] // self.stride + 1, room[1] // self.stride + 1

    def reach(self, offset: int, positions: int) -> slice:
        """The pixels that one offset within the window meets, along one axis."""
        return slice(offset, offset + self.stride * (positions - 1) + 1, self.stride)
