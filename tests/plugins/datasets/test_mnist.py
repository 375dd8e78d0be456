from __future__ import annotations

import gzip
import struct
from hashlib import md5

import numpy as np
import pytest

from framework.data import check, load, prepare
from framework.errors import DataError, FieldError
from plugins.datasets.mnist import Mnist

TRAIN, TEST = 40, 20
RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (TRAIN + TEST, 28, 28), np.uint8)
LABELS = RNG.permutation(np.arange(TRAIN + TEST) % 10).astype(np.uint8)
NEED = (
    "train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte,"
    " t10k-labels-idx1-ubyte, each raw or .gz"
)


def images(array) -> bytes:
    return struct.pack(">IIII", 2051, len(array), 28, 28) + array.tobytes()


def labels(array) -> bytes:
    return struct.pack(">II", 2049, len(array)) + array.tobytes()


FILES = {
    "train-images-idx3-ubyte": images(IMAGES[:TRAIN]),
    "train-labels-idx1-ubyte": labels(LABELS[:TRAIN]),
    "t10k-images-idx3-ubyte": images(IMAGES[TRAIN:]),
    "t10k-labels-idx1-ubyte": labels(LABELS[TRAIN:]),
}


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "raw"
    folder.mkdir()
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    return folder


def refused(**fields) -> str:
    with pytest.raises(DataError) as caught:
        Mnist(**fields).load()
    return str(caught.value)


# Files


@pytest.mark.parametrize("dotted", [False, True], ids=["dash", "dot"])
@pytest.mark.parametrize("packed", [False, True], ids=["raw", "gz"])
def test_four_files(tmp_path, packed, dotted):
    for name, content in FILES.items():
        name = name.replace("-idx", ".idx") if dotted else name
        if packed:
            (tmp_path / f"{name}.gz").write_bytes(gzip.compress(content))
        else:
            (tmp_path / name).write_bytes(content)
    table = check(Mnist(root=str(tmp_path)).load(), "mnist")
    assert table.x.dtype == np.uint8
    np.testing.assert_array_equal(table.x, IMAGES)
    np.testing.assert_array_equal(table.y, LABELS)
    assert table.classes == tuple("0123456789")
    assert table.test_rows.tolist() == list(range(TRAIN, TRAIN + TEST))


def test_the_test_files_are_the_test_rows_and_a_sixth_is_for_validation(root):
    splits = prepare(Mnist(root="raw"), "mnist", 3, "float32", None).splits
    assert [len(splits[part].rows) for part in ("train", "val", "test")] == [33, 7, 20]
    assert splits["test"].rows.tolist() == list(range(TRAIN, TRAIN + TEST))
    np.testing.assert_array_equal(splits["test"].y, LABELS[TRAIN:])


def test_the_first_so_many(root):
    table = Mnist(root="raw", train_samples=30, test_samples=12).load()
    np.testing.assert_array_equal(table.x, np.concatenate([IMAGES[:30], IMAGES[40:52]]))
    np.testing.assert_array_equal(table.y, np.concatenate([LABELS[:30], LABELS[40:52]]))
    assert table.test_rows.tolist() == list(range(30, 42))
    assert refused(root="raw", test_samples=21) == (
        "data=mnist data.root=raw: data.test_samples=21: there are 20; null is all"
    )


def test_the_fingerprint_is_of_the_content(root):
    first = Mnist(root="raw").fingerprint()
    assert Mnist(root="raw").fingerprint() == first
    (root / "t10k-labels-idx1-ubyte").write_bytes(labels(LABELS[:TEST]))
    assert Mnist(root="raw").fingerprint() != first


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file(root, name):
    (root / name).unlink()
    assert refused(root="raw") == f"data=mnist data.root=raw: no {name} in {root}; it needs {NEED}"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("rwa", "{root}/rwa: no such folder; did you mean 'raw'?"),
        ("far/away", "{root}/far/away: there is no folder {root}/far"),
        (
            "raw/t10k-labels-idx1-ubyte",
            "{root}/raw/t10k-labels-idx1-ubyte is a file; name its folder",
        ),
    ],
)
def test_a_missing_folder(root, path, text):
    expected = f"data=mnist data.root={path}: {text.format(root=root.parent)}"
    assert refused(root=path) == expected


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        (
            "train-images-idx3-ubyte",
            images(IMAGES[:TRAIN])[:-1],
            "has 31375 bytes, 40 x 28 x 28 of its header make 31376; get it anew",
        ),
        (
            "t10k-labels-idx1-ubyte",
            labels(LABELS[TRAIN:]) + b"!",
            "has 29 bytes, 20 of its header make 28; get it anew",
        ),
        (
            "train-labels-idx1-ubyte",
            images(IMAGES[:TRAIN]),
            "begins with 00 00 08 03 00 00 00 28,"
            " an IDX file of bytes with 00 00 08 01 and 1 lengths of 4 bytes",
        ),
        (
            "t10k-labels-idx1-ubyte",
            b"\0\0\x08\x01\0\0",
            "begins with 00 00 08 01 00 00,"
            " an IDX file of bytes with 00 00 08 01 and 1 lengths of 4 bytes",
        ),
        (
            "t10k-labels-idx1-ubyte",
            b"",
            "begins with nothing, an IDX file of bytes with 00 00 08 01 and 1 lengths of 4 bytes",
        ),
        (
            "t10k-labels-idx1-ubyte",
            struct.pack(">II20f", 0x0D01, 20, *range(20)),
            "begins with 00 00 0d 01 00 00 00 14,"
            " an IDX file of bytes with 00 00 08 01 and 1 lengths of 4 bytes",
        ),
    ],
)
def test_a_damaged_file(root, name, content, text):
    (root / name).write_bytes(content)
    assert refused(root="raw") == f"data=mnist data.root=raw: {name} {text}"


