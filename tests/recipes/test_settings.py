"""What the systems are made of: the settings that their tutorials state, in the composed configurations."""

from __future__ import annotations

from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from framework.conf import conf
from framework.registry import discover
from framework.settings import store

NIELSEN = {
    "model.hidden": [30],
    "model.activation": "sigmoid",
    "model.output": "sigmoid",
    "model.init": "nielsen_large",
    "train.epochs": 30,
    "train.batch_size": 10,
    "data.standardize": False,
}
SYSTEMS: dict[tuple[str, str], dict[str, Any]] = {  # by recipe and arm, "" for none
    ("nielsen_mnist", ""): {**NIELSEN, "loss.name": "mse", "optim.name": "sgd", "optim.lr": 3.0},
    ("nielsen_cross_entropy", "quadratic"): {**NIELSEN, "loss.name": "mse", "optim.lr": 3.0},
    ("nielsen_cross_entropy", "cross_entropy"): {**NIELSEN, "loss.name": "ce"},
    ("learning_slowdown", "quadratic_saturated"): {
        "loss.name": "mse",
        "model.weight": 2.0,
        "model.bias": 2.0,
        "optim.lr": 0.15,
        "train.epochs": 300,
    },
    ("learning_slowdown", "cross_entropy_near"): {
        "loss.name": "ce",
        "model.weight": 0.6,
        "model.bias": 0.9,
        "optim.lr": 0.15,
        "train.epochs": 300,
    },
    ("learning_slowdown_net", "quadratic"): {"model.output_bias": 4.0, "loss.name": "mse"},
    ("learning_slowdown_net", "cross_entropy"): {"model.output_bias": 4.0, "loss.name": "ce"},
    ("bp_xor", "squared_error"): {
        "model.hidden": [4],
        "model.activation": "sigmoid",
        "model.output": "sigmoid",
        "train.epochs": 10_000,
        "train.batch_size": "full",
        "optim.lr": 0.4,  # 0.1 on the sum over four rows
    },
    ("newton_linear", "decoupled"): {"data.name": "cubic", "data.seed": 2, "train.epochs": 50},
    ("five_clusters", "as_written"): {
        "model.hidden": [32],
        "model.activation": "relu",
        "model.bias": False,
        "loss.name": "ce",
    },
    ("five_clusters", "with_biases"): {"model.hidden": [32], "model.bias": True},
    ("lenet5_images", ""): {
        "model.name": "lenet5",
        "data.size": [227, 227],
        "data.val": 0.0,
        "data.test": 0.2,
        "train.batch_size": 128,
        "optim.name": "sgd",
        "optim.lr": 0.01,
        "loss.name": "ce",
    },
}


@pytest.mark.parametrize(("recipe", "arm"), SYSTEMS)
def test_it_is_the_system_that_it_says(
    recipe: str, arm: str, hydra_restore_singletons: None
) -> None:
    store(discover())
    with initialize_config_dir(str(conf()), version_base="1.3"):
        words = [f"+experiment={recipe}"]
        arms = compose("config", words).arms
        config = compose("config", [*words, *(arms[arm] if arm else [])])
    wanted = SYSTEMS[recipe, arm]
    assert {key: OmegaConf.select(config, key) for key in wanted} == wanted
