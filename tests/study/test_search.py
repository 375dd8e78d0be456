"""Equal tuning from the command line: what is tried, with which seeds, and what comes of it."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from framework.tracking.record import Record, records_of

Command = Callable[..., Any]
Tuned = tuple[Path, list[Record]]

WORDS = ["data=iris", "model=linear", "train.epochs=2", "study.workers=0", "seed=3"]


@pytest.fixture
def tuned(command: Command) -> Callable[..., Tuned]:
    """The study's folder, and all its runs, the trials too."""

    def run(*words: str) -> Tuned:
        done = command("-m", *WORDS, "tune=equal", *words)
        assert done.status == 0
        (study,) = (path.parent for path in Path("runs").glob("*/study.json"))
        return study, records_of(study, tuning=True)

    return run


def test_every_arm_has_as_many_trials_and_a_run_at_its_best(tuned: Callable[..., Tuned]) -> None:
    study, records = tuned("loss=ce,mse", "tune.trials=4", "tune.seeds=2")
    trials = [record for record in records if record.phase == "tuning"]
    assert Counter(record.label for record in trials) == {"loss=ce": 8, "loss=mse": 8}
    assert 3 not in {record.seed for record in trials}
    finals = [record for record in records if record.phase == "final"]
    assert [record.label for record in finals] == [
        "loss=ce",
        "loss=mse",
        "loss=ce (tuned)",
        "loss=mse (tuned)",
    ]
    assert {record.seed for record in finals} == {3}
    for found, arm in zip(json.loads((study / "tuning.json").read_text()), finals[2:], strict=True):
        scores: dict[float, list[float]] = defaultdict(list)
        for record in trials:
            if record.label == found["arm"] and record.result is not None:
                value = record.result["metrics"]["val/accuracy"]
                scores[float(record.run["params"]["optim.lr"])].append(value)
        means = {rate: float(np.mean(values)) for rate, values in scores.items()}
        assert dict(zip(found["values"], found["scores"], strict=True)) == pytest.approx(means)
        assert means[found["best"]] == max(means.values())
        assert float(arm.run["params"]["optim.lr"]) == found["best"]


def test_an_arm_without_the_field_has_no_trials_and_one_of_its_own_has(
    tuned: Callable[..., Tuned],
) -> None:
    words = ["optim=sgd,newton,lm", "tune.fields=[optim.lr,optim.newton.damping]"]
    _, records = tuned(*words, "tune.trials=1", "tune.seeds=1")
    trials = [record.label for record in records if record.phase == "tuning"]
    assert trials == ["optim=sgd", "optim=newton"]
    assert sum(record.phase == "final" for record in records) == 5


def test_a_range_holds_for_all_arms(tuned: Callable[..., Tuned]) -> None:
    study, _ = tuned("optim=sgd,adam", "tune.range=[0.01,1]", "tune.trials=2", "tune.seeds=1")
    found = json.loads((study / "tuning.json").read_text())
    assert [(each["low"], each["high"]) for each in found] == [(0.01, 1)] * 2
    assert all(0.01 <= value <= 1 for each in found for value in each["values"])


def test_a_rate_that_is_written_as_a_whole_number_is_one(tuned: Callable[..., Tuned]) -> None:
    words = ['+arms.a=["loss=mse","optim.lr=3"]', '+arms.b=["loss=ce","optim.lr=0.5"]']
    _, records = tuned(*words, "tune.trials=1", "tune.seeds=1")
    assert [record.label for record in records if record.phase == "tuning"] == ["a", "b"]


def test_a_trial_that_diverges_is_no_failure_of_the_study(tuned: Callable[..., Tuned]) -> None:
    words = ["objective.l2=1", "tune.range=[0.1,1e200]", "tune.trials=2", "tune.seeds=1"]
    study, records = tuned("loss=ce,mse", *words)
    assert any(record.result and record.result["stopped"] == "diverged" for record in records)
    assert json.loads((study / "result.json").read_text())["status"] == "FINISHED"
