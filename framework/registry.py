"""Discovery: which components there are, where they come from, and which plugins had to be set aside.

Plugins are found in three ways, in this order: the built-in `plugins` package, into whose folders a file of
one's own may be dropped; entry points (group "framework") of installed packages; and the files or folders
named by `plugins.paths=[...]` or the environment variable FRAMEWORK_PLUGINS. Discovery is idempotent. A
plugin that cannot be used never takes the host down and never goes unnoticed: it is quarantined, with its
origin and the cause.
"""

from __future__ import annotations

import dataclasses
import hashlib
import importlib
import importlib.util
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

import pluggy

from framework import hookspecs
from framework.errors import ConfigError, unknown
from framework.interfaces import Callback, Dataset, Loss, Metric, Model, Optimizer, Schedule

GROUP = "framework"
VARIABLE = "FRAMEWORK_PLUGINS"
EXTRAS = ("torch", "jax")  # that plugins may need, by the names of our own extras


@dataclass(frozen=True)
class Kind:
    """A kind of component: its key in the configuration, its folder, and what it must be."""

    name: str  # as users type it: loss=...
    plural: str  # folder in plugins/, and register_<plural>
    base: type
    what: str  # in sentences

    @property
    def hook(self) -> str:
        return f"register_{self.plural}"


KINDS = {
    kind.name: kind
    for kind in (
        Kind("loss", "losses", Loss, "loss"),
        Kind("optim", "optimizers", Optimizer, "optimizer"),
        Kind("schedule", "schedules", Schedule, "schedule"),
        Kind("model", "models", Model, "model"),
        Kind("data", "datasets", Dataset, "dataset"),
        Kind("metric", "metrics", Metric, "metric"),
        Kind("callbacks", "callbacks", Callback, "callback"),
    )
}


@dataclass(frozen=True)
class Origin:
    """Where a plugin comes from: how it was found, its file, its version and the hash of its source."""

    found: str  # "built-in", "package <distribution>", "local"
    module: str
    path: str
    version: str
    sha256: str

    def __str__(self) -> str:
        return f"{self.found} {self.version}".strip() + f" ({self.path})"


@dataclass(frozen=True)
class Component:
    """A registered dataclass with its name, kind and origin."""

    kind: str
    name: str
    cls: type
    origin: Origin

    @property
    def description(self) -> str:
        """All that it says of itself before its source."""
        module = sys.modules[self.cls.__module__].__doc__ or ""
        return f"{module} {self.cls.__doc__ or ''}".partition("Source:")[0]

    @property
    def summary(self) -> str:
        """The first sentence of its docstring."""
        return (self.cls.__doc__ or "").strip().partition("\n")[0]


@dataclass(frozen=True)
class Quarantined:
    """A plugin, or one name of a plugin, that cannot be used. `claims`: the contested (kind, name)."""

    origin: str
    cause: str
    claims: tuple[str, str] | None = None

    def __str__(self) -> str:
        return f"plugin {self.origin} was set aside: {self.cause}"


@dataclass
class Registry:
    """All components by (kind, name), and the quarantined plugins."""

    components: dict[tuple[str, str], Component] = field(default_factory=dict)
    quarantined: list[Quarantined] = field(default_factory=list)

    def names(self, kind: str) -> list[str]:
        return sorted(name for k, name in self.components if k == kind)

    def of_kind(self, kind: str) -> list[Component]:
        return [self.components[kind, name] for name in self.names(kind)]

    def get(self, kind: str, name: str) -> Component:
        """The component, or a ConfigError with the nearest name, all names, and what was set aside."""
        for refused in self.quarantined:
            if refused.claims == (kind, name):
                raise ConfigError(f"{kind}={name}: two plugins claim this name: {refused}")
        if (kind, name) not in self.components:
            raise ConfigError(f"{kind}={name}: {self.no_such(kind, name)}")
        return self.components[kind, name]

    def no_such(self, kind: str, name: str) -> str:
        """What to say of a name that no plugin has: it may belong to one that was set aside.

        Other libraries' names are known by the classes, and by the words of the descriptions.
        """
        aside = "".join(f"; {refused}" for refused in self.quarantined)
        asked, others = _plain(name), self.of_kind(kind)
        meant = [c.name for c in others if asked in (_plain(c.name), _plain(c.cls.__name__))]
        told = [c.name for c in others if asked in map(_plain, c.description.split())]
        guess = f"; here it is called '{meant[0]}'" if meant else ""
        if not meant and len(told) == 1:
            guess = f"; did you mean '{told[0]}'?"
        return unknown(KINDS[kind].what, name, self.names(kind), guess) + aside

    def refuse(self, origin: object, cause: object, claims: tuple[str, str] | None = None) -> None:
        self.quarantined.append(Quarantined(str(origin), one_line(cause), claims))


