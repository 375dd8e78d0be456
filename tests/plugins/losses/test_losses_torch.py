"""Values, gradients and Hessian products against PyTorch's functions, through autograd."""

from __future__ import annotations

import math

import numpy as np
import pytest

from framework.links import LINKS
from plugins.losses.cross_entropy import CrossEntropy
from plugins.losses.focal import Focal
from plugins.losses.gaussian_nll import GaussianNLL
from plugins.losses.hinge import Hinge, SquaredHinge
from plugins.losses.huber import Huber
from plugins.losses.kullback_leibler import KullbackLeibler
from plugins.losses.log_cosh import LogCosh
from plugins.losses.mean_absolute_error import MeanAbsoluteError
from plugins.losses.mean_squared_error import MeanSquaredError
from plugins.losses.poisson import Poisson
from plugins.losses.pseudo_huber import PseudoHuber
from plugins.losses.quantile import Quantile

torch = pytest.importorskip("torch")
F = torch.nn.functional
ROWS, K = 20, 3
WEIGHTS = [0.5, 2.0, 1.0]
W = torch.tensor(WEIGHTS, dtype=torch.float64)

RNG = np.random.default_rng(0)
LABELS = RNG.integers(K, size=ROWS)
BINARY = RNG.integers(2, size=ROWS)
SEVERAL = RNG.integers(2, size=(ROWS, K)).astype(float)
NUMBERS = RNG.normal(size=(ROWS, K))
SHARES = RNG.dirichlet(np.ones(K), size=ROWS)
CHANCES = RNG.uniform(size=(ROWS, K))
COUNTS = RNG.poisson(4, size=(ROWS, K)).astype(float)


def by_row(function, **fields):
    """A function of PyTorch's, term by term and summed over each row."""
    return lambda z, y: function(z, y, reduction="none", **fields).sum(dim=1)


def two_sided(z, y):
    """Weights 0.5 and 3 for the classes 0 and 1 of one sigmoid."""
    weight = torch.tensor([3 / 0.5], dtype=torch.float64)
    return 0.5 * by_row(F.binary_cross_entropy_with_logits, pos_weight=weight)(z, y)


def smooth_sigmoid(z, y):
    return by_row(F.binary_cross_entropy_with_logits)(z, 0.9 * y + 0.05)


def focal(alpha):
    """torchvision.ops.sigmoid_focal_loss, which needs torchvision, with gamma = 2."""

    def loss(z, y):
        p = torch.sigmoid(z)
        p_t = p * y + (1 - p) * (1 - y)
        terms = F.binary_cross_entropy_with_logits(z, y, reduction="none") * (1 - p_t) ** 2
        if alpha is not None:
            terms = (alpha * y + (1 - alpha) * (1 - y)) * terms
        return terms.sum(dim=1)

    return loss


def softmax_focal(gamma):
    def loss(z, y):
        log_p = F.log_softmax(z, dim=1)[range(ROWS), y]
        return -((1 - log_p.exp()) ** gamma) * log_p

    return loss


def smooth_l1(z, y):
    """0.7 times PyTorch's is Huber's with δ = β = 0.7."""
    return 0.7 * by_row(F.smooth_l1_loss, beta=0.7)(z, y)


def crammer_singer(z, y):
    own = z.gather(1, y[:, None])[:, 0]
    best = z.masked_fill(F.one_hot(y, K).bool(), -math.inf).amax(dim=1)
    return (0.8 - own + best).clamp(min=0)


def one_vs_rest(z, y):
    return ((0.8 - (2 * F.one_hot(y, K) - 1) * z).clamp(min=0) ** 2).sum(dim=1)


def divergence(z, y):
    return by_row(F.kl_div)(F.log_softmax(z, dim=1), y)


def bernoulli_divergence(z, y):
    both = torch.distributions
    kl = both.kl_divergence(both.Bernoulli(probs=y), both.Bernoulli(logits=z))
    return kl.sum(dim=1)


