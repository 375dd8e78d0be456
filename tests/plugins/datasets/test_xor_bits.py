from __future__ import annotations

from itertools import product

import pytest

from framework.data import prepare
from framework.errors import FieldError
from plugins.datasets.xor_bits import XorBits


def rows(target="first_two"):
    """{bits: target} of each split."""
    splits = prepare(XorBits(target=target), "xor_bits", 3, "float64", None).splits
    return {
        name: {"".join(f"{bit:.0f}" for bit in x): int(y) for x, y in zip(s.x, s.y, strict=True)}
        for name, s in splits.items()
    }


def test_the_rows_are_those_of_the_toy_net_in_its_order():
    found = rows()
    assert list(found["train"].items()) == [("001", 0), ("011", 1), ("101", 1), ("111", 0)]
    assert list(found["test"].items()) == [("000", 0), ("010", 1), ("100", 1), ("110", 0)]
    assert set(found) == {"train", "test"}


@pytest.mark.parametrize("target", ["first_two", "parity"])
def test_the_target_is_the_exclusive_or_of_its_bits(target):
    found = rows(target)
    for a, b, c in product((0, 1), repeat=3):
        expected = a ^ b ^ c if target == "parity" else a ^ b
        assert found["train" if c else "test"][f"{a}{b}{c}"] == expected


def test_of_parity_what_fits_the_training_rows_without_the_third_bit_is_wrong_on_every_test_row():
    found = rows("parity")
    learned = {bits[:2]: target for bits, target in found["train"].items()}
    assert all(learned[bits[:2]] != target for bits, target in found["test"].items())


def test_a_target_that_there_is_not():
    with pytest.raises(FieldError) as caught:
        XorBits(target="majority")
    assert str(caught.value) == "target=majority: no such choice; did you mean 'parity'?" + (
        "  (first_two, parity)"
    )
