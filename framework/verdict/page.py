"""A verdict as one HTML file: figures and numbers within it, nothing from any network."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, Any

from framework.verdict.links import Links
from framework.verdict.measures import points
from framework.verdict.outcome import AXES, FINISHED
from framework.verdict.verdict import ArmResult, Estimate, Pair, Verdict
from framework.verdict.wording import (
    changed,
    corrected,
    cost,
    number,
    percent,
    probability,
    reached,
    together,
)

if TYPE_CHECKING:
    from jinja2 import Template

CAPTIONS = {  # of the figures of framework.verdict.figures, in their order
    "curves": "Learning curves: the mean over the seeds of each arm with its interval, against each cost.",
    "time_to_target": "What each run had spent when it first met the target.",
    "distribution": "Final values: a dot for each seed, under them the mean with its interval.",
    "differences": "Differences between arms with their intervals, filled where it is decided.",
    "sensitivity": "The search for each arm's rate, on validation data.",
}
MOST_LOST = 8  # that are told at the top
AXIS_NAMES = {axis: axis.replace("_", "-") for axis in AXES}


def page(verdict: Verdict, figures: Mapping[str, bytes], links: Links | None = None) -> str:
    """The whole page.

    figures: name -> a PNG file, in the order in which they are shown. links: where MLflow has the runs, shown
    where they are present. All text of the verdict is escaped; the verdict itself is in the element of id
    `verdict` as JSON, at full precision.
    """
    return _template().render(
        verdict=verdict,
        comparisons=[_comparison(verdict, place) for place in range(len(verdict.comparisons))],
        figures=[_figure(name, png) for name, png in figures.items()],
        links=links,
        places=_places(links) if links else {},
        most_lost=MOST_LOST,
        lost=[run for run in verdict.runs if run.get("status", FINISHED) != FINISHED],
        target=_target(verdict),
        differing=_names(verdict.differed.values()),
        data=_inside_script(verdict.to_json()),
    )


@cache
def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("framework.verdict", ""),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters |= {
        "number": number,
        "percent": percent,
        "corrected": corrected,
        "exact": exact,
        "opening": opening,
    }
    return environment.get_template("page.html.jinja")


def opening(words: str) -> str:
    """With a capital first letter, as a sentence begins; the others as they are."""
    return words[:1].upper() + words[1:]


def exact(value: float | None) -> str:
    """All digits, for those who point at a rounded number."""
    return "" if value is None else repr(float(value))


def _inside_script(json: str) -> str:
    """JSON that no HTML parser takes for a tag: what it says is the same."""
    return json.replace("&", r"\u0026").replace("<", r"\u003c").replace(">", r"\u003e")


def _figure(name: str, png: bytes) -> dict[str, str]:
    caption = CAPTIONS.get(name, name.replace("_", " "))
    return {"name": name, "caption": caption, "png": b64encode(png).decode("ascii")}


def _target(verdict: Verdict) -> str:
    """`val/accuracy 0.9`, "" without a target."""
    if verdict.target is None:
        return ""
    return f"{verdict.target[0]} {number(verdict.target[1], 6)}"


def _places(links: Links) -> dict[str, str]:
    """Words -> where they lead; those that there are."""
    every = {
        "the study": links.study,
        "its runs, side by side": links.compare,
        "their curves": links.curves,
        "a table of its runs": links.table,
    }
    return {words: links.absolute(link) for words, link in every.items() if link}


# -- the rows of tables --------------------------------------------------------------------------------


def _comparison(verdict: Verdict, place: int) -> dict[str, Any]:
    """The tables of a comparison: names of columns, and cells."""
    told = verdict.comparisons[place]
    metrics = _names(arm.metrics for arm in told.arms)
    axes = [axis for axis in AXES if any(axis in arm.targets for arm in told.arms)]
    costs = [axis for axis in AXES if any(axis in arm.costs for arm in told.arms)]
    shares = points(verdict.metric, told.arms)
    return {
        "id": f"comparison-{place + 1}",
        "title": told.title,
        "sentences": told.sentences,
        "metrics": metrics,
        "costs": [AXIS_NAMES[axis] for axis in costs],
        "axes": [AXIS_NAMES[axis] for axis in axes],
        "tuned": any(arm.tuned for arm in told.arms),
        "arms": [_row(arm, metrics, costs, axes) for arm in told.arms],
        "tests": list(dict.fromkeys(pair.test for pair in told.pairs)),
        "outcomes": [
            (
                _outcome(verdict, name),
                [_pair(pair, shares and name == verdict.metric) for pair in pairs],
            )
            for name, pairs in groupby(told.pairs, key=lambda pair: pair.outcome)
        ],
    }


def _names(mappings: Iterable[Mapping[str, Any]]) -> list[str]:
    """All keys, in the order of their appearance."""
    return list(dict.fromkeys(name for mapping in mappings for name in mapping))


def _row(arm: ArmResult, metrics: list[str], costs: list[str], axes: list[str]) -> dict[str, Any]:
    return {
        "arm": arm,
        "tuned": ", ".join(f"{name} = {number(value)}" for name, value in arm.tuned.items()),
        "metrics": [_estimate(arm.metrics.get(name)) for name in metrics],
        "costs": [_estimate(arm.costs.get(name)) for name in costs],
        "targets": [(reached(arm.targets.get(axis), axis), _range(arm, axis)) for axis in axes],
    }


def _range(arm: ArmResult, axis: str) -> str:
    """`3 to 9 epochs`, of the runs that got there at different costs."""
    time = arm.targets.get(axis)
    if time is None or time.least is None or time.greatest is None:
        return ""
    if time.least == time.greatest:
        return ""
    return f"{number(time.least, 3)} to {cost(time.greatest, axis)}"


def _estimate(found: Estimate | None) -> dict[str, str]:
    """A cell: mean, interval, median and range in words, and the mean at full precision."""
    if found is None:
        return {"mean": "-", "interval": "", "spread": "", "exact": ""}
    if found.low is None or found.high is None or found.least == found.greatest:
        words = {"mean": number(found.mean), "interval": "", "spread": ""}
        return words | {"exact": exact(found.mean)}
    mean, low, high, median, least, most = together(
        [found.mean, found.low, found.high, found.median, found.least, found.greatest], 4
    )
    words = {
        "mean": mean,
        "interval": f"{low} to {high}",
        "spread": f"{median} ({least} to {most})",
    }
    return words | {"exact": f"{exact(found.mean)} [{exact(found.low)}, {exact(found.high)}]"}


def _outcome(verdict: Verdict, name: str) -> str:
    """`test/accuracy`, `epochs to val/accuracy 0.9`."""
    axis = name.removeprefix("target/")
    return f"{AXIS_NAMES.get(axis, axis)} to {_target(verdict)}" if axis != name else name


def _pair(pair: Pair, shares: bool) -> dict[str, Any]:
    ends = f" [{exact(pair.low)}, {exact(pair.high)}]" if pair.low is not None else ""
    return {
        "pair": pair,
        "difference": changed(pair, shares),
        "exact": f"{exact(pair.difference)}{ends}",
        "p": probability(pair.p),
        "p_holm": probability(pair.p_holm),
        "least_p": probability(pair.least_p),
        "effect": number(pair.effect, 3),
    }
