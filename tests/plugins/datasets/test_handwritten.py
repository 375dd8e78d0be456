from __future__ import annotations

import gzip
import struct
from importlib.metadata import version

import numpy as np
import pytest
from sklearn.datasets import load_digits

from framework.data import check, prepare
from framework.errors import DataError
from plugins.datasets.handwritten import Handwritten

TRAIN, TEST = 42, 20
IMAGES = np.random.default_rng(0).integers(0, 256, (TRAIN + TEST, 28, 28), np.uint8)
LABELS = (np.arange(TRAIN + TEST) % 10).astype(np.uint8)
NEED = (
    "train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte,"
    " t10k-labels-idx1-ubyte, each raw or .gz"
)


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def put(folder, ending=""):
    """The four files of a folder, as yann.lecun.com/exdb/mnist describes them."""
    folder.mkdir()
    opened = gzip.open if ending else open
    for part, rows in (("train", slice(TRAIN)), ("t10k", slice(TRAIN, None))):
        x, y = IMAGES[rows], LABELS[rows]
        with opened(folder / f"{part}-images-idx3-ubyte{ending}", "wb") as file:
            file.write(struct.pack(">IIII", 2051, *x.shape) + x.tobytes())
        with opened(folder / f"{part}-labels-idx1-ubyte{ending}", "wb") as file:
            file.write(struct.pack(">II", 2049, len(y)) + y.tobytes())


def refused(**fields):
    with pytest.raises(DataError) as caught:
        Handwritten(**fields).load()
    return str(caught.value)


@pytest.mark.parametrize("ending", ["", ".gz"])
@pytest.mark.parametrize("root", ["mnist", "elsewhere", "~/elsewhere"])
def test_where_its_files_are_it_is_mnist(here, root, ending):
    put(here / root.removeprefix("~/"), ending)
    dataset = Handwritten(root=root, standardize=False)
    table = check(dataset.load(), "handwritten")
    np.testing.assert_array_equal(table.x, IMAGES)
    np.testing.assert_array_equal(table.y, LABELS)
    assert (table.source, table.classes) == (f"MNIST in {root}", tuple("0123456789"))
    parts = prepare(dataset, "handwritten", 0, "float64", None).splits
    assert {name: len(part.rows) for name, part in parts.items()} == {
        "train": 35,  # five sixths
        "val": 7,
        "test": 20,
    }
    np.testing.assert_array_equal(np.asarray(parts["test"].x), IMAGES[TRAIN:] / 255)


@pytest.mark.parametrize("folder", [None, "empty", "file"])
def test_without_them_it_is_scikit_learns_digits(here, folder):
    if folder == "empty":
        (here / "mnist").mkdir()
        (here / "mnist" / "notes.txt").write_text("to be downloaded")
    if folder == "file":
        (here / "mnist").write_text("")
    table = check(Handwritten().load(), "handwritten")
    bunch = load_digits()
    np.testing.assert_array_equal(table.x, bunch.data / 16)
    np.testing.assert_array_equal(table.y, bunch.target)
    assert (table.x.min(), table.x.max()) == (0, 1)
    assert table.source == "scikit-learn's digits: there is no MNIST in mnist"
    parts = prepare(Handwritten(), "handwritten", 0, "float64", None).splits
    assert [len(part.rows) for part in parts.values()] == [1138, 300, 359]


def test_the_fingerprint_is_of_the_files_or_of_scikit_learns_version(here):
    assert Handwritten().fingerprint() == f"scikit-learn {version('scikit-learn')}"
    put(here / "mnist")
    put(here / "mine")
    assert Handwritten().fingerprint() == Handwritten(root="mine").fingerprint()
    (here / "mine" / "t10k-labels-idx1-ubyte").write_bytes(struct.pack(">II", 2049, 0))
    assert Handwritten().fingerprint() != Handwritten(root="mine").fingerprint()


@pytest.mark.parametrize("root", ["mnist", "mine"])
def test_some_of_the_files_are_an_error(here, root):
    put(here / root)
    (here / root / "t10k-images-idx3-ubyte").unlink()
    assert refused(root=root) == (
        f"data=handwritten data.root={root}: no t10k-images-idx3-ubyte in {here / root};"
        f" it needs {NEED}"
    )


def test_a_folder_of_ones_own_must_be_there(here):
    (here / "mine").mkdir()
    assert refused(root="mien") == (
        f"data=handwritten data.root=mien: {here}/mien: no such folder; did you mean 'mine'?"
    )
    assert refused(root="mine") == (
        f"data=handwritten data.root=mine: no train-images-idx3-ubyte in {here}/mine;"
        f" it needs {NEED}"
    )


def test_labels_that_do_not_match_are_an_error(here):
    put(here / "mnist")
    name = here / "mnist" / "train-labels-idx1-ubyte"
    name.write_bytes(struct.pack(">II", 2049, TRAIN - 1) + LABELS[: TRAIN - 1].tobytes())
    assert refused() == "data=handwritten data.root=mnist: 42 images and 41 labels for train"
