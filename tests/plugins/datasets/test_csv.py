from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_iris

from framework.data import check
from framework.errors import DataError, FieldError
from plugins.datasets.csv import Csv


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def read(folder):
    def read(text: str | bytes, **fields):
        content = text.encode() if isinstance(text, str) else text
        (folder / "t.csv").write_bytes(content)
        return check(Csv(path="t.csv", **fields).load(), "csv")

    return read


@pytest.fixture
def refused(read):
    def refused(text: str | bytes, **fields) -> str:
        with pytest.raises(DataError) as caught:
            read(text, **fields)
        prefix, message = "data=csv data.path=t.csv: ", str(caught.value)
        assert message.startswith(prefix)
        return message.removeprefix(prefix)

    return refused


def test_a_file_written_from_iris(read):
    iris = load_iris()
    lines = [",".join([*iris.feature_names, "species"])]
    for row, label in zip(iris.data, iris.target, strict=True):
        lines.append(",".join([*map(repr, row.tolist()), iris.target_names[label]]))
    table = read("\n".join(lines))
    np.testing.assert_array_equal(table.x, iris.data)
    np.testing.assert_array_equal(table.y, iris.target)
    assert table.classes == ("setosa", "versicolor", "virginica")
    assert table.features == tuple(iris.feature_names)


@pytest.mark.parametrize("target", ["b", "1", "-2"])
def test_the_target_is_a_name_or_a_number(read, target):
    table = read("a,b,c\n1,2.5,3\n4,5.5,6\n", target=target)
    assert (table.x.tolist(), table.y.tolist()) == ([[1, 3], [4, 6]], [2.5, 5.5])
    assert table.features == ("a", "c")


def test_a_name_wins_over_a_number(read):
    table = read("a,0\n1,2.5\n3,4.5\n", target="0", header="present")
    assert (table.features, table.y.tolist()) == (("a",), [2.5, 4.5])


def test_header_auto(read):
    assert read("a,b\n1,2.5\n2,3.5\n").features == ("a",)
    assert len(read("1,2.5\n2,3.5\n").y) == 2
    assert len(read("1,2.5\n2,3.5\n3,4.5\n", header="present").y) == 2


def test_spellings_of_files(read):
    expected = [[1.0], [1000.0]]
    assert read("a;y\n1;2.5\n1e3;3.5\n", delimiter="semicolon").x.tolist() == expected
    assert read("a;y\n1;2.5\n1e3;3.5\n", delimiter=";").x.tolist() == expected
    assert read("a\ty\n1\t2.5\n1e3\t3.5\n", delimiter="tab").x.tolist() == expected
    assert read('\ufeffa, y\r\n\r\n 1 ,2.5\r\n"1e3", 3.5').x.tolist() == expected


@pytest.mark.parametrize(
    ("cells", "fields", "classes", "y"),
    [
        (["b", "a", "b"], {}, ("a", "b"), [1, 0, 1]),
        (["10", "9", "10"], {}, ("9", "10"), [1, 0, 1]),
        (["1", "1.0", "2"], {}, ("1", "2"), [0, 0, 1]),
        (["10", "9", "10"], {"task": "regression"}, (), [10, 9, 10]),
        (["0.5", "1", "2"], {}, (), [0.5, 1, 2]),
        (["0.5", "1.5", "0.5"], {"task": "classification"}, ("0.5", "1.5"), [0, 1, 0]),
        (["1", "x", "1"], {"task": "classification"}, ("1", "x"), [0, 1, 0]),
        ([str(i) for i in range(20)], {}, tuple(map(str, range(20))), list(range(20))),
        ([str(i) for i in range(21)], {}, (), list(range(21))),
    ],
)
def test_classes_or_values(read, cells, fields, classes, y):
    table = read("a,y\n" + "\n".join(f"{i},{cell}" for i, cell in enumerate(cells)), **fields)
    assert (table.classes, table.y.tolist()) == (classes, y)


def test_drop_skips_incomplete_rows(read):
    text = "a,b,y\n1,2,0.5\nn/a,2,0.5\n3,,1.5\n4,5,\n6,inf,7\n8,9,2.5\n"
    table = read(text, missing="drop")
    assert (table.x.tolist(), table.y.tolist()) == ([[1, 2], [8, 9]], [0.5, 2.5])


DROP = "data.missing=drop skips such rows"


