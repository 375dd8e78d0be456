"""The committed pages are what the components say, and each leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from framework.catalogue import Entry, catalogue, shelves
from framework.documentation import Site, drawing, write
from framework.registry import Registry, discover

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = ROOT / "docs" / "components"
AGAIN = "run `python -m framework docs`"


@pytest.fixture(scope="module")
def registry() -> Registry:
    return discover()


@pytest.fixture(scope="module")
def entries(registry: Registry) -> list[Entry]:
    return catalogue(registry)


@pytest.fixture(scope="module")
def site(registry: Registry, entries: list[Entry]) -> Site:
    return Site(registry, entries, PAGES)


def test_pages_are_up_to_date(site: Site, entries: list[Entry]) -> None:
    stale = [e.label for e in entries if not _same(PAGES / site.path(e), site.text(e, drawing(e)))]
    assert stale == [], AGAIN
    for name, text in site.indexes().items():
        assert _same(PAGES / name, text), f"{name}: {AGAIN}"


def _same(file: Path, text: str) -> bool:
    return file.exists() and file.read_text(encoding="utf-8") == text


def test_there_are_no_other_pages_and_figures(site: Site, entries: list[Entry]) -> None:
    known = {site.path(e).with_suffix(kind) for e in entries for kind in (".md", ".png")}
    known |= set(site.indexes())
    found = {file.relative_to(PAGES) for file in PAGES.rglob("*") if file.is_file()}
    assert sorted(found - known) == []


def test_links_and_figures_of_the_pages_exist() -> None:
    for page in PAGES.rglob("*.md"):
        for target in re.findall(r"(?<!\\)\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page}: {target}"


def test_pages_and_figures_are_small() -> None:
    sizes = {file: file.stat().st_size for file in PAGES.rglob("*") if file.is_file()}
    noisy = sizes.pop(PAGES / "datasets/textures.png")  # noise does not compress
    assert noisy <= 100_000
    assert max(sizes.values()) <= 40_000
    assert sum(sizes.values()) + noisy <= 4_000_000


def test_every_kind_has_its_page(site: Site) -> None:
    assert set(site.indexes()) == {
        Path("README.md"),
        *(Path(shelf.plural, "README.md") for shelf in shelves().values()),
    }


def test_the_kinds_that_can_be_drawn_are(entries: list[Entry]) -> None:
    for entry in entries:
        if entry.shelf.name in ("activation", "init", "link", "schedule", "optim"):
            assert drawing(entry) is not None, entry.label


def test_a_page_tells_choice_formula_fields_and_source(site: Site, entries: list[Entry]) -> None:
    (sgd,) = [e for e in entries if e.label == "optim=sgd"]
    text = site.text(sgd, None)
    for part in (
        "# sgd\n",
        "```sh\npython run.py optim=sgd\n```",
        "```text\nv ← momentum v + g\n",
        "| `momentum` | number | `0` | the share of the velocity v",
        "Inherited from `Momentum`:",
        "Inherited from `FirstOrder`:",
        "- Works on mini-batches of 32",
        "- Asks the objective for gradients.",
        "Sutskever et al.",
        "**sgd**",
        "[plugins/optimizers/sgd.py](../../../plugins/optimizers/sgd.py)",
    ):
        assert part in text
    assert "png" not in text


def test_links_to_pages_that_are_not_there_are_words(registry: Registry, tmp_path: Path) -> None:
    (mse,) = [e for e in catalogue(registry) if e.label == "loss=mse"]
    alone = Site(registry, [mse], tmp_path)
    assert "[softmax]" not in alone.text(mse, None)
    write(alone, [mse], figures=False)
    found = sorted(str(f.relative_to(tmp_path)) for f in tmp_path.rglob("*") if f.is_file())
    assert found == ["README.md", "losses/README.md", "losses/mse.md"]
