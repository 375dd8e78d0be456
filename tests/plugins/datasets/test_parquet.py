from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.datasets import load_iris

from framework.data import check
from framework.errors import DataError, FieldError
from plugins.datasets.parquet import Parquet

DROP = "data.missing=drop skips such rows"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def read(folder):
    def read(columns, **fields):
        pd.DataFrame(columns).to_parquet(folder / "t.parquet")
        return check(Parquet(path="t.parquet", **fields).load(), "parquet")

    return read


@pytest.fixture
def refused(read):
    def refused(columns, **fields) -> str:
        with pytest.raises(DataError) as caught:
            read(columns, **fields)
        prefix, message = "data=parquet data.path=t.parquet: ", str(caught.value)
        assert message.startswith(prefix)
        return message.removeprefix(prefix)

    return refused


def test_a_file_written_from_iris(read):
    frame = load_iris(as_frame=True).frame
    names = np.array(["setosa", "versicolor", "virginica"])
    table = read({**frame.iloc[:, :4], "species": names[frame.target]})
    np.testing.assert_array_equal(table.x, frame.iloc[:, :4])
    np.testing.assert_array_equal(table.y, frame.target)
    assert (table.classes, table.features) == (tuple(names), tuple(frame.columns[:4]))


def test_features_are_numbers_of_every_type_and_booleans(read):
    columns = {
        "bool": [True, False],
        "int8": pd.array([1, -2], "int8"),
        "nullable": pd.array([1, 2], "Int64"),
        "float32": np.float32([0.1, 0.2]),
        "y": [0.5, 1.5],
    }
    table = read(columns)
    np.testing.assert_array_equal(
        table.x, [[1, 1, 1, np.float32(0.1)], [0, -2, 2, np.float32(0.2)]]
    )
    assert table.x.dtype == np.float64


@pytest.mark.parametrize(
    ("goals", "fields", "classes", "y"),
    [
        (["b", "a", "b"], {}, ("a", "b"), [1, 0, 1]),
        (["10", "9", "10"], {}, ("9", "10"), [1, 0, 1]),
        (["10", "9", "10"], {"task": "regression"}, (), [10, 9, 10]),
        (pd.Categorical(["b", "a", "b"]), {}, ("a", "b"), [1, 0, 1]),
        (pd.Categorical([10, 9, 10]), {}, ("9", "10"), [1, 0, 1]),
        ([True, False, True], {}, ("False", "True"), [1, 0, 1]),
        ([7, 3, 3], {}, ("3", "7"), [1, 0, 0]),
        ([7, 3, 3], {"task": "regression"}, (), [7, 3, 3]),
        ([0.5, 1, 2], {}, (), [0.5, 1, 2]),
        ([0.5, 1.5, 0.5], {"task": "classification"}, ("0.5", "1.5"), [0, 1, 0]),
        (np.float32([0.1, 0.2, 0.3]), {}, (), np.float32([0.1, 0.2, 0.3]).tolist()),
        ([str(i) for i in range(25)], {}, tuple(map(str, range(25))), list(range(25))),
        (list(range(20)), {}, tuple(map(str, range(20))), list(range(20))),
        (list(range(21)), {}, (), list(range(21))),
    ],
)
def test_classes_or_values(read, goals, fields, classes, y):
    table = read({"a": np.arange(len(y)), "y": goals}, **fields)
    assert (table.classes, table.y.tolist()) == (classes, y)


@pytest.mark.parametrize("target", ["b", "1", "-2"])
def test_the_target_is_a_name_or_a_number(read, target):
    table = read({"a": [1, 4], "b": [2.5, 5.5], "c": [3, 6]}, target=target)
    assert (table.x.tolist(), table.y.tolist()) == ([[1, 3], [4, 6]], [2.5, 5.5])


def test_drop_skips_incomplete_rows(read):
    columns = {
        "a": [1, None, 3, np.inf, 5],
        "b": pd.array([1, 2, None, 4, 5], "Int64"),
        "y": ["p", "q", "p", "q", "q"],
    }
    table = read(columns, missing="drop")
    assert (table.x.tolist(), table.y.tolist()) == ([[1, 1], [5, 5]], [0, 1])


