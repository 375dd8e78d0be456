"""The page of a verdict: whole, escaped, alone, and as a browser sees it."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from framework.verdict.links import Links
from framework.verdict.outcome import DIVERGED, FAILED
from framework.verdict.page import page
from framework.verdict.verdict import Verdict
from tests.browser import Browser

Make = Callable[..., Any]
HOSTILE = """<b>&"quotes' </script><script>alert(1)</script>{{ 7 * 7 }}"""
VOID = {"meta", "link", "img", "br"}


class Parsed(HTMLParser):
    """The elements of a page, what is said in them, and that every one of them is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.said: list[tuple[str, str]] = []  # innermost tag, words
        self.open: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.said.append((self.open[-1], data.strip()))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def values(self, name: str) -> list[str]:
        """Of this attribute of all elements that have it."""
        return [str(found[name]) for _, found in self.elements if name in found]

    def words(self) -> str:
        """All that is to be read, scripts and styles left out."""
        return " ".join(words for tag, words in self.said if tag not in ("script", "style"))


def png(width: int = 40) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, 30), "white").save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def full(outcomes: Make, verdict: Make, trials: Make) -> Verdict:
    """A verdict with all that a page can show, and names that would break it."""
    arms = {"ce": 0.4, HOSTILE: 0.2}
    runs = outcomes(arms, seeds=7, lost={(HOSTILE, 2): DIVERGED, ("ce", 5): FAILED})
    found = verdict(runs, sensitivity=(trials("ce", 0.1), trials(HOSTILE, 1e-3, HOSTILE)))
    tuned = verdict(outcomes({"ce (tuned)": 0.5, "mse (tuned)": 0.2}, seeds=3)).comparisons[0]
    tuned = replace(tuned, title="each at its best rate")
    rates = tuple(replace(arm, tuned={"optim.lr": 0.3}) for arm in tuned.arms)
    both = (*found.comparisons, replace(tuned, arms=rates))
    pairs = (*both[0].pairs, replace(both[0].pairs[0], outcome="target/epochs", note=HOSTILE))
    both = (replace(both[0], pairs=pairs), both[1])
    words = {"pairing": HOSTILE, "notes": (HOSTILE,), "lint": (HOSTILE,), "command": HOSTILE}
    maps = {"fixed": {HOSTILE: HOSTILE}, "environment": {HOSTILE: HOSTILE}}
    told = words | maps | {"differed": {HOSTILE: {HOSTILE: HOSTILE}}, "title": HOSTILE}
    return replace(found, comparisons=both, **told)


@pytest.fixture
def links(full: Verdict) -> Links:
    address = {
        run["run_id"]: f"#/experiments/1/runs/{place}" for place, run in enumerate(full.runs)
    }
    return Links(study="#/experiments/1/runs/study", compare="#/compare-runs?x=1&y=2", runs=address)


@pytest.fixture
def parsed(full: Verdict, links: Links) -> Parsed:
    return Parsed(page(full, {"curves": png(), "differences": png(50)}, links))


def test_whatever_a_name_holds_is_text(parsed: Parsed) -> None:
    assert len(parsed.all("script")) == 1
    told = [words for tag, words in parsed.said if "alert" in words and tag != "script"]
    assert len(told) > 20 and all(HOSTILE in words for words in told)


def test_the_verdict_is_in_the_page_at_full_precision(parsed: Parsed, full: Verdict) -> None:
    data = next(words for tag, words in parsed.said if tag == "script")
    assert "<" not in data
    assert Verdict.from_json(data) == full
    assert json.loads(data)["title"] == HOSTILE


def test_all_of_the_verdict_is_told(parsed: Parsed, full: Verdict) -> None:
    words = parsed.words()
    for comparison in full.comparisons:
        assert all(sentence in words for sentence in comparison.sentences)
        assert all(arm.arm in words for arm in comparison.arms)
        assert all(f"{pair.first} − {pair.second}" in words for pair in comparison.pairs)
        assert all(pair.test[1:] in words for pair in comparison.pairs)
    for run in full.runs:
        assert run["folder"] in words and run["reason"] in words
    assert "2 of 14 runs did not finish" in words and "1 diverged" in words and "1 failed" in words
    assert "optim.lr = 0.3" in words and "epochs to val/accuracy 0.9" in words


def test_numbers_are_rounded_and_whole_where_pointed_at(parsed: Parsed, full: Verdict) -> None:
    titles = parsed.values("title")
    for comparison in full.comparisons:
        for arm in comparison.arms:
            for found in (*arm.metrics.values(), *arm.costs.values()):
                assert f"{found.mean!r} [{found.low!r}, {found.high!r}]" in titles
                assert f"{found.mean:.4g}" in parsed.words()
        for pair in comparison.pairs:
            assert {repr(pair.p), repr(pair.p_holm), repr(pair.least_p)} <= set(titles)


def test_differences_of_shares_are_told_in_points(outcomes: Make, verdict: Make) -> None:
    told = verdict(outcomes({"ce": 0.4, "mse": 0.1}))
    pair = told.comparisons[0].pairs[0]
    words = Parsed(page(told, {})).words()
    found = re.search(r"([+-][\d.]+) points \[([-\d.]+), ([-\d.]+)\]", words)
    assert found is not None and pair.difference is not None
    numbers = [100 * pair.difference, 100 * pair.low, 100 * pair.high]
    assert [float(each) for each in found.groups()] == pytest.approx(numbers, abs=0.051)


def test_one_seed_has_no_interval(outcomes: Make, verdict: Make) -> None:
    told = verdict(outcomes(seeds=1))
    found = Parsed(page(told, {}))
    mean = told.comparisons[0].arms[0].metrics["test/accuracy"].mean
    assert repr(mean) in found.values("title")
    assert "nothing can be tested" in found.words() and "None" not in found.words()
    assert "nan" not in found.words()


def test_nothing_comes_from_anywhere_else(full: Verdict) -> None:
    text = page(full, {"curves": png()})
    found = Parsed(text)
    assert "http:" not in text and "https:" not in text and "@import" not in text
    assert all(src.startswith("data:image/png;base64,") for src in found.values("src"))
    assert all(href.startswith(("#", "data:")) for href in found.values("href"))
    policy = [each["content"] for each in found.all("meta") if "http-equiv" in each]
    assert policy == ["default-src 'none'; img-src data:; style-src 'unsafe-inline'"]


def test_anchors_lead_somewhere_and_names_are_used_once(parsed: Parsed) -> None:
    ids = parsed.values("id")
    inside = [href[1:] for href in parsed.values("href") if re.match(r"#[a-z]", href)]
    assert len(inside) >= 8 and set(inside) <= set(ids)
    assert len(ids) == len(set(ids))


def test_it_can_be_read_without_seeing_it(parsed: Parsed) -> None:
    assert parsed.all("html") == [{"lang": "en"}]
    assert all(image["alt"] for image in parsed.all("img"))
    assert all(each.get("scope") in ("row", "col", "rowgroup") for each in parsed.all("th"))
    assert len(parsed.all("caption")) == len(parsed.all("table"))
    boxes = [each for each in parsed.all("div") if str(each.get("class")).startswith("scroll")]
    assert len(boxes) == len(parsed.all("table"))
    assert all(each["tabindex"] == "0" and each["aria-label"] for each in boxes)


def test_links_are_shown_where_they_are_present(full: Verdict, links: Links) -> None:
    hrefs = Parsed(page(full, {}, links)).values("href")
    assert f"{links.base}/{links.compare}" in hrefs
    assert all(f"{links.base}/{link}" in hrefs for link in links.runs.values())
    some = Parsed(page(full, {}, replace(links, study="", runs={})))
    assert [href for href in some.values("href") if href.startswith("http")] == [
        f"{links.base}/{links.compare}"
    ]
    assert "python -m framework ui" in some.words()
    assert "python -m framework ui" not in Parsed(page(full, {})).words()


def test_a_study_of_which_nothing_finished_has_a_page(outcomes: Make, verdict: Make) -> None:
    runs = [replace(run, metrics={}, history={}, status=FAILED) for run in outcomes(seeds=6)]
    found = Parsed(page(verdict(runs, target=None, environment={}, fixed={}, differed={}), {}))
    assert "12 of 12 runs did not finish" in found.words()
    assert "mse, seed 1" in found.words() and "mse, seed 2" not in found.words(), "eight of them"


# -- in a browser --------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [1280, 390])
def test_a_browser_shows_it(
    browser: Browser, full: Verdict, links: Links, tmp_path: Path, width: int
) -> None:
    path = tmp_path / "a verdict.html"
    path.write_text(page(full, {"curves": png(900), "differences": png(700)}, links))
    assert browser.open(path, width) == []
    assert browser.requests() == []
    assert [image["naturalWidth"] for image in browser.images()] == [900, 700]
    assert browser.run("return document.querySelector('h1').innerText") == HOSTILE
    assert browser.run("return document.documentElement.scrollWidth") == width
    assert not browser.run(LOST_ANCHORS)
    browser.run("document.querySelector('a[href=\"#figures\"]').click()")
    top = "return document.getElementById('figures').getBoundingClientRect().top"
    assert abs(browser.run(top)) < 1
    assert json.loads(browser.run("return document.getElementById('verdict').textContent"))
    assert browser.errors() == []


LOST_ANCHORS = """
return [...document.links].filter(a => a.getAttribute('href').match(/^#[a-z]/))
  .filter(a => !document.getElementById(a.hash.slice(1))).map(a => a.hash)
"""


def test_it_is_dark_where_that_is_asked_for(
    browser: Browser, full: Verdict, tmp_path: Path
) -> None:
    path = tmp_path / "verdict.html"
    path.write_text(page(full, {"curves": png()}))
    browser.open(path)
    light = browser.run(BRIGHTNESS)
    dark = {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", dark)
    try:
        page_, ink, card = browser.run(BRIGHTNESS)
    finally:
        browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    assert light[0] > 700 > 100 > light[1], "dark on light"
    assert page_ < 100 < 600 < ink, "light on dark"
    assert card == light[2] == 765, "figures are on white"


BRIGHTNESS = """
const sum = colour => colour.match(/\\d+/g).slice(0, 3).map(Number).reduce((a, b) => a + b);
const of = (name, what) => sum(getComputedStyle(document.querySelector(name))[what]);
return [of('body', 'backgroundColor'), of('body', 'color'), of('figure', 'backgroundColor')];
"""
