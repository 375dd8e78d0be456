"""Whether the words of a verdict, its sentences and its Markdown, say the numbers that were recomputed."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from typing import Any

from tests.study.by_scipy import Tree

NUM = r"([-+]?\d[\d,]*(?:\.\d+)?(?:e[-+]\d+)?)"
AXES = {"epochs": 6, "samples": 6, "gradient-equivalents": 6, "seconds": 3}  # digits of a cost


def misprints(verdict: Tree, expected: Tree, markdown: str) -> list[str]:
    """Numbers of the texts that are not what was recomputed, or that nothing explains."""
    lines, plain = [], markdown.replace("\\", "")
    for told, found in zip(verdict["comparisons"], expected["comparisons"], strict=True):
        for sentence in told["sentences"]:
            lines += _sentence(sentence, found, expected)
        lines += [f"not in the Markdown: {each}" for each in told["sentences"] if each not in plain]
    return [*lines, *_tables(expected, plain)]


def printed(token: str, value: float | None, digits: int = 0) -> bool:
    """Whether the value is rounded to the number, at its last place; of `digits` zeros may be cut off."""
    if value is None:
        return False
    mantissa, _, power = token.replace(",", "").partition("e")
    places = len(mantissa.partition(".")[2]) - int(power or 0)
    if digits and value and not power:
        places = max(places, digits - 1 - math.floor(math.log10(abs(value))))
    return abs(float(f"{mantissa}e{power or 0}") - value) <= 0.5 * 10.0**-places * (1 + 1e-6)


# -- sentences


def _sentence(sentence: str, found: Tree, expected: Tree) -> Iterator[str]:
    """Every number has a role: each is taken out with the words that give it one; none may be left."""
    outcome = expected["metric"] if "final " in sentence.lower() else f"target/{expected['axis']}"
    (pair,) = [pair for pair in found["pairs"] if pair["outcome"] == outcome]
    if wrong := _direction(sentence, pair):
        yield f"{sentence!r}: {wrong}"
    text = sentence
    for pattern, values, digits in _roles(found, pair, expected, text):
        for match in re.finditer(pattern, text):
            for token, value in zip(match.groups(), values, strict=True):
                if not printed(token, value, digits):
                    yield f"{sentence!r}: {match.group()!r} says {token}, recomputed {value}"
        text = re.sub(pattern, "", text)
    names = [*(arm["arm"] for arm in found["arms"]), *found["arms"][0]["metrics"]]
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, "")
    if left := re.search(r"\d", text):
        yield f"{sentence!r}: nothing explains {text[max(0, left.start() - 20) :]!r}"


def _direction(sentence: str, pair: Tree) -> str:
    """What is wrong with who is better, and with higher or lower; "" if nothing is."""
    said = re.search(r"(?:^|: )([^:]*?) (?:is better than|reaches) ", sentence)
    if (said.group(1) if said else "") != pair["better"]:
        return f"recomputed, {pair['better'] or 'no arm'} is better"
    way = re.search(r"\d(?: points)? (higher|lower)", sentence)
    if way and (way.group(1) == "higher") != (
        (pair["difference"] > 0) == (pair["better"] == pair["first"])
    ):
        return f"the difference is {pair['difference']}"
    return ""


def _roles(
    found: Tree, pair: Tree, expected: Tree, text: str
) -> Iterator[tuple[str, list[Any], int]]:
    """(pattern, the values of its groups, digits)."""
    name, target = expected["target"]
    ends = [pair["low"], pair["difference"], pair["high"]]
    if pair["better"] and None not in ends and pair["difference"] < 0:  # told as higher or lower
        ends = [-end for end in reversed(ends)]
    scale = 100 if "point" in text else 1
    low, change, high = (None if end is None else scale * end for end in ends)
    yield rf"{name} {NUM}", [target], 6
    yield rf"95 % interval {NUM} to {NUM}", [low, high], 0
    yield rf"(?:minus [^:]* is|final {re.escape(expected['metric'])}:) {NUM}", [change], 0
    yield rf"{NUM} seeds", [pair["n"]], 0
    yield rf"p = {NUM}", [pair["p_holm"]], 2
    if pair["p_holm"] < 0.001:
        yield r"p < 0\.001", [], 0
    if low is not None and high is not None and max(abs(low), abs(high)) < 1:
        yield r"less than 1 point", [], 0
    digits = AXES[expected["axis"].replace("_", "-")]
    unit = r"(?: (?:s|epochs?|samples?|gradient-equivalents?))?"
    for arm in found["arms"]:
        time, who = arm["targets"][expected["axis"]], re.escape(arm["arm"])
        got = rf"(?: got there)? in {NUM} of {NUM} runs"
        yield rf"{who}{got}", [time["reached"], time["of"]], 0
        yield rf"{who} reaches +in {NUM}{unit}", [time["median"]], digits
        yield rf"{NUM}{unit} for {who}(?! \(tuned)", [time["median"]], digits


# -- tables


def _tables(expected: Tree, markdown: str) -> Iterator[str]:
    """Cells of the Markdown against the numbers that they show."""
    blocks = [block for block in markdown.split("\n\n") if block.startswith("| ")]
    tables = [[_cells(line) for line in block.splitlines()] for block in blocks]
    for found in expected["comparisons"]:
        metrics = found["arms"][0]["metrics"].values()
        shares = all(0 <= arm["metrics"][expected["metric"]]["least"] <= 1 for arm in found["arms"])
        points = shares and "accuracy" in expected["metric"]
        arms, pairs, costs, targets = (tables.pop(0) for _ in range(4))
        assert len(arms[0]) == 7 + len(metrics) + any(arm["tuned"] for arm in found["arms"])
        yield from _rows(arms, [_of_arm(arm, expected["metric"], arms[0]) for arm in found["arms"]])
        yield from _rows(pairs, [_of_pair(pair, points) for pair in found["pairs"]])
        yield from _rows(costs, [[arm["arm"], *_costs(arm)] for arm in found["arms"]])
        yield from _rows(targets, [[arm["arm"], *_times(arm)] for arm in found["arms"]])


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("| ").split(" | ")]


def _rows(table: list[list[str]], expected: list[list[Any]]) -> Iterator[str]:
    head, _, *rows = table
    for row, cells in zip(rows, expected, strict=True):
        for name, cell, found in zip(head, row, cells, strict=True):
            if not (cell == found if isinstance(found, str) else _shows(cell, *found)):
                yield f"{row[0]}, {name}: {cell!r} in the Markdown, recomputed {found}"


def _shows(cell: str, values: Sequence[float | None], digits: int = 0) -> bool:
    """Whether the numbers of a cell are these, those left out that are not known."""
    known, told = [value for value in values if value is not None], re.findall(NUM, cell)
    if cell == "<0.001":
        return known[0] < 0.001
    if len(known) != len(told):
        return False
    return all(printed(token, value, digits) for token, value in zip(told, known, strict=True))


def _of_arm(arm: Tree, metric: str, head: list[str]) -> list[Any]:
    decides = arm["metrics"][metric]
    rest = [each for name, each in arm["metrics"].items() if name != metric]
    tuned = [name.removeprefix("tuned ") for name in head if name.startswith("tuned ")]
    return [
        *(arm["arm"], *([[arm[name]]] for name in ("seeds", "finished", "failed", "diverged"))),
        *([[arm["tuned"].get(field)], 4] for field in tuned),
        *([_mean(decides)], [[decides["median"]], 4], [[decides["least"], decides["greatest"]]]),
        *([_mean(each)] for each in rest),
    ]


def _mean(estimate: Tree) -> list[float | None]:
    return [estimate["mean"], estimate["low"], estimate["high"]]


def _of_pair(pair: Tree, points: bool) -> list[Any]:
    scale = 100 if points and not pair["outcome"].startswith("target/") else 1
    ends = [pair[name] for name in ("difference", "low", "high")]
    return [
        *(pair["first"], pair["second"], pair["outcome"], [[pair["n"]]]),
        [[None if end is None else scale * end for end in ends]],
        *([[pair["p"]], 2], [[pair["p_holm"]], 2], [[pair["least_p"]], 3], [[pair["effect"]]]),
        pair["better"] or "not decided",
    ]


def _costs(arm: Tree) -> list[Any]:
    return [[[arm["costs"][axis.replace("-", "_")]["mean"]], 4] for axis in AXES]


def _times(arm: Tree) -> list[Any]:
    found = [(arm["targets"][axis.replace("-", "_")], digits) for axis, digits in AXES.items()]
    return [
        [
            [
                time["median"],
                *([time["reached"], time["of"]] if time["reached"] < time["of"] else []),
            ],
            digits,
        ]
        for time, digits in found
    ]
