from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from framework.layers import INITIALIZERS, Conv2D, Dense

torch = pytest.importorskip("torch")

FILTERS, CHANNELS, KERNEL = 40, 50, 3
THEIRS = {
    "normal": lambda w, g: torch.nn.init.normal_(w, generator=g),
    "glorot_normal": lambda w, g: torch.nn.init.xavier_normal_(w, generator=g),
    "glorot_uniform": lambda w, g: torch.nn.init.xavier_uniform_(w, generator=g),
    "he_normal": lambda w, g: torch.nn.init.kaiming_normal_(w, nonlinearity="relu", generator=g),
    "he_uniform": lambda w, g: torch.nn.init.kaiming_uniform_(w, nonlinearity="relu", generator=g),
    "lecun_normal": lambda w, g: torch.nn.init.kaiming_normal_(
        w, nonlinearity="linear", generator=g
    ),
    "lecun_uniform": lambda w, g: torch.nn.init.kaiming_uniform_(
        w, nonlinearity="linear", generator=g
    ),
    "orthogonal": lambda w, g: torch.nn.init.orthogonal_(w, generator=g),
}


def start(layer, *shape):
    layer.build(shape)
    return layer.init(np.random.default_rng(0))["weight"].ravel()


@pytest.mark.parametrize("name", sorted(THEIRS))
def test_weights_are_distributed_like_those_of_torch(name):
    """Dense layers and convolutions, whose fans count the kernel's area."""
    generator = torch.Generator().manual_seed(0)
    dense = start(Dense(FILTERS, INITIALIZERS[name]), CHANNELS)
    convolution = start(Conv2D(FILTERS, KERNEL, INITIALIZERS[name]), 8, 8, CHANNELS)
    for ours, shape in (
        (dense, (FILTERS, CHANNELS)),
        (convolution, (FILTERS, CHANNELS, KERNEL, KERNEL)),
    ):
        theirs = THEIRS[name](torch.empty(shape, dtype=torch.float64), generator).numpy().ravel()
        assert ours.size == theirs.size
        assert stats.ks_2samp(ours, theirs).pvalue > 1e-3


def test_uniform_weights_are_what_torch_draws_by_itself():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        linear = torch.nn.Linear(CHANNELS, FILTERS).weight
        conv = torch.nn.Conv2d(CHANNELS, FILTERS, KERNEL).weight
    init = INITIALIZERS["uniform"]
    for ours, theirs in (
        (start(Dense(FILTERS, init), CHANNELS), linear),
        (start(Conv2D(FILTERS, KERNEL, init), 8, 8, CHANNELS), conv),
    ):
        assert stats.ks_2samp(ours, theirs.detach().numpy().ravel()).pvalue > 1e-3
