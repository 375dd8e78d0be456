from __future__ import annotations

import gzip
import socket
from contextlib import suppress

import numpy as np
import pytest
from sklearn.datasets import _openml, load_iris

from framework.data import check, load
from framework.errors import DataError, FieldError
from plugins.datasets.openml import OpenML

WAY = "go online once, or save the table to a file and use data=csv data.path=FILE"
KINDS = {"age": "real", "colour": "{red,blue,green}", "name": "string", "grade": "{3,10,2}"}
ROWS = [
    [1.5, "red", "ann", 10],
    [2.5, "blue", "bob", 3],
    [3.5, "red", "cid", 10],
    [4, "blue", "dan", 3],
]


def read(**fields):
    return check(OpenML(**fields).load(), "openml")


def refused(**fields) -> str:
    with pytest.raises(DataError) as caught:
        read(**fields)
    return str(caught.value)


@pytest.fixture
def mine(site):
    """mine(rows): a small table, id 5."""

    def put(rows=ROWS, target="grade"):
        site.table(5, KINDS, rows, target)

    put()
    return put


# Tables as openml.org gave them


def test_iris(site):
    site.real(61)
    table, iris = read(id=61), load_iris()
    assert table.features == ("sepallength", "sepalwidth", "petallength", "petalwidth")
    assert table.classes == ("Iris-setosa", "Iris-versicolor", "Iris-virginica")
    assert table.source == "openml.org/d/61, iris version 1"
    np.testing.assert_array_equal(table.y, iris.target)
    same = (table.x == iris.data).all(axis=1)
    assert set(np.flatnonzero(~same)) <= {34, 37}  # slips of UCI's file, which scikit-learn mended


def test_a_regression_with_categories(site):
    site.real(561)
    table = read(id=561)
    assert (table.task.kind, len(table.y)) == ("regression", 209)
    vendors = [name for name in table.features if name.startswith("vendor=")]
    np.testing.assert_array_equal(table.x[:, : len(vendors)].sum(axis=1), 1)
    assert table.features[len(vendors) :] == ("MYCT", "MMIN", "MMAX", "CACH", "CHMIN", "CHMAX")
    assert table.x[0, table.features.index("vendor=adviser")] == 1
    assert table.y[0] == 199


def test_text_and_missing_values_have_to_be_dealt_with(site):
    site.real(40945)  # Titanic
    assert refused(id=40945) == (
        "data=openml data.id=40945: column 'name' holds no numbers;"
        " leave it out by data.ignore=[...]"
    )
    text = ["name", "ticket", "cabin", "boat", "home.dest", "body"]
    message = refused(id=40945, ignore=text)
    assert message.startswith("data=openml data.id=40945: row 15, column 'age': 'null' is not a")
    table = read(id=40945, ignore=text, missing="drop")
    assert len(table.y) == 1043
    assert table.classes == ("0", "1")
    assert {"sex=female", "sex=male", "embarked=C", "pclass"} < set(table.features)


def test_a_sparse_table_is_refused(site):
    site.real(292)
    with pytest.warns(UserWarning, match="inactive"):
        assert refused(id=292) == (
            "data=openml data.id=292: is a sparse table, only dense ones are read; choose another"
        )


def test_several_targets_are_refused(site):
    site.real(40589)
    assert refused(id=40589).startswith(
        "data=openml data.id=40589: 6 of its columns are targets, one is needed;"
        " set data.target  (Mean_Acc1298_Mean_Mem40_Centroid, "
    )


# Targets, categories, missing values


def test_categories_become_columns_and_classes_are_sorted_by_value(mine):
    table = read(id=5, ignore=["name"])
    assert table.features == ("age", "colour=blue", "colour=red")
    assert table.x.tolist() == [[1.5, 0, 1], [2.5, 1, 0], [3.5, 0, 1], [4, 1, 0]]
    assert (table.classes, table.y.tolist()) == (("3", "10"), [1, 0, 1, 0])


def test_another_target(mine):
    table = read(id=5, ignore=["name", "grade"], target="age")
    assert (table.features, table.y.tolist()) == (("colour=blue", "colour=red"), [1.5, 2.5, 3.5, 4])
    table = read(id=5, ignore=["name", "grade"], target="colour")
    assert (table.classes, table.y.tolist()) == (("blue", "red"), [1, 0, 1, 0])
    table = read(id=5, ignore=["name"], task="regression")
    assert (table.classes, table.y.tolist()) == ((), [10, 3, 10, 3])


