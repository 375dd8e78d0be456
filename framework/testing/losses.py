"""Checks of a loss, behind every link that it accepts.

z: (7, 3) or (7, 1) logits, so that a factor of 7 is the batch and one of 3 the outputs; more of them where
the loss needs more for so many predictions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from framework.errors import ConfigError, DataError
from framework.heads import ComposedHead, Head
from framework.interfaces import Loss
from framework.links import LINKS, Identity, Link
from framework.params import Array
from framework.random import stream
from framework.testing.derivatives import against, batch_factors, factor, told
from framework.testing.outcome import (
    Finding,
    attempt,
    compare,
    failure,
    first_failure,
    remark,
    unchanged,
)
from framework.testing.variants import variants

ROWS, OUTPUTS = 7, 3
EXTREME = 1e4  # logits at which exp overflows by far
FAR = 8.0  # times the ordinary logits
WRONG = 20.0  # logits of a confidently wrong prediction: e^-20 of probability is left for the truth
PRODUCTS = ("value", "grad", "hvp", "ggn")


class OnPredictions(Link):
    """A link for the predictions alone; outputs behind them, such as log-variances, are the logits."""

    def __init__(self, link: Link, predictions: int) -> None:
        self.link, self.first = link, predictions

    def __call__(self, z: Array) -> Array:
        k = self.first
        return np.hstack([self.link(z[:, :k]), z[:, k:]])

    def vjp(self, z: Array, p: Array, u: Array) -> Array:
        k = self.first
        return np.hstack([self.link.vjp(z[:, :k], p[:, :k], u[:, :k]), u[:, k:]])

    def curvature(self, z: Array, p: Array, u: Array, v: Array) -> Array:
        k = self.first
        bend = self.link.curvature(z[:, :k], p[:, :k], u[:, :k], v[:, :k])
        return np.hstack([bend, np.zeros_like(v[:, k:])])


@dataclass(frozen=True)
class LossCase:
    """A loss behind a link, at random logits z with directions u, v, all (N, logits), and targets y.

    predictions: how many of the logits are theirs; these come first.
    """

    name: str
    head: Head
    z: Array
    y: Array
    u: Array
    v: Array
    labels: Array | None  # whose targets y are; None: y are values
    predictions: int

    @property
    def loss(self) -> Loss:
        return self.head.loss

    @property
    def link(self) -> Link:
        return self.head.link

    @property
    def chain(self) -> ComposedHead:
        """The loss behind the link by the chain rule."""
        more = self.z.shape[1] > self.predictions
        link = OnPredictions(self.link, self.predictions) if more else self.link
        return ComposedHead(self.loss, link)

    def products(self, rows: slice | Array = slice(None), dtype: type = np.float64) -> list[Array]:
        """value, grad, hvp and ggn on some of the rows."""
        z: Array = self.z[rows].astype(dtype)
        y: Array = self.y[rows].astype(dtype)
        v: Array = self.v[rows].astype(dtype)
        return [self.head.value(z, y), self.head.grad(z, y), *self.curvatures(z, y, v)]

    def curvatures(self, z: Array, y: Array, v: Array) -> list[Array]:
        return [self.head.hvp(z, y, v), self.head.ggn(z, y, v)]

    def means(self, analytic: Array, numeric: Array) -> str:
        """What a difference usually means."""
        outputs = self.z.shape[1]
        r = factor(analytic, numeric)
        if r is not None:
            known = batch_factors(ROWS)
            if outputs > 1:
                known[1 / outputs] = (
                    f"off by a factor 1/{outputs}, the outputs: sum or mean, not both"
                )
                known[outputs] = f"off by a factor {outputs}, the outputs: sum or mean, not both"
            return told(r, known)
        if isinstance(self.link, Identity):
            return "a term is missing or wrong"
        p = self.link(self.z)
        through = factor(self.link.vjp(self.z, p, analytic), numeric) or 0.0
        if abs(through - 1) < 1e-3:
            return "the derivative of the link is forgotten"
        if self.link.name == "softmax":
            return "each output of softmax depends on all logits, J = diag(p) - p pᵀ; or a term is missing"
        return f"a term is missing or wrong, perhaps the derivative of {self.link.name}"


# -- the checks: names and first lines are what the user reads ----------------------------------------


def shapes(case: LossCase) -> Finding:
    """(N,) values and (N, K) derivatives, finite"""
    for name, result in zip(PRODUCTS, case.products(), strict=True):
        wanted = case.z.shape[:1] if name == "value" else case.z.shape
        if np.shape(result) != wanted:
            way = "; one number a row, the objective takes the mean" if name == "value" else ""
            return failure(f"{name} has shape {np.shape(result)}, it must be {wanted}{way}")
        if not np.isfinite(result).all():
            return failure(
                f"{name} is not finite at ordinary logits; a loss that cannot work behind "
                f"{case.link.name} says so in head(link), by refuse_link"
            )
    return Finding()


def gradient(case: LossCase) -> Finding:
    """⟨grad, v⟩ against the value's slope along v"""
    grad = case.head.grad(case.z, case.y)
    return against(
        (grad * case.v).sum(axis=1),
        lambda t: case.head.value(case.z + t * case.v, case.y),
        lambda a, n: _by_entries(case, a, n),
    )


