"""Diagnostics of a function in JAX, which does not tell its layers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytest.importorskip("jax")


def test_parameters_go_by_their_branches(assert_norms_alone: Callable[..., None]) -> None:
    assert_norms_alone("jax_model.py", "jax_mlp", ["hidden", "output"])