@pytest.mark.parametrize(
    ("text", "fields", "message"),
    [
        ("", {}, "is empty; it needs a row a sample"),
        ("\n\n", {}, "is empty; it needs a row a sample"),
        ("a,b\n", {}, "has a header only; add a row a sample, or set data.header=absent"),
        (
            "a,b\n1,2\n1,2,3\n",
            {},
            "row 3 has 3 cells, row 1 has 2; check quotes and data.delimiter",
        ),
        (
            "a;b\n1;2\n",
            {},
            "has one column, it needs features and a target; set data.delimiter to semicolon",
        ),
        (
            "a\n1\n",
            {},
            "has one column, it needs features and a target;"
            " set data.delimiter to what separates the cells",
        ),
        (
            "age,bmi\n1,2\n",
            {"target": "agee"},
            "data.target=agee: no such column; did you mean 'age'?  (age, bmi)",
        ),
        ("a,b\n1,2\n", {"target": "2"}, "data.target=2: no such column  (a, b)"),
        (
            "a,a,b\n1,2,3\n",
            {"target": "a"},
            "data.target=a: several columns have this name; give the number of one",
        ),
        (
            "age,y\n" + "1,2\n" * 15 + "n/a,2\n",
            {},
            f"row 17, column 'age': 'n/a' is not a number; {DROP}",
        ),
        ("a,y\n1,2\n\n\n-inf,2\n", {}, f"row 5, column 'a': '-inf' is not a number; {DROP}"),
        ("a,y\n1,2\n1_0,2\n", {}, f"row 3, column 'a': '1_0' is not a number; {DROP}"),
        ("a,y\n1,2\n1,NA\n", {}, f"row 3, column 'y': 'NA' is a missing target; {DROP}"),
        (
            "age,bmi,2020\n1,2,3\n4,5,6\n",
            {},
            f"row 1, column '0': 'age' is not a number; {DROP},"
            " data.header=present takes row 1 for names",
        ),
        ("a,b,y\n1,x,2\n3,z,4\n", {}, "column 'b' holds no numbers; encode or remove it"),
        ("a,y\n1,\n2,\n", {}, "the target 'y' is empty; choose it by data.target"),
        (
            "a,b,y\n1,,2\n,3,4\n",
            {"missing": "drop"},
            "data.missing=drop leaves no row; fill or remove the sparsest column",
        ),
        (
            "a,y\n1,2\n2,two\n",
            {},
            "row 3, column 'y': 'two' is not a number, as a regression needs;"
            " data.task=classification takes targets for class names",
        ),
        (
            "a,y\n1,3\n2,3.0\n",
            {},
            "the target 'y' is 3 in every row; set data.target to another column",
        ),
        (
            "a,y\n1,x\n2,x\n",
            {},
            "the target 'y' is x in every row; set data.target to another column",
        ),
        (
            "a,y\n1,2.5\n2,2.5\n",
            {},
            "the target 'y' is 2.5 in every row; set data.target to another column",
        ),
    ],
)
def test_refused(refused, text, fields, message):
    assert refused(text, **fields) == message


def test_what_is_no_text_is_refused_in_one_line(refused):
    message = refused(b"a,b\n1,\xff\n")
    assert message.startswith("cannot be read as UTF-8 text ('utf-8' codec can't decode byte 0xff")
    assert "\n" not in message


def test_missing_file(folder):
    (folder / "train.csv").write_text("")
    expected = (
        f"data=csv data.path=tran.csv: {folder}/tran.csv: no such file; did you mean 'train.csv'?"
    )
    for act in (Csv(path="tran.csv").load, Csv(path="tran.csv").fingerprint):
        with pytest.raises(DataError) as caught:
            act()
        assert str(caught.value) == expected


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        (
            {"delimiter": "::"},
            "delimiter=::: one of comma, semicolon, tab, pipe, space, or a single character",
        ),
        (
            {"missing": "dorp"},
            "missing=dorp: no such choice; did you mean 'drop'?  (drop, error)",
        ),
        (
            {"header": "yes"},
            "header=yes: no such choice  (absent, auto, present)",
        ),
        (
            {"task": "regresion"},
            "task=regresion: no such choice; did you mean 'regression'?"
            "  (auto, classification, regression)",
        ),
    ],
)
def test_choices(fields, text):
    with pytest.raises(FieldError) as caught:
        Csv(path="t.csv", **fields)
    assert str(caught.value) == text
