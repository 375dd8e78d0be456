"""iris_bp: at least 0.95 of the test flowers, over four splits."""

from __future__ import annotations

import numpy as np
from sklearn.linear_model import LogisticRegression

from framework import reopen


def test_the_network_is_four_eight_three(recipe):
    run = reopen(recipe("iris_bp", "seed=0")[""].folder)
    assert run.network.layout.size == 4 * 8 + 8 + 8 * 3 + 3
    assert run.head.link.name == "softmax"


def test_over_four_splits_it_is_as_good_as_logistic_regression(recipe):
    """Whose accuracy on the same rows, unregularised, says what can be had: 120 flowers, ±0.018."""
    ours, theirs = [], []
    for seed in range(4):
        record = recipe("iris_bp", f"seed={seed}")[""]
        ours.append(record.history["test/accuracy"][1][-1])
        splits = reopen(record.folder).data.splits
        peer = LogisticRegression(C=100, max_iter=1000).fit(splits["train"].x, splits["train"].y)
        theirs.append(peer.score(splits["test"].x, splits["test"].y))
    assert np.mean(ours) >= 0.95
    assert abs(np.mean(ours) - np.mean(theirs)) < 0.02
