from __future__ import annotations

import importlib
import os
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler

from framework.data import (
    Standardizer,
    cache_folder,
    check,
    find_file,
    load,
    prepare,
    reconstruction,
    split,
)
from framework.errors import DataError
from framework.interfaces import Dataset, Table
from plugins.datasets.csv import Csv
from plugins.datasets.digits import Digits
from plugins.datasets.wine import Wine

CALLS: list[str] = []


@dataclass
class Counted(Dataset):
    factor: float = 1.0
    mark: str | None = "one"

    def load(self) -> Table:
        CALLS.append("load")
        x = self.factor * np.arange(24.0).reshape(12, 2)
        return Table(x, np.arange(12) % 2, ("no", "yes"), ("a", "b"), "counted")

    def fingerprint(self) -> str | None:
        return self.mark


@dataclass
class Given(Dataset):
    """Whatever table a test wants."""

    def load(self) -> Table:
        return self.table

    def of(self, table: Table) -> Given:
        self.table = table
        return self


@pytest.fixture
def calls() -> list[str]:
    CALLS.clear()
    return CALLS


def table(rows: int = 20, **changes) -> Table:
    x = np.random.default_rng(0).normal(size=(rows, 3))
    return replace(Table(x, np.arange(rows) % 2, ("no", "yes"), ("age", "bmi", "bp")), **changes)


def same(first: Table, second: Table) -> None:
    np.testing.assert_array_equal(first.x, second.x)
    np.testing.assert_array_equal(first.y, second.y)
    assert first.x.dtype == second.x.dtype
    assert first.y.dtype == second.y.dtype
    names = ("classes", "features", "source")
    assert [getattr(first, n) for n in names] == [getattr(second, n) for n in names]


# Cache


def test_the_second_load_reads_the_copy(tmp_path, calls):
    first = load(Counted(), tmp_path)
    same(load(Counted(), tmp_path), first)
    assert calls == ["load"]
    assert [file.suffix for file in tmp_path.iterdir()] == [".npz"]


def test_split_fields_share_a_copy_and_others_do_not(tmp_path, calls):
    load(Counted(), tmp_path)
    load(Counted(val=0.1, test=0.3, standardize=False), tmp_path)
    assert len(calls) == 1
    load(Counted(factor=2), tmp_path)
    load(Counted(mark="two"), tmp_path)
    assert len(calls) == 3


def test_without_fingerprint_or_folder_nothing_is_kept(tmp_path, calls):
    for dataset, cache in ((Counted(mark=None), tmp_path), (Counted(), None)):
        load(dataset, cache)
        load(dataset, cache)
    assert len(calls) == 4
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("seed", range(20))
def test_a_damaged_copy_is_never_believed(tmp_path, calls, seed):
    whole = load(Counted(), tmp_path)
    (file,) = tmp_path.iterdir()
    rng, content = np.random.default_rng(seed), bytearray(file.read_bytes())
    content[rng.integers(len(content))] ^= 0xFF
    file.write_bytes(content if seed % 2 else content[: rng.integers(len(content))])
    same(load(Counted(), tmp_path), whole)
    same(load(Counted(), tmp_path), whole)
    assert len(calls) <= 2


def test_a_damaged_copy_is_rewritten(tmp_path, calls):
    load(Counted(), tmp_path)
    (file,) = tmp_path.iterdir()
    file.write_bytes(b"not an archive")
    load(Counted(), tmp_path)
    load(Counted(), tmp_path)
    assert len(calls) == 2


def test_a_folder_that_cannot_be_made_is_no_error(tmp_path, calls):
    (tmp_path / "file").write_text("in the way")
    assert len(load(Counted(), tmp_path / "file" / "below").x) == 12
    assert len(calls) == 1


