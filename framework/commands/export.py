"""`python -m framework export`: the images of a dataset as files."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import click

from framework.errors import ConfigError
from framework.registry import Registry, discover


@click.command("export")
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("words", nargs=-1, required=True, metavar="data=NAME [data.FIELD=VALUE]...")
@click.option("--plugins", "paths", multiple=True, help="A file or folder of plugins of your own.")
def command(folder: Path, words: tuple[str, ...], paths: tuple[str, ...]) -> None:
    """Write the images of a dataset into FOLDER, a PNG file each, in a folder for each class.

    \b
    export pictures data=textures
    export pictures data=textures data.images=50 data.size=[64,64] data.seed=1

    The words are those of `python run.py`, of which the data count: +experiment=lenet5_images will do too.
    `data=image_folder data.root=FOLDER` reads them back.
    """
    from framework.data import check
    from framework.data.export import write_images
    from framework.settings import component, store

    if "=" in str(folder):
        raise ConfigError(f"{folder}: the folder to write comes first, export FOLDER {folder}")
    registry = discover(paths)
    store(registry)
    node = _compose(words, registry).data
    dataset, name = component(registry, "data", node), str(node.name)
    count = write_images(check(dataset.load(), name), folder, name)
    click.echo(f"{folder}: {count:,} images")
    others = [word for word in words if not word.startswith("data")]
    click.echo(
        shlex.join(["python", "run.py", *others, "data=image_folder", f"data.root={folder}"])
    )


def _compose(words: tuple[str, ...], registry: Registry) -> Any:
    """The configuration that the words make."""
    from hydra import compose, initialize_config_dir
    from hydra.errors import HydraException
    from omegaconf.errors import OmegaConfBaseException

    from framework.conf import conf
    from framework.messages import translate

    try:
        with initialize_config_dir(str(conf()), version_base="1.3"):
            return compose("config", list(words))
    except (HydraException, OmegaConfBaseException) as error:
        raise ConfigError(str(translate(error, words, registry))) from None
