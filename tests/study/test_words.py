"""The words of a sweep: what is varied, what belongs to one option."""

from __future__ import annotations

import pytest

from framework.errors import ConfigError
from framework.registry import discover
from framework.study.words import combinations, option_of, parse, refuse_launchers, spelled

REGISTRY = discover()
CHOICES = {"loss": "ce", "optim": "sgd", "model": "mlp", "data": "digits"}


def made(*words: str) -> list[list[str]]:
    return list(combinations(parse(words), CHOICES, REGISTRY))


@pytest.mark.parametrize(
    "word, values",
    [
        ("loss=ce,mse", ["loss=ce", "loss=mse"]),
        ("seed=range(3)", ["seed=0", "seed=1", "seed=2"]),
        ("model.hidden=[8],[8,8]", ["model.hidden=[8]", "model.hidden=[8,8]"]),
        ("optim.lr=0.1", ["optim.lr=0.1"]),
        ("~arms.lm", ["~arms.lm"]),
        ("+experiment=iris_bp,rbf", ["+experiment=iris_bp", "+experiment=rbf"]),
    ],
)
def test_a_word_has_its_values(word: str, values: list[str]) -> None:
    assert spelled(parse([word])[0]) == values


def test_an_interval_is_for_other_sweepers() -> None:
    with pytest.raises(ConfigError, match=r"^optim.lr=interval\(0,1\): cannot be swept; list its"):
        spelled(parse(["optim.lr=interval(0,1)"])[0])


def test_all_values_of_all_words_are_combined() -> None:
    assert made("loss=ce,mse", "optim.lr=1", "optim=sgd,adam") == [
        [f"loss={loss}", "optim.lr=1", f"optim={optim}"]
        for loss in ("ce", "mse")
        for optim in ("sgd", "adam")
    ]


def test_a_word_of_one_option_reaches_that_option_alone() -> None:
    assert made("optim=sgd,newton", "optim.newton.damping=1,2", "optim.sgd.momentum=0.9") == [
        ["optim=sgd", "optim.momentum=0.9"],
        ["optim=newton", "optim.damping=1"],
        ["optim=newton", "optim.damping=2"],
    ]


def test_a_choice_that_no_word_makes_counts_too() -> None:
    assert made("optim.sgd.lr=1", "optim.adam.lr=2") == [["optim.lr=1"]]


@pytest.mark.parametrize(
    "word, option",
    [
        ("optim.newton.damping=1", ("optim", "newton")),
        ("schedule.warmup.warmup=3", ("schedule", "warmup")),  # a preset
        ("optim.lr=1", None),
        ("model.hidden=[1]", None),
        ("callbacks.target.value=1", None),
        ("train.epochs=1", None),
    ],
)
def test_options_are_told_from_fields(word: str, option: tuple[str, str] | None) -> None:
    assert option_of(parse([word])[0], REGISTRY) == option


@pytest.mark.parametrize("word", ["hydra/launcher=joblib", "hydra.mode=MULTIRUN"])
def test_launchers_are_refused(word: str) -> None:
    with pytest.raises(ConfigError, match=r"study\.workers=2"):
        refuse_launchers(parse([word]))
