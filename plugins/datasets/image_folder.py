"""Images in folders, one folder a class."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from framework import (
    Array,
    DataError,
    Dataset,
    Table,
    find_folder,
    hookimpl,
    one_of,
    require,
    unknown,
)

FORMATS = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
MODES = {"grey": "L", "rgb": "RGB"}  # Pillow's names

Sample = tuple[Path, int]  # an image's file, its class


@dataclass
class ImageFolder(Dataset):
    """Images by class: root/<class>/<any name>.png, or root/train/<class>/... and root/test/<class>/...

    x: (N, height, width) bytes, or (N, height, width, 3) in colour; classes: the names of the folders,
    sorted; rows: by class, then by file name. With the folders train and test (and no other) in root, the
    images below test are the test rows. Hidden files, whose names start with a dot, are passed over.
    Formats: BMP, GIF (its first picture), JPEG, PNG, PPM, TIFF and WebP, of 8 bits a channel; transparency
    is dropped.

    root: the folder; `~` expands, otherwise relative to the working directory. size: height and width;
    images of another size are resized, not cropped, by Pillow's antialiased bilinear filter. colour:
    "grey" (0.299 R + 0.587 G + 0.114 B) or "rgb".
    Raises DataError, in one line, for what is no image, an empty folder, and no folders.
    Source: Pillow, Image.resize and Image.convert; the layout is that of torchvision's ImageFolder.
    """

    root: str = "???"
    size: list[int] = field(default_factory=lambda: [227, 227])
    colour: str = "rgb"

    def __post_init__(self) -> None:
        super().__post_init__()
        usable = len(self.size) == 2 and min(self.size) >= 1
        require(self, "size", usable, "two numbers >= 1, height and width")
        one_of(self, "colour", MODES)

    @classmethod
    def example(cls, folder: Path) -> ImageFolder:
        from PIL import Image

        rng = np.random.default_rng(0)
        for label in ("dark", "light"):
            (folder / label).mkdir()
            for number in range(10):
                pixels = rng.integers(0, 100, (6, 8, 3), np.uint8) + 150 * (label == "light")
                Image.fromarray(pixels.astype(np.uint8)).save(folder / label / f"{number}.png")
        return cls(root=str(folder), size=[6, 8])

    def load(self) -> Table:
        classes, train, test = self._samples()
        samples = train + test
        channels = (3,) if self.colour == "rgb" else ()
        x = np.empty((len(samples), *self.size, *channels), np.uint8)
        for row, (file, _) in enumerate(samples):
            x[row] = self._pixels(file)
        y = np.array([label for _, label in samples])
        rows = np.arange(len(train), len(samples)) if test else None
        return Table(x, y, classes, source=self.root, test_rows=rows)

    def fingerprint(self) -> str:
        """A hash of the files' names, sizes and times of change; their content would take long to read."""
        total, (_, train, test) = hashlib.sha256(), self._samples()
        for file, _ in train + test:
            state = file.stat()
            total.update(f"{file}\0{state.st_size}\0{state.st_mtime_ns}\0".encode())
        return total.hexdigest()

    def _samples(self) -> tuple[tuple[str, ...], list[Sample], list[Sample]]:
        """Names of the classes, and the images for training and for testing."""
        root = find_folder(self.root, "image_folder")
        names = self._folders(root)
        if not {"train", "test"} <= set(names):
            return tuple(names), self._images(root, names), []
        if others := [name for name in names if name not in ("train", "test")]:
            raise self._error(
                f"{others[0]} stands beside train and test; move its images into train"
            )
        classes = self._folders(root / "train")
        train, test = (self._images(root / part, classes) for part in ("train", "test"))
        return tuple(classes), train, test

    def _folders(self, folder: Path) -> list[str]:
        names = [entry.name for entry in _visible(folder) if entry.is_dir()]
        if not names:
            raise self._error(
                f"{folder} holds no folders; make one for each class, with its images"
            )
        return names

    def _images(self, folder: Path, classes: list[str]) -> list[Sample]:
        samples = []
        for name in self._folders(folder):
            if name not in classes:
                raise self._error(f"{folder / name}: {unknown('class', name, classes)}")
            files = _visible(folder / name)
            if not files:
                raise self._error(
                    f"{folder / name} holds no images; add some, or remove the folder"
                )
            samples += [(file, classes.index(name)) for file in files]
        return samples

    def _pixels(self, file: Path) -> Array:
        from PIL import Image, UnidentifiedImageError

        try:
            with Image.open(file, formats=FORMATS) as image:
                if image.mode.startswith(("I", "F")):
                    raise ValueError("more than 8 bits a channel")
                if "transparency" in image.info:
                    image = image.convert("RGBA")
                height, width = self.size
                image = image.convert(MODES[self.colour])
                return np.asarray(image.resize((width, height), Image.Resampling.BILINEAR))
        except UnidentifiedImageError:
            reason = "none of " + ", ".join(FORMATS)
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise self._error(f"{file} is no usable image ({reason}); remove it, or save it anew")

    def _error(self, message: str) -> DataError:
        return DataError(f"data=image_folder data.root={self.root}: {message}")


def _visible(folder: Path) -> list[Path]:
    return sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))


@hookimpl
def register_datasets() -> dict[str, type[Dataset]]:
    return {"image_folder": ImageFolder}
