from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from framework.random import stream

PURPOSES = ("init", "batches", "split", "noise")


def test_the_same_seed_and_purpose_give_the_same_numbers():
    np.testing.assert_array_equal(
        stream(3, "init").normal(size=50), stream(3, "init").normal(size=50)
    )


def test_no_stream_is_another_one_in_disguise():
    draws = {stream(seed, purpose).bytes(32) for seed, purpose in product(range(100), PURPOSES)}
    assert len(draws) == 100 * len(PURPOSES)


@pytest.mark.parametrize("other", PURPOSES[1:])
def test_streams_of_one_seed_are_uncorrelated(other):
    size = 20_000
    a, b = stream(0, "init").normal(size=size), stream(0, other).normal(size=size)
    for shift in range(5):
        assert abs(np.vdot(a[shift:], b[: size - shift])) < 4.5 * np.sqrt(size)


def test_using_one_stream_leaves_the_others_alone():
    undisturbed = stream(0, "batches").permutation(100)
    first, second = stream(0, "init"), stream(0, "batches")
    first.normal(size=1000)
    first.spawn(3)
    np.testing.assert_array_equal(second.permutation(100), undisturbed)


def test_using_a_stream_leaves_numpys_global_one_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002 - the global state is what is tested
    stream(0, "init").normal(size=10)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002 - as above


@pytest.mark.parametrize("seed", [0, 2**32, 2**64 + 1])
def test_any_whole_number_is_a_seed(seed):
    assert stream(seed, "init").bytes(16) != stream(seed + 1, "init").bytes(16)
