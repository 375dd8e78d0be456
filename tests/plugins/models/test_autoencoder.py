from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_iris, load_wine
from sklearn.decomposition import PCA

from framework.errors import FieldError
from plugins.models.autoencoder import Autoencoder
from plugins.optimizers.lbfgs import LBFGS
from plugins.optimizers.newton_cg import NewtonCG

LINEAR = {"hidden": []}, {"hidden": [3], "activation": "identity"}


def widths(network):
    return [p.shape for p in network.layout if p.kind == "weight"]


def test_the_decoder_mirrors_the_encoder():
    network = Autoencoder(hidden=[7, 5], code=2).build((9,), 9)
    assert widths(network) == [(9, 7), (7, 5), (5, 2), (2, 5), (5, 7), (7, 9)]
    kinds = [name.partition(".")[2] for name in network.names]
    encoder = ["dense", "tanh", "dense", "tanh", "dense"]  # the code is linear
    assert kinds == encoder * 2


def test_images_are_flattened():
    network = Autoencoder(hidden=[4]).build((3, 2, 1), 6)
    assert widths(network) == [(6, 4), (4, 2), (2, 4), (4, 6)]
    assert network.linearize(
        network.init(np.random.default_rng(0)), np.ones((5, 3, 2, 1))
    ).z.shape == (
        5,
        6,
    )


@pytest.mark.parametrize("optimizer", [NewtonCG, LBFGS])
@pytest.mark.parametrize("fields", LINEAR, ids=str)
@pytest.mark.parametrize(("load", "code"), [(load_iris, 1), (load_iris, 2), (load_wine, 2)])
def test_a_linear_one_reaches_the_error_of_principal_components(
    load, code, fields, optimizer, learning, minimise
):
    x = load().data
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    pca = PCA(code).fit(x)
    error = np.square(x - pca.inverse_transform(pca.transform(x))).sum(axis=1).mean() / 2
    model = Autoencoder(code=code, init="lecun", **fields)
    objective = learning(model, x, x, x.shape[1], loss="mse", link="identity")
    values, _ = minimise(optimizer(), objective, 600)
    assert values[-1] == pytest.approx(error, rel=1e-6)
    assert values[-1] >= error * (1 - 1e-12)


def test_digits_are_reconstructed(command):
    done = command(
        *("model=autoencoder", "model.code=8", "data=digits", "loss=mse"),
        *("optim=lbfgs", "train.epochs=40", "metrics.regression=[rmse]"),
    )
    assert done.status == 0, done.err
    table = [line.split() for line in done.out.splitlines()]
    rmse = next(row for row in table if row[:1] == ["rmse"])
    assert float(rmse[-1]) < 0.75  # of the test digits, 1 the standard deviation of a pixel


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"hidden": [5, 0]}, "hidden=[5, 0]: widths of the hidden layers are > 0"),
        ({"code": 0}, "code=0: a number of units is > 0"),
        ({"activation": "tahn"}, "activation=tahn: no such choice; did you mean 'tanh'?"),
        ({"init": "Glorot"}, "init=Glorot: no such choice; did you mean 'glorot'?"),
    ],
)
def test_fields_out_of_range_are_refused(fields, text):
    with pytest.raises(FieldError) as caught:
        Autoencoder(**fields)
    assert str(caught.value).startswith(text)
