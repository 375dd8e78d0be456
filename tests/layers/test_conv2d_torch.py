from __future__ import annotations

import numpy as np
import pytest

from framework.layers import INITIALIZERS, Conv2D

torch = pytest.importorskip("torch")


@pytest.mark.parametrize("padding", [0, 2])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("channels", [1, 3, 5])
def test_values_and_gradients_are_those_of_torch(padding, stride, channels):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4, 9, 8, channels))
    conv = Conv2D(6, 5, INITIALIZERS["glorot"], stride, padding)
    conv.build(x.shape[1:])
    w = {p.name: rng.normal(size=p.shape) for p in conv.parameters}
    y, saved = conv.forward(w, x)
    dy, dw = rng.normal(size=y.shape), {name: np.full_like(v, np.nan) for name, v in w.items()}
    dx = conv.vjp(w, saved, dy, dw, first=False)

    image = torch.tensor(x.transpose(0, 3, 1, 2), requires_grad=True)
    kernel = torch.tensor(w["weight"].transpose(3, 2, 0, 1), requires_grad=True)
    bias = torch.tensor(w["bias"], requires_grad=True)
    theirs = torch.nn.functional.conv2d(image, kernel, bias, stride, padding)
    theirs.backward(torch.tensor(dy.transpose(0, 3, 1, 2)))
    pairs = [
        (y, theirs.detach().permute(0, 2, 3, 1)),
        (dx, image.grad.permute(0, 2, 3, 1)),
        (dw["weight"], kernel.grad.permute(2, 3, 1, 0)),
        (dw["bias"], bias.grad),
    ]
    for ours, expected in pairs:
        assert np.abs(ours - expected.numpy()).max() <= 1e-13 * np.abs(ours).max()
