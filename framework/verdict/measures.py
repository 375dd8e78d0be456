"""What arms may be compared by: metrics that mean the same for all of them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence

from framework.errors import ConfigError
from framework.verdict.directions import base, direction
from framework.verdict.outcome import Outcome
from framework.verdict.verdict import ArmResult
from framework.verdict.wording import listed

Arms = Mapping[str, Sequence[Outcome]]

SPLITS = ("test", "val", "train")  # in the order in which they decide
# The loss's own values: they mean the same only behind one formula.
OWN = re.compile(
    r"(.*/)?((train(ing)?|val(id)?(ation)?|eval|test)_)?(loss|objective|gradient_norm)"
)
FORMULA = re.compile(r"(loss|criterion|loss_fn)(\..*)?|link")
PENALTY = re.compile(r"objective\..*")
COUNTERS = ("work", "target", "baseline", "system")
NO_RESULTS = ("learning_rate_factor", "gradient_norm")
SHARES = re.compile(r"accuracy|precision|recall|top_k|(^|_)(f1|acc)(_|$)")


def of_the_loss(name: str) -> bool:
    """Whether these are the loss's own values, as `val/loss` or `train/objective`; log_loss is a metric."""
    return OWN.fullmatch(name) is not None


def comparable(outcomes: Iterable[Outcome], name: str) -> bool:
    """Whether the metric means the same in all runs: true but for the values of unlike losses."""
    if not of_the_loss(name):
        return True
    penalised = base(name) != "loss"
    formulas = [
        {
            key: value
            for key, value in outcome.params.items()
            if FORMULA.fullmatch(key) or (penalised and PENALTY.fullmatch(key))
        }
        for outcome in outcomes
    ]
    return all(formula == formulas[0] for formula in formulas)


def value(outcome: Outcome, name: str) -> float | None:
    """The final value, None where the run has none or one that is not finite."""
    found = outcome.metrics.get(name)
    return float(found) if found is not None and math.isfinite(found) else None


def measured(arms: Arms) -> list[str]:
    """Metrics that every arm with a finished run has, in the order of their appearance."""
    names: list[set[str]] = []
    order: dict[str, None] = {}
    for runs in arms.values():
        found = [name for run in runs if run.finished for name in run.metrics if _kept(run, name)]
        order |= dict.fromkeys(found)
        if any(run.finished for run in runs):
            names.append(set(found))
    return [name for name in order if all(name in each for each in names)]


def _kept(outcome: Outcome, name: str) -> bool:
    aside = name.partition("/")[0] in COUNTERS or base(name) in NO_RESULTS or ".by_" in name
    return not aside and value(outcome, name) is not None


def results(arms: Arms) -> list[str]:
    """The measured ones that mean the same in all arms."""
    outcomes = _joined(arms)
    return [name for name in measured(arms) if comparable(outcomes, name)]


def ranked(arms: Arms) -> list[str]:
    """The results of which it is known whether more or less is better."""
    outcomes = _joined(arms)
    return [name for name in results(arms) if direction(name, outcomes) is not None]


def primary(arms: Arms, better: str = "") -> str | None:
    """The metric by which the runs judge themselves: on validation rows, where there are any.

    None is chosen of which nobody knows what is better, unless `better` tells it and there is no other.
    """
    told = {run.tags["primary"] for run in _joined(arms) if "primary" in run.tags}
    names = ranked(arms) or (results(arms) if better else [])
    if len(told) == 1 and (name := told.pop()) in names:
        return name
    order = sorted(names, key=lambda name: (of_the_loss(name), _place(name, ("val", *SPLITS))))
    return next(iter(order), None)


def deciding(arms: Arms, asked: str | None, better: str = "") -> str:
    """The metric that is asked for, or else the primary one on test rows, else on val, else on train.

    Raises ConfigError for a metric that some arm has not, or that arms do not share the meaning of.
    """
    if asked is not None:
        return checked(arms, asked, "metric")
    names, first = results(arms), primary(arms, better)
    if first is None and names:
        raise ConfigError(
            f"metric: nothing says whether more or less of {listed(names)} is better; "
            f"compare --metric {names[0]} --better higher (or lower) does"
        )
    if first is None:
        raise ConfigError(
            "study.metric: no metric is shared by all arms; the values of losses with different "
            "formulas do not compare, metrics.classification=[accuracy] measures one that does"
        )
    same = [name for name in names if base(name) == base(first)]
    return min(same, key=lambda name: _place(name, SPLITS))


def checked(arms: Arms, asked: str, key: str) -> str:
    """`asked`, if all arms have it and it means the same in all of them; else ConfigError."""
    names = results(arms)
    if _everywhere(arms, asked) and comparable(_joined(arms), asked):
        return asked
    others = [name for name in names if not of_the_loss(name)] or names
    way = f"; set {key}={min(others, key=lambda n: _place(n, SPLITS))}" if others else ""
    if not comparable(_joined(arms), asked):
        raise ConfigError(
            f"{key}={asked}: the arms' losses are different formulas, their values do not compare{way}"
        )
    raise ConfigError(
        f"{key}={asked}: not measured by every arm  ({', '.join(names) or 'nothing'} is)"
    )


def _everywhere(arms: Arms, name: str) -> bool:
    finished = [run for run in _joined(arms) if run.finished]
    return all(value(run, name) is not None for run in finished)


def shown(arms: Arms, metric: str) -> list[str]:
    """The metrics of the table: the deciding one first, and all others of its split."""
    split = metric.rpartition("/")[0]
    same = [name for name in results(arms) if name.rpartition("/")[0] == split]
    return list(dict.fromkeys([metric, *same]))


def in_points(name: str, values: Iterable[float]) -> bool:
    """Whether differences are told in percentage points: shares, as accuracy, between 0 and 1."""
    return SHARES.search(base(name)) is not None and all(0 <= each <= 1 for each in values)


def points(metric: str, arms: Iterable[ArmResult]) -> bool:
    """The same, of the values of a verdict's arms."""
    found = [arm.metrics[metric] for arm in arms if metric in arm.metrics]
    return in_points(metric, [end for each in found for end in (each.least, each.greatest)])


def _joined(arms: Arms) -> list[Outcome]:
    return [run for runs in arms.values() for run in runs]


def _place(name: str, splits: Sequence[str]) -> int:
    split = name.partition("/")[0]
    return splits.index(split) if split in splits else len(splits)
