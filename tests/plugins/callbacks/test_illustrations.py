"""The figures that explain show true formulas, and come once."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.special import logit

from framework.errors import FieldError
from plugins.callbacks.illustrations import FIGURES, Illustrations


def record(**params: str) -> Any:
    return SimpleNamespace(run={"params": params})


def test_they_come_with_the_run_or_with_its_study_but_not_with_both() -> None:
    chosen = Illustrations(figures=["sigmoid_delta"])
    assert list(chosen.draw_figures(record(loss="ce"))) == ["sigmoid_delta"]
    assert chosen.draw_figures(record(loss="ce", study="20261121")) == {}
    assert list(chosen.draw_study([record(), record()])) == ["sigmoid_delta"]
    assert Illustrations().draw_figures(record()) == {}


def test_an_unknown_figure_is_told_in_a_line() -> None:
    with pytest.raises(FieldError) as caught:
        Illustrations(figures=["sigmoid_delta", "sigmoid_dleta"])
    names = ", ".join(sorted(FIGURES))
    assert str(caught.value.under("callbacks.illustrations")) == (
        "callbacks.illustrations.figures=[sigmoid_delta,sigmoid_dleta]: no such figure;"
        f" did you mean 'sigmoid_delta'?  ({names})"
    )


@pytest.mark.parametrize("name", sorted(FIGURES))
def test_each_has_titles_and_named_axes(name: str) -> None:
    figure = FIGURES[name]()
    assert figure.get_suptitle()
    for axes in figure.axes:
        assert axes.get_title() and axes.get_xlabel() and axes.get_ylabel()


def slope(cost: Any, z: np.ndarray) -> np.ndarray:
    """dC/dz by a complex step, exact to rounding (Squire and Trapp, 1998)."""
    return np.imag(cost(z + 1e-30j)) / 1e-30


@pytest.mark.parametrize("target", [0, 1])
def test_the_deltas_are_the_derivatives_of_the_costs(target: int) -> None:
    lines = FIGURES["sigmoid_delta"]().axes[target].get_lines()[:3]
    a = lines[0].get_xdata()[1:-1]
    entropy = slope(lambda z: np.log(1 + np.exp(z)) - target * z, logit(a))
    quadratic = slope(lambda z: 0.5 * (1 / (1 + np.exp(-z)) - target) ** 2, logit(a))
    for line, exact in zip(lines, (entropy, quadratic, entropy / 10), strict=True):
        np.testing.assert_allclose(line.get_ydata()[1:-1], exact, rtol=1e-9, atol=1e-12)
