"""What a run says about itself: params, tags, dataset and description, as they go into its folder."""

from __future__ import annotations

import getpass
import platform
import subprocess
import sys
from functools import cache
from importlib import metadata
from typing import Any

from framework.experiment import Run
from framework.settings import flat, plain
from framework.tracking.folder import now

LEFT_OUT = ("tracking.", "plugins.", "callbacks.", "quiet")  # they do not change what is measured


def describe_run(run: Run, uri: str, study: str | None) -> dict[str, Any]:
    """The content of run.json."""
    return {
        "name": run.name,
        "label": run.label,
        "start_time": now(),
        "params": params(run, study),
        "tags": tags(run, study),
        "description": description(run),
        "dataset": dataset(run),
        "primary": run.primary,
        "tracking": {"uri": uri, "experiment": run.settings.tracking.experiment},
    }


def params(run: Run, study: str | None) -> dict[str, str]:
    """Flat: `loss`, `optim`, `model`, `data`, `seed`, `recipe`, `arm`, `study`, then every field."""
    result = {kind: component.name for kind, component in run.components.items()}
    result["seed"] = str(run.settings.seed)
    marks = {"recipe": run.recipe, "arm": run.arm, "study": study}
    result |= {key: value for key, value in marks.items() if value is not None}
    fields = flat(run.config)
    names = {f"{kind}.name" for kind in run.components}
    result |= {
        key: value
        for key, value in fields.items()
        if key not in names and not key.startswith(LEFT_OUT) and key not in result
    }
    result["parameters"] = str(run.network.layout.size)
    result["link"] = run.head.link.name
    return result


def tags(run: Run, study: str | None) -> dict[str, str]:
    """Where the code came from and what it ran on."""
    result = {
        "mlflow.user": _user(),
        "mlflow.source.name": sys.argv[0],
        "mlflow.source.type": "LOCAL",
        "derivatives": run.derivatives,
        "check": run.check,
        "threads": str(run.settings.threads),
        "data.digest": run.data.digest,
        "version.python": platform.python_version(),
        "platform": platform.platform(),
    }
    for package in ("experiment-framework", "numpy", "pluggy", "hydra-core", "mlflow"):
        result[f"version.{package}"] = metadata.version(package)
    for kind, component in run.components.items():
        origin = component.origin
        result[f"plugin.{kind}"] = f"{component.name}: {origin}, sha256 {origin.sha256[:16]}"
    if study is not None:
        result["study"] = study
    return result | _git()


def dataset(run: Run) -> dict[str, Any]:
    """The dataset as MLflow shows it: name, digest, shapes, names."""
    data = run.data
    return {
        "name": run.components["data"].name,
        "digest": data.digest,
        "source": data.table.source or run.components["data"].name,
        "splits": {name: len(split.x) for name, split in data.splits.items()},
        "features": list(data.table.features),
        "classes": list(data.task.classes),
        "kind": data.task.kind,
        "inputs": list(data.task.inputs),
    }


def description(run: Run) -> str:
    """A few lines of Markdown for the run's page."""
    lines = [
        f"**{run.name}**: {component_line(run, 'loss')} minimised by {component_line(run, 'optim')}.",
        "",
    ]
    lines += [f"- {kind}: {component_line(run, kind)}" for kind in ("model", "data")]
    rows = ", ".join(f"{len(split.x):,} {name}" for name, split in run.data.splits.items())
    lines += [f"- rows: {rows}", f"- second derivatives: {run.derivatives}"]
    lines += ["", "Reproduce it:", "", f"    {reproduce(run)}"]
    return "\n".join(lines)


def component_line(run: Run, kind: str) -> str:
    """`sgd (lr=0.1, momentum=0)`."""
    fields = {k: v for k, v in flat(run.config[kind]).items() if k != "name"}
    inside = ", ".join(f"{key}={value}" for key, value in fields.items())
    name = run.components[kind].name
    return f"{name} ({inside})" if inside else name


def reproduce(run: Run) -> str:
    """A command line that gives this run again: the choices and every field that is not a default."""
    from framework.settings import Settings, schema

    words = [f"{kind}={component.name}" for kind, component in run.components.items()]
    defaults: dict[str, str] = flat(schema(Settings))
    for kind, component in run.components.items():
        defaults |= flat(schema(component.cls), f"{kind}.")
    for key, value in flat(run.config).items():
        if key in defaults and defaults[key] != value:
            words.append(f"'{key}={value}'" if set(value) & set("[]{}, $") else f"{key}={value}")
    return " ".join(["python run.py", *words])


def text_of(config: Any) -> str:
    """The resolved configuration as YAML."""
    from omegaconf import OmegaConf

    return OmegaConf.to_yaml(OmegaConf.create(plain(config)))


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


@cache
def _git() -> dict[str, str]:
    """Commit of the working directory, and whether it had changes; nothing outside a repository."""
    commit = _output("git", "rev-parse", "HEAD")
    if not commit:
        return {}
    dirty = _output("git", "status", "--porcelain", "--untracked-files=no")
    return {"mlflow.source.git.commit": commit, "git.dirty": str(bool(dirty)).lower()}


def _output(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