def hessian(case: LossCase) -> Finding:
    """Hv against the gradient's slope along v"""
    return against(
        case.head.hvp(case.z, case.y, case.v),
        lambda t: case.head.grad(case.z + t * case.v, case.y),
        case.means,
    )


def symmetry(case: LossCase) -> Finding:
    """⟨u, Hv⟩ against ⟨v, Hu⟩, row by row"""
    hv, hu = (case.head.hvp(case.z, case.y, d) for d in (case.v, case.u))
    says = "a Hessian is symmetric: a term is missing in hvp, or J stands where Jᵀ should"
    return _symmetric(case, hu, hv, says)


def gauss_newton(case: LossCase) -> Finding:
    """⟨v, Gv⟩ >= 0 if convex; ⟨u, Gv⟩ with ⟨v, Gu⟩"""
    gv, gu = (case.head.ggn(case.z, case.y, d) for d in (case.v, case.u))
    found = _symmetric(case, gu, gv, "a Gauss-Newton matrix is symmetric")
    if found.passed is False or not case.head.semidefinite:
        return found
    far = FAR * case.z  # where a loss may bend the other way, above all along its slope
    slope = case.head.grad(far, case.y)
    along = case.head.ggn(far, case.y, slope)
    for g, d in ((gv, case.v), (gu, case.u), (along, slope)):
        curve = (g * d).sum(axis=1)
        bound = 1e-9 * np.linalg.norm(g, axis=1) * np.linalg.norm(d, axis=1)
        if (curve < -bound).any():
            says = "negative: keep the convex part only, or declare convex: ClassVar = False"
            return failure(says, float(curve.min()), ">= 0")
    return found


def closed_form(case: LossCase) -> Finding:
    """the head against loss(link(z)), chain rule"""
    if isinstance(case.head, ComposedHead):
        return remark("the chain rule itself")
    chain = case.chain
    names = PRODUCTS if case.head.split == "outputs" else PRODUCTS[:3]
    return first_failure(
        compare(
            getattr(case.head, name)(case.z, case.y, *direction),
            getattr(chain, name)(case.z, case.y, *direction),
            lambda a, n, name=name: f"{name}: {case.means(a, n)}",  # type: ignore[misc]
        )
        for name in names
        for direction in [() if name in ("value", "grad") else (case.v,)]
    )


