"""digits_sgd_vs_newton: one convex objective, its minimum by scikit-learn, and what each arm pays for it."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from framework import reopen

WORK = "work/gradient_equivalents"


def test_what_newton_buys_and_what_it_costs(recipe):
    arms = recipe("digits_sgd_vs_newton")
    run = reopen(arms["newton"].folder)
    x, y = run.data.splits["train"].x, run.data.splits["train"].y
    peer = LogisticRegression(C=1 / (len(x) * 1e-3), tol=1e-10, max_iter=10_000).fit(x, y)
    least = run.objective.at(np.concatenate([peer.coef_.T.ravel(), peer.intercept_])).value
    ends = {arm: record.history["train/objective"][1][-1] for arm, record in arms.items()}
    for arm in ("newton", "newton_cg"):
        assert ends[arm] == pytest.approx(least, rel=1e-8)
    assert least < ends["lbfgs"] < least + 1e-3 < ends["sgd"] < least + 1e-2
    steps = {arm: record.history["work/steps"][1][-1] for arm, record in arms.items()}
    assert max(steps["newton"], steps["newton_cg"]) <= 15 < steps["sgd"]
    work = {arm: record.history[WORK][1][-1] for arm, record in arms.items()}
    assert work["newton"] > 5 * work["newton_cg"] > 25 * work["sgd"]
    accuracy = [record.history["test/accuracy"][1][-1] for record in arms.values()]
    assert min(accuracy) > 0.95 and max(accuracy) - min(accuracy) < 0.02
    rights = arms["newton"].history["test/log_loss"][1][-1]
    assert rights == pytest.approx(arms["newton_cg"].history["test/log_loss"][1][-1], abs=1e-6)
