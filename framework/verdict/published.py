"""The verdict of a study in MLflow: description, artifacts and metrics of the parent run, with links."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from framework.tracking import folder as files
from framework.tracking.entry import LONGEST_TAG, MLFLOW, Store, send_metrics
from framework.verdict.links import Links, base_of, compare_page, run_page, saved_view
from framework.verdict.outcome import FINAL, FINISHED
from framework.verdict.report import FIGURES, JSON, MARKDOWN, PAGE
from framework.verdict.verdict import Verdict

NOTE = "mlflow.note.content"
VIEW = "mlflow.sharedViewState."  # + key: a saved view of runs, as MLflow's own pages write it
MOST_CHARTS = 6


def publish(store: Store, study: Path, run_id: str, arms: Mapping[str, str]) -> None:
    """Send the verdict in the folder `study`, if there is one, to the MLflow run of the study.

    It is written again, into the folder too, with the ids of the runs and with links. A damaged one is as if
    it were not there. arms: label -> run id, empty where there are no arms.
    """
    found = _read(study / JSON)
    if found is None:
        return
    verdict = with_run_ids(found, study)
    links = links_of(store, study, verdict, run_id, arms)
    _write(study, verdict, links)
    for name in (JSON, MARKDOWN, PAGE):
        store.client.log_artifact(run_id, str(study / name))
    store.client.set_tag(run_id, NOTE, shortened(note(verdict, links)))
    _save_view(store, study.name, verdict)
    when = _ended(study)
    points = [(name, value, when, 0) for name, value in numbers(verdict).items()]
    send_metrics(store, run_id, points)


def with_run_ids(verdict: Verdict, study: Path) -> Verdict:
    """The verdict with the MLflow run of each of its runs, as their folders remember it."""
    runs = []
    for run in verdict.runs:
        entry = files.read_json(study / Path(run["folder"]).name / MLFLOW) or {}
        known = {key: entry[key] for key in ("run_id", "experiment_id") if entry.get(key)}
        runs.append({**run, **known})
    return replace(verdict, runs=tuple(runs))


def links_of(
    store: Store, study: Path, verdict: Verdict, run_id: str, arms: Mapping[str, str]
) -> Links:
    """Links to the study's pages in this store."""
    place = store.experiment_id
    runs = [run["run_id"] for run in verdict.runs if run["run_id"]]
    compared = [arms[arm] for arm in _arms(verdict) if arms.get(arm)]
    if not compared:
        compared = [run["run_id"] for run in verdict.runs if run["status"] == FINISHED]
    return Links(
        base=base_of(store.uri),
        study=run_page(place, run_id),
        compare=compare_page([place], compared) if compared else "",
        table=saved_view(place, study.name),
        curves=saved_view(place, study.name, charts=True),
        runs={run: run_page(place, run) for run in runs},
    )


def note(verdict: Verdict, links: Links) -> str:
    """The Markdown below the run's name, with links that are right on whatever host serves the page."""
    text = _markdown(verdict, replace(links, base=""))
    return text.removeprefix(f"# {verdict.title}").lstrip()


def shortened(text: str, most: int = LONGEST_TAG) -> str:
    """Text that fits a tag: paragraphs are left out from the first that does not fit, which is said."""
    if len(text) <= most:
        return text
    rest = f"\n\n… the rest is in the artifact {MARKDOWN}\n"
    head = text[: most - len(rest)]
    return head[: max(head.rfind("\n\n"), 0)] + rest


def numbers(verdict: Verdict) -> dict[str, float]:
    """What was decided as metrics: of each pair the difference in the metric, its interval and p.

    `<metric>.difference`, `.low`, `.high`, `.p`, `.p_holm`; where there are several pairs or comparisons,
    below `<first> - <second>/`.
    """
    pairs = [
        pair
        for comparison in verdict.comparisons
        for pair in comparison.pairs
        if pair.outcome == verdict.metric
    ]
    found = {}
    for pair in pairs:
        place = "" if len(pairs) == 1 else f"{pair.first} - {pair.second}/"
        for what in ("difference", "low", "high", "p", "p_holm"):
            value = getattr(pair, what)
            if value is not None:
                found[f"{place}{pair.outcome}.{what}"] = float(value)
    return found


