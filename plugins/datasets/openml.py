"""Any table of openml.org, by its number."""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from framework import (
    Columns,
    DataError,
    Dataset,
    Table,
    cache_folder,
    fetch_openml,
    find_folder,
    hookimpl,
    one_of,
    require,
    unknown,
)

if TYPE_CHECKING:
    from pandas import DataFrame

WAY = "go online once, or save the table to a file and use data=csv data.path=FILE"


@dataclass
class OpenML(Dataset):
    """The dense table with this id, downloaded once by scikit-learn's fetch_openml and kept.

    id: the number in the address https://www.openml.org/d/61. target: a column's name; null: the
    table's own. ignore: columns to leave out; those that OpenML calls row identifiers are anyway.
    categorical: "one_hot" makes a column of 0 and 1 for each category that occurs; "refuse" refuses them.
    task: "classification", "regression" or "auto": a target of categories is classes; one of whole
    numbers is classes if it has at most 20 distinct ones; any other is a regression.
    missing: "error", or "drop" for leaving out rows where something is missing.
    root: the folder of scikit-learn's downloads, its data_home; null: the framework's cache.
    Raises DataError, in one line; rows are counted from 0.
    Source: Vanschoren, van Rijn, Bischl and Torgo, OpenML: networked science in machine learning (2013).
    """

    id: int = "???"  # type: ignore[assignment]
    target: str | None = None
    ignore: list[str] = field(default_factory=list)
    categorical: str = "one_hot"
    task: str = "auto"
    missing: str = "error"
    root: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self, "id", self.id == "???" or self.id >= 1, "a table's number is >= 1")
        one_of(self, "categorical", ("one_hot", "refuse"))
        one_of(self, "task", ("auto", "classification", "regression"))
        one_of(self, "missing", ("error", "drop"))

    @classmethod
    def example(cls, folder: Path) -> OpenML:
        head = (
            "@RELATION t\n@ATTRIBUTE n REAL\n@ATTRIBUTE c {red,blue}\n@ATTRIBUTE k {a,b,c}\n@DATA\n"
        )
        rows = [f"{i % 7},{'red' if i % 2 else 'blue'},{'abc'[i % 3]}\n" for i in range(60)]
        kinds = {"n": "numeric", "c": "nominal", "k": "nominal"}
        _write_copy(folder, head + "".join(rows), kinds)
        return cls(id=1, root=str(folder))

    def load(self) -> Table:
        folder = cache_folder() if self.root is None else find_folder(self.root, "openml")
        bunch = fetch_openml(self.id, folder, self._origin, WAY)
        if bunch.frame is None:
            raise self._error("is a sparse table, only dense ones are read; choose another")
        frame = self._without_ignored(bunch.frame)
        target = self._target(list(frame.columns), bunch.target_names)
        if self.categorical == "one_hot":
            frame = one_hot(frame, target)
        columns = Columns.of_frame(frame, self._origin, "leave it out by data.ignore=[...]")
        name, version = bunch.details["name"], bunch.details["version"]
        source = f"openml.org/d/{self.id}, {name} version {version}"
        return columns.table(target, self.task, self.missing, source)

    def fingerprint(self) -> str:
        return f"openml.org/d/{self.id}"  # a number is one version, which does not change

    def _without_ignored(self, frame: DataFrame) -> DataFrame:
        names = list(frame.columns)
        for name in self.ignore:
            if name not in names:
                raise self._error(f"data.ignore=[{name}]: {unknown('column', name, names)}")
        return frame.drop(columns=self.ignore)

    def _target(self, names: list[str], own: list[str]) -> str:
        """The name of the target column."""
        if self.target is None:
            own = [name for name in own if name in names]
            if len(own) != 1:
                found = f"{len(own)} of its columns are targets, one is needed"
                raise self._error(f"{found}; set data.target  ({', '.join(names)})")
            return own[0]
        if self.target not in names:
            raise self._error(f"data.target={self.target}: {unknown('column', self.target, names)}")
        return self.target

    @property
    def _origin(self) -> str:
        return f"data=openml data.id={self.id}"

    def _error(self, message: str) -> DataError:
        return DataError(f"{self._origin}: {message}")


def one_hot(frame: DataFrame, target: str) -> DataFrame:
    """0 and 1 for each category of a column but the target's, nan where it is missing."""
    columns = {}
    for name in frame.columns:
        column = frame[name]
        if name == target or column.dtype.name != "category":
            columns[name] = column
            continue
        for category in column.cat.categories:
            columns[f"{name}={category}"] = (column == category).astype(float).where(column.notna())
    return type(frame)(columns)


def _write_copy(folder: Path, arff: str, columns: dict[str, str]) -> None:
    """What scikit-learn keeps of a table with the id 1; columns: names and types, the target last."""
    no = dict.fromkeys(("is_target", "is_ignore", "is_row_identifier"), "false")
    features = [
        {
            **no,
            "index": str(index),
            "name": name,
            "data_type": kind,
            "number_of_missing_values": "0",
        }
        for index, (name, kind) in enumerate(columns.items())
    ]
    features[-1]["is_target"] = "true"
    description = {
        "name": "example",
        "version": "1",
        "description": "",
        "format": "ARFF",
        "status": "active",
        "file_id": "1",
        "url": "https://api.openml.org/data/v1/download/1",
        "md5_checksum": hashlib.md5(arff.encode(), usedforsecurity=False).hexdigest(),
    }
    answers = {
        "api/v1/json/data/1": json.dumps({"data_set_description": description}),
        "api/v1/json/data/features/1": json.dumps({"data_features": {"feature": features}}),
        "api/v1/json/data/qualities/1": json.dumps({"data_qualities": {"quality": []}}),
        "data/v1/download/1": arff,
    }
    for path, answer in answers.items():
        file = folder / "openml" / "openml.org" / f"{path}.gz"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(gzip.compress(answer.encode()))


@hookimpl
def register_datasets() -> dict[str, type[Dataset]]:
    return {"openml": OpenML}
