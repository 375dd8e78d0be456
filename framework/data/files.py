"""The files that users name."""

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
    try:
        full = Path(path).expanduser().absolute()
    except RuntimeError as error:
        raise DataError(f"data={name} data.path={path}: {error}; write the path in full") from None
    if full.is_file():
        return full
    tried = f"data={name} data.path={path}: {full}"
    if full.is_dir():
        raise DataError(f"{tried} is a folder; name a file in it{_listing(full, '')}")
    if not full.parent.is_dir():
        raise DataError(f"{tried}: there is no folder {full.parent}")
    raise DataError(f"{tried}: no such file{_listing(full.parent, full.name)}")


def _listing(folder: Path, name: str) -> str:
    names = sorted(entry.name for entry in folder.iterdir() if entry.is_file())
    close = get_close_matches(name, names, n=3, cutoff=0.5)
    if close:
        return "; did you mean " + " or ".join(repr(guess) for guess in close) + "?"
    more = ", ..." if len(names) > 5 else ""
    return f"; {folder} holds {', '.join(names[:5]) or 'no files'}{more}"