def view(study: str, verdict: Verdict) -> dict[str, Any]:
    """The state of MLflow's page of runs: those of the study by arm, the columns and charts of the verdict.

    MLflow does not document it; a version that does not understand it says so on the page.
    """
    metrics = _metrics(verdict)
    columns = [f"params.`{key}`" for key in (*verdict.factors, "seed")]
    return {
        "searchFilter": (
            f"tags.level = 'run' and tags.phase = '{FINAL}' and params.study = '{study}'"
        ),
        "orderByKey": "attributes.start_time",
        "orderByAsc": True,
        "selectedColumns": [*columns, *(f"metrics.`{metric}`" for metric in metrics)],
        "groupBy": {
            "aggregateFunction": "average",
            "groupByKeys": [{"mode": "tag", "groupByData": "label"}],
        },
        "runsHiddenMode": "SHOW_ALL",
        "isAccordionReordered": True,  # keeps our section before those that MLflow adds
        "compareRunSections": [
            {"uuid": "verdict", "name": "Verdict", "display": True, "isReordered": True}
        ],
        "compareRunCharts": [_chart(metric) for metric in metrics[:MOST_CHARTS]],
    }


def _chart(metric: str) -> dict[str, Any]:
    return {
        "uuid": metric,
        "type": "LINE",
        "metricSectionId": "verdict",
        "metricKey": metric,
        "selectedMetricKeys": [metric],
        "xAxisKey": "step",
        "selectedXAxisMetricKey": "",
        "xAxisScaleType": "linear",
        "scaleType": "linear",
        "aggregateFunction": "average",
        "runsCountToCompare": 100,
        "lineSmoothness": 0,
        "useGlobalXaxisKey": False,
        "useGlobalLineSmoothing": True,
        "displayPoints": False,
        "range": {},
        "deleted": False,
        "isGenerated": False,
    }


def _metrics(verdict: Verdict) -> list[str]:
    """The one that decides, that of the target, and the others of the table."""
    target = [] if verdict.target is None else [verdict.target[0]]
    table = [name for c in verdict.comparisons for arm in c.arms for name in arm.metrics]
    return list(dict.fromkeys([verdict.metric, *target, *table]))


def _arms(verdict: Verdict) -> list[str]:
    return list(dict.fromkeys(arm.arm for c in verdict.comparisons for arm in c.arms))


def _save_view(store: Store, key: str, verdict: Verdict) -> None:
    state = json.dumps(view(key, verdict), separators=(",", ":"))
    store.client.set_experiment_tag(store.experiment_id, VIEW + key, state)


def _write(study: Path, verdict: Verdict, links: Links) -> None:
    from framework.verdict.page import CAPTIONS, page

    paths = {name: study / FIGURES / f"{name}.png" for name in CAPTIONS}
    pictures = {name: path.read_bytes() for name, path in paths.items() if path.exists()}
    files.write_text(study / MARKDOWN, _markdown(verdict, links))
    files.write_text(study / PAGE, page(verdict, pictures, links))
    files.write_text(study / JSON, verdict.to_json())


def _markdown(verdict: Verdict, links: Links) -> str:
    from framework.verdict.markdown import markdown

    return markdown(verdict, links)


def _read(path: Path) -> Verdict | None:
    """None without a verdict, and for a damaged one, which is told of: no repair makes it whole."""
    if not path.exists():
        return None
    try:
        return Verdict.from_json(path.read_text(encoding="utf-8"))
    except ValueError as problem:
        ask = f"python -m framework compare {path.parent}"
        print(f"{path}: damaged, left out ({ask} asks again): {problem}", file=sys.stderr)
        return None


def _ended(study: Path) -> int:
    """When the study ended: a point that is sent twice is the same point."""
    return int((files.read_json(study / files.RESULT) or {}).get("end_time", 0))
