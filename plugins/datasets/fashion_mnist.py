"""Pictures of clothes, 28 by 28 pixels."""

from __future__ import annotations

from dataclasses import dataclass

from framework import Dataset, IdxImages, hookimpl


@dataclass
class FashionMnist(IdxImages):
    """Fashion-MNIST: 60,000 pictures of clothes for training and 10,000 for testing, ten classes.

    x: (70000, 28, 28) bytes, 0 is background; y: the kind of article. val: of the 60,000. It has MNIST's
    form and is harder: linear models get about 0.84 right, convolutional ones above 0.9.
    root: the folder with the files train-images-idx3-ubyte, train-labels-idx1-ubyte,
    t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, each raw or with .gz, also spelled
    train-images.idx3-ubyte. null: downloaded once from openml.org (id 40996), and only believed if
    the content has the MD5 of those files.
    train_samples, test_samples: take the first so many only; null: all.
    Source: Xiao, Rasul and Vollgraf, Fashion-MNIST (2017), tables 2 and 3.
    """

    name = "fashion_mnist"
    number = 40996
    labels = (
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    )
    published = (
        "f4a8712d7a061bf5bd6d2ca38dc4d50a",
        "9018921c3c673c538a1fc5bad174d6f9",
        "8181f5470baa50b63fa0f6fddb340f0a",
        "15d484375f8d13e6eb1aabb0c3f46965",
    )


@hookimpl
def register_datasets() -> dict[str, type[Dataset]]:
    return {"fashion_mnist": FashionMnist}
