"""From dataclasses to configuration and back.

A component's fields are its configuration: `schema` turns its class into a node of Hydra's ConfigStore,
`build` turns a composed node back into an instance, with types and ranges checked. Nothing named in a
configuration file is ever imported or called: components are made from the registry by name.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from omegaconf import OmegaConf, ValidationError
from omegaconf.errors import ConfigKeyError, OmegaConfBaseException

from framework.averaging import KINDS as AVERAGES
from framework.errors import ConfigError, FieldError, one_of, require, spell, unknown
from framework.registry import Registry

CHOICES = ("loss", "optim", "model", "data", "schedule")  # one component each; a group in Hydra
ALL = {"metric": "metric", "callbacks": "callbacks"}  # every component, by name
ARMS = "arms"  # runs side by side: name -> words
UNITS = ("epochs", "samples", "gradient_equivalents", "seconds")  # of a budget
STORES = ("sqlite", "http", "https", "postgresql", "mysql", "mssql", "databricks")  # MLflow's


@dataclass
class Train:
    """How long and in which portions; the first bound reached ends the run.

    eval_rows: training rows that evaluations measure at most, the first of the split; null: all of them.
    Validation and test rows are always measured all. average: "polyak" or "exponential" (with average_decay)
    evaluates and saves the average of the iterates since average_start epochs, instead of the last one.
    """

    epochs: int | None = 30
    samples: float | None = None  # a float, so that 1e5 is one
    gradient_equivalents: float | None = None
    seconds: float | None = None
    batch_size: int | str = "auto"
    eval_every: int = 1
    eval_rows: int | None = 10_000
    average: str = "none"
    average_decay: float = 0.999
    average_start: float = 0.0

    def __post_init__(self) -> None:
        for name in ("epochs", "samples", "gradient_equivalents", "seconds"):
            value = getattr(self, name)
            require(self, name, value is None or value > 0, "a budget is > 0, or null for none")
        bounded = any((self.epochs, self.samples, self.gradient_equivalents, self.seconds))
        require(self, "epochs", bounded, "set train.epochs or another budget, or a run never ends")
        size = self.batch_size
        fits = size > 0 if isinstance(size, int) else size in ("auto", "full")
        require(self, "batch_size", fits, "a number of samples > 0, 'full', or 'auto'")
        require(self, "eval_every", self.eval_every > 0, "a number of epochs is > 0")
        rows = self.eval_rows
        require(
            self, "eval_rows", rows is None or rows > 0, "a number of rows > 0, or null for all"
        )
        one_of(self, "average", AVERAGES)
        require(self, "average_decay", 0 <= self.average_decay < 1, "a decay is in 0 <= d < 1")
        fits = 0 <= self.average_start < math.inf
        require(self, "average_start", fits, "a number of epochs is >= 0")


@dataclass
class Regularization:
    """What the objective adds to the mean loss: (l2/2) ‖weights‖² + l1 ‖weights‖₁, biases free."""

    l2: float = 0.0
    l1: float = 0.0

    def __post_init__(self) -> None:
        for name in ("l2", "l1"):
            fits = 0 <= getattr(self, name) < float("inf")
            require(self, name, fits, "a regularisation strength is >= 0")


@dataclass
class Metrics:
    """The metrics of a run by the kind of its task, the primary one first."""

    classification: list[str] = field(default_factory=lambda: ["accuracy", "log_loss"])
    regression: list[str] = field(default_factory=lambda: ["r2", "rmse"])


@dataclass
class Plugins:
    """Where plugins of one's own are: Python files, or folders of them.

    unchecked: run plugins even though the checks before a first run were not made, or failed.
    """

    paths: list[str] = field(default_factory=list)
    unchecked: bool = False


@dataclass
class Tracking:
    """MLflow. uri: null takes MLFLOW_TRACKING_URI, else sqlite:///mlflow.db in the working directory.

    wait: whether the command waits until MLflow has everything; "auto" does, unless it runs in a terminal.
    """

    enabled: bool = True
    uri: str | None = None
    experiment: str = "training-choices"
    wait: bool | str = "auto"
    folder: str = "runs"

    def __post_init__(self) -> None:
        fits = isinstance(self.wait, bool) or self.wait == "auto"
        require(self, "wait", fits, "expected true, false or auto")
        scheme = (self.uri or "sqlite:").partition(":")[0].partition("+")[0]
        rule = f"an MLflow store is one of {', '.join(STORES)}; try sqlite:///mlflow.db"
        require(self, "uri", scheme in STORES, rule)
        require(self, "experiment", bool(self.experiment.strip()), "an experiment needs a name")


@dataclass
class Budgeted:
    """What all runs of a comparison may spend alike.

    unit: epochs, samples, gradient_equivalents or seconds of training. amount: so many of them; null takes
    train.epochs, or what so many epochs of plain gradients cost: a gradient-equivalent is the gradient of one
    sample. Seconds need an amount. In a unit other than epochs, train.epochs itself ends no run.
    """

    unit: str = "epochs"
    amount: float | None = None

    def __post_init__(self) -> None:
        one_of(self, "unit", UNITS)
        require(self, "amount", self.amount is None or self.amount > 0, "a budget is > 0, or null")
        given = self.unit != "seconds" or self.amount is not None
        require(self, "unit", given, "set budget.amount, the seconds of training that each run has")
        whole = self.unit != "epochs" or self.amount is None or self.amount == int(self.amount)
        require(self, "amount", whole, "epochs are whole ones")

    def of(self, train: Train, rows: int) -> Train:
        """The bounds of a run on so many training rows."""
        if self.unit == "epochs":
            return train if self.amount is None else replace(train, epochs=int(self.amount))
        if self.amount is None and train.epochs is None:
            rule = "train.epochs=null says nothing of how long; set budget.amount"
            raise ConfigError(f"budget.unit={self.unit}: {rule}")
        changes: dict[str, Any] = {"epochs": None, self.unit: self.amount}
        if self.amount is None:
            changes[self.unit] = float(rows * (train.epochs or 0))
        return replace(train, **changes)


@dataclass
class Study:
    """A sweep, or runs of several seeds: how they are run, and what the verdict is about.

    seeds: so many, from `seed` on, where no seeds are swept. workers: processes at once, one for each run;
    0 runs them one after another in this process; auto takes the cores for a sweep, one where the budget is
    in seconds, and 0 for the arms of a recipe. timeout: seconds that a run may take in a process of its
    own. plan: show what would be run. metric: what the verdict is about, as test/accuracy; null takes the
    primary one on test data. target: a value of target_metric to be reached, null chooses one that the runs
    allow. target_metric: null takes the primary one.
    """

    seeds: int | None = None
    workers: int | str = "auto"
    timeout: float | None = None
    plan: bool = False
    metric: str | None = None
    target: float | None = None
    target_metric: str | None = None

    def __post_init__(self) -> None:
        require(self, "seeds", self.seeds is None or self.seeds > 0, "a number of seeds is > 0")
        fits = self.workers >= 0 if isinstance(self.workers, int) else self.workers == "auto"
        require(self, "workers", fits, "a number of processes >= 0, or auto")
        fits = self.timeout is None or self.timeout > 0
        require(self, "timeout", fits, "seconds are > 0, or null for no end")


@dataclass
class Tune:
    """The same number of trials for every arm, on validation data, with seeds that no final run has.

    method: "equal" or "none". trials: values of the field that are tried for each arm. seeds: runs of each
    value. fields: what is searched, of each arm the first that it has. range: [low, high] for all arms;
    null takes an arm's own, around its default. metric: what is searched for, null takes the primary one.
    """

    method: str = "none"
    trials: int = 16
    seeds: int = 2
    fields: list[str] = field(default_factory=lambda: ["optim.lr"])
    range: list[float] | None = None
    metric: str | None = None

    def __post_init__(self) -> None:
        one_of(self, "method", ["none", "equal"])
        for name in ("trials", "seeds"):
            require(self, name, getattr(self, name) > 0, f"a number of {name} is > 0")
        fits = self.range is None or (len(self.range) == 2 and 0 < self.range[0] < self.range[1])
        require(self, "range", fits, "a range is [low,high] with 0 < low < high, or null")
        require(self, "fields", bool(self.fields), "name a field, as in [optim.lr]")


@dataclass
class Settings:
    """Everything about a run that is not a component."""

    seed: int = 0
    dtype: str = "float64"
    threads: int = 1
    quiet: bool = False
    rerun: bool = False
    train: Train = field(default_factory=Train)
    budget: Budgeted = field(default_factory=Budgeted)
    objective: Regularization = field(default_factory=Regularization)
    metrics: Metrics = field(default_factory=Metrics)
    plugins: Plugins = field(default_factory=Plugins)
    tracking: Tracking = field(default_factory=Tracking)
    study: Study = field(default_factory=Study)
    tune: Tune = field(default_factory=Tune)

    def __post_init__(self) -> None:
        require(self, "seed", 0 <= self.seed < 2**63, "a seed is a whole number >= 0")
        one_of(self, "dtype", ["float32", "float64"])
        require(self, "threads", self.threads > 0, "a number of threads is > 0")


def schema(cls: type) -> dict[str, Any]:
    """The fields of a dataclass with their defaults, as plain data."""
    return plain(_structured(cls))


def store(registry: Registry) -> None:
    """Put every component and the settings into Hydra's ConfigStore; those that cannot be are refused."""
    from hydra.core.config_store import ConfigStore

    configs = ConfigStore.instance()
    everything: dict[str, Any] = {kind: {} for kind in ALL}
    for (kind, name), component in sorted(registry.components.items()):
        try:
            node = {"name": name, **schema(component.cls)}
        except OmegaConfBaseException as error:
            del registry.components[kind, name]
            cause = f"'{name}' has a field that is no configuration: {str(error).splitlines()[0]}"
            registry.refuse(component.origin.path, cause)
            continue
        if kind in ALL:
            everything[kind][name] = {k: v for k, v in node.items() if k != "name"}
        else:
            configs.store(name=name, group=kind, node=node, provider=component.origin.found)
    configs.store(
        name="settings", node={**schema(Settings), **everything, ARMS: {}}, provider=__name__
    )