def discover(paths: Sequence[str] = ()) -> Registry:
    """Find and register everything; `paths` are files or folders of the user's own."""
    registry, manager = Registry(), pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    named = [*os.environ.get(VARIABLE, "").split(os.pathsep), *paths]
    for origin, load in [
        *_built_in(),
        *_entry_points(),
        *_local(dict.fromkeys(path for path in named if path)),
    ]:
        try:
            module = load()
        except (Exception, SystemExit) as error:
            registry.refuse(origin.path, describe(error))
            continue
        _register(registry, manager, module, origin)
    return registry


def known_plugins(paths: Sequence[str] = ()) -> Registry:
    """What `discover` finds, found once in this process for the same paths and environment."""
    return _discovered(tuple(paths), os.environ.get(VARIABLE, ""))


@cache
def _discovered(paths: tuple[str, ...], variable: str) -> Registry:
    return discover(paths)


def _plain(word: str) -> str:
    """A name without case, underscores and punctuation."""
    return "".join(letter for letter in word.lower() if letter.isalnum())


def one_line(cause: object) -> str:
    return " ".join(str(cause).split())


def describe(error: BaseException) -> str:
    """An exception as `Type: message`, with the line for errors of syntax."""
    if isinstance(error, SyntaxError):
        return f"SyntaxError in line {error.lineno}: {error.msg}"
    told = one_line(f"{type(error).__name__}: {error}")
    if isinstance(error, ModuleNotFoundError) and error.name in EXTRAS:
        told += f"; in the checkout, pip install -c constraints.txt -e '.[{error.name}]' brings it"
    return told


Source = tuple[Origin, Callable[[], Any]]


def _built_in() -> Iterator[Source]:
    """Every file in the folders of the `plugins` namespace package: ours, and those dropped into it."""
    import plugins

    home = Path(__file__).resolve().parent.parent / "plugins"
    parts = list(getattr(plugins, "__path__", []))
    if str(home) not in parts:
        raise ConfigError(
            f"{plugins.__file__}: this file hides the built-in plugins in {home}; delete it, a folder "
            "of plugins needs no __init__.py"
        )
    version = metadata.version("experiment-framework")
    for file in _in_kind_folders(home):
        module = f"plugins.{file.parent.name}.{file.stem}"
        yield _origin("built-in", module, file, version), partial(_import, module, file)
    copies = [part for part in parts if Path(part, "../framework/registry.py").exists()]
    for part in (Path(part) for part in parts if part not in copies):
        for file in _in_kind_folders(part):
            module = f"plugins.{file.parent.name}.{file.stem}"
            yield _origin("local", module, file, ""), partial(_import, module, file)
    if str(Path.cwd() / "plugins") not in parts:
        yield from _local(map(str, _in_kind_folders(Path.cwd() / "plugins")))


def _in_kind_folders(root: Path) -> list[Path]:
    """The Python files in root/losses, root/optimizers, ...: those that may be plugins of ours."""
    files = [file for kind in KINDS.values() for file in sorted((root / kind.plural).glob("*.py"))]
    return [file for file in files if file.stem.isidentifier() and file.stem != "__init__"]


def _import(module: str, file: Path) -> ModuleType:
    loaded = importlib.import_module(module)
    if Path(str(loaded.__file__)).resolve() != file.resolve():
        raise ImportError(f"hidden by {loaded.__file__}, which has the same name; rename one")
    return loaded


