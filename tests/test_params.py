from __future__ import annotations

import numpy as np
import pytest

from framework.params import Layout, Parameter

PARAMETERS = (
    Parameter("kernel", (3, 2)),
    Parameter("bias", (2,), "bias"),
    Parameter("scale", ()),
)


def test_parameters_lie_in_theta_in_the_order_of_declaration():
    layout = Layout(PARAMETERS)
    theta = np.arange(9.0)
    views = layout.views(theta)
    assert layout.size == 3 * 2 + 2 + 1
    np.testing.assert_array_equal(views["kernel"], [[0, 1], [2, 3], [4, 5]])
    np.testing.assert_array_equal(views["bias"], [6, 7])
    assert views["scale"] == 8 and views["scale"].shape == ()


def test_views_share_their_memory_with_theta():
    theta = np.zeros(9, np.float32)
    for view in Layout(PARAMETERS).views(theta).values():
        assert view.dtype == np.float32
        view += 1
    np.testing.assert_array_equal(theta, np.ones(9))


def test_masks_of_the_kinds_are_a_partition():
    layout = Layout(PARAMETERS)
    np.testing.assert_array_equal(layout.mask("bias"), [0, 0, 0, 0, 0, 0, 1, 1, 0])
    np.testing.assert_array_equal(layout.mask("weight") + layout.mask("bias"), np.ones(9))
    assert layout.mask("weight", np.float32).dtype == np.float32


def test_layers_are_the_prefixes_of_names():
    names = ("1.dense.weight", "scale", "1.dense.bias", "a.b.c", "shift")
    layout = Layout([Parameter(name, (i,)) for i, name in enumerate(names, 1)])
    assert layout.layers() == {
        "1.dense": [slice(0, 1), slice(3, 6)],
        "network": [slice(1, 3), slice(10, 15)],
        "a.b": [slice(6, 10)],
    }


def test_iteration_gives_the_parameters_back():
    assert tuple(Layout(PARAMETERS)) == PARAMETERS
    assert Layout([]).size == 0 and Layout([]).views(np.zeros(0)) == {}


@pytest.mark.parametrize("shape", [(8,), (10,), (9, 1), (1, 9)])
def test_a_vector_of_another_shape_is_refused(shape):
    with pytest.raises(ValueError, match=r"this layout needs \(9,\)"):
        Layout(PARAMETERS).views(np.zeros(shape))


def test_a_name_is_used_once():
    with pytest.raises(ValueError, match="parameter names are not unique: "):
        Layout([Parameter("w", (1,)), Parameter("w", (2,))])


def test_a_parameter_is_a_weight_or_a_bias():
    with pytest.raises(ValueError, match=r"parameter 'w': kind is one of .*, not 'gain'"):
        Parameter("w", (1,), "gain")
