"""iris_bp: at least 0.95 of the test flowers, over ten splits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from framework import reopen

Recipe = Callable[..., Any]


def test_the_network_is_four_eight_three(recipe: Recipe) -> None:
    record = recipe("iris_bp", "train.epochs=2")[""]
    run = reopen(record.folder)
    assert run.network.layout.size == 4 * 8 + 8 + 8 * 3 + 3
    assert run.head.link.name == "softmax"


def test_over_ten_splits_it_is_as_good_as_logistic_regression(recipe: Recipe) -> None:
    """Whose accuracy on the same rows, unregularised, says what can be had: 300 flowers, ±0.011."""
    ours, theirs = [], []
    for seed in range(10):
        record = recipe("iris_bp", f"seed={seed}")[""]
        ours.append(record.history["test/accuracy"][1][-1])
        splits = reopen(record.folder).data.splits
        peer = LogisticRegression(C=100, max_iter=1000).fit(splits["train"].x, splits["train"].y)
        theirs.append(peer.score(splits["test"].x, splits["test"].y))
    assert np.mean(ours) >= 0.95
    assert abs(np.mean(ours) - np.mean(theirs)) < 0.02
