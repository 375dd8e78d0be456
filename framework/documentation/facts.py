"""What a class tells of itself when it is asked, as lines of Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from typing import Any

import numpy as np
import pluggy

from framework import hookspecs
from framework.catalogue import PARTS, Entry
from framework.documentation import markdown
from framework.errors import ConfigError
from framework.heads import ComposedHead, Head
from framework.interfaces import Annealing, Dataset, Loss, Metric, Model, Network, Optimizer, Table
from framework.layers import Activation
from framework.links import LINKS, Link
from framework.objective import Objective
from framework.testing.problems import least_squares, logistic

SAMPLES = ((64,), (28, 28, 1), (100,), (1,), (2,))  # shapes, until a model takes one
OUTPUTS = (10, 1)
SPENT = {  # counters of work, as words
    "backward": "gradients",
    "hvp": "Hessian-vector products",
    "ggn": "Gauss-Newton products",
    "hessian": "the dense Hessian or Gauss-Newton matrix",
}
MANY = 12


def facts(entry: Entry) -> list[str]:
    """What is known of a component or part beyond its docstring, a line each."""
    about = ABOUT.get(entry.shelf.name)
    return list(about(entry.subject)) if about else []


def example(cls: Any) -> Any:
    """One made of its defaults; None if it cannot be."""
    try:
        return cls()
    except Exception:  # a required field, or whatever a plugin does
        return None


def heads(loss: Loss) -> dict[str, Head]:
    """The head of a loss behind each link that it accepts, by the link's name."""
    found: dict[str, Head] = {}
    for name, link in LINKS.items():
        with suppress(ConfigError):
            found[name] = loss.head(link)
    return found


def at_home(loss: Loss | None) -> list[str]:
    """The links behind which a loss has a form of its own in the logits."""
    found = {} if loss is None else heads(loss)
    return [name for name, head in found.items() if type(head) is not ComposedHead]


@cache
def table(cls: type[Dataset]) -> Table | None:
    """The rows of a dataset that needs nothing but the installed packages; None of one that reads files."""
    needs_a_file = cls.example.__func__ is not Dataset.example.__func__  # type: ignore[attr-defined]
    dataset = None if needs_a_file else example(cls)
    if dataset is None:
        return None
    try:
        return dataset.load()
    except Exception:  # nothing to show of data that are not there
        return None


def _of_loss(cls: type[Loss]) -> Iterator[str]:
    loss = example(cls)
    if loss is None:
        return
    accepted, own = heads(loss), at_home(loss)
    composed = [name for name in accepted if name not in own]
    if own:
        yield f"Output links with a form of its own in the logits: {_links(own)}."
    if composed:
        yield f"Output links through which the chain rule takes it: {_links(composed)}."
    if refused := [name for name in LINKS if name not in accepted]:
        yield f"Output links that it refuses: {_links(refused)}."
    convex = "Convex" if loss.convex else "Not convex"
    yield f"{convex} in the outputs" + ("." if loss.convex else ": Gauss-Newton methods refuse it.")
    if not loss.needs_targets:
        yield "Needs no targets: the outputs alone make the loss."
    if (logits := loss.outputs(1)) != 1:
        yield f"Needs {logits} logits for each number that is predicted."


def _of_optimizer(cls: type[Optimizer]) -> Iterator[str]:
    size = "the full batch" if cls.batch_size is None else f"mini-batches of {cls.batch_size}"
    yield f"Works on {size} unless `train.batch_size` says otherwise."
    follows = "follows" if cls.scheduled else "does not follow"
    yield (
        f"Its learning rate {follows} the [schedule](../schedules/README.md)."
        if (cls.scheduled or "lr" in getattr(cls, "__dataclass_fields__", {}))
        else "Has no learning rate that a [schedule](../schedules/README.md) could change."
    )
    if asked := _asked(cls):
        yield f"Asks the objective for {_listed(asked)}."
    if cls.proximal:
        yield "Takes `objective.l1` into account, by proximal steps."
    if cls.exact_on_quadratics:
        yield "Ends in the minimum of any quadratic after one step."


def _asked(cls: type[Optimizer]) -> list[str]:
    """The derivatives that three steps cost, on a small problem that it accepts."""
    for problem in (least_squares, logistic):
        optimizer, objective = example(cls), problem()
        theta = np.full(objective.network.layout.size, 0.1)
        try:
            optimizer.accepts(objective)
            optimizer.reset(theta)
            plain = Objective(objective.network, objective.head, objective.x, objective.y)
            for _ in range(3):
                optimizer.step(plain, theta)
        except Exception:  # not for this problem, or whatever a plugin does
            continue
        return [words for name, words in SPENT.items() if getattr(plain.work, name)]
    return []


