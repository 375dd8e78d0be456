"""All that is chosen by name."""

from __future__ import annotations

import pytest

from framework import ACTIVATIONS, INITIALIZERS, LINKS, POOLS
from framework.catalogue import Entry, catalogue, families, find, users
from framework.errors import ConfigError
from framework.registry import KINDS, Registry, discover


@pytest.fixture(scope="module")
def registry() -> Registry:
    return discover()


@pytest.fixture(scope="module")
def entries(registry: Registry) -> list[Entry]:
    return catalogue(registry)


def test_components_and_parts_are_in_it(registry: Registry, entries: list[Entry]) -> None:
    named = {(e.shelf.name, e.name) for e in entries}
    assert named >= set(registry.components)
    parts = {"activation": ACTIVATIONS, "init": INITIALIZERS, "link": LINKS, "pool": POOLS}
    assert named - set(registry.components) == {(k, n) for k, names in parts.items() for n in names}


def test_all_have_a_docstring_and_a_file(entries: list[Entry]) -> None:
    for entry in entries:
        assert entry.doc, entry.label
        assert entry.origin.path.endswith(".py"), entry.label
        assert 1 <= len(entry.headings) <= 2


def test_what_chooses_it(entries: list[Entry]) -> None:
    choices = {e.label: e.choice for e in entries}
    assert choices["optim=sgd"] == "optim=sgd"
    assert choices["metric=accuracy"] == "metrics.<task>=[accuracy]"
    assert choices["callbacks=console"] == "callbacks.console.enabled=true"
    assert choices["link=softmax"] == "model.output=softmax"


def test_names_are_found_with_and_without_their_kind(entries: list[Entry]) -> None:
    assert [e.label for e in find(entries, ["sgd"])] == ["optim=sgd"]
    assert [e.label for e in find(entries, ["optim=sgd", "sgd"])] == ["optim=sgd"]
    both = {e.label for e in find(entries, ["identity"])}
    assert both == {"activation=identity", "link=identity"}
    assert {e.shelf.name for e in find(entries, ["pool"])} == {"pool"}


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("sgdd", "sgdd: no such kind or component; did you mean 'sgd'?"),
        ("optim=sgdd", "optim=sgdd: no such optimizer; did you mean 'sgd'?"),
        ("optin=sgd", "optin=sgd: no such kind or component"),
    ],
)
def test_what_there_is_not(entries: list[Entry], word: str, says: str) -> None:
    with pytest.raises(ConfigError) as error:
        find(entries, [word])
    assert str(error.value).startswith(says)


def test_families_hold_each_entry_once(entries: list[Entry]) -> None:
    for kind in KINDS:
        mine = [e for e in entries if e.shelf.name == kind]
        groups = families(mine)
        assert sorted(e.name for group in groups.values() for e in group) == [e.name for e in mine]
    assert list(families([e for e in entries if e.shelf.name == "pool"])) == [""]


def test_models_that_use_a_part(registry: Registry, entries: list[Entry]) -> None:
    (pool,) = find(entries, ["pool=max"])
    assert "convnet" in users(pool, registry)
    assert "mlp" not in users(pool, registry)
