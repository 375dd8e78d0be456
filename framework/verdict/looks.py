"""The arms of a verdict as figures show them: their runs, their order, and what each is drawn with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from framework.drawing import MOST_ARMS, Look, look
from framework.verdict.outcome import FINAL, TUNED, Array, Outcome, by_arm
from framework.verdict.verdict import ArmResult, Verdict

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LETTER = 0.085  # inches of a letter of a legend
MARGIN = 0.08  # of what is shown, above and below it
LINE = 0.21  # inches of a line of a legend


@dataclass(frozen=True)
class Arm:
    """An arm in a figure. tuned: drawn hollow and dotted, in the colour of the arm as it was given."""

    result: ArmResult
    runs: tuple[Outcome, ...]
    look: Look
    tuned: bool = False

    @property
    def name(self) -> str:
        return self.result.arm

    @property
    def finished(self) -> list[Outcome]:
        return [run for run in self.runs if run.finished]

    @property
    def label(self) -> str:
        """Its name, and how many of its runs finished where not all did."""
        done, of = len(self.finished), len(self.runs)
        return self.name if done == of else f"{self.name} ({done} of {of} finished)"

    @property
    def dots(self) -> dict[str, Any]:
        """Marker and colour of a single run."""
        face = "white" if self.tuned else self.look.colour
        return {"marker": self.look.marker, "color": self.look.colour, "mfc": face, "ls": "none"}


def arms_of(verdict: Verdict, outcomes: Sequence[Outcome], most: int = MOST_ARMS) -> list[Arm]:
    """The first arms of all comparisons, each once; a tuned arm has the colour of the arm as it was given."""
    runs = by_arm(outcome for outcome in outcomes if outcome.phase == FINAL)
    arms: dict[str, Arm] = {}
    places: dict[str, int] = {}
    for result in (result for comparison in verdict.comparisons for result in comparison.arms):
        given = result.arm.removesuffix(TUNED)
        tuned = given != result.arm and given in places
        looked = look(places.setdefault(given, len(places)))
        looked = looked._replace(dashes=":") if tuned else looked
        arms.setdefault(result.arm, Arm(result, tuple(runs.get(result.arm, ())), looked, tuned))
    return list(arms.values())[:most]


def note_of(verdict: Verdict, shown: Sequence[Arm]) -> str:
    """`the first 16 of 20 arms`, where not all are shown."""
    names = {result.arm for comparison in verdict.comparisons for result in comparison.arms}
    return f"the first {len(shown)} of {len(names)} arms" if len(shown) < len(names) else ""


def title(*parts: str) -> str:
    return " · ".join(filter(None, parts))


def frame(values: Array, worst: float = 0.1) -> tuple[float, float, bool]:
    """(low, high, cut): all finite values, or all but the share `worst` that takes more than half the room.

    Those are beginnings of curves, or rates at which nothing is learned: they would flatten what decides.
    """
    values = values[np.isfinite(values)]
    low, high = float(values.min()), float(values.max())
    rising = np.median(values) > (low + high) / 2
    edge = float(np.quantile(values, worst if rising else 1 - worst))
    rest = high - edge if rising else edge - low
    cut = 0 < rest < (high - low) / 2
    if cut:
        low, high = (edge, high) if rising else (low, edge)
    margin = MARGIN * ((high - low) or abs(high) or 1.0)
    return low - margin, high + margin, cut


def legend_below(figure: Figure, entries: dict[str, Any]) -> None:
    """One legend under all panels, its entries in as many columns as fit."""
    width = figure.get_size_inches()[0]
    entry = 0.7 + LETTER * max(map(len, entries))
    columns = max(1, min(4, len(entries), int(width / entry)))
    lines = -(-len(entries) // columns)
    figure.set_size_inches(width, figure.get_size_inches()[1] + LINE * lines)
    place: Any = {"loc": "outside lower center", "ncols": columns, "frameon": False}
    figure.legend(list(entries.values()), list(entries), **place)


def room(labels: Iterable[str]) -> float:
    """Inches that labels on the left of the axes take."""
    return LETTER * max(map(len, labels), default=0)


def beside(axes: Axes, level: float, words: str) -> None:
    """Small words on the right of the axes, on the level of a row."""
    place: Any = {"xycoords": ("axes fraction", "data"), "va": "center", "fontsize": "small"}
    axes.annotate(f"  {words}", (1.0, level), **place)
