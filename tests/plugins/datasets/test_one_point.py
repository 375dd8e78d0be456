from __future__ import annotations

import math

import numpy as np
import pytest

from framework.data import prepare
from framework.errors import FieldError
from plugins.datasets.one_point import OnePoint


def test_the_point_is_all_there_is_and_stays_as_it_is():
    data = prepare(OnePoint(x=3.0, y=0.25), "one_point", 0, "float64", None)
    assert list(data.splits) == ["train"]
    np.testing.assert_array_equal(data.splits["train"].x, [[3.0]])
    np.testing.assert_array_equal(data.splits["train"].y, [0.25])
    assert data.task.kind == "regression"


@pytest.mark.parametrize("field", ["x", "y"])
def test_ranges(field):
    with pytest.raises(FieldError) as caught:
        OnePoint(**{field: math.inf})
    assert str(caught.value) == f"{field}=inf: a finite number"