def predictions(case: LossCase) -> Finding:
    """predict(z) against link(z), first logits"""
    predicted, wanted = case.head.predict(case.z), case.link(case.z[:, : case.predictions])
    says = "predict gives link(z), of the logits that come first"
    if predicted.shape != wanted.shape:
        return failure(says, f"of shape {predicted.shape}", f"it must be {wanted.shape}")
    return compare(predicted, wanted, says)


def rows_are_independent(case: LossCase) -> Finding:
    """a row alone against it in a batch of 7"""

    def means(alone: Array, together: Array) -> str:
        r = factor(alone, together)
        if r is not None and abs(r / ROWS - 1) < 1e-2:
            return (
                f"a factor {ROWS}, the rows: divide by the batch size nowhere, the objective does"
            )
        return "it depends on the other rows: sum and mean over axis=1 only, the objective takes the mean"

    whole = case.products()
    for row in range(ROWS):
        alone = case.products(slice(row, row + 1))
        for name, a, b in zip(PRODUCTS, alone, whole, strict=True):
            found = compare(a, b[row : row + 1], means, relative=1e-9)
            if not found.passed:
                return failure(
                    f"{name} {found.says}", f"{found.analytic} alone", f"{found.numeric} together"
                )
    return Finding()


def inputs_untouched(case: LossCase) -> Finding:
    """logits, outputs, targets, directions: bits"""
    z, y, v = (a.copy() for a in (case.z, case.y, case.v))
    before = [a.copy() for a in (z, y, v)]
    case.head.value(z, y), case.head.grad(z, y), case.curvatures(z, y, v)
    found = unchanged(before, [z, y, v], ["the logits", "the targets", "the direction"])
    p = case.chain.predict(z.copy())
    outputs = p.copy()
    case.loss.value(p, y), case.loss.grad(p, y), case.loss.hvp(p, y, v)
    own = unchanged([outputs, *before[1:]], [p, y, v], ["p", "the targets", "the direction"])
    return first_failure([found, own])


def repeatable(case: LossCase) -> Finding:
    """the same call, the same bits, its own arrays"""
    first = case.products()
    kept = [np.array(a) for a in first]
    case.head.value(2 * case.z, case.y), case.head.grad(2 * case.z, case.y)
    case.curvatures(2 * case.z, case.y, case.u)
    own = unchanged(kept, first, [f"the result of {name}, by a later call," for name in PRODUCTS])
    again = unchanged(kept, case.products(), PRODUCTS)
    if again.passed is False:
        return failure("the same arguments gave another result; keep nothing from call to call")
    return own


def extreme_logits(case: LossCase) -> Finding:
    """value and derivatives at ±1e4 are finite"""
    with np.errstate(all="ignore"):
        size = EXTREME if np.isfinite(case.link(np.full((1, 2), EXTREME))).all() else 100.0
    z = size * np.sign(case.v)
    for name, result in zip(
        PRODUCTS,
        [
            case.head.value(z, case.y),
            case.head.grad(z, case.y),
            *case.curvatures(z, case.y, case.v),
        ],
        strict=True,
    ):
        if np.isnan(result).any():
            return failure(
                f"{name} is nan at ±{size:g}: 0 log 0, or 0/0; return a Head that works in the logits "
                f"from head(link), or clip"
            )
        if not np.isfinite(result).all():
            says = f"{name} is infinite at ±{size:g}"
            fused = case.head.split == "logits"
            return failure(f"{says}: use logsumexp or logaddexp") if fused else remark(says)
    return Finding()


def confidently_wrong(case: LossCase) -> Finding:
    """a gradient where a wrong logit leads by 20"""
    if case.labels is None or not _matching(case):
        return remark("only for a loss that is convex in the logits of this link")
    k, z = case.predictions, np.zeros_like(case.z)
    wrong = case.loss.prepare((case.labels + 1) % max(k, 2), k)
    z[:, :k] = WRONG * np.sign(
        wrong - wrong.mean(axis=0) if k == 1 else wrong - wrong.mean(axis=1)[:, None]
    )
    slopes = np.linalg.norm(case.head.grad(z, case.y), axis=1)
    usual = np.linalg.norm(case.head.grad(z / WRONG, case.y), axis=1)
    row = int(np.argmin(slopes - 0.5 * usual))
    if slopes[row] >= 0.5 * usual[row]:
        return Finding()
    return failure(
        "the gradient is dead where the prediction is most wrong; work in the logits, do not clip",
        f"‖grad‖ = {slopes[row]:.3g}",
        f"at least half of {usual[row]:.3g}, that where it leads by 1",
    )


