"""`python -m framework export`: a dataset's images as files, which data=image_folder reads back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from framework.__main__ import cli
from framework.data.export import write_images
from framework.errors import ConfigError, DataError
from plugins.datasets.image_folder import ImageFolder
from plugins.datasets.textures import Textures

WORDS = ["data=textures", "data.images=3", "data.size=[8,10]"]


@pytest.fixture
def export(workplace, hydra_restore_singletons):
    def run(*words):
        return CliRunner().invoke(cli, ["export", *words], catch_exceptions=False)

    return run


def test_the_folder_read_back_is_the_table(export):
    done = export("pictures", *WORDS)
    assert done.output.splitlines() == [
        "pictures: 12 images",
        "python run.py data=image_folder data.root=pictures",
    ]
    table = Textures(images=3, size=[8, 10]).load()
    back = ImageFolder(root="pictures", size=[8, 10], colour="grey").load()
    np.testing.assert_array_equal(back.x, table.x)
    np.testing.assert_array_equal(back.y, table.y)
    assert back.classes == table.classes


def test_colour_and_a_channel_of_its_own(workplace):
    table = Textures(images=2, size=[8, 10], colour="rgb").load()
    assert write_images(table, Path("rgb"), "textures") == 8
    np.testing.assert_array_equal(ImageFolder(root="rgb", size=[8, 10]).load().x, table.x)
    one = replace(table, x=table.x[..., :1])
    write_images(one, Path("one"), "textures")
    grey = ImageFolder(root="one", size=[8, 10], colour="grey").load()
    np.testing.assert_array_equal(grey.x, one.x[..., 0])


def test_test_rows_are_beside_those_for_training(workplace):
    table = replace(Textures(images=2, size=[8, 8]).load(), test_rows=np.array([1, 3, 5, 7]))
    write_images(table, Path("parts"), "textures")
    back = ImageFolder(root="parts", size=[8, 8], colour="grey").load()
    np.testing.assert_array_equal(back.x[back.test_rows], table.x[table.test_rows])
    np.testing.assert_array_equal(back.x[:4], table.x[::2])


def test_a_slash_in_a_name_is_no_folder(workplace):
    table = replace(Textures(images=1, size=[8, 8]).load(), classes=("T-shirt/top", "b", "c", "d"))
    write_images(table, Path("shirts"), "textures")
    assert sorted(entry.name for entry in Path("shirts").iterdir()) == [
        "T-shirt-top",
        "b",
        "c",
        "d",
    ]


def test_what_cannot_be_written_is_told_in_a_line(export):
    with pytest.raises(
        DataError, match=r"^data=iris: float64 of shape \(150, 4\); only images of "
    ):
        export("pictures", "data=iris")
    table = replace(Textures(images=1, size=[8, 8]).load(), classes=(), y=np.zeros(4))
    with pytest.raises(DataError, match="it has no classes, and images are put into folders by"):
        write_images(table, Path("pictures"), "textures")
    Path("full").mkdir()
    Path("full/mine.txt").touch()
    with pytest.raises(DataError, match=r"^full: it is there, and not empty; name a new folder$"):
        export("full", *WORDS)
    with pytest.raises(
        ConfigError, match=r"^data\.szie=3: no such field of data; did you mean 'size'\?"
    ):
        export("pictures", "data=textures", "data.szie=3")
    with pytest.raises(
        ConfigError, match=r"^data=textures: the folder to write comes first, export"
    ):
        export("data=textures", "pictures")
    assert not Path("pictures").exists()


def test_help_says_what_the_words_are(export):
    assert "data=NAME [data.FIELD=VALUE]..." in export("--help").output
