"""Checks of a model: the products with its derivatives, for some shapes of its samples.

The curvature is checked under a head of our own, φ(z) = ⟨a, z⟩ + ½ Σ c z², row by row: dz = a + c z.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product

import numpy as np

from framework.errors import ConfigError
from framework.heads import ComposedHead
from framework.interfaces import Curve, Linearization, Model, Network
from framework.links import LINKS
from framework.objective import Objective, Point
from framework.params import Array
from framework.random import stream
from framework.testing.derivatives import (
    Estimate,
    against,
    batch_factors,
    confirmed,
    derivative,
    factor,
    judge,
    told,
)
from framework.testing.outcome import (
    Finding,
    compare,
    failure,
    first_failure,
    remark,
    unchanged,
)
from framework.testing.problems import Squared
from framework.testing.variants import variants

ROWS = 5
PRODUCTS = ("z", "jvp", "vjp", "hvp")
SHAPES = (
    (4,),
    (2, 3),
    (2,),
    (1,),
    (10,),
    (100,),
    (8, 8, 1),
    (28, 28),
    (28, 28, 1),
    (32, 32, 3),
    (784,),
)
OUTPUTS = (3, 1, 2, 10)
SMALL = 400  # parameters, up to which the dense Hessian is looked at


class Scaled(Curve):
    """v → c v, entry by entry."""

    def __init__(self, c: Array) -> None:
        self.c = c

    def __call__(self, v: Array) -> Array:
        return self.c * v


@dataclass(frozen=True)
class ModelCase:
    """A network at a random theta, with inputs x, directions u, v, and a cotangent dz, (N, K)."""

    name: str
    network: Network
    theta: Array
    x: Array
    outputs: int

    @cached_property
    def here(self) -> Linearization:
        return self.network.linearize(self.theta, self.x)

    @cached_property
    def u(self) -> Array:
        return self._like_theta("u")

    @cached_property
    def v(self) -> Array:
        return self._like_theta("v")

    @cached_property
    def dz(self) -> Array:
        return stream(0, "dz").normal(size=self.here.z.shape)

    @cached_property
    def c(self) -> Array:
        """Curvatures of the head, some of them negative."""
        return stream(0, "c").normal(size=self.here.z.shape)

    def at(self, t: float) -> Linearization:
        return self.network.linearize(self.theta + t * self.v, self.x)

    def projected(self, v: Array) -> Callable[[float], Array]:
        """⟨dz, z⟩ as a function of the way along v."""
        return lambda t: np.sum(self.dz * self.network.linearize(self.theta + t * v, self.x).z)

    def _like_theta(self, name: str) -> Array:
        return stream(0, name).normal(size=self.theta.shape)

    def vjp(self, dz: Array) -> Array:
        return self.here.vjp(dz, np.full_like(self.theta, np.nan))

    def gradient(self, here: Linearization) -> Array:
        """Of Σ φ(z)."""
        return here.vjp(self.dz + self.c * here.z, np.empty_like(self.theta))

    def hvp(self, v: Array) -> Array:
        """The Hessian of Σ φ(z), times v."""
        dz = self.dz + self.c * self.here.z
        return self.here.hvp(v, dz, self.curve, np.full_like(self.theta, np.nan))

    @property
    def curve(self) -> Curve:
        return Scaled(self.c)

    def products(self, dtype: type = np.float64) -> list[Array]:
        """z, jvp, vjp and hvp, on arrays of this dtype."""
        theta: Array = self.theta.astype(dtype)
        v: Array = self.v.astype(dtype)
        dz: Array = self.dz.astype(dtype)
        curve, back = Scaled(self.c.astype(dtype)), np.empty_like(theta)
        here = self.network.linearize(theta, self.x.astype(dtype))
        here.vjp(dz, back)
        return [here.z, here.jvp(v), back, here.hvp(v, dz, curve, np.empty_like(theta))]

    def blocks(self, vector: Array) -> Iterator[tuple[str, Array]]:
        """(name, values) of each parameter."""
        yield from self.network.layout.views(vector).items()

    def means(self, analytic: Array, numeric: Array) -> str:
        """What a difference usually means."""
        r = factor(analytic, numeric)
        return (
            told(r, batch_factors(len(self.x))) if r is not None else "a term is missing or wrong"
        )


# -- the checks: names and first lines are what the user reads ----------------------------------------


def shapes(case: ModelCase) -> Finding:
    """(N, K) logits and flat products, finite"""
    for name, result in zip(PRODUCTS, case.products(), strict=True):
        wanted = (len(case.x), case.outputs) if name in ("z", "jvp") else case.theta.shape
        if result.shape != wanted:
            return failure(f"{name} has shape {result.shape}, it must be {wanted}")
        if not np.isfinite(result).all():
            return failure(f"{name} is not finite at ordinary parameters and inputs")
    return Finding()


def start(case: ModelCase) -> Finding:
    """init's size and dtype; the rng repeats it"""
    first, again = (case.network.init(np.random.default_rng(0)) for _ in range(2))
    if first.shape != (case.network.layout.size,):
        return failure(f"init gave shape {first.shape}, the layout has {case.network.layout.size}")
    if not np.isfinite(first).all():
        return failure("init is not finite")
    if not np.array_equal(first, again):
        return failure(
            "the same generator gave another start: draw from the rng that init is given"
        )
    narrow = case.network.init(np.random.default_rng(0), np.float32)
    if narrow.dtype != np.float32:
        return failure(f"init gave {narrow.dtype} when asked for float32")
    return Finding()