def test_objects_are_never_pickled(tmp_path):
    @dataclass
    class Objects(Dataset):
        def load(self):
            return Table(np.array([[None]], dtype=object), np.zeros(1))

        def fingerprint(self):
            return "fixed"

    load(Objects(), tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_changed_file_has_a_new_key(tmp_path):
    file, cache = tmp_path / "t.csv", tmp_path / "cache"
    file.write_text("a,y\n1,2.5\n2,3.5\n")
    assert load(Csv(path=str(file)), cache).y.tolist() == [2.5, 3.5]
    file.write_text("a,y\n1,2.5\n2,4.5\n")
    assert load(Csv(path=str(file)), cache).y.tolist() == [2.5, 4.5]
    assert len(list(cache.iterdir())) == 2


def test_a_kept_dataset_needs_no_scikit_learn(tmp_path):
    load(Digits(), tmp_path)
    code = (
        "import sys; from pathlib import Path; from framework.data import prepare;"
        "from plugins.datasets.digits import Digits;"
        "data = prepare(Digits(), 'digits', 0, 'float32', Path(sys.argv[1]));"
        "print(len(data.table.x), {'sklearn', 'pandas', 'scipy'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    where = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    result = subprocess.run(command, capture_output=True, text=True, check=True, env=where)
    assert result.stdout.split(maxsplit=1) == ["1797", "set()\n"]


def test_where_copies_are_kept(monkeypatch, tmp_path):
    for name in ("FRAMEWORK_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "experiment-framework"
    monkeypatch.setenv("XDG_CACHE_HOME", "/xdg")
    assert cache_folder() == Path("/xdg/experiment-framework")
    monkeypatch.setenv("FRAMEWORK_CACHE", "/own")
    assert cache_folder() == Path("/own")


# Files


def test_find_file(tmp_path, monkeypatch):
    (tmp_path / "data.csv").write_text("")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert find_file("data.csv", "csv") == find_file("~/data.csv", "csv") == tmp_path / "data.csv"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("???", "data=csv: which file? set data.path=FILE"),
        (
            "dat.csv",
            "data=csv data.path=dat.csv: {0}/dat.csv: no such file; did you mean 'data.csv'?",
        ),
        ("zzz", "data=csv data.path=zzz: {0}/zzz: no such file; {0} holds data.csv"),
        ("no/x", "data=csv data.path=no/x: {0}/no/x: there is no folder {0}/no"),
        (".", "data=csv data.path=.: {0} is a folder; name a file in it; {0} holds data.csv"),
    ],
)
def test_find_file_says_what_is_there(tmp_path, monkeypatch, path, text):
    (tmp_path / "data.csv").write_text("")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError) as caught:
        find_file(path, "csv")
    assert str(caught.value) == text.format(tmp_path)


# Checks


def with_value(value: float, where: tuple[int, ...]) -> np.ndarray:
    x = np.zeros((20, 3))
    x[where] = value
    return x


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"x": with_value(np.nan, (17, 0))}, "row 17, column 'age' is nan; drop or fill such rows"),
        ({"x": with_value(-np.inf, (2, 1))}, "row 2, column 'bmi' is inf; drop or fill such rows"),
        (
            {"x": with_value(np.nan, (3, 2)), "features": ()},
            "row 3, column 2 is nan; drop or fill such rows",
        ),
        (
            {"x": with_value(np.nan, (3, 2)).reshape(20, 3, 1), "features": ()},
            "row 3, column (2, 0) is nan; drop or fill such rows",
        ),
        ({"y": np.zeros(19, int)}, "x has 20 rows, y has 19; each row needs its own target"),
        ({"x": np.zeros((0, 3))}, "x has shape (0, 3), which is no data; check what was read"),
        ({"x": np.zeros(20)}, "x has shape (20,), make it (rows, features)"),
        ({"x": np.array([["a"]])}, "x holds <U1, not real numbers; encode it as numbers"),
        ({"features": ("age",)}, "1 feature names for 3 features; name all or none"),
        ({"y": np.zeros((20, 1), int)}, "y has shape (20, 1), it needs (rows,) labels"),
        ({"y": np.zeros(20)}, "labels are float64; make them integers 0..1"),
        ({"y": np.arange(20) % 3}, "row 2: label 2 is not one of 0..1"),
        ({"y": -(np.arange(20) % 2)}, "row 1: label -1 is not one of 0..1"),
        ({"classes": ("a", "b", "c")}, "class 'c' has no rows; leave it out of the classes"),
        (
            {"classes": ("only",), "y": np.zeros(20, int)},
            "there is only the class 'only'; classification needs two",
        ),
        (
            {"classes": (), "y": with_value(np.nan, (4, 0))[:, 0]},
            "row 4: the target is nan; drop such rows",
        ),
        (
            {"classes": (), "y": np.zeros((20, 1, 1))},
            "y has shape (20, 1, 1), it needs (rows,) or (rows, targets)",
        ),
    ],
)
def test_check_refuses(changes, text):
    with pytest.raises(DataError) as caught:
        check(table(**changes), "csv")
    assert str(caught.value) == f"data=csv: {text}"


