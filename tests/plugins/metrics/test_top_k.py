from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import top_k_accuracy_score

from framework.errors import FieldError
from framework.links import LINKS
from framework.tasks import Task
from plugins.metrics.top_k import TopK

TASK = Task("multiclass", (2,), tuple("abcd"))


@pytest.mark.parametrize("k", [1, 2, 3])
@pytest.mark.parametrize("columns", [4], indirect=True, ids=["four classes"])
def test_it_is_that_of_scikit_learn(k, classified):
    p, y, task = classified
    assert TopK(k)(p, y, task) == top_k_accuracy_score(y, p, k=k, labels=range(4))


def test_by_hand():
    p = np.array([[0.1, 0.2, 0.3, 0.4]] * 4)
    assert [TopK(k)(p, np.arange(4), TASK) for k in (1, 2, 3, 4, 9)] == [1 / 4, 1 / 2, 3 / 4, 1, 1]
    assert TopK()(p, np.arange(4), TASK) == 1 / 2


def test_no_class_is_refused():
    with pytest.raises(FieldError, match=r"^k=0: a number of classes is > 0$"):
        TopK(k=0)


def test_it_applies_to_more_than_two_classes():
    assert TopK().applies(TASK, LINKS["identity"])
    assert not TopK().applies(Task("binary", (2,), ("n", "y")), LINKS["sigmoid"])
    assert TopK.higher_is_better
