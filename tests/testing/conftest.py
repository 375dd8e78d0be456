"""Components that no plugin registered."""

from __future__ import annotations

import pytest

from framework.registry import Component, Origin


@pytest.fixture
def component():
    """component(kind, name, cls): as the registry would have it."""

    def make(kind, name, cls):
        return Component(kind, name, cls, Origin("local", "mine", "mine.py", "", "0" * 64))

    return make
