from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage
from sklearn.linear_model import LogisticRegression

from framework.data import check
from framework.errors import FieldError
from plugins.datasets.textures import PATTERNS, Textures


def table(**fields):
    return check(Textures(**{"images": 20, "size": [32, 32], **fields}).load(), "textures")


def test_bytes_by_class():
    found = table(images=3, size=[20, 24])
    assert (found.x.shape, found.x.dtype) == ((12, 20, 24), np.uint8)
    assert found.classes == ("checks", "clouds", "dots", "stripes")
    assert found.y.tolist() == np.repeat(range(4), 3).tolist()
    assert table(images=3, colour="rgb").x.shape == (12, 32, 32, 3)


def spectrum(image: np.ndarray) -> np.ndarray:
    """The frequencies of the strongest waves in cycles a pixel, (count, 2), each with its opposite."""
    power = np.abs(np.fft.fft2(image - image.mean()))
    strong = np.argwhere(power > 0.6 * power.max())
    frequency = np.fft.fftfreq(len(image))
    return frequency[strong]


def test_stripes_are_one_wave_and_checks_two_at_a_right_angle():
    """Not turned: stripes vary along the rows alone; cos u cos v has waves at (±1, ±1) / period."""
    found = table(images=10, size=[96, 96], turn=0, noise=0)
    for image in found.x[found.y == 3].astype(float):
        waves = spectrum(image)
        assert (waves[:, 0] == 0).all()
        assert (np.abs(waves[:, 1]) > 1 / 13).all() and (np.abs(waves[:, 1]) < 1 / 5.5).all()
    for image in found.x[found.y == 0].astype(float):
        down, across = np.abs(spectrum(image)).T
        assert (down > 1 / 13).all() and (down < 1 / 5.5).all()
        np.testing.assert_allclose(down, across, atol=2 / 96)


def test_turned_checks_keep_their_right_angle():
    for image in table(images=10, size=[96, 96], turn=180, noise=0).x[:10].astype(float):
        waves = spectrum(image)
        lengths = np.linalg.norm(waves, axis=1)
        assert np.ptp(lengths) < 2.5 / 96
        cosines = np.abs(waves @ waves.T) / np.outer(lengths, lengths)
        assert np.minimum(cosines, 1 - cosines).max() < 0.2
        assert (cosines < 0.2).any()


def test_dots_are_bright_spots_one_a_period_in_both_directions():
    image = np.array(table(images=1, size=[96, 96], noise=0).x[2], float)
    spots, count = ndimage.label(image > image.mean() + image.std())
    sizes = ndimage.sum_labels(np.ones_like(image), spots, range(1, count + 1))
    assert (96 / 12) ** 2 * 0.7 < count < (96 / 6 + 2) ** 2
    assert sizes.sum() / image.size < 0.35  # bright spots on a dark ground, not checks


def test_clouds_have_no_direction():
    found = table(images=40, size=[96, 96], noise=0)
    angles = np.concatenate(
        [np.arctan2(*spectrum(image.astype(float)).T) for image in found.x[found.y == 1]]
    )
    assert abs(np.exp(2j * angles).mean()) < 0.25 and abs(np.exp(4j * angles).mean()) < 0.25


@pytest.mark.parametrize("name", PATTERNS)
def test_the_mean_image_of_a_class_is_grey(name):
    found = table(images=200, noise=0)
    images = found.x[found.y == found.classes.index(name)].astype(float)
    assert images.mean(axis=0).std() < 0.15 * images.std(axis=0).mean()
    assert abs(images.mean() - 128) < 5


def test_turning_by_180_degrees_stops_at_nothing():
    found = table(images=60, size=[64, 64], turn=180, noise=0)
    waves = [spectrum(image.astype(float))[0] for image in found.x[found.y == 3]]
    angles = np.arctan2(*np.transpose(waves))
    assert abs(np.exp(2j * angles).mean()) < 0.35
    upright = table(images=60, size=[64, 64], turn=15, noise=0)
    waves = [spectrum(image.astype(float))[0] for image in upright.x[upright.y == 3]]
    assert (np.abs(np.sin(np.arctan2(*np.transpose(waves)))) < np.sin(np.deg2rad(25))).all()


def test_a_linear_model_is_at_chance_on_images_it_has_not_seen():
    seen, fresh = table(images=100, size=[16, 16]), table(images=100, size=[16, 16], seed=1)
    model = LogisticRegression(C=1e-3, max_iter=2000)
    model.fit(seen.x.reshape(400, -1) / 255.0, seen.y)
    assert model.score(fresh.x.reshape(400, -1) / 255.0, fresh.y) < 0.36


def test_noise_is_a_share_of_the_contrast():
    """Its variance is what is added to the pattern's."""
    quiet, loud = (table(noise=noise, images=100).x.astype(float) for noise in (0.0, 0.5))
    spread = [x.std(axis=(1, 2)).mean() for x in (quiet, loud)]
    assert spread[1] / spread[0] == pytest.approx(np.sqrt(1 + 0.5**2), rel=0.03)


def test_the_seed_repeats():
    np.testing.assert_array_equal(table().x, table().x)
    assert (table(seed=1).x != table().x).mean() > 0.9


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"images": 0}, "images=0: a number of images of each class is >= 1"),
        ({"size": [1, 8]}, "size=[1, 8]: two numbers >= 2, height and width"),
        ({"size": [8]}, "size=[8]: two numbers >= 2, height and width"),
        ({"colour": "red"}, "colour=red: no such choice; did you mean 'grey'?  (grey, rgb)"),
        ({"turn": 181.0}, "turn=181.0: an angle is in 0 <= turn <= 180 degrees"),
        ({"noise": float("nan")}, "noise=nan: a share of the contrast is >= 0"),
        ({"seed": -1}, "seed=-1: a seed is >= 0"),
    ],
)
def test_ranges(fields, text):
    with pytest.raises(FieldError) as caught:
        Textures(**fields)
    assert str(caught.value) == text
