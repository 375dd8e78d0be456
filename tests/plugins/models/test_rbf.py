from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import load_iris
from sklearn.metrics import euclidean_distances
from sklearn.metrics.pairwise import rbf_kernel

from framework.errors import ConfigError, FieldError
from framework.predictor import Predictor
from plugins.models.rbf import RBF
from plugins.optimizers.newton import Newton


@pytest.fixture(scope="module")
def x():
    x = load_iris().data
    return (x - x.mean(axis=0)) / x.std(axis=0)


def fitted(model, x, outputs=3, seed=0):
    network = model.build(x.shape[1:], outputs)
    network.fit(x, np.random.default_rng(seed))
    return network


def placed(network):
    """Centres and widths."""
    at = {name.rpartition(".")[2]: value for name, value in network.constants.items()}
    return at["centres"], np.exp(at["log_widths"])


def features(network, x):
    """φ, one centre at a time by scikit-learn."""
    centres, widths = placed(network)
    columns = [
        rbf_kernel(x, c[None], gamma=1 / (2 * w**2)) for c, w in zip(centres, widths, strict=True)
    ]
    return np.hstack(columns)


def test_logits_are_those_of_scikit_learns_kernel(x):
    network = fitted(RBF(centres=8), x)
    theta = np.random.default_rng(0).normal(size=network.layout.size)
    expected = features(network, x) @ theta[:24].reshape(8, 3) + theta[24:]
    np.testing.assert_allclose(network.linearize(theta, x).z, expected, rtol=1e-12, atol=1e-12)


def test_each_centre_is_the_mean_of_the_inputs_nearest_to_it(x):
    centres, _ = placed(fitted(RBF(centres=8), x))
    nearest = euclidean_distances(x, centres).argmin(axis=1)
    means = [x[nearest == j].mean(axis=0) for j in range(8)]
    np.testing.assert_allclose(centres, means, atol=1e-12)


def test_the_centres_are_about_as_good_as_the_best_of_many_starts(x):
    def inertia(centres):
        return np.square(euclidean_distances(x, centres).min(axis=1)).sum()

    best = KMeans(8, n_init=20, random_state=1).fit(x)
    assert inertia(best.cluster_centers_) == pytest.approx(best.inertia_)
    assert inertia(placed(fitted(RBF(centres=8), x))[0]) < 1.25 * best.inertia_


def test_centres_follow_the_rng(x):
    one, again, other = (placed(fitted(RBF(), x, seed=seed))[0] for seed in (0, 0, 1))
    np.testing.assert_array_equal(one, again)
    assert not np.isclose(one, other).all()


@pytest.mark.parametrize(("neighbours", "taken"), [(1, 1), (2, 2), (5, 5), (50, 7)])
def test_nearest_widths_are_mean_distances(x, neighbours, taken):
    centres, widths = placed(fitted(RBF(centres=8, neighbours=neighbours), x))
    for j in range(8):
        others = np.delete(centres, j, axis=0)
        distances = sorted(np.linalg.norm(others - centres[j], axis=1))
        assert widths[j] == pytest.approx(np.mean(distances[:taken]), rel=1e-9)


def test_a_spread_width_is_the_largest_distance_over_a_root(x):
    centres, widths = placed(fitted(RBF(centres=8, width="spread"), x))
    largest = max(np.linalg.norm(a - b) for a in centres for b in centres)
    np.testing.assert_allclose(widths, largest / 4, rtol=1e-12)


def test_one_centre_is_the_mean_as_wide_as_the_inputs(x):
    centres, widths = placed(fitted(RBF(centres=1), x))
    np.testing.assert_allclose(centres, [x.mean(axis=0)], atol=1e-12)
    np.testing.assert_allclose(widths, np.sqrt(x.var(axis=0).sum()), rtol=1e-12)
    assert placed(fitted(RBF(centres=1), np.ones((5, 2))))[1] == 1


def test_one_newton_step_is_least_squares(x, learning, minimise):
    rng = np.random.default_rng(0)
    y = rng.normal(size=(len(x), 2))
    objective = learning(RBF(centres=8), x, y, 2, loss="mse", link="identity")
    objective.network.fit(x, rng)
    _, theta = minimise(Newton(method="plain"), objective, 1)
    phi = np.column_stack([features(objective.network, x), np.ones(len(x))])
    expected = np.linalg.lstsq(phi, y, rcond=None)[0]
    np.testing.assert_allclose(theta.reshape(9, 2), expected, rtol=1e-8, atol=1e-10)


def test_trained_centres_start_at_k_means_and_get_better(x, learning, minimise):
    labels = load_iris().target
    fixed, free = RBF(centres=5), RBF(centres=5, train_centres=True)
    values = {}
    for model in (fixed, free):
        objective = learning(model, x, labels, 3)
        objective.network.fit(x, np.random.default_rng(0))
        found, _ = minimise(Newton(), objective, 30)
        values[model.train_centres] = found
    assert values[False][0] == values[True][0] == pytest.approx(np.log(3))
    assert values[True][-1] < 0.7 * values[False][-1]
    network = fitted(free, x)
    start = network.layout.views(network.init(np.random.default_rng(0)))
    np.testing.assert_array_equal(start["1.radialbasis.centres"], placed(fitted(fixed, x))[0])


def test_images_are_flattened(x):
    flat, image = (RBF(centres=4).build(shape, 3) for shape in ((4,), (2, 2)))
    theta = np.arange(15.0)
    np.testing.assert_array_equal(
        flat.linearize(theta, x).z, image.linearize(theta, x.reshape(-1, 2, 2)).z
    )


def test_float32_stays_float32(x):
    network = fitted(RBF(), x.astype(np.float32))
    theta = network.init(np.random.default_rng(0), np.float32)
    assert network.linearize(theta, x.astype(np.float32)).z.dtype == np.float32


def test_a_saved_one_has_its_centres(command):
    done = command("model=rbf", "data=xor", "train.epochs=2")
    assert done.status == 0, done.err
    (folder,) = Path("runs").iterdir()
    predictor, measured = Predictor.load(folder / "model"), np.load(folder / "evaluation.npz")
    raw = measured["test_inputs"]
    np.testing.assert_array_equal(predictor.outputs(raw), measured["test_outputs"])


@pytest.mark.parametrize("x", [np.ones((9, 2)), np.eye(2)[[0, 1] * 9], np.eye(2)], ids=str)
def test_more_centres_than_different_inputs_are_refused(x):
    found = len(np.unique(x, axis=0))
    with pytest.raises(ConfigError) as caught:
        fitted(RBF(centres=3), x)
    text = f"3 centres, but only {found} different training inputs; set model.centres={found}"
    assert str(caught.value) == text


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"centres": 0}, "centres=0: a number of centres is > 0"),
        ({"neighbours": 0}, "neighbours=0: a number of neighbours is > 0"),
        ({"width": "near"}, "width=near: no such choice; did you mean 'nearest'?"),
        ({"init": "zero"}, "init=zero: no such choice; did you mean 'zeros'?"),
    ],
)
def test_fields_out_of_range_are_refused(fields, text):
    with pytest.raises(FieldError) as caught:
        RBF(**fields)
    assert str(caught.value).startswith(text)
