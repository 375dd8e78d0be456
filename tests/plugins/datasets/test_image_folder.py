from __future__ import annotations

import os

import numpy as np
import pytest
from PIL import Image

from framework.data import check, prepare
from framework.errors import DataError, FieldError
from plugins.datasets.image_folder import ImageFolder

RNG = np.random.default_rng(0)
RGB = RNG.integers(0, 256, (2, 3, 4, 5, 3), np.uint8)  # class, number, height, width, channel


@pytest.fixture
def root(tmp_path, monkeypatch):
    """Three images of 4 by 5 pixels in each of two classes."""
    monkeypatch.chdir(tmp_path)
    for label, images in zip(("cat", "dog"), RGB, strict=True):
        (tmp_path / "pets" / label).mkdir(parents=True)
        for number, pixels in enumerate(images):
            Image.fromarray(pixels).save(tmp_path / "pets" / label / f"{number}.png")
    return tmp_path / "pets"


def read(**fields):
    return check(ImageFolder(**{"root": "pets", "size": [4, 5], **fields}).load(), "image_folder")


def refused(**fields) -> str:
    with pytest.raises(DataError) as caught:
        read(**fields)
    message, prefix = str(caught.value), "data=image_folder data.root=pets: "
    assert message.startswith(prefix) and "\n" not in message
    return message.removeprefix(prefix)


def test_pixels_classes_and_order(root):
    table = read()
    assert table.x.dtype == np.uint8
    np.testing.assert_array_equal(table.x, RGB.reshape(6, 4, 5, 3))
    assert (table.classes, table.y.tolist()) == (("cat", "dog"), [0, 0, 0, 1, 1, 1])
    assert table.test_rows is None


def test_grey_is_the_luma_of_the_colours(root):
    table = read(colour="grey")
    assert table.x.shape == (6, 4, 5)
    luma = RGB.reshape(6, 4, 5, 3) @ [0.299, 0.587, 0.114]
    np.testing.assert_allclose(table.x, luma, atol=1)


def test_grey_images_in_colour_have_three_equal_channels(root):
    grey = RNG.integers(0, 256, (4, 5), np.uint8)
    Image.fromarray(grey).save(root / "cat" / "0.png")
    np.testing.assert_array_equal(read().x[0], np.stack([grey] * 3, axis=-1))
    np.testing.assert_array_equal(read(colour="grey").x[0], grey)


def test_resized_to_height_and_width(root):
    Image.new("RGB", (50, 40), (10, 20, 30)).save(root / "cat" / "0.png")
    table = read(size=[2, 3])
    assert table.x.shape == (6, 2, 3, 3)
    assert (table.x[0] == [10, 20, 30]).all()
    halves = np.repeat(np.uint8([[0] * 8 + [200] * 8]), 16, axis=0)
    Image.fromarray(halves).save(root / "cat" / "0.png")
    small = read(size=[4, 4], colour="grey").x[0].astype(float)
    assert (small[:, 0] == 0).all() and (small[:, 3] == 200).all()
    np.testing.assert_allclose(small[:, 1] + small[:, 2], 200, atol=1)  # smooth, and symmetric


@pytest.mark.parametrize("suffix", ["bmp", "gif", "ppm", "tiff", "webp", "PNG"])
def test_formats_without_loss(root, suffix):
    pixels = np.repeat(np.uint8([[0, 255, 100, 7, 30]]), 4, axis=0)
    lossless = {"lossless": True} if suffix == "webp" else {}
    Image.fromarray(pixels).save(root / "cat" / f"9.{suffix}", **lossless)
    np.testing.assert_array_equal(read(colour="grey").x[3], pixels)


def test_jpeg_is_near(root):
    Image.new("RGB", (5, 4), (200, 100, 50)).save(root / "cat" / "9.jpg")
    np.testing.assert_allclose(read().x[3].reshape(-1, 3).astype(int) - [200, 100, 50], 0, atol=4)


def test_transparency_is_dropped(root):
    pixels = np.concatenate([RGB[0, 0], RNG.integers(0, 256, (4, 5, 1), np.uint8)], axis=-1)
    Image.fromarray(pixels).save(root / "cat" / "0.png")
    palette = Image.new("P", (5, 4), 1)
    palette.putpalette([0, 0, 0, 9, 8, 7])
    palette.save(root / "cat" / "1.png", transparency=b"\x00\x80")
    table = read()
    np.testing.assert_array_equal(table.x[0], RGB[0, 0])
    assert (table.x[1] == [9, 8, 7]).all()


