"""A verdict as Markdown: what MLflow shows of a study, and verdict.md in its folder."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from framework.verdict.links import Links
from framework.verdict.measures import points
from framework.verdict.outcome import AXES
from framework.verdict.verdict import ArmResult, Comparison, Pair, Verdict
from framework.verdict.wording import (
    changed,
    corrected,
    counted,
    estimated,
    listed,
    number,
    percent,
    probability,
    reached,
    together,
)

MOST_RUNS = 60  # shown one by one; of more, the counts and those that failed
AXIS_NAMES = {axis: axis.replace("_", "-") for axis in AXES}


def markdown(verdict: Verdict, links: Links | None = None) -> str:
    """The whole verdict. Links are absolute, or as they stand behind the host where links.base is ""."""
    parts = [f"# {verdict.title}", *_lead(verdict, links)]
    for comparison in verdict.comparisons:
        parts += _comparison(verdict, comparison)
    parts += [
        *_listed("Differences besides the declared factors", verdict.lint),
        *_differed(verdict),
        *_listed("Notes", [verdict.pairing, *verdict.notes]),
        *_facts("Held fixed", verdict.fixed),
        *_facts("Environment", verdict.environment),
        *_runs(verdict, links),
        "## Reproduce it",
        _code(verdict.command),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _lead(verdict: Verdict, links: Links | None) -> list[str]:
    """Where to look, and the sentences, a paragraph a comparison."""
    told = [f"**{_escaped(' '.join(c.sentences))}**" for c in verdict.comparisons if c.sentences]
    pages = (
        []
        if links is None
        else [
            ("compare the runs", links.compare),
            ("curves", links.curves),
            ("table of the runs", links.table),
            ("the study", links.study),
        ]
    )
    look = [f"[{name}]({_url(links, link)})" for name, link in pages if link]
    factors = f"Declared factors: {listed(verdict.factors, 12)}." if verdict.factors else ""
    better = "higher" if verdict.higher_is_better else "lower"
    metric = f"Decided by final {verdict.metric} ({better} is better)."
    return [" · ".join(look), *told, " ".join(filter(None, [metric, factors]))]


def _url(links: Links | None, link: str) -> str:
    assert links is not None
    return links.absolute(link) if links.base else link


# -- comparisons ---------------------------------------------------------------------------------------


def _comparison(verdict: Verdict, comparison: Comparison) -> list[str]:
    title = comparison.title.capitalize() or "Arms"
    return [
        f"## {title}",
        _arms(verdict, comparison),
        *_pairs(verdict, comparison),
        *_costs(verdict, comparison),
    ]


def _arms(verdict: Verdict, comparison: Comparison) -> str:
    """A row an arm: seeds, the deciding metric in full, the others by mean and interval."""
    names = list(dict.fromkeys(name for arm in comparison.arms for name in arm.metrics))
    interval = percent(verdict.confidence)
    tuned = list(dict.fromkeys(key for arm in comparison.arms for key in arm.tuned))
    others = [name for name in names if name != verdict.metric]
    head = [
        *("arm", "seeds", "finished", "failed", "diverged"),
        *(f"tuned {key}" for key in tuned),
        *(f"{verdict.metric}: mean [{interval}]", "median", "range"),
        *(f"{name}: mean [{interval}]" for name in others),
    ]
    rows = [
        [
            *(arm.arm, str(arm.seeds), str(arm.finished), str(arm.failed), str(arm.diverged)),
            *(number(arm.tuned.get(key)) for key in tuned),
            *_in_full(arm, verdict.metric),
            *(estimated(arm.metrics.get(name)) for name in others),
        ]
        for arm in comparison.arms
    ]
    return table(head, rows)


def _in_full(arm: ArmResult, metric: str) -> list[str]:
    found = arm.metrics.get(metric)
    if found is None:
        return ["-", "-", "-"]
    span = " to ".join(together([found.least, found.greatest], 4))
    return [estimated(found), number(found.median), span]


def _pairs(verdict: Verdict, comparison: Comparison) -> list[str]:
    if not comparison.pairs:
        return []
    interval = percent(verdict.confidence)
    head = [
        *("first", "second", "outcome", "n", f"first - second [{interval}]", "p", "p (Holm)"),
        *("least p", "effect", "better"),
    ]
    shares = points(verdict.metric, comparison.arms)
    rows = [_pair(verdict, pair, shares) for pair in comparison.pairs]
    tests = dict.fromkeys(
        f"{pair.test}{'' if pair.paired else ', unpaired'}" for pair in comparison.pairs
    )
    notes = dict.fromkeys(
        f"{pair.first}, {pair.second}: {pair.note}" for pair in comparison.pairs if pair.note
    )
    lines = [f"tests: {'; '.join(tests)}", corrected(verdict.confidence), *notes]
    return [
        table(head, rows),
        "\n".join(f"- {_escaped(line)}" for line in lines),
    ]


def _pair(verdict: Verdict, pair: Pair, shares: bool) -> list[str]:
    change = changed(pair, shares and pair.outcome == verdict.metric)
    return [
        *(pair.first, pair.second, pair.outcome, str(pair.n), change),
        *(probability(pair.p), probability(pair.p_holm), f"{pair.least_p:.3g}"),
        *(_signed(pair.effect), pair.better or "not decided"),
    ]


def _signed(value: float | None) -> str:
    return "-" if value is None else f"{value:+.2f}"


def _costs(verdict: Verdict, comparison: Comparison) -> list[str]:
    """What arms cost in all, and to the target, on every axis."""
    axes = [axis for axis in AXES if any(axis in arm.costs for arm in comparison.arms)]
    names = [AXIS_NAMES[axis] for axis in axes]
    spent = [
        [arm.arm, *(number(arm.costs[axis].mean) if axis in arm.costs else "-" for axis in axes)]
        for arm in comparison.arms
    ]
    parts = ["Cost of a run, mean:", table(["arm", *names], spent)] if axes else []
    if verdict.target is None:
        return parts
    name, value = verdict.target
    timed = [axis for axis in AXES if any(axis in arm.targets for arm in comparison.arms)]
    rows = [
        [arm.arm, *(reached(arm.targets.get(axis), axis) for axis in timed)]
        for arm in comparison.arms
    ]
    told = (
        f"Cost to {name} {number(value, 6)}, median; in brackets how many runs got there if not all, "
        "- where fewer than half did:"
    )
    return (
        [*parts, told, table(["arm", *(AXIS_NAMES[axis] for axis in timed)], rows)]
        if timed
        else parts
    )


# -- what it stands on ---------------------------------------------------------------------------------


def _listed(title: str, lines: Iterable[str]) -> list[str]:
    found = [f"- {_escaped(line)}" for line in lines if line]
    return [f"## {title}", "\n".join(found)] if found else []


def _facts(title: str, facts: Mapping[str, str]) -> list[str]:
    if not facts:
        return []
    return [f"## {title}", table(["key", "value"], [[key, value] for key, value in facts.items()])]


def _differed(verdict: Verdict) -> list[str]:
    if not verdict.differed:
        return []
    arms = list(dict.fromkeys(arm for row in verdict.differed.values() for arm in row))
    rows = [[key, *(row.get(arm, "-") for arm in arms)] for key, row in verdict.differed.items()]
    return ["## What differed", table(["param", *arms], rows)]


def _runs(verdict: Verdict, links: Links | None) -> list[str]:
    """Each run, or of many how each arm's ended, and those that did not finish."""
    runs = [dict(run) for run in verdict.runs]
    if len(runs) <= MOST_RUNS:
        return ["## Runs", _run_table(verdict, runs, links)]
    ends = Counter((run["arm"], run["status"]) for run in runs)
    counts = table(["arm", "status", "runs"], [[*key, str(n)] for key, n in ends.items()])
    lost = [run for run in runs if run["status"] != "finished"]
    return [
        "## Runs",
        counts,
        _run_table(verdict, lost[:MOST_RUNS], links) if lost else "",
        _more(len(lost)),
    ]