def build(cls: type, node: Any, key: str) -> Any:
    """An instance of a dataclass from a composed node; errors are told under `key`."""
    values = plain(node)
    missing = [k for k, v in values.items() if v == "???"]
    if missing:
        raise ConfigError(
            f"{_join(key, missing[0])}: this field is required; set {_join(key, missing[0])}=..."
        )
    try:
        return _make(cls, values, key)
    except ConfigKeyError as error:
        raise ConfigError(_unknown_field(cls, values, key, error)) from None
    except ValidationError as error:
        raise ConfigError(_wrong_type(values, key, error)) from None


def component(registry: Registry, kind: str, node: Any) -> Any:
    """The component that a composed node of a group describes."""
    values = plain(node)
    if "name" not in values:
        raise ConfigError(f"{kind}: its configuration names no component; extend one by 'defaults'")
    name = str(values.pop("name"))
    return build(registry.get(kind, name).cls, values, kind)


def settings(node: Any) -> Settings:
    """The settings of a composed configuration; a key that nobody reads is an error."""
    values, own = plain(node), _fields(Settings)
    known = [*own, *CHOICES, *ALL, ARMS]
    for key in values.keys() - set(known):
        raise ConfigError(f"{key}={spell(values[key])}: {unknown('key', key, known)}")
    result: Settings = build(Settings, {k: v for k, v in values.items() if k in own}, "")
    return result


