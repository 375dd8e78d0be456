"""What a run keeps for its figures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from framework.job import shown
from framework.tracking.record import Record


@pytest.fixture
def last(command: Callable[..., Any], workplace: Path) -> Callable[..., Record]:
    """The record of a run of these words."""

    def run(*words: str) -> Record:
        assert command(*words, "train.epochs=1", "quiet=true").status == 0
        return Record(next((workplace / "runs").iterdir()))

    return run


@pytest.mark.parametrize(
    "data, loss, inputs",
    [("sine", "mse", (120, 1)), ("xor_bits", "ce", (4, 3)), ("moons", "ce", (240, 2))],
)
def test_a_run_keeps_the_inputs_that_areshown(
    last: Callable[..., Record], data: str, loss: str, inputs: tuple[int, int]
) -> None:
    found = last(f"data={data}", f"loss={loss}")
    assert found.evaluation["train_inputs"].shape == inputs
    assert found.predictor is not None
    np.testing.assert_allclose(
        found.predictor.outputs(found.evaluation["train_inputs"]),
        found.evaluation["train_outputs"],
        rtol=1e-12,
    )


def test_a_run_does_not_keep_long_rows(last: Callable[..., Record]) -> None:
    assert sorted(last("data=digits").evaluation) == [
        f"{split}_{what}" for split in ("test", "train", "val") for what in ("outputs", "targets")
    ]


@pytest.mark.parametrize(
    "inputs, rows, kept",
    [
        ((1,), 10**6, True),
        ((2,), 10**6, True),
        ((4,), 24, True),
        ((2, 2), 24, True),
        ((5,), 24, False),
        ((4,), 25, False),
    ],
)
def test_inputs_are_kept_on_a_line_in_a_plane_or_few(
    inputs: tuple[int, ...], rows: int, kept: bool
) -> None:
    assert shown(inputs, rows) == kept