def gaussian(full, link):
    def loss(z, y):
        variance = 1e-3 + z[:, K:].exp()
        return by_row(F.gaussian_nll_loss, full=full, eps=1e-9, var=variance)(link(z[:, :K]), y)

    return loss


def mean(function, **fields):
    return lambda z, y: function(z, y, reduction="none", **fields).mean(dim=1)


CE, BCE = F.cross_entropy, F.binary_cross_entropy_with_logits
SMOOTH, HEAVY = {"label_smoothing": 0.1}, {"class_weights": WEIGHTS}
CASES = {
    # name: ours, link, targets, theirs
    "ce": (CrossEntropy(), "softmax", LABELS, lambda z, y: CE(z, y, reduction="none")),
    "ce smooth": (
        CrossEntropy(**SMOOTH),
        "softmax",
        LABELS,
        lambda z, y: CE(z, y, label_smoothing=0.1, reduction="none"),
    ),
    "ce weighted": (
        CrossEntropy(**HEAVY),
        "softmax",
        LABELS,
        lambda z, y: CE(z, y, weight=W, reduction="none"),
    ),
    "ce smooth weighted": (
        CrossEntropy(**SMOOTH, **HEAVY),
        "softmax",
        LABELS,
        lambda z, y: CE(z, y, weight=W, label_smoothing=0.1, reduction="none"),
    ),
    "ce of shares, smooth weighted": (
        CrossEntropy(**SMOOTH, **HEAVY),
        "softmax",
        SHARES,
        lambda z, y: CE(z, y, weight=W, label_smoothing=0.1, reduction="none"),
    ),
    "bce": (CrossEntropy(), "sigmoid", SEVERAL, by_row(BCE)),
    "bce smooth": (CrossEntropy(**SMOOTH), "sigmoid", SEVERAL, smooth_sigmoid),
    "bce pos_weight": (CrossEntropy(**HEAVY), "sigmoid", SEVERAL, by_row(BCE, pos_weight=W)),
    "bce two weights": (
        CrossEntropy(class_weights=[0.5, 3.0]),
        "sigmoid",
        BINARY[:, None].astype(float),
        two_sided,
    ),
    "mse": (MeanSquaredError(reduction="mean"), "identity", NUMBERS, mean(F.mse_loss)),
    "mse sum": (MeanSquaredError(reduction="sum"), "identity", NUMBERS, by_row(F.mse_loss)),
    "mse tanh": (
        MeanSquaredError(),
        "tanh",
        NUMBERS,
        lambda z, y: 0.5 * by_row(F.mse_loss)(torch.tanh(z), y),
    ),
    "mae": (MeanAbsoluteError(), "identity", NUMBERS, by_row(F.l1_loss)),
    "mae mean": (MeanAbsoluteError(reduction="mean"), "identity", NUMBERS, mean(F.l1_loss)),
    "huber": (Huber(delta=0.7), "identity", NUMBERS, by_row(F.huber_loss, delta=0.7)),
    "huber mean": (Huber(reduction="mean"), "identity", NUMBERS, mean(F.huber_loss)),
    "huber softmax": (
        Huber(delta=0.7),
        "softmax",
        NUMBERS,
        lambda z, y: by_row(F.huber_loss, delta=0.7)(torch.softmax(z, dim=1), y),
    ),
    "smooth l1": (Huber(delta=0.7), "identity", NUMBERS, smooth_l1),
    "pseudo huber": (
        PseudoHuber(delta=0.7),
        "identity",
        NUMBERS,
        lambda z, y: (0.49 * ((1 + ((z - y) / 0.7) ** 2).sqrt() - 1)).sum(dim=1),
    ),
    "log cosh": (
        LogCosh(),
        "identity",
        NUMBERS,
        lambda z, y: (z - y + F.softplus(-2 * (z - y)) - math.log(2)).sum(dim=1),
    ),
    "quantile": (
        Quantile(tau=0.3),
        "identity",
        NUMBERS,
        lambda z, y: torch.maximum(0.3 * (y - z), -0.7 * (y - z)).sum(dim=1),
    ),
    "hinge": (Hinge(margin=0.8), "identity", LABELS, crammer_singer),
    "squared hinge": (
        SquaredHinge(margin=0.8, multiclass="one_vs_rest"),
        "identity",
        LABELS,
        one_vs_rest,
    ),
    "multi margin": (
        Hinge(margin=0.8, multiclass="weston_watkins"),
        "identity",
        LABELS,
        lambda z, y: F.multi_margin_loss(z, y, margin=0.8, reduction="none"),
    ),
    "multi margin squared": (
        SquaredHinge(margin=0.8, multiclass="weston_watkins"),
        "identity",
        LABELS,
        lambda z, y: F.multi_margin_loss(z, y, p=2, margin=0.8, reduction="none"),
    ),
    "focal": (Focal(), "sigmoid", SEVERAL, focal(None)),
    "focal balanced": (Focal(alpha=0.25), "sigmoid", SEVERAL, focal(0.25)),
    "focal softmax": (Focal(gamma=1.5), "softmax", LABELS, softmax_focal(1.5)),
    "kl": (KullbackLeibler(), "softmax", SHARES, divergence),
    "kl sigmoid": (KullbackLeibler(), "sigmoid", CHANCES, bernoulli_divergence),
    "poisson": (Poisson(), "exp", COUNTS, by_row(F.poisson_nll_loss)),
    "poisson full": (Poisson(full=True), "exp", COUNTS, by_row(F.poisson_nll_loss, full=True)),
    "gaussian": (GaussianNLL(floor=1e-3), "identity", NUMBERS, gaussian(False, lambda m: m)),
    "gaussian full": (
        GaussianNLL(floor=1e-3, full=True),
        "exp",
        NUMBERS,
        gaussian(True, torch.exp),
    ),
}
ONCE = {"multi margin", "multi margin squared"}  # PyTorch has no second derivative of it


