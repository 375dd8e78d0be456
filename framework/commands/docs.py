"""`python -m framework docs`: a page for everything that can be chosen by name."""

from __future__ import annotations

from pathlib import Path

import click

from framework.catalogue import Entry, catalogue, find
from framework.errors import ConfigError
from framework.registry import Registry, discover
from framework.settings import store

DEFAULT = Path("docs/components")


@click.command("docs")
@click.argument("names", nargs=-1, metavar="[NAME | KIND | KIND=NAME | FILE.py]...")
@click.option("--out", default=DEFAULT, show_default=True, type=click.Path(path_type=Path))
@click.option(
    "--figures/--no-figures", default=True, help="Draw them, or show those that are there."
)
@click.option("--plugins", "paths", multiple=True, help="A file or folder of plugins of your own.")
def command(names: tuple[str, ...], out: Path, figures: bool, paths: tuple[str, ...]) -> None:
    """Write Markdown pages of components, from their docstrings, with figures; all of them by default."""
    from framework.documentation import Site, prune, write

    files = [name for name in names if name.endswith(".py") or "/" in name]
    registry = _discover(paths, files)
    entries = catalogue(registry)
    words = [name for name in names if name not in files]
    chosen = [e for e in entries if _file(e) in {Path(f).resolve() for f in files}]
    chosen += [e for e in find(entries, words) if e not in chosen]
    if files and not chosen:
        raise ConfigError(f"{files[0]}: it registers nothing; {_aside(registry)}")
    here = [e for e in entries if e in chosen or (out / e.shelf.plural / f"{e.name}.md").exists()]
    site = Site(registry, here if names else entries, out)
    written = write(site, chosen if names else entries, figures)
    for gone in [] if names else prune(site):
        click.echo(f"{out / gone}: deleted, there is no such thing any more")
    size = sum((out / name).stat().st_size for name in written)
    click.echo(f"{out}: {len(written)} files, {size / 1e6:.1f} MB")
    for refused in registry.quarantined:
        click.secho(str(refused), fg="yellow")


def _discover(paths: tuple[str, ...], files: list[str]) -> Registry:
    """All plugins; files that are among them already are not named twice."""
    for name in (*paths, *files):
        if not Path(name).expanduser().exists():
            raise ConfigError(f"{name}: no such file or folder: {Path(name).absolute()}")
    registry = discover(paths)
    known = {Path(c.origin.path).resolve() for c in registry.components.values()}
    new = [name for name in files if Path(name).expanduser().resolve() not in known]
    registry = discover([*paths, *new]) if new else registry
    store(registry)  # sets aside what cannot be configured
    return registry


def _file(entry: Entry) -> Path:
    return Path(entry.origin.path).resolve()


def _aside(registry: Registry) -> str:
    return "; ".join(map(str, registry.quarantined)) or "mark its functions by @hookimpl"