def test_check_refuses_what_is_no_table():
    with pytest.raises(
        DataError, match=r"^data=mine: load\(\) returned tuple, it must be a Table$"
    ):
        check((np.zeros((2, 1)), np.zeros(2)), "mine")


def test_check_casts():
    checked = check(table(x=np.ones((20, 3), np.uint8), y=np.arange(20) % 2 == 1), "csv")
    assert checked.x.dtype == np.float64
    assert checked.y.dtype == np.int64
    assert check(table(classes=(), y=np.arange(20)), "csv").y.dtype == np.float64
    assert check(table(x=np.ones((20, 3), np.float32)), "csv").x.dtype == np.float32


# Splits


@pytest.mark.parametrize("seed", range(30))
def test_splits_partition_and_keep_the_shares(seed):
    rng = np.random.default_rng(seed)
    counts = rng.integers(8, 200, size=rng.integers(2, 12))
    labels = rng.permutation(np.repeat(np.arange(len(counts)), counts))
    val, test = rng.uniform(0.02, 0.4, size=2)
    parts = split(labels, len(labels), val, test, np.random.default_rng(seed))
    rows = np.concatenate(list(parts.values()))
    np.testing.assert_array_equal(np.sort(rows), np.arange(len(labels)))
    for part, fraction in (("val", val), ("test", test)):
        assert len(parts[part]) == round(fraction * len(labels))
        exact = counts * len(parts[part]) / len(labels)
        assert np.abs(np.bincount(labels[parts[part]], minlength=len(counts)) - exact).max() < 1
    exact = counts * len(parts["train"]) / len(labels)
    assert np.abs(np.bincount(labels[parts["train"]]) - exact).max() < 2


def test_the_largest_remainder_gets_the_odd_row():
    labels = np.repeat([0, 1, 2], [7, 3, 5])  # 6 of 15 rows: 2.8, 1.2 and 2.0
    parts = split(labels, 15, 0.4, 0, np.random.default_rng(0))
    assert np.bincount(labels[parts["val"]]).tolist() == [3, 1, 2]


def test_parts_are_not_in_the_order_of_classes():
    labels = np.repeat(np.arange(4), 50)
    for rows in split(labels, 200, 0.2, 0.2, np.random.default_rng(0)).values():
        assert (np.diff(labels[rows]) < 0).any()


