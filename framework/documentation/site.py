"""All pages of a folder: their text, their figures, and the indexes above them."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from framework.catalogue import Entry, families, shelves
from framework.documentation import page
from framework.documentation.commands import command
from framework.documentation.facts import facts
from framework.documentation.figures import Drawing, drawing
from framework.registry import Registry

MARK = "<!-- Made by `python -m framework docs` from the docstring: edit that, not this. -->\n\n"
INDEX = "README.md"
LINK = re.compile(r"(?<!!)\[([^\]]+)\]\(([^)#:]+\.md)\)")
ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Site:
    """The pages of `chosen`, linked with those of all `entries` in the folder `out`."""

    registry: Registry
    entries: Sequence[Entry]
    out: Path

    def path(self, entry: Entry) -> Path:
        """The file of a page, below the folder."""
        return Path(entry.shelf.plural, f"{entry.name}.md")

    def text(self, entry: Entry, figure: Drawing | None) -> str:
        """The page of an entry, with this figure."""
        words = " ".join(command(entry, self.registry))
        beside = [e for e in self.entries if e.shelf == entry.shelf]
        shown = (f"{entry.name}.png", figure.caption) if figure else None
        made = page.page(entry, words, facts(entry), beside, self._place(entry), shown)
        return self._linked(MARK + made, self.path(entry))

    def indexes(self) -> dict[Path, str]:
        """The page of each kind, and that of all kinds."""
        kinds = {
            name: (shelf, [e for e in self.entries if e.shelf == shelf])
            for name, shelf in shelves().items()
        }
        kinds = {name: (shelf, found) for name, (shelf, found) in kinds.items() if found}
        result = {Path(INDEX): MARK + page.contents(kinds)}
        for shelf, found in kinds.values():
            result[Path(shelf.plural, INDEX)] = MARK + page.index(shelf, families(found))
        return result

    def _place(self, entry: Entry) -> str:
        """The file of a component, as a link where the pages lie in the same checkout."""
        file = Path(entry.origin.path).resolve()
        shown = file.relative_to(ROOT) if file.is_relative_to(ROOT) else Path(file.name)
        folder = (self.out / self.path(entry)).resolve().parent
        if file.is_relative_to(ROOT) and folder.is_relative_to(ROOT):
            return f"[{shown.as_posix()}]({Path(os.path.relpath(file, folder)).as_posix()})"
        return f"`{shown.as_posix()}`"

    def _linked(self, text: str, path: Path) -> str:
        """Links to pages that this site does not have are left as words."""
        known = {*map(self.path, self.entries), Path(INDEX)}
        known |= {Path(e.shelf.plural, INDEX) for e in self.entries}

        def kept(found: re.Match[str]) -> str:
            target = Path(os.path.normpath(path.parent / found[2]))
            return found[0] if target in known else found[1]

        return LINK.sub(kept, text)


def write(site: Site, chosen: Sequence[Entry], figures: bool) -> list[Path]:
    """Write the pages of the chosen entries and all indexes; returns the files, below the folder.

    Without figures, those that are in the folder already are shown.
    """
    written: list[Path] = []
    for entry in chosen:
        path = site.out / site.path(entry)
        path.parent.mkdir(parents=True, exist_ok=True)
        picture = path.with_suffix(".png")
        figure = drawing(entry)
        if figure and figures:
            figure.save(picture)
            written.append(picture.relative_to(site.out))
        path.write_text(site.text(entry, figure if picture.exists() else None), encoding="utf-8")
        written.append(site.path(entry))
    for name, text in site.indexes().items():
        (site.out / name).write_text(text, encoding="utf-8")
        written.append(name)
    return written


def prune(site: Site) -> list[Path]:
    """Delete the pages of the folder that were made for what is no more, with their figures."""
    known = {*map(site.path, site.entries), *site.indexes()}
    gone: list[Path] = []
    for shelf in shelves().values():
        for file in sorted((site.out / shelf.plural).glob("*.md")):
            name = file.relative_to(site.out)
            if name not in known and file.read_text(encoding="utf-8").startswith(MARK):
                file.unlink()
                file.with_suffix(".png").unlink(missing_ok=True)
                gone.append(name)
    return gone
