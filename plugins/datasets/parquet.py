"""A table from a Parquet file."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from framework import Columns, DataError, Dataset, Table, find_file, hookimpl, one_of


@dataclass
class Parquet(Dataset):
    """Columns of numbers and one target column, read by pandas.

    path: the file; `~` expands, otherwise relative to the working directory.
    target: column name, or its number from 0, negative from the end; a name wins.
    task: "classification", "regression" or "auto": a target of text, categories or booleans is classes;
    one of whole numbers is classes if it has at most 20 distinct ones; any other is a regression.
    Classes are sorted, numbers by value, text by name.
    missing: "error" or "drop". A feature is missing if it is not a finite number; a target if it is
    null, or text that is empty, na, n/a, nan, null or ?. "drop" skips the rows where something is
    missing.
    Features are numbers or booleans (0 and 1); text and categories have to be encoded before.
    Raises DataError, in one line; rows are counted from 0.
    Source: Apache Parquet, the file format's documentation.
    """

    path: str = "???"
    target: str = "-1"
    task: str = "auto"
    missing: str = "error"

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of(self, "task", ("auto", "classification", "regression"))
        one_of(self, "missing", ("error", "drop"))

    @classmethod
    def example(cls, folder: Path) -> Parquet:
        from pandas import DataFrame

        rows, file = range(60), folder / "example.parquet"
        columns = {"length": [i % 7 for i in rows], "width": [i * i % 11 for i in rows]}
        DataFrame({**columns, "kind": ["abc"[i % 3] for i in rows]}).to_parquet(file)
        return cls(path=str(file))

    def load(self) -> Table:
        from pandas import read_parquet

        file, origin = find_file(self.path, "parquet"), f"data=parquet data.path={self.path}"
        try:
            frame = read_parquet(file)
        except (OSError, ValueError) as error:
            reason = str(error).splitlines()[0]
            raise DataError(f"{origin}: is no Parquet file ({reason})") from None
        if not len(frame) or frame.shape[1] < 2:
            rows, columns = frame.shape
            need = "it needs rows of features and a target"
            raise DataError(f"{origin}: has {rows} rows of {columns} columns, {need}")
        columns = Columns.of_frame(frame, origin)
        return columns.table(self.target, self.task, self.missing, self.path)

    def fingerprint(self) -> str:
        return hashlib.sha256(find_file(self.path, "parquet").read_bytes()).hexdigest()


@hookimpl
def register_datasets() -> dict[str, type[Dataset]]:
    return {"parquet": Parquet}
