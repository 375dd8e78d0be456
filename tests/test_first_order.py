from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

import numpy as np
import pytest

from framework.errors import FieldError
from framework.fields import fields as shown
from framework.first_order import Adaptive, FirstOrder, Moments, Momentum
from framework.links import LINKS
from framework.objective import Objective
from framework.registry import discover
from plugins.losses.mean_squared_error import MeanSquaredError
from plugins.models.linear import Linear

FOUND = [c for c in discover().of_kind("optim") if issubclass(c.cls, FirstOrder)]


@dataclass
class Plain(FirstOrder):
    """u = g."""

    def direction(self, gradient, theta):
        return gradient


@dataclass
class Rooted(Moments):
    """u = g / (√(g² + eps_root) + eps)."""

    def direction(self, gradient, theta):
        return gradient / self.root(gradient**2)


@dataclass
class Rolling(Momentum):
    """u = g, gathered."""

    def direction(self, gradient, theta):
        return self.with_momentum(gradient)


@pytest.fixture
def problem():
    """problem(dtype): a linear model with 6 weights and 2 biases, and a start."""
    rng = np.random.default_rng(0)
    x, y, theta = rng.normal(size=(10, 3)), rng.normal(size=(10, 2)), rng.normal(size=8)

    def make(dtype=np.float64):
        head = MeanSquaredError().head(LINKS["identity"])
        objective = Objective(Linear().build((3,), 2), head, x.astype(dtype), y.astype(dtype))
        return objective, theta.astype(dtype)

    return make


def moved(optimizer, objective, theta, scale=1.0):
    there = theta.copy()
    optimizer.reset(there)
    optimizer.scale = scale
    optimizer.step(objective, there)
    return there - theta


def test_a_step_is_the_rate_times_the_direction(problem):
    objective, theta = problem()
    gradient = objective.at(theta).grad()
    np.testing.assert_allclose(moved(Plain(lr=0.3), objective, theta), -0.3 * gradient)
    np.testing.assert_allclose(moved(Plain(lr=0.3), objective, theta, 0.5), -0.15 * gradient)


def test_decay_follows_the_rate_and_leaves_biases_alone(problem):
    objective, theta = problem()
    gradient, weights = objective.at(theta).grad(), np.array([1, 1, 1, 1, 1, 1, 0, 0])
    for scale in (1.0, 0.5):
        move = moved(Plain(lr=0.3, weight_decay=0.2), objective, theta, scale)
        np.testing.assert_allclose(move, -0.3 * scale * (gradient + 0.2 * weights * theta))


@pytest.mark.parametrize("factor", [0.5, 1.0, 2.0])
def test_clipping_by_norm_shortens_and_never_lengthens(problem, factor):
    """Pascanu et al., algorithm 1: g c / ‖g‖ where ‖g‖ > c."""
    objective, theta = problem()
    gradient = objective.at(theta).grad()
    bound = factor * float(np.linalg.norm(gradient))
    move = moved(Plain(lr=1.0, clip_norm=bound), objective, theta)
    np.testing.assert_allclose(move, -min(1.0, factor) * gradient, rtol=1e-12)


def test_clipping_by_value_cuts_entries_and_comes_first(problem):
    objective, theta = problem()
    gradient = objective.at(theta).grad()
    bound = float(np.median(np.abs(gradient)))
    cut = np.where(np.abs(gradient) > bound, bound * np.sign(gradient), gradient)
    move = moved(Plain(lr=1.0, clip_value=bound), objective, theta)
    np.testing.assert_allclose(move, -cut, rtol=1e-12)
    move = moved(Plain(lr=1.0, clip_value=bound, clip_norm=bound), objective, theta)
    np.testing.assert_allclose(move, -bound * cut / np.linalg.norm(cut), rtol=1e-12)


def test_memories_start_where_they_are_told_and_average():
    optimizer = Plain()
    optimizer.reset(np.zeros(2))
    value = np.array([4.0, 8.0])
    assert optimizer.average("a", value, 0.75).tolist() == [1, 2]
    assert optimizer.average("a", value, 0.75).tolist() == [1.75, 3.5]
    assert optimizer.average("b", value, 0.75, start=4.0).tolist() == [4, 5]
    assert optimizer.memory("b", value) is optimizer.state["b"]
    assert [optimizer.count(), optimizer.count(), optimizer.state["step"]] == [1, 2, 2]
    optimizer.reset(np.zeros(2))
    assert optimizer.state == {}


def test_the_two_epsilons(problem):
    objective, theta = problem()
    gradient = objective.at(theta).grad()
    move = moved(Rooted(lr=1.0, eps=0.5, eps_root=2.0), objective, theta)
    np.testing.assert_allclose(move, -gradient / (np.sqrt(gradient**2 + 2) + 0.5), rtol=1e-12)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, [4, 8, -2]),
        ({"momentum": 0.5}, [4, 10, 3]),
        ({"momentum": 0.5, "nesterov": True}, [6, 13, -0.5]),
    ],
)
def test_a_velocity_gathers(fields, expected):
    """v = 4, 2 + 8, 5 - 2; with nesterov u + v / 2. The updates are left alone."""
    optimizer, updates = Rolling(**fields), [np.array([u]) for u in (4.0, 8.0, -2.0)]
    optimizer.reset(np.zeros(1))
    assert [optimizer.with_momentum(u)[0] for u in updates] == expected
    assert [u[0] for u in updates] == [4, 8, -2]
    assert set(optimizer.state) == ({"velocity"} if fields else set())


