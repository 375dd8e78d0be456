"""A table of images as files, in the folders that data=image_folder reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from framework.errors import DataError
from framework.interfaces import Table
from framework.params import Array


def write_images(table: Table, folder: Path, name: str) -> int:
    """folder/<class>/<number>.png, with test rows of its own folder/train/... and folder/test/...; how many.

    Files are numbered in the order of the rows. A "/" in a class's name becomes "-". name: what the user
    calls the dataset, for messages. Raises DataError for what is no images by class, or a folder that holds
    something already.
    """
    _require_images(table, name)
    _require_room(folder)
    digits = len(str(len(table.x) - 1))
    for row, part in enumerate(_parts(table)):
        label = table.classes[int(table.y[row])].replace("/", "-")
        _write(table.x[row], folder / part / label / f"{row:0{digits}}.png")
    return len(table.x)


def _require_images(table: Table, name: str) -> None:
    channels = table.x.shape[3] if table.x.ndim == 4 else 1
    if table.x.dtype != np.uint8 or table.x.ndim not in (3, 4) or channels not in (1, 3):
        rule = "only images of bytes, (rows, height, width) or with 1 or 3 channels, become files"
        raise DataError(f"data={name}: {table.x.dtype} of shape {table.x.shape}; {rule}")
    if not table.classes:
        raise DataError(f"data={name}: it has no classes, and images are put into folders by class")


def _require_room(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DataError(f"{folder}: it is there, and not empty; name a new folder")


def _parts(table: Table) -> list[str]:
    """For each row the folder of its part: none, unless the table has test rows of its own."""
    if table.test_rows is None:
        return [""] * len(table.x)
    return np.where(np.isin(np.arange(len(table.x)), table.test_rows), "test", "train").tolist()


def _write(pixels: Array, file: Path) -> None:
    from PIL import Image

    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels[:, :, 0] if pixels.shape[2:] == (1,) else pixels).save(file)
