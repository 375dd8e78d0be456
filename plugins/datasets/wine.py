"""Italian wines of three cultivars."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version

from framework import Dataset, Table, hookimpl

SOURCE = "scikit-learn load_wine; UCI, doi 10.24432/C5PC7J"


@dataclass
class Wine(Dataset):
    """178 wines of three cultivars (59, 71 and 48 rows), nearly separable by a line.

    x: (178, 13), results of a chemical analysis on very different scales.
    Source: Aeberhard and Forina, Wine (1992), UCI, as shipped by scikit-learn.
    """

    def load(self) -> Table:
        from sklearn.datasets import load_wine

        bunch = load_wine()
        classes = tuple(str(name) for name in bunch.target_names)
        features = tuple(str(name) for name in bunch.feature_names)
        return Table(bunch.data, bunch.target, classes, features, SOURCE)

    def fingerprint(self) -> str:
        return version("scikit-learn")


@hookimpl
def register_datasets() -> dict[str, type[Dataset]]:
    return {"wine": Wine}
