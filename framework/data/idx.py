"""Images and labels in the IDX format of MNIST, with test rows of their own."""

from __future__ import annotations

import gzip
import hashlib
import struct
import zlib
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import ClassVar, Self

import numpy as np

from framework.data.cache import cache_folder
from framework.data.files import find_folder
from framework.data.openml import fetch_openml
from framework.errors import DataError, require
from framework.interfaces import Dataset, Table
from framework.params import Array

FILES = {  # and the axes of each
    "train-images-idx3-ubyte": 3,
    "train-labels-idx1-ubyte": 1,
    "t10k-images-idx3-ubyte": 3,
    "t10k-labels-idx1-ubyte": 1,
}
SIDE = 28


@dataclass
class IdxImages(Dataset):
    """Grey images in four IDX files, for training and for testing: base of the datasets that come so.

    x: (rows, height, width) bytes, the training images first; y: labels; test rows: those of the t10k
    files.
    root: the folder with the files train-images-idx3-ubyte, train-labels-idx1-ubyte,
    t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, each raw or with .gz, also spelled
    train-images.idx3-ubyte. null: downloaded from openml.org, verified by the checksums, and kept.
    train_samples, test_samples: take the first so many only; null: all.
    A subclass sets `name`, `number` (its OpenML id), `labels` (of the classes), `published` (MD5 of the
    files when unpacked) and may set `train_rows`, how many rows of the OpenML table are for training.
    Raises DataError, in one line, for a file that is missing, truncated or no IDX file.
    Source: LeCun, Cortes and Burges, The MNIST database of handwritten digits (1998), file formats.
    """

    name: ClassVar[str]
    number: ClassVar[int]
    labels: ClassVar[tuple[str, ...]]
    published: ClassVar[tuple[str, ...]]
    train_rows: ClassVar[int] = 60_000

    val: float = 1 / 6
    root: str | None = None
    train_samples: int | None = None
    test_samples: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        for field in ("train_samples", "test_samples"):
            given = getattr(self, field)
            require(self, field, given is None or given >= 1, "a number of images is >= 1, or null")

    @classmethod
    def example(cls, folder: Path) -> Self:
        rng, count = np.random.default_rng(0), len(cls.labels)
        for file, axes in FILES.items():
            rows = 6 * count if file.startswith("train") else 2 * count
            images = rng.integers(0, 256, (rows, SIDE, SIDE), np.uint8)
            (folder / file).write_bytes(idx(images if axes == 3 else np.arange(rows) % count))
        return cls(root=str(folder))

    def load(self) -> Table:
        parts = self._download() if self.root is None else self._files().read()
        parts = [part[: self._wanted(name, part)] for name, part in zip(FILES, parts, strict=True)]
        source = f"openml.org/d/{self.number}" if self.root is None else self.root
        return idx_table(parts, self.labels, source, self._origin)

    def fingerprint(self) -> str:
        return " ".join(self.published) if self.root is None else self._files().fingerprint()

    def _files(self) -> IdxFiles:
        return IdxFiles(find_folder(str(self.root), self.name), self._origin)

    def _wanted(self, file: str, part: Array) -> int | None:
        field = "train_samples" if file.startswith("train") else "test_samples"
        wanted: int | None = getattr(self, field)
        if wanted is not None and wanted > len(part):
            raise self._error(f"data.{field}={wanted}: there are {len(part)}; null is all")
        return wanted

    def _download(self) -> list[Array]:
        way = f"set data.root=FOLDER, one with {', '.join(FILES)}, each raw or .gz"
        bunch = fetch_openml(self.number, cache_folder(), self._origin, way, dtype="uint8")
        pixels, labels = bunch.data.to_numpy(), bunch.target.to_numpy()
        images = pixels.reshape(len(pixels), SIDE, -1)
        cut = self.train_rows
        parts = [images[:cut], labels[:cut], images[cut:], labels[cut:]]
        for file, part, published in zip(FILES, parts, self.published, strict=True):
            found = hashlib.md5(idx(part), usedforsecurity=False).hexdigest()
            if found != published:
                differs = f"{file} has the MD5 {found}, published is {published}"
                raise self._error(f"openml.org has sent something else: {differs}; {way}")
        return parts

    @property
    def _origin(self) -> str:
        return f"data={self.name}" + (f" data.root={self.root}" if self.root is not None else "")

    def _error(self, message: str) -> DataError:
        return DataError(f"{self._origin}: {message}")


