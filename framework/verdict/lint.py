"""What differs between arms besides the declared factors, each difference with the way to remove it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from framework.verdict.measures import FORMULA, Arms
from framework.verdict.outcome import AXES, DIVERGED, FAILED, Outcome, by_arm
from framework.verdict.targets import ended
from framework.verdict.verdict import Sensitivity
from framework.verdict.wording import listed, seeds_of

MARKS = ("seed", "study", "arm", "recipe", "command", "stopped")  # params that set up no run
COMPONENTS = ("loss", "optim", "model", "data", "schedule")
RATE = "optim.lr"
TUNED = re.compile(r" \(tuned\)$")
NONE = "-"  # of an arm that has no such param
# What a run resolved by itself: how all arms get the same.
RESOLVED = {
    "batch_size": "train.batch_size={} gives all arms the same",
    "link": "model.output={} gives all arms the same",
    "parameters": "models of one size have the same",
}
TAGS = {
    "threads": "threads={} in all runs removes it",
    "data.digest": "the data are not the same; run all arms on one version of them",
    "mlflow.source.git.commit": "run all arms from one commit",
    "git.dirty": "commit changes before running",
    "platform": "run all arms on one machine",
}
OVER = 1.01  # times the budget, from which on it is told
HARDWARE = ("platform", "threads", "cpu", "cores", "memory", "processor", "machine", "blas")


def lint(
    arms: Arms, factors: Sequence[str], title: str = "", sensitivity: Sequence[Sensitivity] = ()
) -> tuple[str, ...]:
    """A sentence for each difference that no declared factor explains.

    A factor explains itself and what is below it: `optim` explains optim.lr. What was tuned explains itself.
    title: of the comparison, "" unless rates were tuned, which it then says.
    """
    tuned = (
        {each.field for each in sensitivity} if any(TUNED.search(arm) for arm in arms) else set()
    )
    declared = (*factors, *tuned)
    arms = {TUNED.sub("", arm): runs for arm, runs in arms.items()}
    rates = [] if title else _rates(arms, declared)
    ends = (*_ends(arms), *_overspent(arms))
    return (*_params(arms, declared), *_seeds(arms), *_tags(arms), *rates, *ends)


def fixed_and_differed(
    outcomes: Sequence[Outcome],
) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """(param -> value that all runs share, param -> arm -> value)."""
    arms = by_arm(outcomes)
    keys = dict.fromkeys(key for run in outcomes for key in run.params if key not in MARKS)
    table = {key: {arm: _told(runs, key) for arm, runs in arms.items()} for key in keys}
    fixed = {key: next(iter(row.values())) for key, row in table.items() if _same(arms, key)}
    return fixed, {key: row for key, row in table.items() if key not in fixed}


def environment(outcomes: Sequence[Outcome]) -> dict[str, str]:
    """Versions, hardware and threads; `mixed` where runs differ."""
    keys = dict.fromkeys(key for run in outcomes for key in run.tags if _of_environment(key))
    found = {}
    for key in sorted(keys):
        values = {run.tags.get(key, NONE) for run in outcomes}
        found[key] = values.pop() if len(values) == 1 else "mixed"
    return found


def _of_environment(key: str) -> bool:
    return key.startswith(("version.", "hardware.")) or key in (
        *HARDWARE,
        "mlflow.source.git.commit",
    )


# -- params --------------------------------------------------------------------------------------------


def _params(arms: Arms, factors: Sequence[str]) -> list[str]:
    runs = [run for each in arms.values() for run in each]
    keys = dict.fromkeys(key for run in runs for key in run.params if key not in (*MARKS, *TAGS))
    unlike = [key for key in keys if not _same(arms, key)]
    unexplained = [key for key in unlike if not _explained(key, factors)]
    whole = [key for key in unexplained if key in COMPONENTS]
    return [
        _param_line(arms, key)
        for key in unexplained
        if not any(key.startswith(f"{component}.") for component in whole)
    ]


def _explained(key: str, factors: Sequence[str]) -> bool:
    """By a factor that is the key, or above it; the size of a model by any factor of models."""
    if key == "parameters":
        return any(factor.partition(".")[0] == "model" for factor in factors)
    also = {"batch_size": "train.batch_size", "link": "model.output"}.get(key, key)
    return any(also == f or key == f or also.startswith(f"{f}.") for f in factors)


def _param_line(arms: Arms, key: str) -> str:
    values = {arm: _told(runs, key) for arm, runs in arms.items()}
    first = next((value for value in values.values() if value != NONE), NONE)
    way = RESOLVED.get(key, f"{key}={{}} gives all arms the same, or declare it as a factor")
    within = [arm for arm, runs in arms.items() if len({run.params.get(key) for run in runs}) > 1]
    where = f" within {listed(within)}" if within else ""
    name = "the number of parameters" if key == "parameters" else key
    return f"{name} differs{where}: {_by_value(values)}; {way.replace('{}', first.split(' | ')[0])}"


def _told(runs: Sequence[Outcome], key: str) -> str:
    """`32`, or `32 | 64` where runs of an arm differ."""
    return " | ".join(dict.fromkeys(run.params.get(key, NONE) for run in runs))


def _same(arms: Arms, key: str) -> bool:
    return len({run.params.get(key) for runs in arms.values() for run in runs}) == 1


def _by_value(values: Mapping[str, str]) -> str:
    """`32 (ce, mse), full (newton)`."""
    groups: dict[str, list[str]] = {}
    for arm, value in values.items():
        groups.setdefault(value, []).append(arm)
    return ", ".join(f"{value} ({', '.join(found)})" for value, found in groups.items())


# -- seeds, tags, ends ---------------------------------------------------------------------------------


def _seeds(arms: Arms) -> list[str]:
    seeds = {arm: frozenset(run.seed for run in runs) for arm, runs in arms.items()}
    if len(set(seeds.values())) == 1:
        return []
    told = _by_value({arm: seeds_of(found) for arm, found in seeds.items()})
    return [f"the seeds differ: {told}; only shared ones can be paired, so run the missing ones"]


def _tags(arms: Arms) -> list[str]:
    runs = [run for each in arms.values() for run in each]
    keys = sorted({key for run in runs for key in run.tags})
    lines = []
    for key in keys:
        told = {run.tags.get(key) for run in runs}
        if len(told) == 1:
            continue
        if key in TAGS or key.startswith("version."):
            lines.append(_tag_line(arms, key))
        elif key.startswith("plugin."):
            lines += _sources(runs, key)
    return lines


def _tag_line(arms: Arms, key: str) -> str:
    values = {
        arm: " | ".join(dict.fromkeys(run.tags.get(key, NONE)[:40] for run in runs))
        for arm, runs in arms.items()
    }
    first = next(iter(values.values())).split(" | ")[0]
    way = TAGS.get(key, "run all arms with one version").replace("{}", first)
    name = key.removeprefix("mlflow.source.")
    return f"{name} differs: {_by_value(values)}; {way}"


def _sources(runs: Sequence[Outcome], key: str) -> list[str]:
    """Components of one name whose source is not the same."""
    sources: dict[str, set[str]] = {}
    for run in runs:
        if key in run.tags:
            name = run.tags[key].partition(":")[0]
            sources.setdefault(name, set()).add(run.tags[key].rpartition("sha256 ")[2])
    return [
        f"the source of {key.removeprefix('plugin.')}={name} differs between runs: "
        f"{', '.join(sorted(found))}; run all arms with one version of it"
        for name, found in sources.items()
        if len(found) > 1
    ]


def _rates(arms: Arms, factors: Sequence[str]) -> list[str]:
    """Unlike losses or optimizers at rates that nobody tuned for them."""
    with_rate = {arm: runs for arm, runs in arms.items() if any(RATE in run.params for run in runs)}
    if len(with_rate) < 2 or RATE in factors:
        return []
    kinds = {_formula(run) for runs in with_rate.values() for run in runs}
    if len(kinds) < 2:
        return []
    rates = {arm: _told(runs, RATE) for arm, runs in with_rate.items()}
    way = "tune=equal compares each at its best"
    if len(set(rates.values())) > 1:
        return [f"{RATE} is {_by_value(rates)}, tuned for no arm; {way}"]
    whole = "both" if len(rates) == 2 else "all"
    who = whole if len(rates) == len(arms) else listed(list(rates))
    none = "neither" if len(rates) == 2 else "none of them"
    rate = next(iter(rates.values()))
    return [f"{who} are at {RATE}={rate}, which was chosen for {none}; {way}"]


def _formula(run: Outcome) -> tuple[tuple[str, str], ...]:
    """The loss with its fields, and the optimizer."""
    keys = [
        key for key in run.params if (FORMULA.fullmatch(key) and key != "link") or key == "optim"
    ]
    return tuple((key, run.params[key]) for key in sorted(keys))


def _ends(arms: Arms) -> list[str]:
    """Runs that ended otherwise than others."""
    told = {
        arm: " | ".join(dict.fromkeys(_end(run) for run in runs if run.status not in _LOST))
        for arm, runs in arms.items()
    }
    told = {arm: end for arm, end in told.items() if end}
    if len(set(told.values())) < 2 or not all(told.values()):
        return []
    return [f"runs ended differently: {_by_value(told)}; their costs are not the same budget"]


def _end(run: Outcome) -> str:
    """Why it ended, without its numbers where it ended of itself."""
    text = ended(run)
    return text if "budget" in text else re.sub(r"\d[\d.e+-]*", "...", text)


_LOST = (FAILED, DIVERGED)


def _overspent(arms: Arms) -> list[str]:
    """Arms whose last steps took more than was left of their budget."""
    lines = []
    for arm, runs in arms.items():
        spent = [found for run in runs if (found := _over(run))]
        if spent:
            share, told = max(spent)
            way = "its last step took more than was left; a larger budget makes that matter less"
            lines.append(f"{arm} spent {told} ({share - 1:.0%} more than its budget): {way}")
    return lines


def _over(run: Outcome) -> tuple[float, str] | None:
    """By which factor a run spent more than its budget, and what; None up to OVER."""
    found = []
    for part in run.params.get("budget", "").split(", "):
        bound, _, axis = part.partition(" ")
        cost = run.metrics.get(AXES.get(axis) or "")
        if cost is not None and cost > OVER * float(bound):
            words = f"{cost:,.6g} of {float(bound):,.6g} {axis.replace('_', '-')}"
            found.append((cost / float(bound), words))
    return max(found, default=None)