@pytest.mark.parametrize(
    ("columns", "fields", "message"),
    [
        (
            {"age": [1.5, None], "y": [1, 2]},
            {},
            f"row 1, column 'age': 'null' is not a number; {DROP}",
        ),
        (
            {"age": [-np.inf, 1], "y": [1, 2]},
            {},
            f"row 0, column 'age': '-inf' is not a number; {DROP}",
        ),
        (
            {"age": [1, 2], "y": ["a", None]},
            {},
            f"row 1, column 'y': 'null' is a missing target; {DROP}",
        ),
        (
            {"colour": ["red", "blue"], "y": [1, 2]},
            {},
            "column 'colour' holds no numbers; encode or remove it",
        ),
        (
            {"when": pd.to_datetime(["2020-01-01", "2021-01-01"]), "y": [1, 2]},
            {},
            "column 'when' holds no numbers; encode or remove it",
        ),
        ({"a": [1, 2], "y": [None, None]}, {}, "the target 'y' is empty; choose it by data.target"),
        (
            {"a": [1, 2], "yield": [1, 2]},
            {"target": "yeild"},
            "data.target=yeild: no such column; did you mean 'yield'?  (a, yield)",
        ),
        (
            {"a": [1, 2], "y": ["1", "two"]},
            {"task": "regression"},
            "row 1, column 'y': 'two' is not a number, as a regression needs;"
            " data.task=classification takes targets for class names",
        ),
        (
            {"a": [None, 1, 2], "y": ["1", "2", "two"]},
            {"task": "regression", "missing": "drop"},
            "row 2, column 'y': 'two' is not a number, as a regression needs;"
            " data.task=classification takes targets for class names",
        ),
        (
            {"a": [1, 2], "y": [3, 3]},
            {},
            "the target 'y' is 3 in every row; set data.target to another column",
        ),
        ({"a": [1, 2]}, {}, "has 2 rows of 1 columns, it needs rows of features and a target"),
        (
            {"a": [], "y": []},
            {},
            "has 0 rows of 2 columns, it needs rows of features and a target",
        ),
    ],
)
def test_refused(refused, columns, fields, message):
    assert refused(columns, **fields) == message


def test_nested_columns_are_no_numbers(folder):
    pq.write_table(pa.table({"a": [[1, 2], [3]], "y": [1, 2]}), folder / "t.parquet")
    with pytest.raises(DataError, match="column 'a' holds no numbers; encode or remove it"):
        Parquet(path="t.parquet").load()


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"PAR1" + bytes(100) + b"PAR1"])
def test_other_files(folder, content):
    (folder / "t.parquet").write_bytes(content)
    with pytest.raises(DataError) as caught:
        Parquet(path="t.parquet").load()
    assert str(caught.value).startswith("data=parquet data.path=t.parquet: is no Parquet file (")
    assert "\n" not in str(caught.value)


def test_missing_file(folder):
    (folder / "train.parquet").write_text("")
    for act in (Parquet(path="tran.parquet").load, Parquet(path="tran.parquet").fingerprint):
        with pytest.raises(DataError) as caught:
            act()
        assert str(caught.value) == (
            f"data=parquet data.path=tran.parquet: {folder}/tran.parquet: no such file;"
            " did you mean 'train.parquet'?"
        )


def test_the_fingerprint_is_of_the_content(read):
    read({"a": [1, 2], "y": [1, 2]})
    first = Parquet(path="t.parquet").fingerprint()
    assert Parquet(path="t.parquet").fingerprint() == first
    read({"a": [1, 2], "y": [1, 3]})
    assert Parquet(path="t.parquet").fingerprint() != first


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"missing": "dorp"}, "missing=dorp: no such choice; did you mean 'drop'?  (drop, error)"),
        ({"task": "x"}, "task=x: no such choice  (auto, classification, regression)"),
    ],
)
def test_choices(fields, text):
    with pytest.raises(FieldError) as caught:
        Parquet(path="t.parquet", **fields)
    assert str(caught.value) == text