@pytest.mark.parametrize("name", CASES)
def test_it_is_pytorchs(name):
    loss, link, targets, theirs = CASES[name]
    head = loss.head(LINKS[link])
    outputs = 1 if targets.ndim == 2 and targets.shape[1] == 1 else K
    y = head.loss.prepare(targets, outputs)
    z, v = np.random.default_rng(1).normal(size=(2, ROWS, loss.outputs(outputs)))
    logits = torch.tensor(z, requires_grad=True)
    value = theirs(logits, torch.tensor(targets))
    close(head.value(z, y), value)
    (slope,) = torch.autograd.grad(value.sum(), logits, create_graph=name not in ONCE)
    close(head.grad(z, y), slope)
    if name in ONCE:
        return
    along = (slope * torch.tensor(v)).sum()
    bent = np.zeros_like(z)
    if along.requires_grad:  # or it is constant
        (bent,) = torch.autograd.grad(along, logits, materialize_grads=True)
    close(head.hvp(z, y, v), bent)


def close(ours, theirs):
    theirs = theirs.numpy(force=True) if torch.is_tensor(theirs) else theirs
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12 * np.abs(theirs).max(initial=0))


def test_pytorchs_weighted_mean_divides_by_the_weights_where_ours_divides_by_the_samples():
    z = np.random.default_rng(1).normal(size=(ROWS, K))
    loss = CrossEntropy(class_weights=WEIGHTS)
    ours = loss.head(LINKS["softmax"]).value(z, loss.prepare(LABELS, K)).mean()
    theirs = float(F.cross_entropy(torch.tensor(z), torch.tensor(LABELS), weight=W))
    assert ours * ROWS / np.array(WEIGHTS)[LABELS].sum() == pytest.approx(theirs, rel=1e-13)
