from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import make_blobs

from framework.data import check
from framework.errors import FieldError
from plugins.datasets.blobs import Blobs


@pytest.mark.parametrize("seed", [0, 7])
@pytest.mark.parametrize(("classes", "features", "spread"), [(3, 2, 1.0), (5, 4, 0.3)])
def test_they_are_those_of_scikit_learn(classes, features, spread, seed):
    blobs = Blobs(classes=classes, features=features, samples=40, spread=spread, seed=seed)
    table = check(blobs.load(), "blobs")
    x, y = make_blobs(
        [40] * classes, features, cluster_std=spread, random_state=seed, shuffle=False
    )
    np.testing.assert_array_equal(table.x, x)
    np.testing.assert_array_equal(table.y, y)
    assert len(table.classes) == classes and len(table.features) == features


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"classes": 1}, "classes=1: a number of classes is >= 2"),
        ({"features": 0}, "features=0: a number of features is >= 1"),
        ({"samples": 0}, "samples=0: a number of rows a class is >= 1"),
        ({"spread": float("inf")}, "spread=inf: a standard deviation is >= 0"),
        ({"seed": -1}, "seed=-1: a seed is in 0 <= s < 2^32"),
    ],
)
def test_ranges(fields, text):
    with pytest.raises(FieldError) as caught:
        Blobs(**fields)
    assert str(caught.value) == text
