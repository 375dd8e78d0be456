"""The end of a study: the verdict on the terminal, and as files in the study's folder."""

from __future__ import annotations

import io
import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from framework.errors import ConfigError
from framework.settings import Settings
from framework.tracking.folder import write_text
from framework.verdict.outcome import Outcome
from framework.verdict.verdict import Verdict

if TYPE_CHECKING:
    from matplotlib.figure import Figure

JSON, MARKDOWN, PAGE, FIGURES = "verdict.json", "verdict.md", "verdict.html", "figures"


def report(
    study: Path, title: str, command: str, factors: Sequence[str], settings: Settings
) -> None:
    """Judge the runs in the folder `study`, show the verdict, and write it beside them.

    A verdict that fails costs no run: what went wrong is told, and how to ask again.
    """
    try:
        outcomes, verdict = _judged(study, title, command, factors, settings)
        write_words(study, verdict)
        if not settings.quiet:
            _show(verdict)
        write_page(study, verdict, outcomes)
    except ConfigError as error:
        print(f"no verdict: {error}", file=sys.stderr)
    except Exception:
        traceback.print_exc()
        print(
            f"not all of the verdict; python -m framework compare {study} asks again",
            file=sys.stderr,
        )


def _judged(
    study: Path, title: str, command: str, factors: Sequence[str], settings: Settings
) -> tuple[list[Outcome], Verdict]:
    from framework.verdict.judge import Question, judge
    from framework.verdict.recorded import from_folder
    from framework.verdict.searched import sensitivities

    asked = settings.study
    question = Question(
        title=title,
        command=command,
        factors=tuple(factors),
        metric=asked.metric,
        target=asked.target,
        target_metric=asked.target_metric,
        axis=settings.budget.unit,
    )
    outcomes = from_folder(study)
    return outcomes, judge(outcomes, question, sensitivities(study))


def _show(verdict: Verdict) -> None:
    """Print it; a reader that has closed the pipe (`| head`) is no reason to end a study."""
    from framework.verdict.terminal import show

    try:
        show(verdict)
    except (BrokenPipeError, SystemExit):  # rich's own answer to a closed pipe
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123 - until the process ends


def write_words(folder: Path, verdict: Verdict) -> None:
    """verdict.json and verdict.md."""
    from framework.verdict.markdown import markdown

    write_text(folder / JSON, verdict.to_json())
    write_text(folder / MARKDOWN, markdown(verdict))


def write_page(folder: Path, verdict: Verdict, outcomes: Sequence[Outcome]) -> None:
    """The figures, and verdict.html with them."""
    from framework.verdict.figures import draw
    from framework.verdict.page import page

    pictures = pictures_of(draw(verdict, outcomes))
    (folder / FIGURES).mkdir(exist_ok=True)
    for name, picture in pictures.items():
        (folder / FIGURES / f"{name}.png").write_bytes(picture)
    write_text(folder / PAGE, page(verdict, pictures))


def pictures_of(figures: Mapping[str, Figure]) -> dict[str, bytes]:
    """PNG files."""
    pictures = {}
    for name, figure in figures.items():
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=120, pil_kwargs={"compress_level": 1})
        pictures[name] = buffer.getvalue()
    return pictures
