"""`python -m framework list`: every component, its fields, and what was set aside."""

from __future__ import annotations

import json
from typing import Any

import click

from framework.registry import KINDS, Component, Registry, discover
from framework.settings import flat, schema, store


@click.command("list")
@click.argument("kind", required=False, type=click.Choice(list(KINDS)))
@click.option("--plugins", "paths", multiple=True, help="A file or folder of plugins of your own.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def command(kind: str | None, paths: tuple[str, ...], as_json: bool) -> None:
    """Show components with name, fields and defaults, description and origin."""
    registry = discover(paths)
    store(registry)  # sets aside what cannot be configured
    kinds = [kind] if kind else list(KINDS)
    if as_json:
        click.echo(json.dumps(_as_data(registry, kinds), indent=2))
        return
    for each in kinds:
        _show_kind(registry, each)
    for refused in registry.quarantined:
        click.secho(str(refused), fg="yellow")


def _show_kind(registry: Registry, kind: str) -> None:
    click.secho(f"{kind}", bold=True, nl=False)
    click.echo(f"  {_usage(kind)}")
    for component in registry.of_kind(kind):
        where = "" if component.origin.found == "built-in" else f"  [{component.origin}]"
        click.echo(f"  {component.name:<17} ", nl=False)
        click.echo(_folded(component.summary + where, 20))
        fields = " ".join(f"{name}={value}" for name, value in _fields(component).items())
        if fields:
            click.secho(f"{'':20}{_folded(fields, 20)}", dim=True)
    click.echo()


def _folded(text: str, indent: int) -> str:
    """Text in 80 columns, the first line starting after `indent` columns."""
    wrapped = click.wrap_text(text, 80, " " * indent, " " * indent)
    return wrapped[indent:]


def _usage(kind: str) -> str:
    return {
        "metric": "metrics.classification=[<name>,...]   metric.<name>.<field>=...",
        "callbacks": "callbacks.<name>.<field>=...",
    }.get(kind, f"{kind}=<name>   {kind}.<field>=...")


def _fields(component: Component) -> dict[str, str]:
    fields = flat(schema(component.cls))
    return {name: "(required)" if value == "???" else value for name, value in fields.items()}


def _as_data(registry: Registry, kinds: list[str]) -> dict[str, Any]:
    components = [
        {
            "kind": c.kind,
            "name": c.name,
            "description": c.summary,
            "fields": schema(c.cls),
            "origin": vars(c.origin),
        }
        for kind in kinds
        for c in registry.of_kind(kind)
    ]
    return {"components": components, "quarantined": [vars(q) for q in registry.quarantined]}
