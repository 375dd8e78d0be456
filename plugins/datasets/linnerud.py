"""Exercise and physiology of twenty men: three targets."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version

from framework import Dataset, Table, hookimpl

SOURCE = "scikit-learn load_linnerud; Tenenhaus (1998)"


@dataclass
class Linnerud(Dataset):
    """20 middle-aged men in a fitness club; three targets.

    x: (20, 3), chin-ups, sit-ups and jumps. y: (20, 3), weight in pounds, waist in inches and pulse,
    not standardised.
    Source: Linnerud's data in Tenenhaus, La régression PLS: théorie et pratique (1998), table 1, as
    shipped by scikit-learn.
    """

    def load(self) -> Table:
        from sklearn.datasets import load_linnerud

        bunch = load_linnerud()
        return Table(bunch.data, bunch.target, features=tuple(bunch.feature_names), source=SOURCE)

    def fingerprint(self) -> str:
        return version("scikit-learn")


@hookimpl
def register_datasets() -> dict[str, type[Dataset]]:
    return {"linnerud": Linnerud}
