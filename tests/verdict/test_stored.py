"""Outcomes from an MLflow store, held against the folders that they were sent from."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest

from framework.errors import ConfigError
from framework.verdict.outcome import DIVERGED, FINISHED, by_arm
from framework.verdict.recorded import from_folder
from framework.verdict.stored import links_of, outcomes
from tests.verdict.in_mlflow import ENDS, InMlflow
from tests.verdict.in_mlflow import in_mlflow as in_mlflow


def test_a_study_by_its_id_is_what_its_folder_says(in_mlflow: InMlflow) -> None:
    found, place = outcomes(in_mlflow.uri, [in_mlflow.id_of()])
    written = [each for each in from_folder(in_mlflow.folder) if each.phase == "final"]
    assert (place.title, place.factors, place.study) == (
        "Which loss?",
        ("loss",),
        in_mlflow.id_of(),
    )
    assert place.notes == ("left out: 1 trials of a search",)
    assert len(found) == len(written) == 13
    for stored, known in zip(found, written, strict=True):
        assert (stored.arm, stored.seed, stored.status) == (known.arm, known.seed, known.status)
        assert (stored.run_id, stored.reason) == (known.run_id, known.reason)
        assert known.tags.items() <= stored.tags.items()
        assert stored.params == known.params
        assert {name: stored.metrics[name] for name in known.metrics} == known.metrics
        for name in ("val/accuracy", "test/accuracy", "work/samples"):
            for one, other in zip(stored.history[name], known.history[name], strict=True):
                np.testing.assert_array_equal(one, other)
    assert Counter(each.status for each in found) == {FINISHED: 12, DIVERGED: 1}


def test_its_curves_are_by_epochs_and_without_those_of_other_axes(in_mlflow: InMlflow) -> None:
    found, _ = outcomes(in_mlflow.uri, [in_mlflow.id_of("0")])
    assert not [name for name in found[0].history if ".by_" in name]
    cost, values = found[0].curve("val/accuracy", "samples")
    np.testing.assert_array_equal(cost, [0, 100, 200])
    np.testing.assert_allclose(values, [0.5, 0.8, 0.9])


def test_an_arm_a_filter_and_an_experiment_mean_their_runs(in_mlflow: InMlflow) -> None:
    (arm,) = in_mlflow.client.search_runs(["1"], "tags.level = 'arm' and params.loss = 'mse'")
    by_id, _ = outcomes(in_mlflow.uri, [arm.info.run_id])
    by_filter, _ = outcomes(in_mlflow.uri, ["params.loss = 'mse'"])
    everything, _ = outcomes(in_mlflow.uri, ["training-choices"])
    assert {each.run_id for each in by_id} == {each.run_id for each in by_filter}
    assert [each.metrics["test/accuracy"] for each in by_id] == ENDS["loss=mse"]
    assert {arm: len(runs) for arm, runs in by_arm(everything).items()} == {
        "loss=ce": 7,
        "loss=mse": 6,
    }


def test_the_same_run_is_taken_once(in_mlflow: InMlflow) -> None:
    twice, _ = outcomes(
        in_mlflow.uri, [in_mlflow.id_of("0"), in_mlflow.id_of(), "training-choices"]
    )
    assert len(twice) == 13


def test_of_equal_runs_the_newest_that_finished_is_taken(in_mlflow: InMlflow) -> None:
    found, place = outcomes(in_mlflow.uri, ["again"])
    assert [each.metrics for each in found] == [{"accuracy": 0.6}]
    assert place.notes == ("left out: 2 runs that are there twice",)


def test_runs_of_other_code_have_arms_by_what_varies(in_mlflow: InMlflow) -> None:
    found, place = outcomes(in_mlflow.uri, [in_mlflow.theirs])
    assert place.factors == ("C",) and place.study == ""
    assert place.notes == ("left out: 1 runs that are not over",)
    assert {arm: [each.seed for each in runs] for arm, runs in by_arm(found).items()} == {
        "C=1.0": [0, 1, 2],
        "C=0.1": [0, 1, 2],
    }
    steps, values = found[0].history["val_acc"]
    assert steps.tolist() == [0, 1] and values.tolist() == [0.5, 0.6]
    with pytest.raises(KeyError):
        found[0].curve("val_acc", "samples")


def test_factors_make_the_arms(in_mlflow: InMlflow) -> None:
    found, place = outcomes(in_mlflow.uri, [in_mlflow.id_of()], ["optim", "loss"])
    assert set(by_arm(found)) == {"optim=sgd loss=ce", "optim=sgd loss=mse"}
    assert place.factors == ("optim", "loss")


def test_links_lead_to_the_pages_of_these_runs(in_mlflow: InMlflow) -> None:
    found, place = outcomes(in_mlflow.uri, [in_mlflow.id_of()])
    links = links_of(found, place)
    ids = re.findall("[0-9a-f]{32}", unquote(links.compare))
    assert ids == [each.run_id for each in found if each.finished]
    first = found[0].run_id
    assert links.absolute(links.runs[first]) == (
        f"http://127.0.0.1:5000/#/experiments/1/runs/{first}?workflowType=machine_learning"
    )


@pytest.mark.parametrize(
    ("what", "factors", "message"),
    [
        ("nothing", [], "nothing: no folder, run or experiment of this name; sqlite:///"),
        ("params.loss = 'l1'", [], "no run of experiment 'training-choices' is like this"),
        ("params.loss =", [], "params.loss =: not a filter of search_runs: Invalid clause"),
        ("training-choices", ["lr"], "--factor lr: no run has this param; loss varies"),
        ("Default", [], "Default: no run there is over, so there is nothing to compare"),
    ],
)
def test_what_cannot_be_had_is_told_in_a_line(
    in_mlflow: InMlflow, what: str, factors: list[str], message: str
) -> None:
    with pytest.raises(ConfigError) as told:
        outcomes(in_mlflow.uri, [what], factors)
    assert message in str(told.value) and "\n" not in str(told.value)


def test_a_store_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such MLflow store; --uri names one"):
        outcomes(f"sqlite:///{tmp_path / 'mlflow.db'}", ["training-choices"])
    assert not list(tmp_path.iterdir())
