"""lenet5_images: images drawn or read from a folder, a stratified split, and a model that is kept."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from click.testing import CliRunner

from framework.__main__ import cli
from framework.registry import discover
from plugins.datasets.textures import Textures

SMALL = ["data.size=[32,32]", "train.batch_size=32"]


def last(record, name: str) -> float:
    return record.history[name][1][-1]


def test_the_system_is_the_tutorials(recipe):
    """One channel of 227×227: 6@227×227, 6@113×113, 16@109×109, 16@54×54, which are 46,656 numbers to C5."""
    (record,) = recipe("lenet5_images", "data.images=5", "train.epochs=1").values()
    params = record.run["params"]
    wanted = {"loss": "ce", "optim": "sgd", "optim.lr": "0.01", "train.batch_size": "128"}
    assert {name: params[name] for name in wanted} == wanted
    assert record.run["dataset"]["inputs"] == [227, 227]
    sizes = [p.shape for p in record.predictor.network.layout if p.kind == "weight"]
    assert sizes == [(5, 5, 1, 6), (5, 5, 6, 16), (46_656, 120), (120, 84), (84, 4)]


def test_it_learns_to_tell_four_textures(recipe):
    """A small edition: chance is 0.25, and 0.44 lies four standard deviations above it at 80 test rows."""
    (record,) = recipe(
        "lenet5_images", *SMALL, "data.images=100", "train.epochs=15", "train.eval_every=15"
    ).values()
    assert last(record, "test/accuracy") > 0.6
    assert last(record, "train/loss") < 0.75 * np.log(4)


def test_nine_updates_teach_nothing(recipe):
    """They end where guessing does, by accuracy and by a training loss of log 4."""
    words = [*SMALL, "data.images=100", f"train.samples={9 * 32}"]
    (record,) = recipe("lenet5_images", *words).values()
    assert last(record, "work/steps") == 9
    assert last(record, "train/loss") > 0.9 * np.log(4)
    assert last(record, "test/accuracy") < 0.44


def test_the_split_is_stratified_80_to_20(recipe):
    (record,) = recipe("lenet5_images", *SMALL, "data.images=10", "train.epochs=2").values()
    assert set(record.run["dataset"]["classes"]) == {"checks", "clouds", "dots", "stripes"}
    counts = {
        part: np.bincount(record.evaluation[f"{part}_targets"]).tolist()
        for part in ("train", "test")
    }
    assert counts == {"train": [8] * 4, "test": [2] * 4}
    assert "val_targets" not in record.evaluation


def test_a_folder_of_images_gives_the_same_training(recipe, workplace):
    """What `export` writes and data=image_folder reads back is the same table, to the last weight."""
    words = ["data=textures", "data.size=[32,32]", "data.images=10"]
    done = CliRunner().invoke(cli, ["export", "pictures", *words], catch_exceptions=False)
    assert done.exit_code == 0
    (drawn,) = recipe("lenet5_images", *SMALL, "data.images=10", "train.epochs=2").values()
    folder = ["data=image_folder", f"data.root={workplace / 'pictures'}"]
    (read,) = recipe("lenet5_images", *SMALL, *folder, "train.epochs=2").values()
    for name in ("train/loss", "test/loss", "test/accuracy"):
        np.testing.assert_array_equal(drawn.history[name], read.history[name])
    np.testing.assert_array_equal(drawn.predictor.theta, read.predictor.theta)
    assert read.run["dataset"]["classes"] == drawn.run["dataset"]["classes"]


RELOAD = """
import sys
import numpy as np
from pathlib import Path
from framework.predictor import Predictor
np.save(sys.argv[3], Predictor.load(Path(sys.argv[1])).outputs(np.load(sys.argv[2])))
"""


def test_the_trained_model_reloads_in_another_process(recipe, tmp_path):
    """Its outputs are those that the training process kept, of the test images among all."""
    (record,) = recipe("lenet5_images", *SMALL, "data.images=10", "train.epochs=2").values()
    np.save(tmp_path / "images.npy", Textures(images=10, size=[32, 32]).load().x)
    files = [record.folder / "model", tmp_path / "images.npy", tmp_path / "outputs.npy"]
    subprocess.run([sys.executable, "-c", RELOAD, *map(str, files)], check=True)
    again = np.load(tmp_path / "outputs.npy")
    distances = np.abs(again[:, None] - record.evaluation["test_outputs"]).max(axis=2)
    assert distances.min(axis=0).max() < 1e-6
    assert np.median(distances) > 1e-3


@pytest.mark.parametrize("name", ["textures", "image_folder"])
def test_the_fields_that_the_recipe_sets_are_those_of_both_datasets(name):
    fields = discover().get("data", name).cls.__dataclass_fields__
    assert {"size", "colour", "val", "test"} <= set(fields)