def flat(node: Any, prefix: str = "") -> dict[str, str]:
    """Nested values as `a.b.c` → text, as they would be typed on the command line."""
    result: dict[str, str] = {}
    for key, value in plain(node).items():
        if isinstance(value, dict):
            result |= flat(value, f"{prefix}{key}.")
        else:
            result[f"{prefix}{key}"] = spell(value)
    return result


def _make(cls: type, values: dict[str, Any], key: str) -> Any:
    """Merge, convert to objects; nested dataclasses one by one, so that errors carry their own key."""
    nested = {}
    for name, kind in _fields(cls).items():
        if dataclasses.is_dataclass(kind) and name in values:
            if not isinstance(values[name], dict):
                rule = f"{name} has fields; set one of them, {_join(key, name)}.<field>=..."
                raise ConfigError(f"{_join(key, name)}={spell(values[name])}: {rule}")
            nested[name] = build(kind, values[name], _join(key, name))  # type: ignore[arg-type]
    rest = {name: value for name, value in values.items() if name not in nested}
    merged: Any = OmegaConf.merge(_structured(cls), rest)
    typed = {name: merged[name] for name in _fields(cls) if name not in nested}
    typed = {n: OmegaConf.to_object(v) if OmegaConf.is_config(v) else v for n, v in typed.items()}
    try:
        return cls(**typed, **nested)
    except FieldError as error:
        raise (error.under(key) if key else error) from None


@cache
def _structured(cls: type) -> Any:
    """Made once, for it takes a millisecond; what is merged into it leaves it as it is."""
    return OmegaConf.structured(cls)


@cache
def _fields(cls: type) -> dict[str, Any]:
    """Configurable fields with their types."""
    import typing

    hints = typing.get_type_hints(cls)
    return {
        f.name: hints[f.name]
        for f in dataclasses.fields(cls)
        if f.init and not f.metadata.get("omegaconf_ignore")
    }


def plain(node: Any) -> dict[str, Any]:
    """A node, composed or not, as a dictionary of plain data."""
    values = OmegaConf.to_container(node, resolve=True) if OmegaConf.is_config(node) else dict(node)
    return {str(key): value for key, value in values.items()}  # type: ignore[union-attr]


def _join(prefix: str, name: str) -> str:
    return f"{prefix}.{name}" if prefix else name


def _unknown_field(cls: type, values: dict[str, Any], key: str, error: ConfigKeyError) -> str:
    name = str(error.full_key or error.key)
    value = spell(values.get(name))
    return f"{_join(key, name)}={value}: {unknown('field', name, _fields(cls))}"


def _wrong_type(values: dict[str, Any], key: str, error: ValidationError) -> str:
    name = str(error.full_key or error.key).partition("[")[0]
    value: Any = values.get(name)
    return f"{_join(key, name)}={spell(value)}: {wanted(error)}"


def wanted(error: OmegaConfBaseException) -> str:
    """What OmegaConf expected, in a user's words."""
    text = str(error).splitlines()[0]
    for pattern, words in (
        ("Union[int, str]", "a whole number or a word"),
        ("Union[bool, str]", "true, false or a word"),
        ("Integer", "a whole number"),
        ("Float", "a number"),
        ("valid bool", "true or false"),
        ("list", "a list: [a,b]"),
    ):
        if pattern in text:
            return f"expected {words}"
    return text
