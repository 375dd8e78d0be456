"""Arrays to try a loss on."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.fixture
def arrays():
    """Outputs (or logits), targets and a direction, (20, 3)."""
    return np.random.default_rng(0).normal(size=(3, 20, 3))


@pytest.fixture
def labels():
    """20 labels of 3 classes."""
    return np.random.default_rng(1).integers(3, size=20)


@pytest.fixture
def one_hot(labels):
    """Their rows, (20, 3)."""
    return np.eye(3)[labels]
