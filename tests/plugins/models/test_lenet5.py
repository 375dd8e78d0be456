from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from framework.errors import ConfigError, FieldError
from plugins.models.lenet5 import LeNet5


def stages(network, inputs, n=2):
    theta = network.init(np.random.default_rng(0))
    made = network.linearize(theta, np.random.default_rng(1).normal(size=(n, *inputs)))
    return [array.shape[1:] for _, array in made.stages()]


def test_the_original_sizes():
    """LeCun et al. (1998), figure 2, whose 32×32 images have a border of 2 around the 28×28."""
    c1, s2, c3, s4, f = (28, 28, 6), (14, 14, 6), (10, 10, 16), (5, 5, 16), (400,)
    maps = [c1, c1, s2, c3, c3, s4, f, (120,), (120,), (84,), (84,), (10,)]
    assert stages(LeNet5().build((28, 28), 10), (28, 28)) == [(28, 28, 1), *maps]


def test_the_original_count_of_parameters():
    """Figure 2's trainable parameters: C1 156, C5 48,120, F6 10,164; C3 sees all 6 maps."""
    sizes = {}
    for p in LeNet5().build((28, 28), 10).layout:
        layer = p.name.rpartition(".")[0]
        sizes[layer] = sizes.get(layer, 0) + p.size
    assert list(sizes.values()) == [156, (25 * 6 + 1) * 16, 48_120, 10_164, 850]


def test_other_widths_and_depths():
    network = LeNet5(channels=[3, 4], hidden=[50, 40, 30]).build((28, 28), 10)
    weights = [p.shape for p in network.layout if p.kind == "weight"]
    dense = [(5 * 5 * 4, 50), (50, 40), (40, 30), (30, 10)]
    assert weights == [(5, 5, 1, 3), (5, 5, 3, 4), *dense]


@pytest.mark.parametrize(
    ("inputs", "flat"),
    [
        ((64,), 2 * 2 * 16),
        ((8, 8), 2 * 2 * 16),
        ((8, 8, 3), 2 * 2 * 16),
        ((4, 4), 16),
        ((11, 30), 2 * 7 * 16),
        ((12, 12), 16),
        ((227, 227, 3), 46_656),
    ],
    ids=str,
)
def test_other_images(inputs, flat):
    network = LeNet5().build(inputs, 3)
    assert stages(network, inputs, n=1)[7] == (flat,) and network.outputs == (3,)


@pytest.mark.parametrize(
    ("inputs", "text"),
    [
        ((3, 9), "images of 3x9 pixels are too small: 4x4 are the least"),
        ((9,), "images of 3x3 pixels are too small: 4x4 are the least"),
        ((30,), "samples of shape (30,) are no images; "),
    ],
)
def test_what_is_no_image_or_too_small_is_refused(inputs, text):
    with pytest.raises(ConfigError) as caught:
        LeNet5().build(inputs, 10)
    assert str(caught.value).startswith(text)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"channels": [6]}, "channels=[6]: two numbers of channels > 0, of C1 and of C3"),
        ({"channels": [6, 0]}, "channels=[6, 0]: two numbers of channels > 0, of C1 and of C3"),
        ({"hidden": [0]}, "hidden=[0]: widths of the hidden layers are > 0"),
        ({"pool": "avg"}, "pool=avg: no such choice; did you mean 'average'?"),
        ({"activation": "rleu"}, "activation=rleu: no such choice; did you mean 'relu'?"),
        ({"init": "hee"}, "init=hee: no such choice; did you mean 'he'?"),
    ],
)
def test_fields_out_of_range_are_refused(fields, text):
    with pytest.raises(FieldError) as caught:
        LeNet5(**fields)
    assert str(caught.value).startswith(text)


def test_digits_are_learned(command):
    done = command("model=lenet5", "data=digits", "train.epochs=2", "optim.lr=0.5")
    assert done.status == 0, done.err
    table = [line.split() for line in done.out.splitlines()]
    accuracy = next(row for row in table if row[:1] == ["accuracy"])
    assert float(accuracy[-1]) > 0.75  # of the test digits


def test_newton_takes_it(command):
    done = command(
        "model=lenet5", "data=digits", "train.epochs=1", "optim=newton", "optim.solver=cg"
    )
    assert done.status == 0, done.err


def test_data_that_are_no_images_are_refused_in_one_line(command):
    done = command("model=lenet5", "data=breast_cancer")
    assert done.status == 2
    assert done.err.startswith("error: model=lenet5: samples of shape (30,) are no images; ")
    assert done.err.count("\n") == 1


DERIVATIVES = """
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from framework import LINKS, Objective
from plugins.losses.cross_entropy import CrossEntropy
from plugins.models.lenet5 import LeNet5

threadpool_limits(1)  # other tests run beside this one
rng = np.random.default_rng(0)
network = LeNet5().build((227, 227, 1), 10)
x, y = rng.standard_normal((128, 227, 227, 1)), np.eye(10)[rng.integers(10, size=128)]
point = Objective(network, CrossEntropy().head(LINKS["softmax"]), x, y).at(network.init(rng))
gradient = point.grad()
assert np.isfinite(gradient).all() and np.isfinite(point.hvp(gradient)).all()
status = Path("/proc/self/status").read_text()  # ru_maxrss would begin at the parent's peak
print(int(status.partition("VmHWM:")[2].split()[0]) * 1024)
"""


def test_a_gradient_and_a_hessian_product_at_227_pixels_fit_into_1_gib():
    """float64, batch 128; columns of all samples at once would take 1.3 GB by themselves."""
    done = subprocess.run([sys.executable, "-c", DERIVATIVES], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 2**30