def test_splits_follow_the_generator():
    labels = np.arange(200) % 4
    first, again, other = (
        split(labels, 200, 0.2, 0.2, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    for part in ("train", "val", "test"):
        np.testing.assert_array_equal(first[part], again[part])
        assert set(first[part]) != set(other[part])
        assert (np.diff(first[part]) < 0).any()  # shuffled


def test_regression_is_split_at_random():
    parts = split(None, 103, 0.2, 0.1, np.random.default_rng(0))
    assert [len(parts[part]) for part in ("train", "val", "test")] == [72, 21, 10]
    np.testing.assert_array_equal(np.sort(np.concatenate(list(parts.values()))), np.arange(103))


def test_without_val_and_test_all_rows_train_in_order():
    parts = split(np.arange(10) % 2, 10, 0, 0, np.random.default_rng(0))
    np.testing.assert_array_equal(parts["train"], np.arange(10))
    assert len(parts["val"]) == len(parts["test"]) == 0


@pytest.mark.parametrize("seed", range(10))
def test_the_rarest_class_trains(seed):
    labels = np.repeat([0, 1, 2], [1, 2, 30])
    parts = split(labels, 33, 0.4, 0.45, np.random.default_rng(seed))
    assert set(labels[parts["train"]]) == {0, 1, 2}
    assert [len(parts[part]) for part in ("val", "test")] == [13, 15]


@pytest.mark.parametrize(
    ("labels", "rows", "val", "test", "text"),
    [
        (
            np.array([0, 0, 0, 1, 2, 3]),
            6,
            0.4,
            0.2,
            "class 'b' is too small for the split: 1 of 6 rows in 4 classes;"
            " lower data.val and data.test, or merge or drop rare classes",
        ),
        (None, 4, 0.1, 0, "data.val=0.1: of 4 rows that is none; raise it, or set it to 0"),
        (
            None,
            3,
            0.5,
            0.4,
            "data.val=0.5 data.test=0.4: of 3 rows none is left for training; lower them",
        ),
    ],
)
def test_split_refuses(labels, rows, val, test, text):
    with pytest.raises(DataError) as caught:
        split(labels, rows, val, test, np.random.default_rng(0), ("a", "b", "c", "d"))
    assert str(caught.value) == text


# Standardizer


def test_standardizer_is_that_of_scikit_learn():
    x = load_wine().data
    ours, theirs = Standardizer.fit(x), StandardScaler().fit(x)
    np.testing.assert_allclose(ours.mean, theirs.mean_, rtol=1e-13)
    np.testing.assert_allclose(ours.scale, theirs.scale_, rtol=1e-13)
    np.testing.assert_allclose(ours(x), theirs.transform(x), rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(Standardizer(**ours.arrays())(x), ours(x))


def test_constant_features_are_only_centred():
    x = np.column_stack([np.full(30, 0.1), 1e9 + np.arange(30) % 2 * 1e-6, np.arange(30.0)])
    ours = Standardizer.fit(x)
    np.testing.assert_array_equal(ours.scale[:2], StandardScaler().fit(x).scale_[:2])
    assert ours.scale[:2].tolist() == [1, 1]
    np.testing.assert_allclose(ours(x)[:, 0], 0, atol=1e-15)


def test_identity_changes_nothing():
    x = np.random.default_rng(0).normal(size=(5, 2, 3))
    np.testing.assert_array_equal(Standardizer.identity((2, 3))(x), x)


# All together


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_prepare(dtype):
    data = prepare(Wine(), "wine", 3, dtype, None)
    assert list(data.splits) == ["train", "val", "test"]
    assert [len(part.x) for part in data.splits.values()] == [106, 36, 36]
    train = data.splits["train"]
    assert train.x.dtype == dtype
    assert train.x.flags.c_contiguous
    expected = StandardScaler().fit(load_wine().data[train.rows])
    for name, part in data.splits.items():
        np.testing.assert_array_equal(data.raw(name), load_wine().data[part.rows])
        np.testing.assert_array_equal(part.y, load_wine().target[part.rows])
        tolerance = 10 * np.finfo(dtype).eps
        np.testing.assert_allclose(
            part.x, expected.transform(data.raw(name)), rtol=tolerance, atol=tolerance
        )
    assert (data.name, data.task.kind, data.task.inputs) == ("wine", "multiclass", (13,))


def test_nothing_leaks_from_other_rows_into_the_standardizer():
    data = prepare(Given().of(table(200)), "given", 0, "float64", None)
    changed = table(200)
    for part in ("val", "test"):
        changed.x[data.splits[part].rows] += 1e6
    again = prepare(Given().of(changed), "given", 0, "float64", None)
    np.testing.assert_array_equal(again.standardizer.mean, data.standardizer.mean)
    np.testing.assert_array_equal(again.standardizer.scale, data.standardizer.scale)
    np.testing.assert_array_equal(again.splits["train"].x, data.splits["train"].x)
    assert again.digest != data.digest


def test_the_split_depends_on_the_seed_and_the_digest_does_not():
    one, again, other = (prepare(Wine(), "wine", seed, "float64", None) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.splits["test"].rows, again.splits["test"].rows)
    assert set(one.splits["test"].rows) != set(other.splits["test"].rows)
    assert one.digest == again.digest == other.digest


def test_the_digest_sees_values_shapes_and_dtypes():
    x = np.arange(12.0).reshape(6, 2)
    y = np.arange(6.0)
    tables = [
        Table(x, y),
        Table(x.reshape(6, 2, 1), y),
        Table(x.astype(np.float32), y),
        Table(x, y + 1),
        Table(x + 1, y),
    ]
    digests = {prepare(Given().of(t), "given", 0, "float64", None).digest for t in tables}
    assert len(digests) == len(tables)


def test_empty_splits_are_absent():
    assert list(prepare(Wine(val=0), "wine", 0, "float64", None).splits) == ["train", "test"]
    alone = prepare(Wine(val=0, test=0), "wine", 0, "float64", None)
    assert list(alone.splits) == ["train"]
    np.testing.assert_array_equal(alone.splits["train"].rows, np.arange(178))


def test_standardize_off():
    data = prepare(Wine(standardize=False), "wine", 0, "float64", None)
    np.testing.assert_array_equal(data.splits["val"].x, data.raw("val"))


@pytest.mark.parametrize(
    ("value", "dtype", "standardize"),
    [(1e300, "float32", False), (1e300, "float64", True)],
)
def test_a_value_too_large_is_found(value, dtype, standardize):
    x = np.zeros((20, 3))
    x[:, 1] = value * (np.arange(20) % 3 - 1)
    dataset = Given(standardize=standardize).of(table(x=x))
    message = rf"^data=given: row \d+, column 'bmi' is too large for {dtype}; rescale it$"
    with pytest.raises(DataError, match=message):
        prepare(dataset, "given", 0, dtype, None)


IMAGES = np.random.default_rng(0).integers(0, 256, size=(40, 5, 4, 3)).astype(np.uint8)


def pictures(x=IMAGES, **changes) -> Table:
    return Table(x, np.arange(len(x)) % 2, ("no", "yes"), **changes)


@pytest.mark.parametrize("x", [IMAGES, IMAGES[..., 0], IMAGES.astype(float), IMAGES[..., 1] / 255])
def test_images_are_standardised_by_channel(x):
    data = prepare(Given().of(pictures(x)), "given", 0, "float64", None)
    train = data.splits["train"]
    channels = x.shape[3] if x.ndim == 4 else 1
    expected = StandardScaler().fit(x[train.rows].reshape(-1, channels))
    assert data.standardizer.mean.shape == x.shape[3:]
    for part in data.splits.values():
        found = np.asarray(part.x)
        assert found.shape == (len(part.rows), *x.shape[1:])
        np.testing.assert_allclose(
            found.reshape(-1, channels),
            expected.transform(x[part.rows].reshape(-1, channels)),
            rtol=1e-12,
            atol=1e-12,
        )


@pytest.mark.parametrize("x", [IMAGES, IMAGES[..., 0]], ids=["colour", "grey"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_bytes_that_are_not_standardised_are_those_of_torchvisions_to_tensor(x, dtype):
    """ToTensor: a PIL image or bytes in 0..255 become floats in 0..1, b / 255."""
    data = prepare(Given(standardize=False).of(pictures(x)), "given", 0, dtype, None)
    for name, part in data.splits.items():
        found = np.asarray(part.x)
        assert found.dtype == dtype
        np.testing.assert_allclose(found, data.raw(name) / 255, rtol=2 * np.finfo(dtype).eps)
        np.testing.assert_allclose(data.standardizer(data.raw(name)), found, rtol=1e-6)
    assert data.standardizer(np.full((1, *x.shape[1:]), 255)).min() == 1
    again = Standardizer(**data.standardizer.arrays())
    np.testing.assert_array_equal(again(x), data.standardizer(x))


def test_images_of_floats_that_are_not_standardised_stay_as_they_are():
    x = IMAGES.astype(float)
    data = prepare(Given(standardize=False).of(pictures(x)), "given", 0, "float64", None)
    np.testing.assert_array_equal(data.splits["val"].x, data.raw("val"))


def test_bytes_stay_bytes_until_they_are_used():
    data = prepare(Given().of(pictures()), "given", 0, "float32", None)
    part = data.splits["train"]
    assert data.table.x.dtype == np.uint8
    assert part.x.images is data.table.x
    assert part.x[:2].dtype == np.float32
    np.testing.assert_array_equal(data.raw("test"), IMAGES[data.splits["test"].rows])


def test_a_table_of_bytes_that_are_no_images_is_cast():
    x = np.arange(80, dtype=np.uint8).reshape(40, 2)
    assert check(pictures(x), "given").x.dtype == np.float64


OWN = np.array([3, 1, 30, 38])


@pytest.mark.parametrize("seed", [0, 1])
def test_test_rows_of_the_data_are_the_test_part(seed):
    data = prepare(Given().of(pictures(test_rows=OWN)), "given", seed, "float64", None)
    parts = {name: part.rows for name, part in data.splits.items()}
    np.testing.assert_array_equal(parts["test"], OWN)
    assert len(parts["val"]) == round(0.2 * 36)
    assert np.bincount(data.splits["val"].y).tolist() in ([3, 4], [4, 3])
    rest = np.sort(np.concatenate([parts["train"], parts["val"]]))
    np.testing.assert_array_equal(rest, np.setdiff1d(np.arange(40), OWN))


def test_without_val_all_other_rows_train_and_without_test_these_are_left_out():
    given = Given(val=0).of(pictures(test_rows=OWN))
    data = prepare(given, "given", 0, "float64", None)
    assert {name: len(part.rows) for name, part in data.splits.items()} == {"train": 36, "test": 4}
    given = Given(test=0).of(pictures(test_rows=OWN))
    data = prepare(given, "given", 0, "float64", None)
    assert {name: len(part.rows) for name, part in data.splits.items()} == {"train": 29, "val": 7}


def test_a_fraction_for_testing_beside_test_rows_is_refused():
    given = Given(test=0.3).of(pictures(test_rows=OWN))
    message = (
        "^data.test=0.3: given has test rows of its own; leave data.test alone, or 0 for no test$"
    )
    with pytest.raises(DataError, match=message):
        prepare(given, "given", 0, "float64", None)


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        (np.array([0, 40]), r"test_rows are not distinct row numbers in 0\.\.39"),
        (np.array([1, 1]), r"test_rows are not distinct row numbers in 0\.\.39"),
        (np.array([0.5]), r"test_rows are float64 of shape \(1,\), not row numbers"),
        (np.arange(40), "all rows are test rows; some must be left for training"),
    ],
)
def test_test_rows_that_are_none_are_refused(rows, text):
    with pytest.raises(DataError, match=f"^data=given: {text}$"):
        check(pictures(test_rows=rows), "given")


def test_a_kept_copy_has_its_bytes_and_its_test_rows(tmp_path):
    class Kept(Given):
        def fingerprint(self) -> str:
            return "one"

    first = load(Kept().of(pictures(test_rows=OWN)), tmp_path)
    again = load(Kept().of(None), tmp_path)
    same(first, again)
    assert again.x.dtype == np.uint8
    np.testing.assert_array_equal(again.test_rows, OWN)


def test_a_reconstruction_has_its_inputs_for_targets():
    data = reconstruction(prepare(Wine(), "wine", 0, "float32", None))
    assert (data.task.kind, data.task.targets, data.task.classes) == ("regression", 13, ())
    for part in data.splits.values():
        np.testing.assert_array_equal(part.y, part.x.astype(np.float64))
    pixels = reconstruction(prepare(Given().of(pictures()), "given", 0, "float64", None))
    part = pixels.splits["test"]
    np.testing.assert_array_equal(part.y, np.asarray(part.x).reshape(8, 60))


def test_a_class_that_is_in_the_test_rows_only_is_refused():
    table = pictures(test_rows=np.arange(30, 40))
    table.classes, table.y = ("no", "yes", "perhaps"), np.repeat([0, 1, 2], [15, 15, 10])
    with pytest.raises(
        DataError, match=r"^data=given: class 'perhaps' has test rows only; it needs"
    ):
        check(table, "given")


def test_names_may_be_left_out():
    checked = check(Table(IMAGES, np.arange(40.0), None, None), "given")
    assert (checked.classes, checked.features) == ((), ())


BASE = """
from framework import Dataset, Table
import numpy as np

class Base(Dataset):
    def load(self):
        return Table(np.full((20, 2), FACTOR), np.arange(20.0))

    def fingerprint(self):
        return "one"
"""


def test_a_copy_does_not_outlive_a_change_of_a_base_class(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # it goes by seconds: stale
    found = []
    for factor in (1.0, 2.0):
        (tmp_path / "base_of_a_dataset.py").write_text(BASE.replace("FACTOR", str(factor)))
        sys.modules.pop("base_of_a_dataset", None)
        base = importlib.import_module("base_of_a_dataset").Base
        found.append(load(dataclass(type("Leaf", (base,), {}))(), tmp_path / "kept").x[0, 0])
    assert found == [1.0, 2.0]