def float32_agrees(case: LossCase) -> Finding:
    """float32 in, float32 out, against float64"""
    findings = []
    narrow, wide = case.products(dtype=np.float32), case.products()
    for name, a, b in zip(PRODUCTS, narrow, wide, strict=True):
        if a.dtype != np.float32:
            return failure(f"{name} is {a.dtype} for float32 logits; keep the dtype")
        says = f"{name}: float32 and float64 disagree beyond rounding"
        if name in (
            "value",
            "grad",
        ):  # curvatures may be by differences, which lose half the digits
            findings.append(compare(a, b, says, allowed=1e-5, relative=1e-2))
    return first_failure(findings)


def empty_batch(case: LossCase) -> Finding:
    """no rows in, no rows out"""
    for name, result in zip(PRODUCTS, case.products(slice(0, 0)), strict=True):
        wanted = (0,) if name == "value" else (0, case.z.shape[1])
        if result.shape != wanted:
            return failure(f"{name} has shape {result.shape} for no rows, it must be {wanted}")
    return Finding()


def nan_stays_in_its_row(case: LossCase) -> Finding:
    """a nan logit spoils its own row only"""
    z, row = case.z.copy(), 2
    z[row, 0] = np.nan
    others = np.arange(ROWS) != row
    value, grad = case.head.value(z, case.y), case.head.grad(z, case.y)
    if not np.isnan(value[row]):
        return failure(
            "the value hides the nan: clip and maximum keep it, nan_to_num and where do not"
        )
    if np.isnan(value[others]).any() or np.isnan(grad[others]).any():
        return failure("a nan spread to other rows; reduce over axis=1 only")
    return Finding()


def labels_out_of_range(case: LossCase) -> Finding:
    """labels -1 and K are errors"""
    if case.labels is None:
        return remark("for losses that take labels")
    k = case.predictions
    for bad in (-1, max(k, 2)):
        labels = case.labels.copy()
        labels[1] = bad
        try:
            case.loss.prepare(labels, k)
        except DataError:
            continue
        return failure(
            f"label {bad} passed for {k} outputs: start prepare by one_hot(labels, outputs)"
        )
    return Finding()


def integers_equal_one_hot(case: LossCase) -> Finding:
    """integer labels against one-hot rows"""
    if case.labels is None:
        return remark("for losses that take labels")
    k = case.predictions
    rows = case.labels[:, None].astype(float) if k == 1 else np.eye(k)[case.labels]
    targets = attempt_targets(case.loss, rows, k)
    if targets is None:
        return remark("one-hot rows are refused")
    says = "prepare treats labels and one-hot rows differently"
    return compare(case.head.value(case.z, targets), case.head.value(case.z, case.y), says)


def complex_step(case: LossCase) -> Finding:
    """Im value(z + ihv) / h against ⟨grad, v⟩"""
    h = 1e-30
    found = attempt(lambda c: _complex_step(c, h), case)
    return found if found.passed else remark("not safe for complex steps")


CHECKS: tuple[Callable[[LossCase], Finding], ...] = (
    inputs_untouched,  # first, before damage spreads
    shapes,
    gradient,
    hessian,
    symmetry,
    gauss_newton,
    closed_form,
    predictions,
    rows_are_independent,
    repeatable,
    extreme_logits,
    confidently_wrong,
    float32_agrees,
    empty_batch,
    nan_stays_in_its_row,
    labels_out_of_range,
    integers_equal_one_hot,
    complex_step,
)
CHEAP = (inputs_untouched, shapes, gradient, hessian, symmetry, rows_are_independent, repeatable)