def kinds_of_parameters(case: ModelCase) -> Finding:
    """biases are declared, so that L2 spares them"""
    for parameter in case.network.layout:
        named = parameter.name.rpartition(".")[2].lower() in (
            "b",
            "bias",
            "biases",
            "offset",
            "shift",
        )
        if named and parameter.kind == "weight":
            return failure(f'{parameter.name!r} is regularised: Parameter(name, shape, "bias")')
        matrix = parameter.kind == "bias" and len(parameter.shape) > 1
        if matrix and parameter.name.rpartition(".")[2].lower() in ("w", "weight"):
            return failure(
                f'{parameter.name!r} is not regularised: Parameter(name, shape, "weight")'
            )
    return Finding()


def jvp(case: ModelCase) -> Finding:
    """Jv against the logits' slope along v"""
    return against(case.here.jvp(case.v), lambda t: case.at(t).z, case.means)


def vjp(case: ModelCase) -> Finding:
    """⟨Jᵀdz, v⟩ against the slope of ⟨dz, z⟩"""
    gradient = case.vjp(case.dz)
    whole = {"": slice(None)}
    parts = case.network.layout.slices if len(case.theta) <= 50 * SMALL else {}
    findings = []
    for name, block in {**parts, **whole}.items():
        v = np.zeros_like(case.theta)
        v[block] = case.v[block]
        findings.append(
            _named(name, against(np.asarray(gradient @ v), case.projected(v), case.means))
        )
    return first_failure(findings)


def adjoint(case: ModelCase) -> Finding:
    """⟨dz, Jv⟩ against ⟨Jᵀdz, v⟩"""
    left = np.asarray(np.sum(case.dz * case.here.jvp(case.v)))
    return compare(left, np.asarray(case.vjp(case.dz) @ case.v), case.means, relative=1e-6)


def hessian(case: ModelCase) -> Finding:
    """Hv against the gradient's slope along v"""
    exact = case.hvp(case.v)

    def look(steps: Sequence[float]) -> Finding:
        moved = derivative(lambda t: case.gradient(case.at(t)), steps)
        floor = moved.rounding + 1e-9 * float(np.linalg.norm(moved.value))
        pairs = zip(case.blocks(exact), case.blocks(moved.value), strict=True)
        return first_failure(
            _named(name, judge(a, Estimate(n, moved.error, floor), case.means))
            for (name, a), (_, n) in pairs
        )

    return confirmed(look)


def symmetry(case: ModelCase) -> Finding:
    """⟨u, Hv⟩ against ⟨v, Hu⟩"""
    hu, hv = case.hvp(case.u), case.hvp(case.v)
    scale = float(
        np.linalg.norm(case.u) * np.linalg.norm(hv) + np.linalg.norm(case.v) * np.linalg.norm(hu)
    )
    says = "a Hessian is symmetric: hvp mixes up J and Jᵀ, or misses a term"
    return compare(np.asarray(case.u @ hv), np.asarray(case.v @ hu), says, allowed=1e-7 * scale)


