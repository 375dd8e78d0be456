from __future__ import annotations

import numpy as np
import pytest

from framework.errors import ConfigError
from framework.links import LINKS
from plugins.losses.value import Value


def test_the_output_is_the_loss():
    head = Value().head(LINKS["identity"])
    z, y, v = np.array([[3.0], [-1.0]]), np.zeros((2, 1)), np.array([[5.0], [7.0]])
    np.testing.assert_array_equal(head.value(z, y), [3, -1])
    np.testing.assert_array_equal(head.grad(z, y), [[1], [1]])
    np.testing.assert_array_equal(head.hvp(z, y, v), [[0], [0]])
    np.testing.assert_array_equal(head.ggn(z, y, v), [[0], [0]])


def test_no_targets_become_a_column_of_zeros():
    np.testing.assert_array_equal(Value().prepare(np.zeros((3, 0)), 1), np.zeros((3, 1)))


@pytest.mark.parametrize(
    ("targets", "outputs"), [(np.zeros(3), 1), (np.zeros(3, int), 1), (np.zeros((3, 0)), 2)]
)
def test_targets_and_several_outputs_are_refused(targets, outputs):
    with pytest.raises(ConfigError, match="choose data=nothing, or another loss"):
        Value().prepare(targets, outputs)


@pytest.mark.parametrize("name", sorted(LINKS.keys() - {"identity"}))
def test_other_links_are_refused(name):
    with pytest.raises(ConfigError, match=rf"^model.output={name}: loss=value needs the output"):
        Value().head(LINKS[name])
