from __future__ import annotations

import numpy as np
import pytest
import sklearn
from sklearn import datasets

from framework.data import check
from plugins.datasets.breast_cancer import BreastCancer
from plugins.datasets.diabetes import Diabetes
from plugins.datasets.digits import Digits
from plugins.datasets.iris import Iris
from plugins.datasets.linnerud import Linnerud
from plugins.datasets.wine import Wine


@pytest.mark.parametrize(
    ("dataset", "bunch", "kind"),
    [
        (Digits(), datasets.load_digits(), "multiclass"),
        (BreastCancer(), datasets.load_breast_cancer(), "binary"),
        (Iris(), datasets.load_iris(), "multiclass"),
        (Wine(), datasets.load_wine(), "multiclass"),
        (Diabetes(), datasets.load_diabetes(scaled=False), "regression"),
        (Linnerud(), datasets.load_linnerud(), "regression"),
    ],
)
def test_they_are_those_of_scikit_learn(dataset, bunch, kind):
    table = check(dataset.load(), "any")
    np.testing.assert_array_equal(table.x, bunch.data)
    np.testing.assert_array_equal(table.y, bunch.target)
    assert table.features == tuple(bunch.feature_names)
    names = () if kind == "regression" else bunch.target_names
    assert table.classes == tuple(str(name) for name in names)
    assert table.task.kind == kind
    assert dataset.fingerprint() == sklearn.__version__
