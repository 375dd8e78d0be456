"""digits_ce_vs_mse: two losses and nothing else that differs, and what their rates have to do with it."""

from __future__ import annotations

import numpy as np
import pytest

from framework import reopen


@pytest.fixture(scope="module")
def arms(recipe):
    return recipe("digits_ce_vs_mse")


def test_at_one_rate_only_the_loss_differs(arms):
    pair = [arms["cross_entropy"], arms["squared_error"]]
    entropy, squares = (record.run["params"] for record in pair)
    different = {key for key in {*entropy, *squares} if entropy.get(key) != squares.get(key)}
    assert {key for key in different if not key.startswith("loss")} == {"arm"}
    first, second = (reopen(record.folder) for record in pair)
    np.testing.assert_array_equal(first.theta, second.theta)
    for rows, others in zip(first.batches.epoch(), second.batches.epoch(), strict=True):
        np.testing.assert_array_equal(rows, others)
    for part in first.data.splits:
        np.testing.assert_array_equal(first.data.splits[part].rows, second.data.splits[part].rows)


def test_what_they_share_compares_and_cross_entropy_is_ahead_at_this_rate(arms):
    entropy, squares = arms["cross_entropy"].history, arms["squared_error"].history
    for split in ("train", "val", "test"):
        accuracy, log_loss = f"{split}/accuracy", f"{split}/log_loss"
        assert entropy[accuracy][1][0] == squares[accuracy][1][0]  # before the first step
        assert (entropy[accuracy][1][1:] > squares[accuracy][1][1:]).all()
        assert (entropy[log_loss][1][1:] < squares[log_loss][1][1:]).all()
    assert entropy["test/accuracy"][1][-1] > 0.96


def test_each_at_a_rate_of_its_own_they_are_level(arms):
    """Within two standard errors of the difference of two shares of the test rows."""
    entropy, squares = (arms[f"{loss}_best_rate"] for loss in ("cross_entropy", "squared_error"))
    p, q = (record.history["test/accuracy"][1][-1] for record in (entropy, squares))
    rows = entropy.run["dataset"]["splits"]["test"]
    assert abs(p - q) < 2 * np.sqrt((p * (1 - p) + q * (1 - q)) / rows)
