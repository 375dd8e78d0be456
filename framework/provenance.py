"""What a run says about itself: params, tags, dataset and description, as they go into its folder."""

from __future__ import annotations

import getpass
import os
import platform
import subprocess
import sys
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from framework.experiment import Place, Run
from framework.first_run import core_source
from framework.pairing import hashes
from framework.settings import UNITS, flat, plain
from framework.tracking.folder import now

PACKAGES = ("experiment-framework", "numpy", "scipy", "pluggy", "hydra-core", "mlflow")
OF_STUDIES = ("study.", "tune.", "rerun")
LEFT_OUT = (
    "tracking.",
    "plugins.",
    "callbacks.",
    "study.",
    "tune.",
    "quiet",
    "rerun",
)  # they do not change what is measured


def describe_run(run: Run, uri: str, study: str | None, identity: str) -> dict[str, Any]:
    """The content of run.json."""
    place = run.place or Place("")
    return {
        "name": run.name,
        "label": place.label,
        "phase": place.phase,
        "figures": place.figures,
        "identity": identity,
        "start_time": now(),
        "params": params(run, study),
        "tags": {**tags(run, study), "identity": identity},
        "description": description(run),
        "dataset": dataset(run),
        "primary": run.primary,
        "tracking": {"uri": uri, "experiment": run.settings.tracking.experiment},
    }


def params(run: Run, study: str | None) -> dict[str, str]:
    """Flat: `loss`, `optim`, `model`, `data`, `seed`, `recipe`, `arm`, `study`, then every field."""
    result = {kind: component.name for kind, component in run.components.items()}
    result["seed"] = str(run.settings.seed)
    arm = run.place.arm if run.place else None
    marks = {"recipe": run.recipe, "arm": arm, "study": study}
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
    result["budget"] = budget(run)
    result["batch_size"] = "full" if run.batch_size is None else str(run.batch_size)
    return result


def budget(run: Run) -> str:
    """`30 epochs`, `68200 gradient_equivalents`: every bound on training, in the units of budget.unit."""
    bounds = {unit: getattr(run.settings.train, unit) for unit in UNITS}
    return ", ".join(f"{bound:.6g} {unit}" for unit, bound in bounds.items() if bound is not None)


def tags(run: Run, study: str | None) -> dict[str, str]:
    """Where the code came from and what it ran on."""
    result = {
        "mlflow.source.name": sys.argv[0],
        "mlflow.source.type": "LOCAL",
        "derivatives": run.derivatives,
        "check": run.check,
        "threads": str(run.settings.threads),
        "runs_at_once": str(run.place.workers if run.place else 1),
        "core.sha256": core_source()[:16],
        "data.digest": run.data.digest,
    }
    result |= {f"pairing.{what}": found for what, found in hashes(run).items()}
    rising = [name for name, metric in run.metrics.items() if metric.higher_is_better]
    result["higher_is_better"] = " ".join(rising)
    for kind, component in run.components.items():
        origin = component.origin
        result[f"plugin.{kind}"] = f"{component.name}: {origin}, sha256 {origin.sha256[:16]}"
    if study is not None:
        result["study"] = study
    return result | surroundings()


@cache
def surroundings() -> dict[str, str]:
    """Who runs it, on what machine, and the versions of what it stands on: the same for a whole command."""
    return {
        "mlflow.user": _user(),
        "platform": platform.platform(),
        "hardware": _hardware(),
        "version.python": platform.python_version(),
        **{f"version.{package}": metadata.version(package) for package in PACKAGES},
        **_git(),
    }


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
    defaults: dict[str, str] = _without_study(flat(schema(Settings)))
    for kind, component in run.components.items():
        defaults |= flat(schema(component.cls), f"{kind}.")
    for key, value in flat(run.config).items():
        if key in defaults and defaults[key] != value:
            words.append(f"'{key}={value}'" if set(value) & set("[]{}, $") else f"{key}={value}")
    return " ".join(["python run.py", *words])


def _without_study(fields: dict[str, str]) -> dict[str, str]:
    """Those of one run: what makes it one of many is left out."""
    return {key: value for key, value in fields.items() if not key.startswith(OF_STUDIES)}


def text_of(config: Any) -> str:
    """The resolved configuration as YAML."""
    return yaml.dump(plain(config), Dumper=_dumper(), sort_keys=False, allow_unicode=True)


@cache
def _dumper() -> Any:
    """YAML's fast dumper, with quotes around words that OmegaConf would read as numbers."""

    class Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
        pass

    def word(dumper: Any, text: str) -> Any:
        style = "'" if _is_number(text) else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)

    Dumper.add_representer(str, word)
    return Dumper


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def _hardware() -> str:
    """`AMD EPYC 7B13, 2 cores`."""
    try:
        told = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:  # not Linux
        told = ""
    names = [line.partition(":")[2] for line in told.splitlines() if line.startswith("model name")]
    name = " ".join("".join(names[:1]).split()) or platform.processor() or platform.machine()
    return f"{name}, {os.cpu_count()} cores"


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
