"""Whether the verdict that is asked for can be given, before anything is run."""

from __future__ import annotations

from framework.errors import ConfigError, unknown
from framework.settings import Settings
from framework.study.plan import Plan
from framework.study.sketch import Sketch
from framework.verdict.measures import SPLITS, comparable
from framework.verdict.outcome import Outcome


def check_asked(plan: Plan, settings: Settings) -> None:
    """Raise ConfigError for a metric that some arm does not measure, or that means different things."""
    for key in ("metric", "target_metric"):
        name = getattr(settings.study, key)
        if name is not None and name.partition("/")[0] in SPLITS:
            _check(f"study.{key}={name}", name, plan)


def _check(label: str, name: str, plan: Plan) -> None:
    for arm in plan.arms:
        if name not in (known := _measured(arm.sketch)):
            raise ConfigError(f"{label}: {unknown(f'metric in arm {arm.label!r}', name, known)}")
    outcomes = [Outcome(arm.label, 0, params=arm.sketch.params) for arm in plan.arms]
    if not comparable(outcomes, name):
        way = "choose a metric that they share, as test/accuracy"
        raise ConfigError(f"{label}: the arms' losses are different formulas; {way}")


def _measured(sketch: Sketch) -> list[str]:
    """What every evaluation measures, but for what callbacks add."""
    names = [f"{split}/{name}" for split in sketch.splits for name in ("loss", *sketch.metrics)]
    return [*names, "train/objective", "train/gradient_norm"]
