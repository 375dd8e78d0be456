"""A layout for parameters that another library named."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from framework.errors import ConfigError, unknown
from framework.params import Layout, Parameter

BIASES, WEIGHTS = {"b", "bias", "biases", "offset", "shift"}, {"w", "weight", "weights", "kernel"}


def named_layout(
    shapes: Mapping[str, tuple[int, ...]], biases: Collection[str] | None = None
) -> Layout:
    """Parameters of these names and shapes, in their order.

    A parameter is a bias, free of regularisation, if its name says so, or if it has fewer than two axes and
    its name does not say that it is a weight. `biases`, the names of all that are, takes the rule's place.
    """
    for name in biases or ():
        if name not in shapes:
            raise ConfigError(f"biases={name}: {unknown('parameter', name, shapes)}")
    free = {name for name in shapes if _is_bias(name, shapes[name])} if biases is None else biases
    return Layout([Parameter(n, s, "bias" if n in free else "weight") for n, s in shapes.items()])


def _is_bias(name: str, shape: tuple[int, ...]) -> bool:
    """By the words of the name's last part: of `1.attention.in_proj_bias` they are in, proj, bias."""
    words = set(name.rpartition(".")[2].lower().split("_"))
    return bool(words & BIASES) or (len(shape) < 2 and not words & WEIGHTS)


def one_line(error: Exception) -> str:
    """Its type and its message."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def check_logits(shape: tuple[int, ...], rows: int, outputs: int) -> None:
    """Raise ConfigError unless so many samples gave (rows, outputs) logits."""
    if shape != (rows, outputs):
        raise ConfigError(
            f"{rows} samples gave logits of shape {shape}; expected ({rows}, {outputs})"
        )
