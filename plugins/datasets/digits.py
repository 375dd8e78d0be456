"""Handwritten digits, 8 by 8 pixels."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version

from framework import Dataset, Table, hookimpl

SOURCE = "scikit-learn load_digits; UCI, doi 10.24432/C50P49"


@dataclass
class Digits(Dataset):
    """1797 handwritten digits of 8 by 8 pixels, 10 classes "0" to "9".

    x: (1797, 64), ink per pixel, whole numbers 0..16 row by row; y: the digit.
    Source: Alpaydin and Kaynak, Optical Recognition of Handwritten Digits (1998), UCI, its test
    part, as shipped by scikit-learn.
    """

    def load(self) -> Table:
        from sklearn.datasets import load_digits

        bunch = load_digits()
        classes = tuple(str(name) for name in bunch.target_names)
        features = tuple(str(name) for name in bunch.feature_names)
        return Table(bunch.data, bunch.target, classes, features, SOURCE)

    def fingerprint(self) -> str:
        return version("scikit-learn")


@hookimpl
def register_datasets() -> dict[str, type[Dataset]]:
    return {"digits": Digits}
