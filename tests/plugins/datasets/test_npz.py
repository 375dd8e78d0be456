from __future__ import annotations

import numpy as np
import pytest

from framework.data import check
from framework.errors import DataError
from plugins.datasets.npz import Npz


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("y", "labels", "classes"),
    [
        (np.array([7, 3, 3]), [1, 0, 0], ("3", "7")),
        (np.array(["b", "a", "b"]), [1, 0, 1], ("a", "b")),
        (np.array([True, False, True]), [1, 0, 1], ("False", "True")),
        (np.array([7.0, 3.0, 3.5]), [7, 3, 3.5], ()),
        (np.array([[7.0, 1], [3, 2], [3, 3]]), [[7, 1], [3, 2], [3, 3]], ()),
    ],
)
def test_load(folder, y, labels, classes):
    x = np.arange(12, dtype=np.uint8).reshape(3, 2, 2)
    np.savez(folder / "t.npz", images=x, y=y)
    table = check(Npz(path="t.npz", x="images").load(), "npz")
    np.testing.assert_array_equal(table.x, x)
    assert (table.y.tolist(), table.classes) == (labels, classes)


def test_the_fingerprint_is_of_the_content(folder):
    np.savez(folder / "a.npz", x=np.zeros((2, 1)), y=np.zeros(2))
    first = Npz(path="a.npz").fingerprint()
    assert Npz(path="a.npz").fingerprint() == first
    np.savez(folder / "a.npz", x=np.zeros((2, 1)), y=np.ones(2))
    assert Npz(path="a.npz").fingerprint() != first


def refused(dataset: Npz) -> str:
    with pytest.raises(DataError) as caught:
        dataset.load()
    return str(caught.value)


def test_missing_file(folder):
    np.savez(folder / "train.npz", x=np.zeros(1))
    assert refused(Npz(path="tran.npz")) == (
        f"data=npz data.path=tran.npz: {folder}/tran.npz: no such file; did you mean 'train.npz'?"
    )


@pytest.mark.parametrize(
    ("arrays", "text"),
    [
        ({"X": np.zeros((2, 1)), "y": np.zeros(2)}, "data.x=x: no such array; the file holds X, y"),
        ({"x": np.zeros(2), "y": np.zeros(2)}, "'x' has shape (2,), it needs (rows, features)"),
        (
            {"x": np.zeros((2, 1)), "y": np.zeros((2, 1), int)},
            "'y' has shape (2, 1), classes need (rows,); floats are a regression",
        ),
        (
            {"x": np.array([[None]], dtype=object), "y": np.zeros(1)},
            "array 'x' cannot be read (Object arrays cannot be loaded when allow_pickle=False);"
            " save plain numbers anew",
        ),
    ],
)
def test_unusable_arrays(folder, arrays, text):
    np.savez(folder / "t.npz", **arrays)
    assert refused(Npz(path="t.npz")) == f"data=npz data.path=t.npz: {text}"


def test_other_files(folder):
    (folder / "t.npz").write_text("a,b\n1,2\n")
    assert refused(Npz(path="t.npz")) == (
        "data=npz data.path=t.npz: is not an .npz file; numpy.savez(file, x=..., y=...) writes one"
    )
    np.save(folder / "t.npy", np.zeros(3))
    assert refused(Npz(path="t.npy")) == (
        "data=npz data.path=t.npy: is a single array; numpy.savez(file, x=..., y=...) holds both"
    )


def test_a_damaged_array(folder):
    np.savez_compressed(folder / "t.npz", x=np.random.default_rng(0).normal(size=(50, 2)))
    content = bytearray((folder / "t.npz").read_bytes())
    content[300] ^= 0xFF
    (folder / "t.npz").write_bytes(content)
    assert refused(Npz(path="t.npz")).startswith("data=npz data.path=t.npz: array 'x' cannot be")
