"""Arrays from an .npz file."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from framework import Array, DataError, Dataset, Table, find_file, hookimpl


@dataclass
class Npz(Dataset):
    """Inputs and targets from an archive written by `numpy.savez`; pickled objects are refused.

    path: the file; `~` expands, otherwise relative to the working directory.
    x, y: names of its arrays. Inputs: (rows, features) or (rows, *inputs). Targets: integers,
    booleans or text (rows,) are classes, in sorted order of their values; floats (rows,) or (rows,
    targets) are a regression.
    Raises DataError, in one line, for what cannot be read.
    Source: NumPy, numpy.lib.format (NEP 1).
    """

    path: str = "???"
    x: str = "x"
    y: str = "y"

    @classmethod
    def example(cls, folder: Path) -> Npz:
        file, rows = folder / "example.npz", np.arange(60)
        np.savez(file, x=np.stack([rows % 7, rows**2 % 11], axis=1), y=rows % 3)
        return cls(path=str(file))

    def load(self) -> Table:
        with self._file().open("rb") as file:
            try:
                archive = np.load(file, allow_pickle=False)
            except (OSError, ValueError, EOFError, BadZipFile):
                raise self._error(
                    "is not an .npz file; numpy.savez(file, x=..., y=...) writes one"
                ) from None
            if isinstance(archive, np.ndarray):
                raise self._error("is a single array; numpy.savez(file, x=..., y=...) holds both")
            with archive:
                return self._table(self._array(archive, "x"), self._array(archive, "y"))

    def fingerprint(self) -> str:
        return hashlib.sha256(self._file().read_bytes()).hexdigest()

    def _array(self, archive: np.lib.npyio.NpzFile, field: str) -> Array:
        name = getattr(self, field)
        if name not in archive.files:
            known = ", ".join(sorted(archive.files)) or "nothing"
            raise self._error(f"data.{field}={name}: no such array; the file holds {known}")
        try:
            return archive[name]
        except (OSError, ValueError, EOFError, BadZipFile, zlib.error) as error:
            reason = str(error).splitlines()[0]
            raise self._error(
                f"array '{name}' cannot be read ({reason}); save plain numbers anew"
            ) from None

    def _table(self, x: Array, y: Array) -> Table:
        if x.ndim < 2:
            raise self._error(f"'{self.x}' has shape {x.shape}, it needs (rows, features)")
        if y.dtype.kind == "f":
            return Table(x, y, source=self.path)
        if y.ndim != 1:
            raise self._error(
                f"'{self.y}' has shape {y.shape}, classes need (rows,); floats are a regression"
            )
        values, labels = np.unique(y, return_inverse=True)
        return Table(x, labels, tuple(str(value) for value in values), source=self.path)

    def _file(self) -> Path:
        return find_file(self.path, "npz")

    def _error(self, message: str) -> DataError:
        return DataError(f"data=npz data.path={self.path}: {message}")


@hookimpl
def register_datasets() -> dict[str, type[Dataset]]:
    return {"npz": Npz}