def test_a_missing_category_is_missing_in_all_its_columns(mine):
    mine([*ROWS, [5, "?", "eve", 3], ["?", "red", "fay", 3], [6, "red", "gil", "?"]])
    assert refused(id=5, ignore=["name"]) == (
        "data=openml data.id=5: row 4, column 'colour=blue': 'null' is not a number;"
        " data.missing=drop skips such rows"
    )
    assert len(read(id=5, ignore=["name"], missing="drop").y) == 4


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"target": "gradee"}, "data.target=gradee: no such column; did you mean 'grade'?"),
        ({"ignore": ["nam"]}, "data.ignore=[nam]: no such column; did you mean 'name'?"),
        (
            {"ignore": ["name"], "categorical": "refuse"},
            "column 'colour' holds no numbers; leave it out by data.ignore=[...]",
        ),
        (
            {"ignore": ["grade"]},
            "0 of its columns are targets, one is needed; set data.target  (age, ",
        ),
    ],
)
def test_refused(mine, fields, text):
    assert refused(id=5, **fields).startswith(f"data=openml data.id=5: {text}")


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"id": 0}, "id=0: a table's number is >= 1"),
        (
            {"categorical": "onehot"},
            "categorical=onehot: no such choice; did you mean 'one_hot'?  (one_hot, refuse)",
        ),
        ({"missing": "drpo"}, "missing=drpo: no such choice; did you mean 'drop'?  (drop, error)"),
        ({"task": "x"}, "task=x: no such choice  (auto, classification, regression)"),
    ],
)
def test_ranges(fields, text):
    with pytest.raises(FieldError) as caught:
        OpenML(**fields)
    assert str(caught.value) == text


# The network


def test_a_table_is_downloaded_once(site, tmp_path):
    site.real(61)
    first, cache = OpenML(id=61), tmp_path / "cache"
    x = load(first, cache).x
    assert len(site.asked) == 4
    site.online = False
    np.testing.assert_array_equal(load(first, cache).x, x)
    np.testing.assert_array_equal(
        OpenML(id=61, target="petalwidth", ignore=["class"]).load().x, x[:, :3]
    )
    assert len(site.asked) == 4


def test_without_a_network_it_says_so_at_once(site, tmp_path):
    site.online = False
    assert refused(id=61) == (
        "data=openml data.id=61: openml.org cannot be reached (Name or service not known);"
        f" there is no copy in {tmp_path}/cache/openml; {WAY}"
    )


def test_the_patience_with_networks_is_for_the_download_alone(site, monkeypatch):
    seen, proper = [], site.open

    def look(request, *args, **kwargs):
        seen.append(socket.getdefaulttimeout())
        return proper(request)

    monkeypatch.setattr(_openml, "urlopen", look)
    site.real(61)
    for online in (False, True):
        site.online = online
        with suppress(DataError):
            OpenML(id=61).load()
        assert socket.getdefaulttimeout() is None
    assert set(seen) == {20.0}


def test_an_unknown_id(site):
    assert refused(id=99999999) == (
        "data=openml data.id=99999999: openml.org gives no such table"
        f" (Dataset with data_id 99999999 not found); {WAY}"
    )


def test_a_damaged_download_is_fetched_anew(site, tmp_path):
    site.real(61)
    x = OpenML(id=61).load().x
    (file,) = (tmp_path / "cache").rglob("iris.arff.gz")
    file.write_bytes(gzip.compress(b"@RELATION iris\n"))
    np.testing.assert_array_equal(OpenML(id=61).load().x, x)


def test_changed_content_is_refused(site):
    site.real(61)
    site.answers["data/v1/download/61/iris.arff"] += b"\n5,3,1,0,Iris-setosa"
    message = refused(id=61)
    assert "does not match the expected checksum" in message and "\n" not in message


def test_a_folder_of_ones_own(tmp_path):
    assert refused(id=61, root=str(tmp_path / "nowhere")).startswith(
        f"data=openml data.root={tmp_path}/nowhere: {tmp_path}/nowhere: no such folder"
    )
    table = check(OpenML.example(tmp_path).load(), "openml")
    assert table.features == ("n", "c=blue", "c=red")
    assert (table.classes, len(table.y)) == (("a", "b", "c"), 60)


def test_the_command_says_it_in_one_line(command):
    done = command("data=openml")
    assert done.status == 2
    assert done.err.splitlines()[-1] == ("error: data.id: this field is required; set data.id=...")
