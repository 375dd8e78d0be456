"""Breast tumours, malignant or benign."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version

from framework import Dataset, Table, hookimpl

SOURCE = "scikit-learn load_breast_cancer; UCI, doi 10.24432/C5DW2B"


@dataclass
class BreastCancer(Dataset):
    """569 breast tumours, malignant (class 0, 212 rows) or benign (class 1, 357 rows).

    x: (569, 30), measures of cell nuclei in an image: mean, standard error and worst of ten.
    Source: Wolberg, Street and Mangasarian, Breast Cancer Wisconsin (Diagnostic) (1995), UCI, as
    shipped by scikit-learn.
    """

    def load(self) -> Table:
        from sklearn.datasets import load_breast_cancer

        bunch = load_breast_cancer()
        classes = tuple(str(name) for name in bunch.target_names)
        features = tuple(str(name) for name in bunch.feature_names)
        return Table(bunch.data, bunch.target, classes, features, SOURCE)

    def fingerprint(self) -> str:
        return version("scikit-learn")


@hookimpl
def register_datasets() -> dict[str, type[Dataset]]:
    return {"breast_cancer": BreastCancer}
