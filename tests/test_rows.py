from __future__ import annotations

import numpy as np
import pytest

from framework.rows import Rows

IMAGES = np.random.default_rng(0).integers(0, 256, size=(7, 2, 3, 3)).astype(np.uint8)
MEAN, SCALE = np.array([10.0, 20.0, 30.0]), np.array([2.0, 3.0, 4.0])
NUMBERS = np.array([5, 0, 3, 3])


@pytest.fixture(params=["float32", "float64"])
def rows(request):
    return Rows(IMAGES, NUMBERS, MEAN, SCALE, request.param)


def expected(rows):
    return ((IMAGES[NUMBERS] - MEAN) / SCALE).astype(rows.dtype)


def test_rows_are_standardised_when_they_are_asked_for(rows):
    whole, close = expected(rows), {"rtol": 1e-6 if rows.dtype == np.float32 else 1e-15}
    for chosen in (slice(None), slice(1, 3), np.array([2, 0]), np.array([True, False, True, True])):
        np.testing.assert_allclose(rows[chosen], whole[chosen], **close)
        assert rows[chosen].dtype == rows.dtype
    np.testing.assert_allclose(np.asarray(rows), whole, **close)
    assert (len(rows), rows.shape) == (4, (4, 2, 3, 3))


def test_the_images_stay_as_they_are(rows):
    before = IMAGES.copy()
    rows[:][...] = 0
    np.testing.assert_array_equal(IMAGES, before)


def test_the_first_rows_stay_bytes(rows):
    first = rows.first(3)
    assert first.images is IMAGES
    np.testing.assert_array_equal(first[:], rows[:3])


def test_there_is_no_array_to_share(rows):
    with pytest.raises(ValueError, match="made when they are asked for"):
        np.array(rows, copy=False)


def test_as_an_array_of_another_type(rows):
    assert np.asarray(rows, np.float64).dtype == np.float64
