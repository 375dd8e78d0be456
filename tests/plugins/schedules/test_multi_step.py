from __future__ import annotations

import math

import pytest

from framework.errors import FieldError
from plugins.schedules.multi_step import MultiStep


def test_it_falls_at_its_milestones():
    schedule = MultiStep(milestones=[0.5, 4.0], gamma=0.5)
    assert [schedule(t) for t in (0.0, 0.4, 0.5, 3.9, 4.0, 99.0)] == [1, 1, 0.5, 0.5, 0.25, 0.25]
    assert MultiStep(milestones=[])(50.0) == 1


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"milestones": [3.0, 2.0]}, "milestones=[3.0, 2.0]: times are > 0 and rise"),
        ({"milestones": [0.0]}, "milestones=[0.0]: times are > 0 and rise"),
        ({"milestones": [2.0, 2.0]}, "milestones=[2.0, 2.0]: times are > 0 and rise"),
        ({"milestones": [math.inf]}, "milestones=[inf]: times are > 0 and rise"),
        ({"gamma": 0.0}, "gamma=0.0: a factor is in 0 < gamma <= 1"),
    ],
)
def test_fields_out_of_range_are_refused(fields, text):
    with pytest.raises(FieldError) as caught:
        MultiStep(**fields)
    assert str(caught.value) == text
