"""Exclusive or of three bits: four rows to learn, four to guess."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import Dataset, Table, hookimpl, one_of


@dataclass
class XorBits(Dataset):
    """The eight rows of three bits; those with x3 = 1 are for training, those with x3 = 0 for testing.

    They are not standardised by default.
    target: "first_two" (default) is x1 ⊕ x2, so that the training rows 001, 011, 101, 111 have the targets
    0, 1, 1, 0: exclusive or of two bits, and a third that is a bias for the first layer in training.
    "parity" is x1 ⊕ x2 ⊕ x3, the other reading of "3-bit XOR", with 1, 0, 0, 1. Four rows cannot teach it:
    as x3 never changes in them, every function of x1 and x2 alone that fits them is wrong on all four test
    rows, and nothing in the data says so.
    Source: Rumelhart, Hinton and Williams, Learning internal representations by error propagation (1986),
    for both problems, exclusive or and parity.
    """

    val: float = 0.0
    standardize: bool = False
    target: str = "first_two"

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of(self, "target", ["first_two", "parity"])

    def load(self) -> Table:
        pairs = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
        x = np.vstack([np.column_stack([pairs, np.full(4, bit)]) for bit in (1, 0)])
        used = x if self.target == "parity" else x[:, :2]
        y = used.sum(axis=1) % 2
        names = ("x1", "x2", "x3")
        return Table(x.astype(float), y, ("0", "1"), names, "all of them", np.arange(4, 8))


@hookimpl
def register_datasets() -> dict[str, type[Dataset]]:
    return {"xor_bits": XorBits}
