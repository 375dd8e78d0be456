"""Two runs are the same if configuration, source and data are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hydra import compose, initialize_config_dir

from framework import settings
from framework.assembly import assemble
from framework.conf import conf
from framework.experiment import Run
from framework.identity import Ground, identity
from framework.pairing import FULL, hashes
from framework.registry import discover

REGISTRY = discover()


@pytest.fixture(autouse=True)
def hydra(hydra_restore_singletons: None, workplace: Any) -> Any:
    settings.store(REGISTRY)
    with initialize_config_dir(str(conf()), version_base="1.3"):
        yield


def composed(*words: str) -> Any:
    return compose("config", ["data=iris", "model=linear", *words])


def run(*words: str) -> Run:
    return assemble(composed(*words), REGISTRY)


def mark(*words: str) -> str:
    return identity(composed(*words), Ground.of(run(*words), REGISTRY))


def test_the_same_words_give_the_same_identity() -> None:
    assert mark("optim.lr=0.3") == mark("optim.lr=0.3")


@pytest.mark.parametrize(
    "word",
    ["optim.lr=0.3", "seed=1", "loss=mse", "data=wine", "threads=2", "metrics.classification=[f1]"],
)
def test_what_changes_the_training_or_what_is_measured_changes_it(word: str) -> None:
    assert mark(word) != mark()


@pytest.mark.parametrize(
    "word",
    ["tracking.experiment=other", "quiet=true", "rerun=true", "study.workers=2", "tune.trials=3"],
)
def test_what_changes_nothing_of_the_run_leaves_it(word: str) -> None:
    assert mark(word) == mark()


def test_it_knows_the_core_the_plugins_and_the_data() -> None:
    ground = Ground.of(run(), REGISTRY)
    assert {
        "loss=ce",
        "optim=sgd",
        "model=linear",
        "data=iris",
        "metric=accuracy",
    } <= ground.plugins.keys()
    changed = [
        replace(ground, core="other"),
        replace(ground, data="other"),
        replace(ground, plugins={**ground.plugins, "loss=ce": "other"}),
    ]
    marks = {identity(composed(), each) for each in [ground, *changed]}
    assert len(marks) == 4


def test_arms_with_one_seed_share_split_order_and_start() -> None:
    one, other = hashes(run("loss=ce", "seed=3")), hashes(run("loss=mse", "optim.lr=1", "seed=3"))
    assert one == other


def test_another_seed_shares_none_of_them() -> None:
    one, other = hashes(run("model=mlp")), hashes(run("model=mlp", "seed=1"))
    assert all(one[what] != other[what] for what in ("split", "batches", "init"))
    assert one["init"].partition(":")[0] == other["init"].partition(":")[0]


def test_the_order_is_that_of_the_rows_whatever_the_size_of_a_batch() -> None:
    order = {hashes(run(f"train.batch_size={size}"))["batches"] for size in (8, 32)}
    assert len(order) == 1 and FULL not in order
    assert hashes(run("train.batch_size=full"))["batches"] == FULL
    assert hashes(run("optim=newton"))["batches"] == FULL


def test_another_split_and_another_shape_are_seen() -> None:
    assert hashes(run())["split"] != hashes(run("data.test=0.3"))["split"]
    shapes = [hashes(run(word))["init"].partition(":")[0] for word in ("model=mlp", "model=linear")]
    assert shapes[0] != shapes[1]


@pytest.mark.parametrize("word", ["metric.f1.average=micro", "callbacks.target.value=0.5"])
def test_fields_of_what_a_run_has_not_leave_it(word: str) -> None:
    assert mark(word) == mark()


def test_a_module_that_a_plugin_imports_counts(workplace: Any, monkeypatch: Any) -> None:
    (workplace / "beside.py").write_text("SCALE = 1")
    (workplace / "mine.py").write_text(
        "import beside\nfrom plugins.losses.mean_squared_error import MeanSquaredError\n"
        "from framework import hookimpl\n"
        "class Mine(MeanSquaredError):\n    pass\n"
        "@hookimpl\ndef register_losses():\n    return {'mine_too': Mine}\n"
    )
    monkeypatch.syspath_prepend(str(workplace))
    registry = discover([str(workplace / "mine.py")])
    settings.store(registry)
    grounds = []
    for text in ("SCALE = 1", "SCALE = 2"):
        (workplace / "beside.py").write_text(text)
        grounds.append(Ground.of(assemble(composed("loss=mine_too"), registry), registry))
    assert grounds[0].plugins["beside"] != grounds[1].plugins["beside"]
