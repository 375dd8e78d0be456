"""All that is chosen by name: the components, and the parts that fields of components name."""

from __future__ import annotations

import dataclasses
import hashlib
import inspect
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from framework.docstring import parse
from framework.errors import ConfigError, unknown
from framework.first_order import FirstOrder
from framework.interfaces import Annealing
from framework.layers import ACTIVATIONS, INITIALIZERS, POOLS
from framework.links import LINKS
from framework.registry import KINDS, Origin, Registry
from framework.settings import CHOICES, schema
from framework.solvers import Descent, SecondOrder

FAMILIES: dict[type, str] = {  # of components, by the base class of the framework that they share
    FirstOrder: "first order: a step along the gradients so far",
    Descent: "a direction and a line search along it",
    SecondOrder: "a step by the curvature",
    Annealing: "spans the training",
}
OTHERS = "others"


@dataclass(frozen=True)
class Shelf:
    """A kind of things with names: how it is typed, its folder of pages, and how one of it is chosen."""

    name: str
    plural: str
    what: str  # in sentences
    choice: str  # how one is chosen, with <name> for its name
    fields: str = ""  # how a field of one is set

    @property
    def usage(self) -> str:
        return f"{self.choice}   {self.fields}".rstrip()


PARTS: dict[str, tuple[Shelf, Mapping[str, Any]]] = {
    shelf.name: (shelf, parts)
    for shelf, parts in (
        (Shelf("activation", "activations", "activation", "model.activation=<name>"), ACTIVATIONS),
        (Shelf("init", "initializers", "initializer", "model.init=<name>"), INITIALIZERS),
        (Shelf("link", "links", "output link", "model.output=<name>"), LINKS),
        (Shelf("pool", "pools", "pool", "model.pool=<name>"), POOLS),
    )
}


@dataclass(frozen=True)
class Entry:
    """Something with a name: a component's class, a part's class, or a function."""

    shelf: Shelf
    name: str
    title: str  # what it is called in the literature; "" if its file does not say
    subject: Any
    origin: Origin
    component: bool  # registered by a plugin, configured by its fields

    @property
    def label(self) -> str:
        return f"{self.shelf.name}={self.name}"

    @property
    def choice(self) -> str:
        """The words of a command line that choose it."""
        return self.shelf.choice.replace("<name>", self.name)

    @property
    def doc(self) -> str:
        return inspect.cleandoc(vars(self.subject).get("__doc__") or self.subject.__doc__ or "")

    @property
    def headings(self) -> list[str]:
        """What it is called, and the first line of its docstring, unless that says the same."""
        first = parse(self.doc).summary
        repeated = first.startswith(self.title.removesuffix("."))
        return [first] if repeated else [self.title, first]

    @property
    def fields(self) -> dict[str, Any]:
        """Its fields with their defaults, as plain data."""
        return schema(self.subject) if self.component else {}

    @property
    def family(self) -> str:
        """What those of its kind that work alike have in common, "" for all others."""
        bases = self.subject.__mro__ if isinstance(self.subject, type) else ()
        return next((FAMILIES[base] for base in bases if base in FAMILIES), "")


def shelves() -> dict[str, Shelf]:
    """Every kind of things with names, by its name."""
    kinds = {kind.name: _shelf(kind.name) for kind in KINDS.values()}
    return kinds | {name: shelf for name, (shelf, _) in PARTS.items()}


def catalogue(registry: Registry) -> list[Entry]:
    """All that can be chosen by name, in the order of kinds and names."""
    components = [(_shelf(k), c.name, c.cls, c.origin) for k in KINDS for c in registry.of_kind(k)]
    parts = [
        (shelf, name, _subject(part), _origin(_subject(part)))
        for shelf, named in PARTS.values()
        for name, part in sorted(named.items())
    ]
    shared = Counter(subject.__module__ for _, _, subject, _ in components + parts)
    return [
        Entry(shelf, name, _title(subject, shared), subject, origin, shelf.name in KINDS)
        for shelf, name, subject, origin in components + parts
    ]


def find(entries: Sequence[Entry], words: Sequence[str]) -> list[Entry]:
    """Those that the words name: `adam`, `optim=adam`, or a kind, which is all of it."""
    found: list[Entry] = []
    for word in words:
        kind, given, name = word.partition("=")
        if given:
            named = [e for e in entries if (e.shelf.name, e.name) == (kind, name)]
        else:
            named = [e for e in entries if e.shelf.name == word]
            named = named or [e for e in entries if e.name == word]
        if not named:
            raise ConfigError(f"{word}: {_no_such(entries, word)}")
        found += [entry for entry in named if entry not in found]
    return found


def families(entries: Sequence[Entry]) -> dict[str, list[Entry]]:
    """Entries of one kind by family, those without one last; a single "" where none has one."""
    names = [*dict.fromkeys(FAMILIES.values()), ""]
    groups = {name: [e for e in entries if e.family == name] for name in names}
    groups = {name: group for name, group in groups.items() if group}
    if len(groups) > 1 and "" in groups:
        groups[OTHERS] = groups.pop("")
    return groups


def users(entry: Entry, registry: Registry) -> list[str]:
    """The models with the field that chooses a part of this kind."""
    field = entry.shelf.choice.partition("=")[0].rpartition(".")[2]
    models = registry.of_kind("model")
    return [c.name for c in models if field in {f.name for f in dataclasses.fields(c.cls)}]


def _shelf(kind: str) -> Shelf:
    found = KINDS[kind]
    if kind in CHOICES:
        choice, fields = f"{kind}=<name>", f"{kind}.<field>=..."
    elif kind == "metric":
        choice, fields = "metrics.<task>=[<name>]", "metric.<name>.<field>=..."
    else:
        choice, fields = f"{kind}.<name>.enabled=true", f"{kind}.<name>.<field>=..."
    return Shelf(kind, found.plural, found.what, choice, fields)


def _subject(part: Any) -> Any:
    """What has the docstring: a class, that of an object, or a function."""
    return part if isinstance(part, type) or inspect.isfunction(part) else type(part)


def _title(subject: Any, shared: Counter[str]) -> str:
    """The first line of its file, unless that speaks of several."""
    module = sys.modules.get(subject.__module__)
    alone = shared[subject.__module__] == 1
    return inspect.cleandoc((module and module.__doc__) or "").partition("\n")[0] if alone else ""


def _origin(subject: Any) -> Origin:
    file = Path(inspect.getfile(subject))
    version, digest = metadata.version("experiment-framework"), hashlib.sha256(file.read_bytes())
    return Origin("built-in", subject.__module__, str(file), version, digest.hexdigest())


def _no_such(entries: Sequence[Entry], word: str) -> str:
    kind, given, name = word.partition("=")
    if given and kind in shelves():
        names = [e.name for e in entries if e.shelf.name == kind]
        return unknown(shelves()[kind].what, name, names)
    return unknown("kind or component", word, {*shelves(), *(e.name for e in entries)})
