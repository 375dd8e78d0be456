"""Handwritten digits, 28 by 28 pixels."""

from __future__ import annotations

from dataclasses import dataclass

from framework import Dataset, IdxImages, hookimpl


@dataclass
class Mnist(IdxImages):
    """MNIST: 60,000 handwritten digits for training and 10,000 for testing, classes "0" to "9".

    x: (70000, 28, 28) bytes, ink from 0 to 255; y: the digit. val: of the 60,000.
    root: the folder with the files train-images-idx3-ubyte, train-labels-idx1-ubyte,
    t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, each raw or with .gz, also spelled
    train-images.idx3-ubyte. null: downloaded once from openml.org (id 554, 15 MB), and only believed if
    the content has the MD5 of those files.
    train_samples, test_samples: take the first so many only; null: all.
    Source: LeCun, Bottou, Bengio and Haffner, Gradient-based learning applied to document recognition
    (1998), section III.A.
    """

    name = "mnist"
    number = 554
    labels = tuple("0123456789")
    published = (
        "6bbc9ace898e44ae57da46a324031adb",
        "a25bea736e30d166cdddb491f175f624",
        "2646ac647ad5339dbf082846283269ea",
        "27ae3e4e09519cfbb04c329615203637",
    )


@hookimpl
def register_datasets() -> dict[str, type[Dataset]]:
    return {"mnist": Mnist}
