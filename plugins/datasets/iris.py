"""Fisher's irises of three species."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version

from framework import Dataset, Table, hookimpl

SOURCE = "scikit-learn load_iris; UCI, doi 10.24432/C56C76"


@dataclass
class Iris(Dataset):
    """150 irises of three species, 50 each; two of the species overlap.

    x: (150, 4), length and width of sepal and petal in cm.
    Source: Fisher, The Use of Multiple Measurements in Taxonomic Problems (1936), as shipped by
    scikit-learn, which follows R and not UCI in two rows.
    """

    def load(self) -> Table:
        from sklearn.datasets import load_iris

        bunch = load_iris()
        classes = tuple(str(name) for name in bunch.target_names)
        features = tuple(str(name) for name in bunch.feature_names)
        return Table(bunch.data, bunch.target, classes, features, SOURCE)

    def fingerprint(self) -> str:
        return version("scikit-learn")


@hookimpl
def register_datasets() -> dict[str, type[Dataset]]:
    return {"iris": Iris}
