"""A loss and its derivative against the logit or the output, for a few targets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from framework.catalogue import Entry
from framework.documentation.facts import at_home, example, heads
from framework.documentation.figures.style import Drawing, curves, frame, panels
from framework.errors import FrameworkError
from framework.heads import Head
from framework.params import Array

if TYPE_CHECKING:
    from matplotlib.figure import Figure

REACH = np.linspace(-4, 4, 401)
VALUES = (
    (-1.0, 0.0, 2.0),
    (0.0, 1.0, 3.0),
    (0.5, 1.0, 3.0),
    (0.0, 1.0),
)  # targets, until some are taken
SECOND = (-1.0, 0.0, 1.0)  # second logits, where a target has two, such as a mean and a variance
CLASSES = 3
HIGHEST = 8.0
Curves = list[tuple[str, Array, Array]]  # label, value, slope


def plan(entry: Entry) -> Drawing | None:
    """The loss behind the links where it is at home: its own heads, else the identity, else any."""
    loss = example(entry.subject)
    if loss is None or not loss.needs_targets:
        return None
    behind, own = heads(loss), at_home(loss)
    homes = own or list(behind)
    homes = ["identity"] if "identity" in homes else homes[: 2 if own else 1]
    shown = {name: found for name in homes if (found := _curves(behind[name], name))}
    if not shown:
        return None
    links = " and ".join(shown)
    caption = f"Left the loss of one sample, right its derivative, behind the output link {links}."
    return Drawing(caption, lambda: _draw(entry.name, shown))


def _curves(head: Head, link: str) -> Curves:
    """Value and slope along the first logit, for targets that the loss takes."""
    try:
        with np.errstate(all="ignore"):
            return _of_classes(head) if link == "softmax" else _of_one(head)
    except (FrameworkError, ValueError, IndexError):
        return []


def _of_classes(head: Head) -> Curves:
    """Against the logit of class 0 of three, the others at 0."""
    result = []
    for target, label in ((0, "the right class's logit"), (1, "a wrong class's logit")):
        y = head.loss.prepare(np.full(len(REACH), target), CLASSES)
        result.append((label, *_along_first(head, y, CLASSES, 0.0)))
    return result


def _of_one(head: Head) -> Curves:
    """Against the first logit: for values of the second if there is one, for targets, or for two classes."""
    if head.loss.outputs(1) == 2:
        return [(f"second logit {w:g}", *_at(head, np.float64(0), w)) for w in SECOND]
    for values in VALUES if not head.link.probabilities else ():
        try:
            found = [(f"target {v:g}", *_at(head, np.float64(v))) for v in values]
        except FrameworkError:
            continue
        if all(np.isfinite(value).all() for _, value, _ in found):
            return found
    return [(f"class {label}", *_at(head, np.int64(label))) for label in (0, 1)]


def _at(head: Head, target: Any, rest: float = 0.0) -> tuple[Array, Array]:
    return _along_first(head, head.loss.prepare(np.full(len(REACH), target), 1), 1, rest)


def _along_first(head: Head, y: Array, predictions: int, rest: float) -> tuple[Array, Array]:
    """Value and slope along the first logit, the others being `rest`."""
    z = np.full((len(REACH), head.loss.outputs(predictions)), rest)
    z[:, 0] = REACH
    return head.value(z, y), head.grad(z, y)[:, 0]


def _draw(name: str, shown: dict[str, Curves]) -> Figure:
    figure, axes = panels(len(shown), 2, f"loss={name}")
    for (left, right), (link, found) in zip(axes, shown.items(), strict=True):
        curves(left, REACH, [(label, value) for label, value, _ in found])
        curves(right, REACH, [(label, slope) for label, _, slope in found])
        frame(left, *(value for _, value, _ in found), largest=HIGHEST)
        frame(right, *(slope for _, _, slope in found), largest=HIGHEST)
        across = "output p = z" if link == "identity" else "logit z"
        left.set(xlabel=across, ylabel="loss", title=f"output link {link}")
        right.set(xlabel=across, ylabel="d loss / dz")
        left.title.set_fontsize("small")
    return figure
