"""Diagnostics of a module of PyTorch's, which does not tell its layers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytest.importorskip("torch")


def test_parameters_go_by_their_modules(assert_norms_alone: Callable[..., None]) -> None:
    assert_norms_alone("torch_model.py", "torch_mlp", ["1", "4"])
