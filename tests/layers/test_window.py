from __future__ import annotations

import pytest

from framework.errors import ConfigError
from framework.layers.window import Window


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("padding", [0, 1])
@pytest.mark.parametrize("length", [3, 4, 5, 6, 7])
def test_windows_stand_where_counting_finds_them(size, stride, padding, length):
    window, room = Window(size, stride, padding), length + 2 * padding
    starts = [i for i in range(0, room, stride) if i + size <= room]
    count, _ = window.positions((length, 9, 1))
    assert count == len(starts)
    for offset in range(size):
        assert list(range(room)[window.reach(offset, count)]) == [i + offset for i in starts]


def test_what_does_not_fit_is_refused():
    with pytest.raises(
        ConfigError, match="a 3x3 window with padding 0 does not fit into 2x5 pixels"
    ):
        Window(3).positions((2, 5, 1))
    assert Window(3, padding=1).positions((1, 1, 1)) == (1, 1)


@pytest.mark.parametrize("fields", [(0,), (2, 0), (2, 1, -1)])
def test_nonsense_is_refused(fields):
    with pytest.raises(ValueError, match="a window has size >= 1, stride >= 1 and padding >= 0"):
        Window(*fields)
