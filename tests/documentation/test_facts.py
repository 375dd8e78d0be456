"""What classes tell of themselves."""

from __future__ import annotations

import pytest

from framework.catalogue import Entry, catalogue, find
from framework.documentation.facts import facts, network, table
from framework.registry import discover


@pytest.fixture(scope="module")
def entries() -> list[Entry]:
    return catalogue(discover())


def told(entries: list[Entry], label: str) -> str:
    return " ".join(facts(*find(entries, [label])))


def test_losses_tell_their_links_and_convexity(entries: list[Entry]) -> None:
    ce = told(entries, "loss=ce")
    assert "own in the logits: [sigmoid](../links/sigmoid.md) and [softmax]" in ce
    assert "refuses: [identity](../links/identity.md), [tanh]" in ce
    assert "Convex in the outputs." in ce
    mse = told(entries, "loss=mse")
    assert "chain rule takes it: [identity]" in mse
    assert "refuses" not in mse
    assert "Needs no targets" in told(entries, "loss=value")


@pytest.mark.parametrize(
    ("label", "asked"),
    [
        ("optim=sgd", "Asks the objective for gradients."),
        ("optim=newton", "gradients and the dense Hessian or Gauss-Newton matrix."),
        ("optim=newton_cg", "gradients and Hessian-vector products."),
        ("optim=hf", "gradients and Gauss-Newton products."),
    ],
)
def test_optimizers_tell_the_derivatives_they_use(
    entries: list[Entry], label: str, asked: str
) -> None:
    assert asked in told(entries, label)


def test_optimizers_tell_batches_schedule_and_l1(entries: list[Entry]) -> None:
    sgd, fista = told(entries, "optim=sgd"), told(entries, "optim=fista")
    assert "mini-batches of 32" in sgd
    assert "follows the [schedule]" in sgd
    assert "the full batch" in fista
    assert "does not follow the [schedule]" in fista
    assert "`objective.l1` into account" in fista


def test_datasets_tell_rows_inputs_and_classes(entries: list[Entry]) -> None:
    assert "150 rows of 4 inputs: multiclass." in told(entries, "data=iris")
    assert "setosa (50), versicolor (50), virginica (50)" in told(entries, "data=iris")
    assert "442 rows of 10 inputs: regression." in told(entries, "data=diabetes")
    assert "Targets from 25 to 346" in told(entries, "data=diabetes")


@pytest.mark.parametrize("name", ["csv", "npz"])
def test_datasets_that_read_files_are_not_loaded(entries: list[Entry], name: str) -> None:
    (entry,) = find(entries, [f"data={name}"])
    assert table(entry.subject) is None
    assert facts(entry) == []


def test_models_tell_their_parameters(entries: list[Entry]) -> None:
    assert "From 64 numbers to 10 outputs it has 650 parameters" in told(entries, "model=linear")
    (rosenbrock,) = find(entries, ["model=rosenbrock"])
    built = network(rosenbrock.subject)
    assert built is not None
    assert built[1:] == ((1,), 1)


def test_metrics_callbacks_and_parts(entries: list[Entry]) -> None:
    assert "For regression tasks; lower is better." in told(entries, "metric=rmse")
    assert "Needs probabilities" in told(entries, "metric=log_loss")
    assert "Implements `draw_figures`." in told(entries, "callbacks=figures")
    assert "[he](../initializers/he.md)" in told(entries, "activation=relu")
    assert told(entries, "link=softmax") == "Its outputs are probabilities."
