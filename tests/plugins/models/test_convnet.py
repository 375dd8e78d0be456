from __future__ import annotations

import numpy as np
import pytest

from framework.errors import ConfigError, FieldError
from plugins.models.convnet import ConvNet


def shapes(network):
    return [(p.name, p.shape) for p in network.layout]


def test_blocks_halve_the_image():
    network = ConvNet(channels=[4, 6], kernel=5).build((11, 8, 3), 10)
    assert shapes(network) == [
        ("2.conv2d.weight", (5, 5, 3, 4)),
        ("2.conv2d.bias", (4,)),
        ("5.conv2d.weight", (5, 5, 4, 6)),
        ("5.conv2d.bias", (6,)),
        ("9.dense.weight", (2 * 2 * 6, 10)),
        ("9.dense.bias", (10,)),
    ]


def test_deeper_blocks_and_dense_layers():
    network = ConvNet(channels=[4, 6], convolutions=2, hidden=[9, 7], dropout=0.5).build((8, 8), 3)
    weights = [shape for name, shape in shapes(network) if name.endswith("weight")]
    convolutions = [(3, 3, 1, 4), (3, 3, 4, 4), (3, 3, 4, 6), (3, 3, 6, 6)]
    assert weights == [*convolutions, (2 * 2 * 6, 9), (9, 7), (7, 3)]
    block = ["conv2d", "relu", "conv2d", "relu", "maxpool"]
    dense = ["dropout", "dense", "relu"]
    order = ["image", *block, *block, "flatten", *dense, *dense, "dropout", "dense"]
    assert [name.partition(".")[2] for name in network.names] == order


def test_a_kernel_of_one_pixel_without_pooling_is_a_linear_map_of_pixels():
    """channels=[]: the images flattened row by row, and softmax regression on them."""
    network = ConvNet(channels=[]).build((9,), 2)
    x, theta = np.random.default_rng(0).normal(size=(4, 9)), np.arange(20.0)
    expected = x @ theta[:18].reshape(9, 2) + theta[18:]
    np.testing.assert_allclose(network.linearize(theta, x).z, expected, rtol=1e-13)


def test_dropout_is_for_mini_batches():
    network = ConvNet(channels=[2], dropout=0.5).build((4, 4), 2)
    x, theta = np.ones((3, 4, 4)), network.init(np.random.default_rng(0))
    calm, noisy = (n.linearize(theta, x).z for n in (network, network.training(0, 0)))
    assert (calm[0] == calm).all() and (noisy != calm).any()


def test_images_too_small_are_refused():
    with pytest.raises(ConfigError) as caught:
        ConvNet(channels=[2, 2, 2, 2]).build((64,), 10)
    text = "images of 8x8 pixels are too small for 4 rounds of pooling; set fewer model.channels"
    assert str(caught.value) == text
    assert ConvNet(channels=[2, 2, 2]).build((64,), 10).outputs == (10,)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"channels": [4, 0]}, "channels=[4, 0]: numbers of channels are > 0"),
        ({"convolutions": 0}, "convolutions=0: a number of convolutions is > 0"),
        ({"hidden": [0]}, "hidden=[0]: widths of the hidden layers are > 0"),
        ({"kernel": 4}, "kernel=4: the kernel's width is odd, 1, 3, 5, ..."),
        ({"kernel": -1}, "kernel=-1: the kernel's width is odd, 1, 3, 5, ..."),
        ({"pool": "mean"}, "pool=mean: no such choice"),
        ({"dropout": 1.0}, "dropout=1.0: a dropout rate is in 0 <= rate < 1"),
        ({"activation": "rleu"}, "activation=rleu: no such choice; did you mean 'relu'?"),
        ({"init": "hee"}, "init=hee: no such choice; did you mean 'he'?"),
    ],
)
def test_fields_out_of_range_are_refused(fields, text):
    with pytest.raises(FieldError) as caught:
        ConvNet(**fields)
    assert str(caught.value).startswith(text)


def test_digits_are_learned(command):
    done = command("model=convnet", "data=digits", "train.epochs=2")
    assert done.status == 0, done.err
    table = [line.split() for line in done.out.splitlines()]
    accuracy = next(row for row in table if row[:1] == ["accuracy"])
    assert float(accuracy[-1]) > 0.75  # of the test digits
