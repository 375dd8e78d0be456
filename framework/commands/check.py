"""`python -m framework check`: proves a plugin right, or says what is wrong with it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from textwrap import wrap
from typing import Any

import click
from threadpoolctl import threadpool_limits

from framework.errors import ConfigError, unknown
from framework.registry import KINDS, Component, Quarantined, Registry, discover
from framework.testing import check
from framework.testing.outcome import Outcome

WIDTH, NAME = 80, 22
MARKS = {True: ("✓", "green"), False: ("✗", "red"), None: ("·", None)}


@click.command("check")
@click.argument("names", nargs=-1, metavar="[NAME | KIND=NAME | FILE.py]...")
@click.option("--all", "everything", is_flag=True, help="Every registered component.")
@click.option("--plugins", "paths", multiple=True, help="A file or folder of plugins of your own.")
@click.option("--brief", is_flag=True, help="A line for each component, and what failed.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def command(
    names: tuple[str, ...], everything: bool, paths: tuple[str, ...], brief: bool, as_json: bool
) -> None:
    """Prove components right: derivatives, state, splits, and what else can be checked.

    Exit status: 0 if all is well, 1 if a check failed, 2 if there is nothing of that name.
    """
    if bool(names) == everything:
        raise ConfigError("name what to check (ce, loss=ce, my_loss.py), or give --all")
    files = [name for name in names if _is_file(name)]
    registry = _discover(paths, files)
    chosen = _everything(registry) if everything else _chosen(registry, names)
    aside = registry.quarantined if everything else _aside(registry, files)
    results: list[tuple[Component, list[Outcome]]] = []
    for component in chosen:
        with threadpool_limits(1):  # the arrays are small: more threads only wait for each other
            results.append((component, check(component)))
        if not as_json:
            _show(*results[-1], brief)
    if as_json:
        click.echo(json.dumps(_as_data(results, aside), indent=2, ensure_ascii=False))
    else:
        _summarise(results, aside)
    failed = any(outcome.passed is False for _, outcomes in results for outcome in outcomes)
    sys.exit(1 if failed or aside else 0)


# -- what is meant


def _is_file(name: str) -> bool:
    return name.endswith(".py") or "/" in name


def _discover(paths: Sequence[str], files: Sequence[str]) -> Registry:
    """All plugins; files that are among them already are not named twice."""
    for name in (*paths, *files):
        if not Path(name).expanduser().exists():
            raise ConfigError(f"{name}: no such file or folder: {Path(name).absolute()}")
    registry = discover(paths)
    new = [name for name in files if not _of_file(registry, name)]
    return discover([*paths, *new]) if new else registry


def _of_file(registry: Registry, name: str) -> list[Component]:
    file = Path(name).expanduser().resolve()
    return [c for c in registry.components.values() if Path(c.origin.path).resolve() == file]


def _aside(registry: Registry, files: Sequence[str]) -> list[Quarantined]:
    """The files that were named and set aside."""
    places = {Path(name).expanduser().resolve() for name in files}
    return [q for q in registry.quarantined if Path(q.origin).resolve() in places]


def _everything(registry: Registry) -> list[Component]:
    return [component for kind in KINDS for component in registry.of_kind(kind)]


def _chosen(registry: Registry, names: Iterable[str]) -> list[Component]:
    chosen: list[Component] = []
    for name in names:
        chosen += _of_file(registry, name) if _is_file(name) else _named(registry, name)
    return list({(c.kind, c.name): c for c in chosen}.values())


def _named(registry: Registry, name: str) -> list[Component]:
    kind, given, rest = name.partition("=")
    if given:
        if kind not in KINDS:
            raise ConfigError(f"{name}: {unknown('kind of component', kind, KINDS)}")
        return [registry.get(kind, rest)]
    found = [component for component in registry.components.values() if component.name == name]
    if len(found) > 1:
        ways = " or ".join(f"{c.kind}={c.name}" for c in found)
        raise ConfigError(f"{name}: there are several; write {ways}")
    if not found:
        aside = "".join(f"; {refused}" for refused in registry.quarantined)
        everyone = {n for _, n in registry.components}
        raise ConfigError(f"{name}: {unknown('component', name, everyone)}{aside}")
    return found


# -- what is told


def _show(component: Component, outcomes: Sequence[Outcome], brief: bool) -> None:
    failed = sum(outcome.passed is False for outcome in outcomes)
    passed = sum(outcome.passed is True for outcome in outcomes)
    label = f"{component.kind}={component.name}"
    if brief:
        mark, colour = MARKS[not failed]
        click.secho(mark, fg=colour, nl=False)
        click.echo(f" {label:<28} {passed} passed" + (f", {failed} failed" if failed else ""))
    else:
        click.echo()
        click.secho(label, bold=True, nl=False)
        click.echo(f"  {component.origin.found}")
    for outcome in outcomes:
        if not brief or outcome.passed is False:
            _show_outcome(outcome)


def _show_outcome(outcome: Outcome) -> None:
    mark, colour = MARKS[outcome.passed]
    click.secho(f"  {mark} ", fg=colour, nl=False)
    told = outcome.says if outcome.passed is None else outcome.compared
    room = WIDTH - NAME - 5
    first, *more = wrap(told, room - 8) or [""]
    figure = f"{outcome.error:.0e}" if outcome.passed and outcome.error else ""
    click.echo(f"{outcome.check:<{NAME}} {first:<{room - 8}}{figure:>7}".rstrip())
    for line in more:
        click.echo(f"{'':{NAME + 5}}{line}")
    if outcome.passed is False:
        for line in wrap(outcome.evidence, WIDTH - 6):
            click.secho(f"      {line}", fg=colour)


def _summarise(
    results: Sequence[tuple[Component, list[Outcome]]], aside: Sequence[Quarantined]
) -> None:
    outcomes = [outcome for _, all_of_one in results for outcome in all_of_one]
    passed, failed, moot = (sum(o.passed is how for o in outcomes) for how in (True, False, None))
    click.echo()
    for refused in aside:
        click.secho(str(refused), fg="red")
    for component, all_of_one in results:
        if wrong := [o.check for o in all_of_one if o.passed is False]:
            label = f"{component.kind}={component.name}"
            click.secho(f"failed: {label}: {', '.join(wrong)}", fg="red")
    count = f"{len(results)} component{'s'[: len(results) != 1]}"
    click.echo(f"{count}: {passed} checks passed, {failed} failed, {moot} do not apply")


def _as_data(
    results: Sequence[tuple[Component, list[Outcome]]], aside: Sequence[Quarantined]
) -> dict[str, Any]:
    components = [
        {
            "kind": component.kind,
            "name": component.name,
            "passed": all(outcome.passed is not False for outcome in outcomes),
            "checks": [outcome.as_data() for outcome in outcomes],
        }
        for component, outcomes in results
    ]
    return {"components": components, "quarantined": [vars(refused) for refused in aside]}
