"""Planted faults of losses with logits, targets or fields of a kind of their own, each caught."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from framework.heads import ComposedHead, Head
from framework.links import LINKS
from framework.testing import check
from framework.testing.check import cheap
from framework.testing.losses import cases
from plugins.losses.cross_entropy import Bernoulli, CrossEntropy, SigmoidCrossEntropy
from plugins.losses.focal import Focal, Focus, SoftmaxFocal
from plugins.losses.gaussian_nll import GaussianHead, GaussianNLL, halves
from plugins.losses.hinge import Hinge
from plugins.losses.kullback_leibler import KullbackLeibler, SoftmaxDivergence
from plugins.losses.poisson import ExpPoisson, Poisson
from plugins.losses.quantile import Quantile


def failures(thing):
    return {o.check: o.evidence for o in check(thing) if o.passed is False}


def spoil(cls, base=None, link=None, **methods):
    """A loss like `cls`; with `base`, one whose head behind `link` is like that and spoilt."""
    if base is None:
        return dataclass(type(f"Spoilt{cls.__name__}", (cls,), methods))
    spoilt = type(f"Spoilt{base.__name__}", (base,), methods)

    def head(self, chosen):
        right = cls.head(self, chosen)
        return spoilt(right.loss, chosen) if link in (None, chosen.name) else right

    return dataclass(type(f"Spoilt{cls.__name__}", (cls,), {"head": head}))


def gaussian(**methods):
    return spoil(GaussianNLL, GaussianHead, **methods)()


def without_mixed_part(self, p, y, v):
    mean, s = halves(GaussianNLL.hvp(self, p, y, v * [1, 1, 1, 0, 0, 0][: p.shape[1]]))
    return np.hstack([mean, s])


def link_forgotten(self, z, y):
    return self.loss.grad(self._outputs(z), y)


def half_as_many(self, z, y):
    return halves(GaussianHead.grad(self, z, y))[0]


def unweighted_slope(self, z, y):
    return self.link(z) - y


def clipped(self, z, y):
    p = self.link(z)
    return np.where((y * p).sum(axis=1, keepdims=True) > 1e-7, p - y, 0)


def unshared_slope(self, p, y):
    return p.shape[1] * Hinge.grad(self, p, y)


def only_the_labels(self, targets, outputs):
    y = CrossEntropy().prepare(targets, outputs)
    return 0.9 * y + 0.1 / outputs if targets.dtype.kind == "i" else y


FAULTS = {
    "the log-variances are predicted too": (
        gaussian(predict=Head.predict),
        "predictions",
        "of shape (7, 6), it must be (7, 3); predict gives link(z), of the logits that come first",
    ),
    "no mixed derivatives of mean and variance": (
        spoil(GaussianNLL, hvp=without_mixed_part)(),
        "hessian",
        "",
    ),
    "σ' forgotten at the means": (gaussian(grad=link_forgotten), "gradient", ""),
    "the Hessian for the Fisher information": (
        gaussian(ggn=GaussianHead.hvp),
        "gauss newton",
        "keep the convex part only",
    ),
    "no gradient for the variances": (gaussian(grad=half_as_many), "shapes", "must be (7, 6)"),
    "another function when fused": (
        gaussian(
            value=lambda s, z, y: 2 * GaussianHead.value(s, z, y),
            grad=lambda s, z, y: 2 * GaussianHead.grad(s, z, y),
            hvp=lambda s, z, y, v: 2 * GaussianHead.hvp(s, z, y, v),
        ),
        "closed form",
        "value: off by a factor 2",
    ),
    "weights in the value only": (
        spoil(CrossEntropy, SigmoidCrossEntropy, "sigmoid", grad=unweighted_slope)(
            class_weights=[0.5, 3.0, 1.0]
        ),
        "gradient",
        "",
    ),
    "labels smoothed, one-hot rows not": (
        spoil(CrossEntropy, prepare=only_the_labels)(),
        "integers equal one hot",
        "prepare treats labels and one-hot rows differently",
    ),
    "the focus has no slope": (
        spoil(
            Focal,
            SoftmaxFocal,
            "softmax",
            grad=lambda s, z, y: -(s._focus(z, y)[0].q ** 3) * (y - s._focus(z, y)[1]),
        )(),
        "gradient",
        "",
    ),
    "the Hessian for the Gauss-Newton matrix": (
        spoil(Focal, SoftmaxFocal, "softmax", ggn=SoftmaxFocal.hvp)(),
        "gauss newton",
        "keep the convex part only",
    ),
    "the clip kills the gradient": (
        spoil(KullbackLeibler, SoftmaxDivergence, "softmax", grad=clipped)(),
        "confidently wrong",
        "the gradient is dead where the prediction is most wrong",
    ),
    "divided by the outputs in the value only": (
        spoil(Hinge, grad=unshared_slope)(multiclass="weston_watkins"),
        "gradient",
        "off by a factor 3, the outputs",
    ),
    "the rate for its logarithm": (
        spoil(Poisson, ExpPoisson, grad=lambda s, z, y: 1 - y / s.link(z))(),
        "gradient",
        "",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_spoilt_loss_is_caught(fault):
    spoilt, name, text = FAULTS[fault]
    found = failures(spoilt)
    assert name in found
    assert text in found[name]


def test_one_dead_class_is_enough():
    def dead(self, p, y):
        return np.where((y == 0) & (p > 5), 0, Quantile.grad(self, p, y))

    assert "confidently wrong" in failures(spoil(Quantile, grad=dead)(tau=0.9))


@pytest.mark.parametrize("tau", [0.05, 0.95])
def test_a_lopsided_loss_is_no_fault(tau):
    assert not failures(Quantile(tau=tau))


def test_weights_of_ten_classes_are_tried_with_ten_outputs():
    loss, softmax = CrossEntropy(class_weights=[1.0] * 10), LINKS["softmax"]
    assert not cases(loss, softmax)
    assert {case.z.shape[1] for case in cases(loss, softmax, 10)} == {10}


def test_as_many_logits_as_the_loss_asks_for():
    found = cases(GaussianNLL(), LINKS["tanh"])
    assert {(case.predictions, case.z.shape[1]) for case in found} == {(3, 6), (1, 2)}
    for case in found:
        assert isinstance(case.chain, ComposedHead)
        k = case.predictions
        p = case.chain.predict(case.z)
        np.testing.assert_array_equal(p, np.hstack([np.tanh(case.z[:, :k]), case.z[:, k:]]))


def test_the_quick_checks_know_them_too():
    outcomes = cheap(gaussian(grad=link_forgotten), LINKS["tanh"])
    assert {o.check for o in outcomes if o.passed is False} == {"gradient", "hessian"}


def test_the_parts_are_what_they_are_taken_for():
    assert issubclass(Bernoulli, CrossEntropy.__mro__[1])
    assert Focus(2.0, np.zeros((1, 1))).p == 0.5
