from __future__ import annotations

import math

import numpy as np
import pytest

from framework.errors import FieldError
from plugins.models.quadratic import Quadratic


def test_the_spectrum_is_the_one_asked_for():
    matrix = Quadratic(dimensions=7, condition=1e4).build((1,), 1).matrix
    expected = 1e4 ** (np.arange(7) / 6)
    np.testing.assert_allclose(np.linalg.eigvalsh(matrix), expected, rtol=1e-9)
    assert np.abs(matrix - np.diag(np.diag(matrix))).max() > 100  # it is rotated


def test_value_gradient_and_product():
    function, rng = Quadratic(dimensions=4).build((1,), 1), np.random.default_rng(1)
    theta, v = rng.normal(size=(2, 4))
    a = function.matrix
    assert function.value(theta) == pytest.approx(0.5 * theta @ a @ theta, rel=1e-13)
    np.testing.assert_allclose(function.grad(theta), a @ theta, rtol=1e-13)
    np.testing.assert_allclose(function.hvp(theta, v), a @ v, rtol=1e-13)


def test_the_function_goes_by_its_own_seed_and_the_start_by_the_runs():
    one, same, other = (Quadratic(seed=s).build((1,), 1) for s in (0, 0, 1))
    np.testing.assert_array_equal(one.matrix, same.matrix)
    assert np.abs(one.matrix - other.matrix).max() > 1
    starts = [one.init(np.random.default_rng(s)) for s in (0, 1)]
    assert (starts[0] != starts[1]).all()


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"dimensions": 0}, "dimensions=0: a number of dimensions is >= 1"),
        ({"condition": 0.5}, "condition=0.5: a condition number is >= 1"),
        ({"condition": math.inf}, "condition=inf: a condition number is >= 1"),
        ({"seed": -1}, "seed=-1: a seed is >= 0"),
    ],
)
def test_fields_out_of_range_are_refused(fields, text):
    with pytest.raises(FieldError) as caught:
        Quadratic(**fields)
    assert str(caught.value) == text