def test_train_and_test_folders(root, tmp_path):
    (tmp_path / "both").mkdir()
    root.rename(tmp_path / "both" / "train")
    folder = tmp_path / "both" / "test" / "dog"
    folder.mkdir(parents=True)
    Image.fromarray(RGB[1, 0]).save(folder / "one.png")
    table = read(root="both")
    assert (table.classes, table.y.tolist()) == (("cat", "dog"), [0, 0, 0, 1, 1, 1, 1])
    assert table.test_rows.tolist() == [6]
    dataset = ImageFolder(root="both", size=[4, 5], val=0.34)
    splits = prepare(dataset, "image_folder", 0, "float32", None).splits
    assert splits["test"].rows.tolist() == [6]
    assert sorted(splits["val"].y.tolist()) == [0, 1]


def test_hidden_files_and_files_beside_the_classes_are_passed_over(root):
    (root / ".cache").mkdir()
    (root / "README.txt").write_text("pets")
    (root / "cat" / ".DS_Store").write_bytes(b"\0")
    assert len(read().x) == 6


def test_what_is_no_image(root):
    way = "; remove it, or save it anew"
    file = root / "dog" / "notes.txt"
    file.write_text("not an image")
    formats = "none of BMP, GIF, JPEG, PNG, PPM, TIFF, WEBP"
    assert refused() == f"{file} is no usable image ({formats}){way}"
    file.unlink()
    (root / "dog" / "more").mkdir()
    assert refused() == f"{root}/dog/more is no usable image (Is a directory){way}"
    (root / "dog" / "more").rmdir()
    whole = (root / "dog" / "1.png").read_bytes()
    (root / "dog" / "1.png").write_bytes(whole[:-30])
    assert refused().startswith(f"{root}/dog/1.png is no usable image (")
    Image.fromarray(np.zeros((4, 5), np.uint16)).save(root / "dog" / "1.png")
    assert refused() == f"{root}/dog/1.png is no usable image (more than 8 bits a channel){way}"


def test_folders(root, tmp_path):
    (root / "eel").mkdir()
    assert refused() == f"{root}/eel holds no images; add some, or remove the folder"
    (root / "eel").rmdir()
    (root / "train").mkdir()
    (root / "test").mkdir()
    assert refused() == "cat stands beside train and test; move its images into train"
    for label in ("cat", "dog"):
        (root / label).rename(root / "train" / label)
    none = "holds no folders; make one for each class, with its images"
    assert refused() == f"{root}/test {none}"
    (root / "test" / "dgo").mkdir()
    assert refused() == f"{root}/test/dgo: no such class; did you mean 'dog'?  (cat, dog)"


def test_no_folders(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError) as caught:
        read()
    assert str(caught.value).startswith(
        f"data=image_folder data.root=pets: {tmp_path}/pets: no such"
    )
    (tmp_path / "pets").mkdir()
    Image.new("L", (5, 4)).save(tmp_path / "pets" / "1.png")
    assert refused() == (
        f"{tmp_path}/pets holds no folders; make one for each class, with its images"
    )
    with pytest.raises(DataError) as caught:
        ImageFolder().load()
    assert str(caught.value) == "data=image_folder: which folder? set data.root=FOLDER"


def test_the_fingerprint_changes_with_the_files(root):
    prints = [ImageFolder(root="pets").fingerprint()]
    assert ImageFolder(root="pets").fingerprint() == prints[0]
    os.utime(root / "cat" / "0.png", ns=(1, 1))
    prints.append(ImageFolder(root="pets").fingerprint())
    (root / "cat" / "0.png").rename(root / "cat" / "9.png")
    prints.append(ImageFolder(root="pets").fingerprint())
    assert len(set(prints)) == 3


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"size": [227]}, "size=[227]: two numbers >= 1, height and width"),
        ({"size": [0, 5]}, "size=[0, 5]: two numbers >= 1, height and width"),
        ({"colour": "gray"}, "colour=gray: no such choice; did you mean 'grey'?  (grey, rgb)"),
    ],
)
def test_ranges(fields, text):
    with pytest.raises(FieldError) as caught:
        ImageFolder(**fields)
    assert str(caught.value) == text
