"""Every registered plugin passes every check, and the choices go together."""

from __future__ import annotations

import numpy as np
import pytest

from framework.errors import ConfigError
from framework.links import LINKS
from framework.objective import Objective
from framework.registry import discover
from framework.testing import assert_conforms
from framework.training import Batches, train
from framework.work import Budget

REGISTRY = discover()
PLUGINS = [REGISTRY.components[key] for key in sorted(REGISTRY.components)]
ROWS, CLASSES = 12, 3


def names(kind, flag=None, wanted=True):
    found = REGISTRY.of_kind(kind)
    return [c.name for c in found if flag is None or getattr(c.cls, flag) is wanted]


@pytest.mark.parametrize("component", PLUGINS, ids=lambda c: f"{c.kind}={c.name}")
def test_every_plugin_conforms(component):
    assert_conforms(component)


def problem(model, loss):
    """Softmax classification of 12 flat samples."""
    rng = np.random.default_rng(0)
    x, labels = rng.normal(size=(ROWS, 4)), np.arange(ROWS) % CLASSES
    head = REGISTRY.get("loss", loss).cls().head(LINKS["softmax"])
    logits = head.loss.outputs(CLASSES)
    network = REGISTRY.get("model", model).cls().build((4,), logits)
    return Objective(network, head, x, head.loss.prepare(labels, CLASSES), l2=1e-2)


@pytest.mark.parametrize("model", ["linear", "mlp"])
@pytest.mark.parametrize("loss", names("loss", "needs_targets"))
@pytest.mark.parametrize("optim", names("optim"))
def test_every_optimizer_trains_or_says_in_a_line_why_not(optim, loss, model):
    try:
        objective = problem(model, loss)
        optimizer = REGISTRY.get("optim", optim).cls()
        optimizer.accepts(objective)
    except ConfigError as error:
        assert "\n" not in str(error) and len(str(error)) > 20
        return
    theta = objective.network.init(np.random.default_rng(1))
    first = objective.at(theta).value
    batches = Batches(ROWS, None, np.random.default_rng(0))
    (*_, last) = train(objective, optimizer, theta, batches, Budget(epochs=5))
    assert last.stopped
    assert objective.at(theta).value < first