def dense_hessian(case: ModelCase) -> Finding:
    """the closed form against the columns He"""
    closed = case.here.hessian(case.curve)
    if closed is None:
        return remark("the model has no closed form")
    columns = (
        np.stack([case.hvp(e) for e in np.eye(len(case.theta))])
        if len(case.theta) <= SMALL
        else None
    )
    if columns is None:
        return compare(closed @ case.v, case.hvp(case.v), case.means)
    return compare(closed, columns.T, case.means)


def objective(case: ModelCase) -> Finding:
    """its gradient, Hv, Gv, H, against the value"""
    return first_failure(finding for l2 in (0.0, 0.1) for finding in _objective(case, l2))


def _objective(case: ModelCase, l2: float) -> Iterator[Finding]:
    y = case.dz + case.here.z
    f = Objective(case.network, ComposedHead(Squared(), LINKS["identity"]), case.x, y, l2=l2)
    point = f.at(case.theta)

    def moved(t: float) -> Point:
        return f.at(case.theta + t * case.v)

    hv, gv = point.hvp(case.v), point.ggn(case.v)
    slope = np.asarray(point.grad() @ case.v)
    yield against(slope, lambda t: np.asarray(moved(t).value), case.means)
    yield against(hv, lambda t: moved(t).grad(), case.means)
    gu = f.at(case.theta).ggn(case.u)
    yield compare(np.asarray(case.u @ gv), np.asarray(case.v @ gu), case.means)
    if case.v @ gv < 0:
        yield failure("the Gauss-Newton matrix is not positive semidefinite")
    if len(case.theta) <= SMALL:
        yield compare(point.hessian() @ case.v, hv, case.means)


def out_is_overwritten(case: ModelCase) -> Finding:
    """vjp, hvp fill an `out` of nan, and return it"""
    dz = case.dz
    for name in ("vjp", "hvp"):
        out = np.full_like(case.theta, np.nan)
        arguments = (dz,) if name == "vjp" else (case.v, dz, case.curve)
        result = getattr(case.here, name)(*arguments, out)
        if np.isnan(out).any():
            at = int(np.isnan(out).argmax())
            block = next(n for n, s in case.network.layout.slices.items() if s.start <= at < s.stop)
            return failure(
                f"{name} leaves the part of {block!r} in `out` as it was, or adds to it: assign by [...] ="
            )
        if not np.shares_memory(result, out):
            return failure(f"{name} returned another array than `out`")
    return Finding()


def repeatable(case: ModelCase) -> Finding:
    """the same call, the same bits, its own arrays"""
    network, other = case.network, case.theta + case.v

    def products(at: Linearization, v: Array) -> list[Array]:
        out = np.empty_like(case.theta)
        return [at.z, at.jvp(v), at.vjp(case.dz, out).copy()]

    here = network.linearize(case.theta, case.x)
    first = products(here, case.v)
    kept = [np.array(a) for a in first]
    there = network.linearize(other, case.x)
    products(there, case.u)
    here.jvp(case.u)
    names = ["the logits", "the result of jvp", "the result of vjp"]
    own = unchanged(kept, first, [f"{name}, by a later call," for name in names])
    if own.passed is False:
        return own
    late = products(here, case.v)  # after another pass of the same network
    again = products(network.linearize(case.theta, case.x), case.v)
    for results in (late, again):
        if unchanged(kept, results, names).passed is False:
            return failure(
                "the same theta and x gave another result: a buffer is shared between two passes, or "
                "something is drawn at random"
            )
    return Finding()


def inputs_untouched(case: ModelCase) -> Finding:
    """theta, inputs, directions, dz: bits"""
    theta, x, v, dz = (a.copy() for a in (case.theta, case.x, case.v, case.dz))
    before = [a.copy() for a in (theta, x, v, dz)]
    here = case.network.linearize(theta, x)
    out = np.empty_like(theta)
    here.jvp(v), here.vjp(dz, out), here.hvp(v, dz, case.curve, out)
    return unchanged(before, [theta, x, v, dz], ["theta", "the inputs", "the direction", "dz"])


def rows_are_independent(case: ModelCase) -> Finding:
    """a row's logits alone against in the batch"""
    whole = case.here.z
    for row in range(len(case.x)):
        alone = case.network.linearize(case.theta, case.x[row : row + 1]).z
        says = (
            "a row's logits depend on the other rows, which vjp and hvp of a batch do not allow for"
        )
        found = compare(alone, whole[row : row + 1], says, relative=1e-9)
        if not found.passed:
            return found
    return Finding()