@pytest.mark.parametrize("keep", [5, 100])
def test_a_damaged_archive(root, keep):
    name = "train-images-idx3-ubyte"
    (root / name).unlink()
    (root / f"{name}.gz").write_bytes(gzip.compress(FILES[name])[:keep])
    assert refused(root="raw") == (
        f"data=mnist data.root=raw: {name}.gz cannot be read (Compressed file ended before the"
        " end-of-stream marker was reached); get it anew"
    )


def test_images_without_labels(root):
    (root / "train-labels-idx1-ubyte").write_bytes(labels(LABELS[: TRAIN - 1]))
    assert refused(root="raw") == "data=mnist data.root=raw: 40 images and 39 labels for train"


def test_images_of_two_sizes(root):
    small = struct.pack(">IIII", 2051, TEST, 14, 14) + bytes(TEST * 14 * 14)
    (root / "t10k-images-idx3-ubyte").write_bytes(small)
    assert refused(root="raw") == (
        "data=mnist data.root=raw: images for training and for testing differ in shape:"
        " (28, 28) and (14, 14)"
    )


def test_ranges():
    for field in ("train_samples", "test_samples"):
        with pytest.raises(FieldError) as caught:
            Mnist(**{field: 0})
        assert str(caught.value) == f"{field}=0: a number of images is >= 1, or null"


# openml.org


class Small(Mnist):
    """As many images as a test needs."""

    train_rows = TRAIN
    published = tuple(md5(content).hexdigest() for content in FILES.values())


@pytest.fixture
def small(site):
    """Small(), and the function that puts images and labels on the site."""

    def put(pixels=IMAGES, digits=LABELS):
        columns = {f"pixel{i + 1}": "real" for i in range(784)}
        rows = [[*image.ravel(), digit] for image, digit in zip(pixels, digits, strict=True)]
        site.table(554, {**columns, "class": "{0,1,2,3,4,5,6,7,8,9}"}, rows, "class")
        return Small()

    return put


def test_without_a_folder_it_is_downloaded_once(small, site, tmp_path):
    dataset = small()
    table = check(load(dataset, tmp_path / "cache"), "mnist")
    np.testing.assert_array_equal(table.x, IMAGES)
    np.testing.assert_array_equal(table.y, LABELS)
    assert (table.x.dtype, table.source) == (np.uint8, "openml.org/d/554")
    assert table.test_rows.tolist() == list(range(TRAIN, TRAIN + TEST))
    site.online = False
    np.testing.assert_array_equal(load(dataset, tmp_path / "cache").x, IMAGES)
    np.testing.assert_array_equal(dataset.load().x, IMAGES)  # from the kept download
    assert len(site.asked) == 4


@pytest.mark.parametrize("file", range(4))
def test_other_content_is_not_believed(small, file):
    pixels, digits = IMAGES.copy(), LABELS.copy()
    row = 0 if file < 2 else TRAIN
    if file % 2:
        digits[row] = (digits[row] + 1) % 10
    else:
        pixels[row, 0, 0] ^= 1
    dataset = small(pixels, digits)
    with pytest.raises(DataError) as caught:
        dataset.load()
    name, found = list(FILES)[file], [images, labels][file % 2]
    part = [pixels, digits][file % 2][slice(TRAIN) if file < 2 else slice(TRAIN, None)]
    assert str(caught.value) == (
        f"data=mnist: openml.org has sent something else: {name} has the MD5"
        f" {md5(found(part)).hexdigest()}, published is {Small.published[file]};"
        f" set data.root=FOLDER, one with {NEED}"
    )


def test_without_a_network_it_asks_for_the_folder(site, tmp_path):
    site.online = False
    assert refused() == (
        "data=mnist: openml.org cannot be reached (Name or service not known); there is no copy in"
        f" {tmp_path}/cache/openml; set data.root=FOLDER, one with {NEED}"
    )
