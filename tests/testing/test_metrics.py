from __future__ import annotations

import numpy as np
import pytest
import sklearn.metrics

from framework.testing import assert_conforms
from framework.testing.metrics import PEERS, cases
from plugins.metrics.accuracy import Accuracy
from plugins.metrics.f1 import F1
from plugins.metrics.top_k import TopK


def test_cases_are_those_that_a_metric_applies_to():
    assert [case.name for case in cases(TopK())] == ["multiclass, 4 outputs"]
    binary = ["binary, 1 output", "binary, 2 outputs"]
    assert [case.name for case in cases(F1())] == [*binary, "multiclass, 4 outputs"]
    assert [case.name for case in cases(F1("binary"))] == binary
    assert_conforms(F1("binary"))


def test_all_classes_occur_but_not_equally_often():
    """Else a macro average could not be told from a micro average."""
    for case in cases(Accuracy()):
        rows = np.bincount(case.y)
        assert len(rows) == len(case.task.classes) and rows[0] > 1.5 * rows[1] > 0


@pytest.mark.parametrize("name", sorted(PEERS))
def test_every_peer_is_a_function_of_scikit_learn(name):
    assert callable(getattr(sklearn.metrics, PEERS[name][0]))
