"""`python -m framework compare`: a verdict on runs that are there, in a folder or in any MLflow store."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from framework.errors import ConfigError

if TYPE_CHECKING:
    from framework.verdict.links import Links
    from framework.verdict.outcome import Outcome
    from framework.verdict.verdict import Sensitivity, Verdict

BETTER = ("higher", "lower")
AXES = ("epochs", "samples", "gradient_equivalents", "seconds")


@click.command("compare")
@click.argument("what", nargs=-1, required=True, metavar="WHAT...")
@click.option("--factor", "factors", multiple=True, help="A param that makes the arms: loss.")
@click.option("--metric", help="What decides; the primary one on test data if not given.")
@click.option("--better", type=click.Choice(BETTER), help="Of --metric, where nothing tells it.")
@click.option("--target", type=float, help="A value to be reached; one is chosen if not given.")
@click.option("--target-metric", help="Of the target; the primary one if not given.")
@click.option(
    "--axis", type=click.Choice(AXES), help="Of times to the target; epochs or the study's."
)
@click.option("--experiment", default="training-choices", show_default=True, help="For filters.")
@click.option("--uri", help="An MLflow store; MLFLOW_TRACKING_URI or mlflow.db if not given.")
@click.option("--html", type=click.Path(path_type=Path), help="Write the verdict as a page.")
@click.option("--json", type=click.Path(path_type=Path), help="Write it for programs.")
@click.option("--markdown", type=click.Path(path_type=Path), help="Write it as Markdown.")
@click.option("--aa", is_flag=True, help="Each arm against itself, too: how often that alarms.")
def command(
    what: tuple[str, ...],
    factors: tuple[str, ...],
    metric: str | None,
    better: str | None,
    target: float | None,
    target_metric: str | None,
    axis: str | None,
    experiment: str,
    uri: str | None,
    html: Path | None,
    json: Path | None,
    markdown: Path | None,
    aa: bool,
) -> None:
    """Say which arm is better, by how much, with what certainty and at what cost.

    \b
    compare runs/20260101-120000-abcdef     a study's folder
    compare training-choices                all runs of an experiment
    compare 8f0e...                         a study, an arm or runs, by their ids in MLflow
    compare "params.data = 'digits'" --factor loss --factor optim

    Runs with the same values of the factors are an arm; without --factor the arms of the study are taken, or
    the params that vary.
    """
    from framework.verdict.judge import Question, judge
    from framework.verdict.terminal import show

    asked = _folder(what, factors) or _stored(what, factors, experiment, uri)
    question = Question(
        title=asked.title,
        command=asked.command,
        factors=asked.factors,
        better=better or "",
        **_question(asked.question, metric, target, target_metric, axis),
    )
    if len({outcome.arm for outcome in asked.outcomes}) < 2 and not aa:
        raise ConfigError(_one_arm(asked.outcomes, what))
    verdict = judge(asked.outcomes, question, asked.sensitivity)
    show(verdict)
    _write(asked, verdict, html, json, markdown)
    for note in asked.notes:
        click.echo(note)
    if aa:
        _show_self_comparisons(asked.outcomes, verdict)


def _question(
    study: Mapping[str, str],
    metric: str | None,
    target: float | None,
    target_metric: str | None,
    axis: str | None,
) -> dict[str, Any]:
    """What the options ask, and where they are silent what the study asked."""
    if target is None and target_metric is None and "target" in study:
        target, target_metric = float(study["target"]), study.get("target_metric")
    return {
        "metric": metric or study.get("metric"),
        "target": target,
        "target_metric": target_metric,
        "axis": axis or study.get("axis", "epochs"),
    }


@dataclass(frozen=True)
class _Asked:
    """The runs that are meant, and what is known of where they come from.

    question: the params of the study they are of, with what it asked.
    """

    outcomes: list[Outcome]
    title: str
    command: str
    factors: tuple[str, ...]
    sensitivity: list[Sensitivity]
    links: Links | None = None
    notes: tuple[str, ...] = ()
    question: Mapping[str, str] = field(default_factory=dict)


def _folder(what: tuple[str, ...], factors: tuple[str, ...]) -> _Asked | None:
    """If the only thing named is the folder of a study."""
    from framework.tracking import folder as files
    from framework.verdict.grouping import grouped
    from framework.verdict.recorded import from_folder
    from framework.verdict.searched import sensitivities

    path = Path(what[0])
    if len(what) > 1 or not path.is_dir():
        return None
    study = files.read_json(path / files.STUDY)
    if study is None:
        raise ConfigError(f"{path}: no folder of a study, it has no {files.STUDY}")
    outcomes, told = from_folder(path), tuple(study["params"].get("factors", "").split())
    if factors:
        outcomes, told = grouped(outcomes, factors)
    words = study["params"].get("command", "")
    command = f"python run.py {words}".strip()
    found, question = sensitivities(path), study["params"]
    return _Asked(outcomes, study["name"], command, told, found, question=question)


def _stored(
    what: tuple[str, ...], factors: tuple[str, ...], experiment: str, uri: str | None
) -> _Asked:
    from framework.tracking.store import absolute, default_uri
    from framework.verdict.stored import links_of, outcomes

    found, place = outcomes(absolute(uri) if uri else default_uri(), what, factors, experiment)
    command = f"python run.py {place.command}" if place.command else _this(what, factors, uri)
    links = links_of(found, place)
    told = place.notes, place.question
    return _Asked(found, place.title, command, place.factors, [], links, *told)


def _this(what: tuple[str, ...], factors: tuple[str, ...], uri: str | None) -> str:
    """The command line that asks the same again."""
    words = [*what, *(word for factor in factors for word in ("--factor", factor))]
    return shlex.join(
        ["python", "-m", "framework", "compare", *words, *(["--uri", uri] if uri else [])]
    )


def _one_arm(outcomes: list[Outcome], what: tuple[str, ...]) -> str:
    from framework.verdict.grouping import varying

    keys = ", ".join(varying([outcome.params for outcome in outcomes]))
    way = (
        f"--factor takes one that varies: {keys}" if keys else "name runs that differ, or ask --aa"
    )
    arm = outcomes[0].arm if outcomes else "none"
    return f"{' '.join(what)}: all {len(outcomes)} runs are one arm ({arm}); {way}"


def _write(
    asked: _Asked, verdict: Verdict, html: Path | None, json: Path | None, markdown: Path | None
) -> None:
    """The files that were asked for."""
    if json is not None:
        json.write_text(verdict.to_json(), encoding="utf-8")
    if markdown is not None:
        from framework.verdict.markdown import markdown as text

        markdown.write_text(text(verdict, asked.links), encoding="utf-8")
    if html is not None:
        from framework.verdict.figures import draw
        from framework.verdict.page import page
        from framework.verdict.report import pictures_of

        pictures = pictures_of(draw(verdict, asked.outcomes))
        html.write_text(page(verdict, pictures, asked.links), encoding="utf-8")


def _show_self_comparisons(outcomes: list[Outcome], verdict: Verdict) -> None:
    from framework.verdict.self_comparison import self_comparisons

    for comparison in self_comparisons(outcomes, verdict.metric):
        click.echo(comparison.sentence)
