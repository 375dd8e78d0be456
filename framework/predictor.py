"""A trained model on its own: raw inputs in, predictions out; saved without pickle."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from shutil import copyfile
from typing import Any

import numpy as np

from framework import settings
from framework.chunks import linearize
from framework.data import Standardizer
from framework.interfaces import Network
from framework.links import LINKS, Link
from framework.params import Array
from framework.registry import Component, known_plugins
from framework.tasks import Task

CONFIG, ARRAYS, PLUGIN = "model.json", "parameters.npz", "plugin.py"
CONSTANT = "constant."  # before the names of a network's constants, among the arrays


@dataclass
class Predictor:
    """network, theta and link, behind the standardisation that was fitted on the training rows.

    logits: how many the network puts out, if there are more than predictions; those come first.
    """

    network: Network
    theta: Array
    link: Link
    task: Task
    standardizer: Standardizer
    logits: int | None = None

    @property
    def predictions(self) -> int:
        return self.task.outputs(self.link)

    def outputs(self, x: Array) -> Array:
        """The link's outputs, (N, K), for raw inputs x, (N, *inputs)."""
        rows = np.ascontiguousarray(self.standardizer(np.asarray(x, float)), self.theta.dtype)
        return self.link(linearize(self.network, self.theta, rows).z[:, : self.predictions])

    def labels(self, x: Array) -> Array:
        """Class names for classification; values, (N,) or (N, targets), for regression."""
        p = self.outputs(x)
        if not self.task.classification:
            return p[:, 0] if p.shape[1] == 1 else p
        return np.asarray(self.task.classes)[self.task.labels(p)]

    def save(self, folder: Path, model: Component, fields: dict[str, Any]) -> None:
        """Write `model.json` and `parameters.npz`; a model plugin of the user's own goes with them."""
        folder.mkdir(parents=True, exist_ok=True)
        arrays = {
            "theta": self.theta,
            "mean": self.standardizer.mean,
            "scale": self.standardizer.scale,
            **{CONSTANT + name: value for name, value in self.network.constants.items()},
        }
        with (folder / ARRAYS).open("wb") as file:
            np.savez(file, allow_pickle=False, **arrays)
        description = {
            "model": model.name,
            "fields": fields,
            "link": self.link.name,
            "logits": self.logits or self.predictions,
            "task": asdict(self.task),
        }
        (folder / CONFIG).write_text(json.dumps(description, indent=2))
        if model.origin.found == "local":
            copyfile(model.origin.path, folder / PLUGIN)

    @classmethod
    def load(cls, folder: Path) -> Predictor:
        """Read what `save` wrote; the model comes from the registry, by name."""
        description = json.loads((folder / CONFIG).read_text())
        link, fields = LINKS[description["link"]], description["task"]
        inputs, classes = tuple(fields.pop("inputs")), tuple(fields.pop("classes"))
        task = Task(inputs=inputs, classes=classes, **fields)
        registry = known_plugins()
        if (folder / PLUGIN).exists() and description["model"] not in registry.names("model"):
            registry = known_plugins([str(folder / PLUGIN)])
        found = registry.get("model", description["model"])
        model = settings.build(found.cls, description["fields"], "model")
        with np.load(folder / ARRAYS, allow_pickle=False) as arrays:
            standardizer = Standardizer(arrays["mean"], arrays["scale"])
            theta = arrays["theta"]
            constants = {
                name.removeprefix(CONSTANT): arrays[name]
                for name in arrays.files
                if name.startswith(CONSTANT)
            }
        network = model.build(task.inputs, description["logits"])
        if constants:
            network.constants = constants
        return cls(network, theta, link, task, standardizer, description["logits"])
