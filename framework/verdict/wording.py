"""Numbers and lists as a reader wants them: thin, with the digits that differ, never a NaN."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from framework.verdict.verdict import Estimate, Pair, TimeToTarget

UNITS = {"seconds": "s", "gradient_equivalents": "gradient-equivalents"}


def p_value(p: float | None) -> str:
    """`p = 0.002`, `p < 0.001`; three digits where two would hide the side of 0.05."""
    if p is None:
        return "no p"
    if p < 0.001:
        return "p < 0.001"
    return f"p = {probability(p)}"


def probability(p: float | None) -> str:
    """`0.002`, `<0.001`, `-`."""
    if p is None:
        return "-"
    if p < 0.001:
        return "<0.001"
    return f"{p:.3g}" if 0.045 <= p < 0.055 else f"{p:.2g}"


def number(value: float | None, digits: int = 4) -> str:
    """`0.9721`, `32,370`, `1.2e-07`, `-`."""
    if value is None:
        return "-"
    if value == 0 or 1e-3 <= abs(value) < 1e6:
        text = f"{value:,.{_decimals([value], digits)}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return f"{value:.{digits - 1}g}"


def together(values: Sequence[float], digits: int = 2) -> list[str]:
    """With as many decimals for all as the largest needs for so many digits; none for whole numbers."""
    if all(value == round(value) and abs(value) < 1e6 for value in values):
        return [f"{value:,.0f}" for value in values]
    largest = max(map(abs, values), default=0.0)
    if largest and not 1e-4 <= largest < 1e6:
        return [f"{value:.{digits - 1}e}" for value in values]
    return [f"{value:,.{_decimals(values, digits)}f}" for value in values]


def _decimals(values: Iterable[float], digits: int) -> int:
    largest = max(map(abs, values), default=0.0)
    if not largest:
        return digits - 1
    return max(0, digits - 1 - math.floor(math.log10(largest)))


def estimated(estimate: Estimate | None) -> str:
    """`0.972 [0.968, 0.976]`: mean and interval; the mean alone of one run."""
    if estimate is None:
        return "-"
    if estimate.low is None or estimate.high is None:
        return number(estimate.mean)
    mean, low, high = together([estimate.mean, estimate.low, estimate.high], 4)
    return f"{mean} [{low}, {high}]"


def cost(value: float, axis: str) -> str:
    """`4 epochs`, `1 epoch`, `0.14 s`, `32,370 gradient-equivalents`."""
    text, unit = number(value, 3 if axis == "seconds" else 6), UNITS.get(axis, axis)
    return f"{text} {unit.removesuffix('s') if text == '1' and len(unit) > 1 else unit}"


def reached(time: TimeToTarget | None, axis: str) -> str:
    """`4`, `4 (9 of 10)`, `- (3 of 10)`: the median if half got there, and how many did if not all."""
    if time is None or not time.of:
        return "-"
    some = "" if time.reached == time.of else f" ({time.reached} of {time.of})"
    if time.median is None:
        return f"-{some}"
    return f"{number(time.median, 3 if axis == 'seconds' else 6)}{some}"


def corrected(confidence: float) -> str:
    """What p and intervals are, and what they are not, for the foot of a table."""
    return (
        "intervals of means are Student's, of differences those of the bootstrap, uncorrected; "
        "p is corrected for the pairs of one outcome; two outcomes (metric, time) and two comparisons "
        f"are each held to {percent(1 - confidence)}; effect is Hedges' g, of times that were not always "
        "reached how much more often the first took longer than the second"
    )


def percent(confidence: float) -> str:
    """`95 %`."""
    return f"{100 * confidence:.6g} %"


def counted(n: int, word: str) -> str:
    """`1 seed`, `10 seeds`."""
    return f"{n:,} {word}{'' if n == 1 else 's'}"


def listed(words: Sequence[str], most: int = 4) -> str:
    """`a, b and c`; `a, b, c, d and 3 more`."""
    if len(words) > most + 1:
        return f"{', '.join(words[:most])} and {len(words) - most} more"
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def seeds_of(seeds: Iterable[int]) -> str:
    """`seed 3`, `seeds 0-4 and 7`."""
    spans: list[list[int]] = []
    for seed in sorted(set(seeds)):
        if spans and seed == spans[-1][-1] + 1:
            spans[-1][1:] = [seed]
        else:
            spans.append([seed])
    words = [
        f"{span[0]}-{span[-1]}" if span[-1] > span[0] + 1 else ", ".join(map(str, span))
        for span in spans
    ]
    several = len(spans) > 1 or spans[0][0] != spans[0][-1]
    return f"seed{'s' if several else ''} {listed(words, 8)}" if words else "no seed"


def difference(pair: Pair, points: bool, confidence: str, signed: bool = True) -> str:
    """`+0.1 points, 95 % interval -0.3 to 0.5`; not signed: `1.2 points higher, 95 % interval 0.8 to 1.6`."""
    if pair.difference is None:
        return "not known"
    flipped = not signed and pair.difference < 0
    change, *ends = _changes(pair, points, flipped)
    low, high = (ends[::-1] if flipped else ends) or ("", "")
    interval = f", {confidence} interval {low} to {high}" if ends else always(pair)
    unit = " points" if points else ""
    if signed:
        return f"{_plus(change)}{unit}{interval}"
    higher = (pair.difference > 0) == (pair.better == pair.first)
    return f"{change}{unit} {'higher' if higher else 'lower'}{interval}"


def always(pair: Pair) -> str:
    """` in every seed`, of differences that are all equal, and so have no interval."""
    equal = pair.difference is not None and pair.low is None and pair.n > 1
    return "" if not equal else " in every seed" if pair.paired else " between any two runs"


def changed(pair: Pair, points: bool) -> str:
    """`+0.1 [-0.3, 0.5]`, for a table."""
    if pair.difference is None:
        return "-"
    change, *ends = _changes(pair, points, False)
    return _plus(change) + (" points" if points else "") + (f" [{', '.join(ends)}]" if ends else "")


def span(values: Sequence[float], points: bool) -> str:
    """`3.0 to 5.0 points`, `0.12 to 0.4`."""
    low, high = min(values), max(values)
    low, high = (100 * low, 100 * high) if points else (low, high)
    texts = dict.fromkeys(_points([low, high]) if points else together([low, high], 3))
    return " to ".join(texts) + (" points" if points else "")


def _changes(pair: Pair, points: bool, flipped: bool) -> list[str]:
    """The difference and, where it is known, its interval, with the same decimals."""
    scale = (100.0 if points else 1.0) * (-1 if flipped else 1)
    found = [each for each in (pair.difference, pair.low, pair.high) if each is not None]
    values = [scale * each for each in found]
    texts = _points(values) if points else together(values, 3)
    return [text.removeprefix("-") if not text.strip("-0.,") else text for text in texts]


def _points(values: Sequence[float]) -> list[str]:
    """One decimal, or up to three where what is not 0 would read as 0, or an interval as a point."""
    spread = max(values) - min(values)
    least = min(
        [abs(value) for value in values if value] + [spread / 2] * (spread > 0), default=1.0
    )
    decimals = next((n for n in (1, 2) if round(least, n)), 3)
    return [f"{value:.{decimals}f}" for value in values]


def _plus(text: str) -> str:
    return text if text.startswith("-") or not text.strip("0.,") else f"+{text}"
