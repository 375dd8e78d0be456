"""Progression of diabetes, a regression."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version

from framework import Dataset, Table, hookimpl

SOURCE = "scikit-learn load_diabetes; Efron et al. (2004)"


@dataclass
class Diabetes(Dataset):
    """442 patients; the target is the progression of diabetes one year on, 25..346.

    x: (442, 10), age, sex, body mass index, blood pressure and six blood values, in their own units
    (scikit-learn's scaled=False: its scaled form has seen the test rows). y: (442,), not
    standardised.
    Source: Efron, Hastie, Johnstone and Tibshirani, Least Angle Regression (2004), as shipped by
    scikit-learn.
    """

    def load(self) -> Table:
        from sklearn.datasets import load_diabetes

        bunch = load_diabetes(scaled=False)
        return Table(bunch.data, bunch.target, features=tuple(bunch.feature_names), source=SOURCE)

    def fingerprint(self) -> str:
        return version("scikit-learn")


@hookimpl
def register_datasets() -> dict[str, type[Dataset]]:
    return {"diabetes": Diabetes}