def _more(lost: int) -> str:
    return (
        f"and {counted(lost - MOST_RUNS, 'run')} more that did not finish"
        if lost > MOST_RUNS
        else ""
    )


def _run_table(verdict: Verdict, runs: Sequence[Mapping[str, str]], links: Links | None) -> str:
    head = ["arm", "seed", "status", verdict.metric, "run", "folder", "reason"]
    rows = [
        [
            *(run["arm"], run["seed"], run["status"], run.get("value", "") or "-"),
            *(
                _run_link(run.get("run_id", ""), links),
                run.get("folder", ""),
                run.get("reason", ""),
            ),
        ]
        for run in runs
    ]
    kept = [
        i for i, name in enumerate(head) if i < 4 or any(row[i] not in ("", "-") for row in rows)
    ]
    return table([head[i] for i in kept], [[row[i] for i in kept] for row in rows])


def _run_link(run_id: str, links: Links | None) -> str:
    page = links.runs.get(run_id, "") if links is not None else ""
    return f"[{run_id[:8]}]({_url(links, page)})" if page else run_id


# -- Markdown ------------------------------------------------------------------------------------------


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells; a | within one is escaped."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def _cell(text: str) -> str:
    """Links stay as they are."""
    link = text.startswith("[") and text.endswith(")") and "](" in text
    return text if link else _escaped(" ".join(text.split()))


def _escaped(text: str) -> str:
    """Without what Markdown would take for its own: names as a_b and *, | and <."""
    return re.sub(r"([\\|*_`]|<(?=[a-zA-Z/!]))", r"\\\1", text)


def _code(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines() or [""])
