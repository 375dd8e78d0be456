"""model.output=auto takes the link that a loss is made for."""

from __future__ import annotations

import numpy as np
import pytest

from framework.interfaces import Loss
from framework.links import LINKS
from framework.registry import discover
from framework.tasks import NATURAL_LINK, Task

TASKS = {
    "binary": Task("binary", (4,), ("no", "yes")),
    "multiclass": Task("multiclass", (4,), ("a", "b", "c")),
    "regression": Task("regression", (4,), targets=2),
}


@pytest.mark.parametrize("loss", discover().of_kind("loss"), ids=lambda c: c.name)
def test_it_names_tasks_and_links_that_there_are_and_accepts_them(loss):
    assert loss.cls.natural_link.keys() <= NATURAL_LINK.keys()
    for name in loss.cls.natural_link.values():
        assert loss.cls().head(LINKS[name]).link is LINKS[name]


@pytest.mark.parametrize("kind", TASKS)
def test_it_goes_before_the_tasks_own_and_after_the_users(kind):
    natural = {"binary": "tanh", "multiclass": "tanh"}
    auto = TASKS[kind].link("auto", natural)
    assert auto is LINKS["identity" if kind == "regression" else "tanh"]
    assert TASKS[kind].link("exp", natural) is LINKS["exp"]
    assert TASKS[kind].link("auto", Loss.natural_link) is LINKS[NATURAL_LINK[kind]]


def counts(folder):
    """A file of 60 counts that two numbers tell something about."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 2))
    y = rng.poisson(np.exp(1 + x[:, 0]))
    lines = [f"{a:.4f},{b:.4f},{n}" for (a, b), n in zip(x, y, strict=True)]
    (folder / "counts.csv").write_text("\n".join(["a,b,n", *lines]))
    return ["data=csv", "data.path=counts.csv", "data.task=regression"]


@pytest.mark.parametrize(
    ("loss", "data", "link"),
    [
        ("hinge", ["data=iris"], "identity"),
        ("squared_hinge", ["data=breast_cancer"], "identity"),
        ("poisson", [], "exp"),
        ("focal", ["data=breast_cancer"], "sigmoid"),
        ("huber", ["data=diabetes"], "identity"),
    ],
)
def test_a_loss_by_its_name_alone_runs(command, workplace, loss, data, link):
    done = command(f"loss={loss}", *(data or counts(workplace)), "train.epochs=1")
    assert (done.status, done.err) == (0, "")
    assert f"{link} output" in done.out
