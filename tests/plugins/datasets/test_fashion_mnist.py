from __future__ import annotations

import numpy as np

from framework.data import check, prepare
from plugins.datasets.fashion_mnist import FashionMnist
from plugins.datasets.mnist import Mnist


def test_it_reads_what_mnist_reads_and_names_clothes(tmp_path):
    clothes = check(FashionMnist.example(tmp_path).load(), "fashion_mnist")
    digits = check(Mnist(root=str(tmp_path)).load(), "mnist")
    np.testing.assert_array_equal(clothes.x, digits.x)
    np.testing.assert_array_equal(clothes.y, digits.y)
    assert clothes.classes[0] == "T-shirt/top" and clothes.classes[9] == "Ankle boot"
    assert len(set(clothes.classes)) == 10


def test_its_downloads_are_not_those_of_mnist():
    assert FashionMnist.number != Mnist.number
    assert not set(FashionMnist.published) & set(Mnist.published)
    assert FashionMnist().fingerprint() != Mnist().fingerprint()


def test_splits(tmp_path):
    splits = prepare(FashionMnist.example(tmp_path), "fashion_mnist", 0, "float32", None).splits
    assert [len(splits[part].rows) for part in ("train", "val", "test")] == [50, 10, 20]
