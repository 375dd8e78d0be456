from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import mannwhitneyu
from sklearn.metrics import roc_auc_score

from framework.errors import FieldError
from framework.links import LINKS
from framework.tasks import Task
from plugins.metrics.roc_auc import ROCAUC

BINARY, MULTI = Task("binary", (2,), ("n", "y")), Task("multiclass", (2,), tuple("abcd"))


@pytest.mark.parametrize("average", ["macro", "weighted"])
def test_it_is_that_of_scikit_learn(average, by_chance):
    p, y, task = by_chance
    scores = p if task.kind == "multiclass" else p[:, -1]
    expected = roc_auc_score(y, scores, multi_class="ovr", average=average)
    assert ROCAUC(average)(p, y, task) == expected


def test_it_is_the_share_of_pairs_in_order(classified):
    """Mann and Whitney's U over the number of pairs, for each class that has both sides."""
    p, y, task = classified
    areas = []
    for k in range(4) if task.kind == "multiclass" else [1]:
        scores = p[:, min(k, p.shape[1] - 1)]
        of, rest = scores[y == k], scores[y != k]
        if len(of) and len(rest):
            areas.append(mannwhitneyu(of, rest).statistic / (len(of) * len(rest)))
    expected = np.mean(areas) if areas else np.nan
    assert ROCAUC()(p, y, task) == pytest.approx(expected, rel=1e-12, nan_ok=True)


@pytest.mark.parametrize(
    ("y", "p"), [([0, 0], [0.1, 0.2]), ([1, 1], [0.1, 0.2]), ([0, 1], [0.1, np.nan])]
)
def test_where_there_is_none_it_is_nan(y, p):
    assert np.isnan(ROCAUC()(np.array(p)[:, None], np.array(y), BINARY))


def test_by_hand():
    p, y = np.array([[0.1], [0.4], [0.35], [0.8]]), np.array([0, 0, 1, 1])
    assert ROCAUC()(p, y, BINARY) == 0.75  # three of four pairs are in order


def test_an_unknown_average_is_refused():
    with pytest.raises(FieldError, match=r"^average=micro: no such choice"):
        ROCAUC("micro")


def test_it_needs_probabilities():
    assert ROCAUC().applies(BINARY, LINKS["sigmoid"]) and ROCAUC().applies(MULTI, LINKS["softmax"])
    assert not ROCAUC().applies(MULTI, LINKS["identity"])
    assert ROCAUC.higher_is_better
