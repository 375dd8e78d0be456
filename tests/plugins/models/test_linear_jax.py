from __future__ import annotations

import numpy as np
import pytest

from plugins.models.linear import Linear

pytest.importorskip("jax")


def test_all_derivatives_of_softmax_regression_are_those_of_jax(check_jax):
    x = np.random.default_rng(1).normal(size=(20, 5))
    check_jax(Linear().build((5,), 3), lambda weights, x: x @ weights[0] + weights[1], x)