def float32_agrees(case: ModelCase) -> Finding:
    """float32 in, float32 out, against float64"""
    findings = []
    for name, a, b in zip(PRODUCTS, case.products(np.float32), case.products(), strict=True):
        if a.dtype != np.float32:
            return failure(f"{name} is {a.dtype} for a float32 theta; keep the dtype")
        says = f"{name}: float32 and float64 disagree beyond rounding"
        if name in ("z", "vjp"):  # jvp and hvp may be by differences, which lose half the digits
            findings.append(compare(a, b, says, relative=1e-2))
    return first_failure(findings)


def empty_batch(case: ModelCase) -> Finding:
    """no rows: no logits, a gradient of zero"""
    none = case.network.linearize(case.theta, case.x[:0])
    if none.z.shape != (0, case.here.z.shape[1]):
        return failure(f"logits have shape {none.z.shape} for no rows")
    back = none.vjp(case.dz[:0], np.full_like(case.theta, np.nan))
    return Finding() if not back.any() else failure("the gradient of no rows is not zero")


CHECKS: tuple[Callable[[ModelCase], Finding], ...] = (
    inputs_untouched,  # first, before damage spreads
    start,
    shapes,
    kinds_of_parameters,
    jvp,
    vjp,
    adjoint,
    hessian,
    symmetry,
    dense_hessian,
    objective,
    out_is_overwritten,
    repeatable,
    rows_are_independent,
    float32_agrees,
    empty_batch,
)
CHEAP = (inputs_untouched, shapes, jvp, adjoint, hessian, out_is_overwritten, repeatable)


def cases(
    model: Model, cheap: bool = False, sample: tuple[tuple[int, ...], int] | None = None
) -> list[ModelCase]:
    """The model for the first shapes of samples that it accepts, and each variant for the first of them.

    The link is the loss's part, and where the weights start changes no derivative: both are left out.
    sample: a shape, and a number of outputs, to fall back on.
    """
    found = _fitting(model, "", 1 if cheap else 2, [sample] if sample else [])
    for changed, variant in [] if cheap else list(variants(model, skip=("output", "init")))[1:]:
        with suppress(ConfigError):
            found += _fitting(variant, changed, 1)
    return found


def _named(parameter: str, found: Finding) -> Finding:
    """The finding, telling the parameter that a failure is about."""
    says = f"parameter {parameter!r}: {found.says}" if parameter else found.says
    return replace(found, says=says) if found.passed is False else found


def _fitting(
    model: Model, changed: str, wanted: int, more: Sequence[tuple[tuple[int, ...], int]] = ()
) -> list[ModelCase]:
    """Cases for the first `wanted` shapes that the model takes; ConfigError if there is none."""
    shapes = SHAPES if model.example_inputs is None else (model.example_inputs,)
    found: list[ModelCase] = []
    cause = ""
    for shape, outputs in [*product(shapes, OUTPUTS), *more]:
        if any(case.x.shape[1:] == shape for case in found):
            continue
        try:
            network = model.build(shape, outputs)
            network.linearize(network.init(np.random.default_rng(0)), np.ones((1, *shape)))
        except Exception as error:
            cause = f"{type(error).__name__}: {' '.join(str(error).split())}"
            continue
        found.append(_case(network, changed, shape, outputs))
        if len(found) == wanted:
            break
    if not found:
        raise ConfigError(
            f"it takes samples of none of the shapes {shapes}, says {cause}; "
            f"declare example_inputs: ClassVar = (...)"
        )
    return found


def _case(network: Network, changed: str, shape: tuple[int, ...], outputs: int) -> ModelCase:
    """At the start, moved off it a little, so that nothing is zero by chance."""
    theta = network.init(np.random.default_rng(0))
    noise = stream(0, "off the start").normal(size=theta.shape)
    views, moves = network.layout.views(theta), network.layout.views(noise)
    for name, view in views.items():
        size = float(np.sqrt(np.mean(view**2))) or 0.1
        view += 0.2 * size * moves[name]
    rows = ROWS if math.prod(shape) <= 100 else 2
    x = stream(0, "x").normal(size=(rows, *shape))
    sample = "×".join(map(str, shape))
    return ModelCase(
        f"{changed} on {sample} inputs, {outputs} outputs".strip(), network, theta, x, outputs
    )