def test_corrected_averages_are_those_of_the_gradients_seen():
    """beta1 = ½, beta2 = ¾ of 2 and 8: weights ½, 1 and ¾, 1, over their sums."""
    optimizer = Rooted(beta1=0.5, beta2=0.75)
    optimizer.reset(np.zeros(1))
    assert [float(a[0]) for a in optimizer.corrected(np.array([2.0]))] == [2, 4]
    m, v = optimizer.corrected(np.array([8.0]))
    assert m[0] == pytest.approx((2 / 2 + 8) / 1.5, rel=1e-15)
    assert v[0] == pytest.approx((4 * 0.75 + 64) / 1.75, rel=1e-15)


@pytest.mark.parametrize("base", [FirstOrder, Momentum, Adaptive, Moments])
def test_notes_on_inherited_fields_stand_alone(base):
    """They are shown beside the field, without what is said before them."""
    own = {f.name for f in dataclasses.fields(base)} - {"lr"}
    for name in own & set(vars(base)["__annotations__"]):
        (found,) = [f for f in shown(base) if f.name == name]
        assert found.meaning and not found.meaning.startswith(("then", name)), name


@pytest.mark.parametrize("component", FOUND, ids=lambda c: c.name)
def test_a_schedule_scales_the_first_step(component, problem):
    """Half the rate is half the step, decay included; whoever forgets the rate is found out."""
    assert component.cls.scheduled
    objective, theta = problem()
    fields = {"weight_decay": 0.1}
    whole, half = (moved(component.cls(**fields), objective, theta, s) for s in (1.0, 0.5))
    np.testing.assert_allclose(half, whole / 2, rtol=1e-9)


@pytest.mark.parametrize("component", FOUND, ids=lambda c: c.name)
def test_biases_do_not_decay(component, problem):
    objective, theta = problem()
    plain, decayed = (
        moved(component.cls(weight_decay=decay), objective, theta) for decay in (0.0, 5.0)
    )
    assert np.array_equal(plain[6:], decayed[6:])
    assert (plain[:6] != decayed[:6]).all()


@pytest.mark.parametrize("component", FOUND, ids=lambda c: c.name)
def test_float32_stays_float32(component, problem):
    objective, theta = problem(np.float32)
    optimizer = component.cls(weight_decay=0.1, clip_norm=0.5, clip_value=0.3)
    optimizer.reset(theta)
    for _ in range(8):
        gradient = optimizer.gradient(objective, theta)
        assert optimizer.direction(gradient, theta).dtype == gradient.dtype == np.float32
    optimizer.step(objective, theta)
    arrays = [value for value in optimizer.state.values() if isinstance(value, np.ndarray)]
    assert all(array.dtype == np.float32 for array in arrays)


@pytest.mark.parametrize(
    ("cls", "fields", "text"),
    [
        (Plain, {"lr": 0.0}, "lr=0.0: a learning rate is > 0"),
        (Plain, {"lr": math.nan}, "lr=nan: a learning rate is > 0"),
        (Plain, {"weight_decay": -0.1}, "weight_decay=-0.1: weight decay is >= 0"),
        (Plain, {"clip_norm": 0.0}, "clip_norm=0.0: a bound is > 0, or null for none"),
        (Plain, {"clip_value": -1.0}, "clip_value=-1.0: a bound is > 0, or null for none"),
        (Rooted, {"eps": -1.0}, "eps=-1.0: an epsilon is >= 0"),
        (Rooted, {"eps_root": math.nan}, "eps_root=nan: an epsilon is >= 0"),
        (
            Rooted,
            {"eps": 0.0},
            "eps=0.0: a gradient of 0 needs optim.eps > 0 or optim.eps_root > 0",
        ),
        (Rooted, {"beta1": 1.0}, "beta1=1.0: a decay rate is in 0 <= beta < 1"),
        (Rooted, {"beta2": -0.1}, "beta2=-0.1: a decay rate is in 0 <= beta < 1"),
        (Rolling, {"momentum": 1.0}, "momentum=1.0: momentum is in 0 <= m < 1"),
        (Rolling, {"nesterov": True}, "nesterov=True: Nesterov's step needs optim.momentum > 0"),
    ],
)
def test_fields_out_of_range_are_refused(cls, fields, text):
    with pytest.raises(FieldError) as caught:
        cls(**fields)
    assert str(caught.value) == text


def test_the_bases_cannot_be_made_themselves():
    for base in (FirstOrder, Momentum, Adaptive, Moments):
        with pytest.raises(TypeError, match="abstract"):
            base()