def cases(loss: Loss, only: Link | None = None, outputs: int | None = None) -> list[LossCase]:
    """Every variant of the loss behind each link it accepts (or `only` one), with labels and with values.

    outputs: how many to try where 3 and 1 are both refused, as by weights for ten classes.
    """
    tried = [(OUTPUTS, 1)] if outputs is None else [(OUTPUTS, 1), (outputs,)]
    for sizes in tried:
        found = [
            case
            for changed, variant in (variants(loss) if only is None else [("", loss)])
            for link in (LINKS.values() if only is None else [only])
            for case in _behind(variant, link, changed, sizes)
        ]
        if found:
            break
    return found


def _behind(loss: Loss, link: Link, changed: str, sizes: tuple[int, ...]) -> list[LossCase]:
    try:
        head = loss.head(link)
    except ConfigError:
        return []
    if not loss.needs_targets:
        return [_case(head, changed, "no targets", 1, np.empty((ROWS, 0)), None)]
    found = []
    for outputs in sizes:
        if outputs == 1 and link.name == "softmax":
            continue
        labels = np.arange(ROWS) % max(outputs, 2)
        y = attempt_targets(head.loss, labels, outputs)
        if y is not None:
            found.append(_case(head, changed, "labels", outputs, y, labels))
        values = link(stream(1, "targets").normal(size=(ROWS, outputs)))
        y = attempt_targets(head.loss, values, outputs)
        if y is not None:
            found.append(_case(head, changed, "values", outputs, y, None))
    return found


def _case(
    head: Head, changed: str, what: str, outputs: int, y: Array, labels: Array | None
) -> LossCase:
    z, u, v = stream(0, "logits").normal(size=(3, ROWS, head.loss.outputs(outputs)))
    name = f"behind {head.link.name}, {what}, {outputs} output{'s'[: outputs > 1]}"
    return LossCase(f"{changed} {name}".strip(), head, z, y, u, v, labels, outputs)


def attempt_targets(loss: Loss, targets: Array, outputs: int) -> Array | None:
    """The prepared targets; None if the loss refuses them."""
    try:
        return loss.prepare(targets, outputs)
    except ConfigError:
        return None


def _by_entries(case: LossCase, analytic: Array, numeric: Array) -> str:
    """What a wrong gradient means, judged by all its entries: by one direction all rows look alike."""
    from framework.testing.derivatives import derivative

    grad = case.head.grad(case.z, case.y)
    columns = [
        derivative(lambda t, e=e: case.head.value(case.z + t * e, case.y)).value  # type: ignore[misc]
        for e in np.eye(case.z.shape[1])
    ]
    return case.means(grad, np.stack(columns, axis=1))


def _symmetric(case: LossCase, hu: Array, hv: Array, says: str) -> Finding:
    left, right = (case.u * hv).sum(axis=1), (case.v * hu).sum(axis=1)
    scale = np.linalg.norm(case.u) * np.linalg.norm(hv) + np.linalg.norm(case.v) * np.linalg.norm(
        hu
    )
    return compare(left, right, says, allowed=1e-6 * float(scale))


def _matching(case: LossCase) -> bool:
    """Convex in the logits: then the gradient grows along any ray away from the minimum."""
    hv, gv = case.curvatures(case.z, case.y, case.v)
    gap = float(np.linalg.norm(hv - gv))
    return case.loss.convex and gap <= 1e-6 * float(np.linalg.norm(gv))


def _complex_step(case: LossCase, h: float) -> Finding:
    value = case.head.value(case.z + 1j * h * case.v, case.y)
    slope = (case.head.grad(case.z, case.y) * case.v).sum(axis=1)
    return compare(np.imag(value) / h, slope, "")
