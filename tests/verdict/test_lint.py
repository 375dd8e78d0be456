"""Differences that no declared factor explains, each with its way out."""

from __future__ import annotations

import pytest

from framework.verdict.lint import environment, lint
from framework.verdict.outcome import by_arm
from tests.verdict.made import failed, run, runs

TWO = [0.9, 0.91]


def told(*arms, factors=("loss",), title="", changes=None):
    """Lint of arms a, b, ...: each keyword arguments of its runs."""
    made = [
        each for name, kinds in zip("abc", arms, strict=False) for each in runs(name, TWO, **kinds)
    ]
    return lint(by_arm(made), factors, title)


def test_arms_that_differ_by_nothing_are_left_alone():
    assert told({}, {}) == ()


@pytest.mark.parametrize(
    ("params", "factors", "line"),
    [
        (
            {"batch_size": "full"},
            ("optim",),
            "batch_size differs: 32 (a), full (b); train.batch_size=32 gives all arms the same",
        ),
        (
            {"link": "sigmoid"},
            ("loss",),
            "link differs: softmax (a), sigmoid (b); model.output=softmax",
        ),
        (
            {"parameters": "9"},
            ("loss",),
            "the number of parameters differs: 2410 (a), 9 (b); models of one size",
        ),
        (
            {"train.epochs": "3"},
            ("loss",),
            "train.epochs differs: - (a), 3 (b); train.epochs=3 gives all arms the same, or declare it",
        ),
        (
            {"data": "moons", "data.noise": "1"},
            (),
            "data differs: digits (a), moons (b); data=digits gives",
        ),
    ],
)
def test_params_that_no_factor_explains_are_named_once(params, factors, line):
    (found,) = told({}, {"params": params}, factors=factors)
    assert found.startswith(line)


@pytest.mark.parametrize(
    ("params", "factors"),
    [
        ({"optim": "adam", "optim.beta": "0.9"}, ("optim", "optim.lr")),
        ({"batch_size": "64", "train.batch_size": "64"}, ("train.batch_size",)),
        ({"parameters": "9", "model.hidden": "[3]"}, ("model.hidden",)),
        ({"model": "linear", "parameters": "9", "model.bias": "true"}, ("model",)),
        ({"link": "sigmoid", "model.output": "sigmoid"}, ("model.output",)),
        ({"arm": "b", "study": "x"}, ()),
    ],
)
def test_factors_explain_themselves_and_what_is_below_them(params, factors):
    assert told({}, {"params": params}, factors=factors) == ()


def test_a_factor_explains_no_name_that_only_begins_like_it():
    (found,) = told({}, {"params": {"optimism": "1"}}, factors=("optim",))
    assert found.startswith("optimism differs")


def test_what_varies_within_an_arm_is_named():
    made = [run("a", 0), run("a", 1, params={"optim.lr": "0.3"}), *runs("b", TWO)]
    (found,) = lint(by_arm(made), ("loss",))
    assert found.startswith("optim.lr differs within a: 0.1 | 0.3 (a), 0.1 (b); optim.lr=0.1 gives")


def test_seeds_that_differ():
    made = [run("a", seed) for seed in range(5)] + [run("b", seed) for seed in (0, 1, 7)]
    (found,) = lint(by_arm(made), ())
    assert found == (
        "the seeds differ: seeds 0-4 (a), seeds 0, 1 and 7 (b); "
        "only shared ones can be paired, so run the missing ones"
    )
    assert lint(by_arm([run("a", 0), run("a", 1), run("b", 0), failed("b", 1)]), ()) == ()


@pytest.mark.parametrize(
    ("tag", "value", "line"),
    [
        ("threads", "2", "threads differs: 1 (a), 2 (b); threads=1 in all runs removes it"),
        (
            "version.numpy",
            "2.5",
            "version.numpy differs: 2.4 (a), 2.5 (b); run all arms with one version",
        ),
        ("data.digest", "e", "data.digest differs: d (a), e (b); the data are not the same"),
        (
            "mlflow.source.git.commit",
            "abc",
            "git.commit differs: - (a), abc (b); run all arms",
        ),
    ],
)
def test_tags_that_differ(tag, value, line):
    (found,) = told({}, {"tags": {tag: value}})
    assert found.startswith(line)


def test_one_plugin_with_two_sources():
    def source(name, digest):
        return {"tags": {"plugin.loss": f"{name}: built-in 0.1 (x.py), sha256 {digest}"}}

    assert told(source("ce", "11"), source("mse", "22")) == ()
    (found,) = told(source("ce", "11"), source("ce", "22"))
    assert (
        found
        == "the source of loss=ce differs between runs: 11, 22; run all arms with one version of it"
    )


def test_rates_that_nobody_tuned():
    assert told({}, {"loss": "mse"}) == (
        "both are at optim.lr=0.1, which was chosen for neither; tune=equal compares each at its best",
    )
    three = told({}, {"loss": "mse"}, {"loss": "huber"})
    assert three[0].startswith("all are at optim.lr=0.1, which was chosen for none of them")
    adam = {"params": {"optim": "adam", "optim.lr": "0.001"}}
    (found,) = told({}, adam, factors=("optim",))
    assert found.startswith("optim.lr is 0.1 (a), 0.001 (b), tuned for no arm; tune=equal")
    assert (
        told({}, {"loss": "mse"}, title="as given") == ()
    )  # the tuned comparison stands beside it
    assert told({}, {"loss": "mse"}, factors=("loss", "optim.lr")) == ()


def test_runs_that_ended_of_themselves():
    ended = {"tags": {"stopped": "the optimizer has converged"}}
    (found,) = told({}, ended)
    assert found == (
        "runs ended differently: the budget of 10 epochs is spent (a), the optimizer has converged (b); "
        "their costs are not the same budget"
    )
    assert told(ended, ended) == ()


def test_an_environment_is_told_where_it_is_one():
    made = [*runs("a", TWO), *runs("b", TWO, tags={"threads": "2"})]
    assert environment(made) == {"platform": "Linux", "threads": "mixed", "version.numpy": "2.4"}


@pytest.mark.parametrize(
    ("budget", "line"),
    [
        ("10000 samples", None),
        ("9950 samples", None),
        (
            "5 epochs, 8000 samples",
            "b spent 10,000 of 8,000 samples (25% more than its budget): its last step took more",
        ),
        (
            "10000 gradient_equivalents",
            "b spent 20,000 of 10,000 gradient-equivalents (100% more than its budget): its last",
        ),
    ],
)
def test_an_arm_that_spent_more_than_its_budget_is_named(budget, line):
    found = [each for each in told({}, {"params": {"budget": budget}}) if "spent" in each]
    assert [each[: len(line or "")] for each in found] == ([line] if line else [])


def test_threads_that_are_a_tag_and_a_param_are_named_once():
    two = {"tags": {"threads": "2"}, "params": {"threads": "2"}}
    (found,) = told({"params": {"threads": "1"}}, two)
    assert found.startswith("threads differs")
