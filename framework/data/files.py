"""The files and folders that users name."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from framework.errors import DataError


def find_file(path: str, name: str) -> Path:
    """The file that `data.path` means for dataset `name`; `~` expands.

    A relative path starts from the working directory.
    Raises DataError with the absolute path tried and the closest names beside it.
    """
    if path in ("", "???"):
        raise DataError(f"data={name}: which file? set data.path=FILE")
    full = _absolute(path, f"data={name} data.path={path}")
    if full.is_file():
        return full
    tried = f"data={name} data.path={path}: {full}"
    if full.is_dir():
        raise DataError(f"{tried} is a folder; name a file in it{_listing(full, '')}")
    if not full.parent.is_dir():
        raise DataError(f"{tried}: there is no folder {full.parent}")
    raise DataError(f"{tried}: no such file{_listing(full.parent, full.name)}")


def find_folder(path: str, name: str) -> Path:
    """The folder that `data.root` means for dataset `name`; `~` expands.

    A relative path starts from the working directory.
    Raises DataError with the absolute path tried and the closest names beside it.
    """
    if path in ("", "???"):
        raise DataError(f"data={name}: which folder? set data.root=FOLDER")
    full = _absolute(path, f"data={name} data.root={path}")
    if full.is_dir():
        return full
    tried = f"data={name} data.root={path}: {full}"
    if full.exists():
        raise DataError(f"{tried} is a file; name its folder")
    if not full.parent.is_dir():
        raise DataError(f"{tried}: there is no folder {full.parent}")
    raise DataError(f"{tried}: no such folder{_listing(full.parent, full.name, folders=True)}")


def _absolute(path: str, tried: str) -> Path:
    try:
        return Path(path).expanduser().absolute()
    except RuntimeError as error:
        raise DataError(f"{tried}: {error}; write the path in full") from None


def _listing(folder: Path, name: str, folders: bool = False) -> str:
    kind = "folders" if folders else "files"
    names = sorted(entry.name for entry in folder.iterdir() if entry.is_dir() == folders)
    close = get_close_matches(name, names, n=3, cutoff=0.5)
    if close:
        return "; did you mean " + " or ".join(repr(guess) for guess in close) + "?"
    more = ", ..." if len(names) > 5 else ""
    return f"; {folder} holds {', '.join(names[:5]) or f'no {kind}'}{more}"
