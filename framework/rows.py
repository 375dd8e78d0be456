"""Samples that stay bytes until a batch is made of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from framework.params import Array


class Rows:
    """rows[i] = (images[numbers[i]] - mean) / scale, in `dtype`: eight times smaller than float64 until then.

    images: (M, *inputs) uint8; numbers: (N,) which of them; mean, scale: broadcast against a sample.
    Indexing by a slice or by row numbers gives an ordinary array; nothing else is computed.
    """

    def __init__(
        self, images: Array, numbers: Array, mean: Array, scale: Array, dtype: Any
    ) -> None:
        self.images, self.numbers = images, numbers
        self.mean, self.scale, self.dtype = mean, scale, np.dtype(dtype)

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self), *self.images.shape[1:])

    def first(self, count: int) -> Rows:
        """The first so many, still bytes."""
        return Rows(self.images, self.numbers[:count], self.mean, self.scale, self.dtype)

    def __getitem__(self, rows: Any) -> Array:
        chosen = self.numbers[rows]
        result = self.images[chosen].astype(np.result_type(self.dtype, np.float32))
        result -= self.mean.astype(result.dtype)
        result /= self.scale.astype(result.dtype)
        return result

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        if copy is False:
            raise ValueError(
                "these rows are made when they are asked for: there is no array to share"
            )
        whole = self[:]
        return whole if dtype is None else whole.astype(dtype, copy=False)


def first(x: Any, count: int) -> Any:
    """The first so many samples of an array, or of Rows, which stay bytes."""
    return x.first(count) if isinstance(x, Rows) else x[:count]
