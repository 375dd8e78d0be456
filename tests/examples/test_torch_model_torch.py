"""A model in PyTorch trains as the same one of our own layers does."""

from __future__ import annotations

from typing import Any

import pytest

from framework import Array
from framework.testing import assert_conforms

pytest.importorskip("torch")

from framework.adapters.torch import TorchNetwork

EXAMPLE = ("torch_model.py", "torch_mlp")


def transposed(views: dict[str, Array]) -> list[Array]:
    """Weights are (units, inputs) there."""
    return [view.T for view in views.values()]


@pytest.mark.parametrize("optimizer", ["sgd", "newton_cg"])
def test_training_is_that_of_our_own_layers(
    optimizer: str, same_training: Any, our_start: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TorchNetwork, "init", our_start(transposed))
    same_training(*EXAMPLE, optimizer)


def test_it_passes_the_check(registered: Any) -> None:
    assert_conforms(registered(*EXAMPLE))


def test_another_process_loads_it(loads_elsewhere: Any) -> None:
    loads_elsewhere(*EXAMPLE)


def test_optimizers_for_dense_layers_refuse_it(command: Any, registered: Any) -> None:
    path = registered(*EXAMPLE).origin.path
    done = command(f"plugins.paths=[{path}]", "model=torch_mlp", "optim=kfac")
    assert done.status == 2
    assert "error: optim=kfac: it needs a network of dense layers" in done.err
    assert done.err.count("\n") == 1