@dataclass(frozen=True)
class IdxFiles:
    """The four IDX files in a folder, of images and labels for training and for testing.

    They are train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and
    t10k-labels-idx1-ubyte, each raw or with .gz, also spelled train-images.idx3-ubyte.

    origin: what messages begin with. Raises DataError, in one line, for a file that is missing, truncated
    or no IDX file.
    """

    folder: Path
    origin: str

    @property
    def begun(self) -> bool:
        """Whether there is one of them at least."""
        return any(self._find(file) for file in FILES)

    def read(self) -> list[Array]:
        """Bytes: images and labels for training, then those for testing."""
        parts = [read_idx(self._path(file), axes, self.origin) for file, axes in FILES.items()]
        for name, images, labels in (("train", *parts[:2]), ("test", *parts[2:])):
            if len(images) != len(labels):
                counts = f"{len(images)} images and {len(labels)} labels for {name}"
                raise DataError(f"{self.origin}: {counts}")
        return parts

    def fingerprint(self) -> str:
        """SHA-256, in hexadecimal, of their content."""
        content = hashlib.sha256()
        for file in FILES:
            content.update(self._path(file).read_bytes())
        return content.hexdigest()

    def table(self, labels: tuple[str, ...], source: str) -> Table:
        """All of them as a table, see `idx_table`."""
        return idx_table(self.read(), labels, source, self.origin)

    def _path(self, file: str) -> Path:
        path = self._find(file)
        if path is None:
            need = f"it needs {', '.join(FILES)}, each raw or .gz"
            raise DataError(f"{self.origin}: no {file} in {self.folder}; {need}")
        return path

    def _find(self, file: str) -> Path | None:
        names = (file, file.replace("-idx", ".idx"))
        paths = (self.folder / f"{name}{ending}" for name in names for ending in ("", ".gz"))
        return next((path for path in paths if path.is_file()), None)


def idx_table(parts: list[Array], labels: tuple[str, ...], source: str, origin: str) -> Table:
    """Images and labels for training, images and labels for testing, as one table; labels: of the classes."""
    train, test = parts[:2], parts[2:]
    if train[0].shape[1:] != test[0].shape[1:]:
        shapes = " and ".join(str(part[0].shape[1:]) for part in (train, test))
        raise DataError(f"{origin}: images for training and for testing differ in shape: {shapes}")
    x, y = (np.concatenate(pair) for pair in zip(train, test, strict=True))
    rows = np.arange(len(train[0]), len(x))
    return Table(x, y.astype(np.int64), labels, source=source, test_rows=rows)


def read_idx(path: Path, axes: int, origin: str) -> Array:
    """The unsigned bytes of an IDX file with so many axes, unpacked if it ends in .gz.

    Header, big-endian: 0, 0, 8 (unsigned bytes), the number of axes, 4 bytes a length; then the bytes, the
    last axis fastest. Raises DataError, which starts with `origin`.
    """
    try:
        content = path.read_bytes()
        content = gzip.decompress(content) if path.suffix == ".gz" else content
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{origin}: {path.name} cannot be read ({error}); get it anew") from None
    magic, start = bytes((0, 0, 8, axes)), 4 + 4 * axes
    if content[:4] != magic or len(content) < start:
        found = f"begins with {content[:start].hex(' ') or 'nothing'}"
        need = f"{magic.hex(' ')} and {axes} lengths of 4 bytes"
        raise DataError(f"{origin}: {path.name} {found}, an IDX file of bytes with {need}")
    shape = struct.unpack(f">{axes}I", content[4:start])
    if len(content) != start + prod(shape):
        need = f"{' x '.join(map(str, shape))} of its header make {start + prod(shape)}"
        raise DataError(f"{origin}: {path.name} has {len(content)} bytes, {need}; get it anew")
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def idx(array: Array) -> bytes:
    """The content of an IDX file with these values as unsigned bytes."""
    header = struct.pack(f">4B{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    return header + array.astype(np.uint8).tobytes()