def _entry_points() -> Iterator[Source]:
    for point in metadata.entry_points(group=GROUP):
        name, version = (point.dist.name, point.dist.version) if point.dist else ("?", "")
        spec = None
        try:
            spec = importlib.util.find_spec(point.module)
        except Exception:  # a broken parent package: loading it below tells the cause
            spec = None
        file = Path(spec.origin) if spec and spec.origin else None
        label = f"{point.name} of {name} {version}"
        origin = _origin(f"package {name}", point.module, file, version, label)
        yield origin, point.load


def _local(paths: Iterable[str]) -> Iterator[Source]:
    for path in paths:
        place = Path(path).expanduser()
        files = sorted(place.rglob("*.py")) if place.is_dir() else [place]
        for file in (f for f in files if f.name != "__init__.py"):
            module = f"local_plugins.{file.stem}_{_hash(str(file.resolve()).encode())[:8]}"
            origin = _origin("local", module, file, "", str(file))
            yield origin, partial(_load_file, module, file)


def _load_file(name: str, file: Path) -> ModuleType:
    if not file.is_file():
        raise ConfigError(f"no such file or folder: {file.absolute()}")
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ConfigError("not a Python file: its name does not end in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _origin(found: str, module: str, file: Path | None, version: str, label: str = "") -> Origin:
    content = file.read_bytes() if file is not None and file.is_file() else b""
    return Origin(found, module, label or str(file), version, _hash(content))


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _register(
    registry: Registry, manager: pluggy.PluginManager, plugin: Any, origin: Origin
) -> None:
    """Let pluggy check the plugin's hooks, then take the components that it offers."""
    label = origin.path
    if misspelt := _misspelt(manager, plugin):
        registry.refuse(label, misspelt)
        return
    try:
        name = manager.register(plugin, name=origin.module)
    except (ValueError, pluggy.PluginValidationError) as error:
        registry.refuse(label, describe(error))
        return
    offered = 0
    for kind in KINDS.values():
        for impl in getattr(manager.hook, kind.hook).get_hookimpls():
            if impl.plugin_name == name:
                offered += 1
                _take(registry, kind, impl.function, origin)
    if not offered and not manager.get_hookcallers(plugin):
        registry.refuse(label, "it implements no hook; mark its functions by @hookimpl")


def _misspelt(manager: pluggy.PluginManager, plugin: Any) -> str | None:
    hooks = [name for name in vars(hookspecs) if hasattr(manager.hook, name)]
    for name in dir(plugin):
        marked = manager.parse_hookimpl_opts(plugin, name)
        if marked is not None and (marked.get("specname") or name) not in hooks:
            return f"{name}: {unknown('hook', name, hooks)}"
    return None


def _take(registry: Registry, kind: Kind, offer: Callable[[], Any], origin: Origin) -> None:
    try:
        offered = dict(offer())
    except (Exception, SystemExit) as error:
        registry.refuse(origin.path, f"{kind.hook}: {describe(error)}")
        return
    for name, cls in offered.items():
        if cause := _unfit(kind, name, cls):
            registry.refuse(origin.path, cause)
        elif taken := registry.components.get((kind.name, name)):
            cause = (
                f"the {kind.what} '{name}' exists already, from {taken.origin}; rename one of them"
            )
            registry.refuse(origin.path, cause, claims=(kind.name, name))
        else:
            registry.components[kind.name, name] = Component(kind.name, name, cls, origin)


def _unfit(kind: Kind, name: str, cls: Any) -> str | None:
    """Why this cannot be a component of this kind."""
    if not isinstance(name, str) or not name.replace("-", "_").isidentifier():
        return f"{kind.hook}: {name!r} is not a name; use letters, digits, _ and -"
    if not isinstance(cls, type) or not issubclass(cls, kind.base):
        return f"{kind.hook}: '{name}' is not a subclass of {kind.base.__name__}"
    if abstract := getattr(cls, "__abstractmethods__", None):
        return f"{kind.hook}: '{name}' does not define {', '.join(sorted(abstract))}"
    if not dataclasses.is_dataclass(cls):
        return f"{kind.hook}: '{name}' is not a dataclass"
    declared = (str(a) for a in vars(cls).get("__annotations__", {}).values())
    if "__dataclass_fields__" not in vars(cls) and any("ClassVar" not in a for a in declared):
        return f"{kind.hook}: '{name}' declares fields but is no @dataclass, so they are lost"
    return None