def _of_schedule(cls: Any) -> Iterator[str]:
    if issubclass(cls, Annealing):
        yield "Spans the whole training: it needs `train.epochs`, or its field `duration`."


def _of_model(cls: type[Model]) -> Iterator[str]:
    built = network(cls)
    if built is None:
        return
    made, inputs, outputs = built
    parameters = ", ".join(f"`{p.name}` {_shape(p.shape)}" for p in list(made.layout)[:MANY])
    more = ", ..." if len(list(made.layout)) > MANY else ""
    what = "pixels" if len(inputs) > 1 else f"number{'s'[: inputs != (1,)]}"
    task = f"From {_shape(inputs)} {what} to {outputs} output{'s'[: outputs > 1]}"
    yield f"{task} it has {made.layout.size:,} parameters: {parameters}{more}."
    if cls.reconstructs:
        yield "Its targets are its own inputs."


@cache
def network(cls: type[Model]) -> tuple[Network, tuple[int, ...], int] | None:
    """A network for the first shape of samples that the model takes, with its inputs and outputs."""
    model = example(cls)
    shapes = [model.example_inputs] if model and model.example_inputs else list(SAMPLES)
    for inputs in shapes if model else ():
        for outputs in OUTPUTS:
            try:
                return model.build(inputs, outputs), inputs, outputs
            except Exception:  # not for these
                continue
    return None


def _of_dataset(cls: type[Dataset]) -> Iterator[str]:
    found = table(cls)
    if found is None:
        return
    task = found.task
    rows = f"{len(found.x):,} row{'s'[: len(found.x) > 1]}"
    inputs = f"{_shape(task.inputs)} input{'s'[: task.inputs != (1,)]}"
    if task.kind == "function":
        yield f"{rows} of {inputs}, nothing to predict."
        return
    yield f"{rows} of {inputs}: {task.kind}."
    if task.classes:
        counts = np.bincount(np.asarray(found.y, dtype=int), minlength=len(task.classes))
        sizes = [f"{n} ({c:,})" for n, c in zip(task.classes, counts, strict=True)]
        yield f"Classes, with their rows: {markdown.text(_cut(sizes))}."
    else:
        low, high = np.min(found.y), np.max(found.y)
        targets = f"{task.targets} targets" if task.targets > 1 else "Targets"
        yield f"{targets} from {low:.4g} to {high:.4g}, mean {np.mean(found.y):.4g}."
    if found.features and not all("pixel" in name for name in found.features):
        yield f"Inputs: {markdown.text(_cut(list(found.features)))}."
    if found.test_rows is not None:
        yield f"{len(found.test_rows):,} of the rows are for testing and nothing else."


def _of_metric(cls: type[Metric]) -> Iterator[str]:
    kinds = sorted(getattr(cls, "kinds", ()))
    yield f"For {_listed(kinds)} tasks; {'higher' if cls.higher_is_better else 'lower'} is better."
    if cls.needs_probabilities:
        given = [name for name, link in LINKS.items() if link.probabilities]
        yield f"Needs probabilities: it is left out unless the output link is {_links(given, 'or')}."


def _of_callback(cls: type) -> Iterator[str]:
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    hooks = [name for name in dir(cls) if manager.parse_hookimpl_opts(cls, name)]
    if hooks:
        yield f"Implements {_listed([markdown.code(hook) for hook in hooks])}."
    enabled = getattr(cls, "__dataclass_fields__", {}).get("enabled")
    yield "On by default." if enabled and enabled.default else "Off by default."


def _of_activation(cls: type[Activation]) -> Iterator[str]:
    suits = cls.initializer
    page = f"../{PARTS['init'][0].plural}/{suits}.md"
    yield f"The initial weights that suit it, with `model.init=auto`: {markdown.link(suits, page)}."


def _of_link(cls: type[Link]) -> Iterator[str]:
    if cls.probabilities:
        yield "Its outputs are probabilities."


ABOUT: Mapping[str, Callable[[Any], Iterator[str]]] = {
    "loss": _of_loss,
    "optim": _of_optimizer,
    "schedule": _of_schedule,
    "model": _of_model,
    "data": _of_dataset,
    "metric": _of_metric,
    "callbacks": _of_callback,
    "activation": _of_activation,
    "link": _of_link,
}


def _links(names: list[str], last: str = "and") -> str:
    folder = PARTS["link"][0].plural
    return _listed([markdown.link(name, f"../{folder}/{name}.md") for name in names], last)


def _listed(words: list[str], last: str = "and") -> str:
    return f" {last} ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _cut(words: list[str]) -> str:
    return ", ".join(words[:MANY]) + (f", ... ({len(words)} in all)" if len(words) > MANY else "")


def _shape(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape))
