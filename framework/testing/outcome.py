"""What a check saw, what it concludes, and what a failure usually means."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np

from framework.errors import ConfigError, DataError, FrameworkError, NonFinite
from framework.params import Array

Means = str | Callable[[Array, Array], str]  # what a difference of two sides usually means

TOLERANCE = 1e-6  # relative, of a derivative: far above rounding, far below a fault of 1 %


@dataclass(frozen=True)
class Finding:
    """What a check saw in one case. passed: None where nothing could be concluded, `says` tells why.

    error: the relative distance of the two sides. says: for a failure, what it usually means.
    """

    passed: bool | None = True
    error: float = 0.0
    analytic: str = ""
    numeric: str = ""
    says: str = ""


@dataclass(frozen=True)
class Outcome:
    """One check of one component, over all cases: the first failure, else the worst that passed."""

    check: str
    compared: str
    passed: bool | None
    cases: int
    where: str = ""
    error: float = 0.0
    analytic: str = ""
    numeric: str = ""
    says: str = ""

    @property
    def evidence(self) -> str:
        """`behind softmax: analytic 0.12, numeric 0.84; off by a factor 1/7, ...`."""
        words = " " in self.analytic  # the two sides say themselves what they are
        names = ("", "") if words else ("analytic ", "numeric ")
        sides = f"{names[0]}{self.analytic}, {names[1]}{self.numeric}" if self.numeric else ""
        told = "; ".join(part for part in (sides, self.says) if part)
        return f"{self.where}: {told}" if self.where and told else told or self.where

    def as_data(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


class Case(Protocol):
    """What a check function is given: one configuration of the component, and arrays to try it on."""

    @property
    def name(self) -> str: ...


@dataclass(frozen=True)
class Check:
    """A check function with its cases; its name and docstring say what is compared.

    Calling it raises AssertionError on a failure, which is all that a test needs.
    """

    function: Callable[[Any], Finding]
    cases: Sequence[Case]

    @property
    def name(self) -> str:
        return self.function.__name__.replace("_", " ")

    @property
    def compared(self) -> str:
        return (self.function.__doc__ or "").strip().partition("\n")[0].rstrip(".")

    def run(self) -> Outcome:
        """The outcome over all cases; it ends at the first failure."""
        seen: list[tuple[str, Finding]] = []
        for case in self.cases:
            seen.append((case.name, attempt(self.function, case)))
            if seen[-1][1].passed is False:
                break
        where, finding = max(seen, key=lambda pair: _rank(pair[1]), default=("", Finding(None)))
        if finding.passed is None and any(f.passed for _, f in seen):  # some cases do not apply
            rest = [(w, f) for w, f in seen if f.passed]
            where, finding = max(rest, key=lambda pair: _rank(pair[1]))
        return Outcome(self.name, self.compared, cases=len(seen), where=where, **asdict(finding))

    def __call__(self) -> None:
        outcome = self.run()
        if outcome.passed is False:
            raise AssertionError(f"{self.name} ({self.compared}): {outcome.evidence}")

    def __str__(self) -> str:
        return self.name


def attempt(function: Callable[[Any], Finding], case: Any) -> Finding:
    """The finding of a check function; what a plugin raises is a finding too."""
    try:
        with np.errstate(all="ignore"):
            return function(case)
    except NonFinite as error:
        return Finding(None, says=f"training diverged: {error}")
    except DataError as error:
        return failure(str(error))
    except ConfigError as error:
        return Finding(None, says=f"refused: {error}")
    except FrameworkError as error:
        return failure(str(error))
    except Exception as error:
        return failure(f"it raised {type(error).__name__}: {' '.join(str(error).split())}")


def failure(says: str, analytic: object = "", numeric: object = "", error: float = 0.0) -> Finding:
    """A failed finding; says: what it usually means."""
    return Finding(False, error, _spell(analytic), _spell(numeric), says)


def remark(says: str) -> Finding:
    """Neither passed nor failed."""
    return Finding(None, says=says)


def first_failure(findings: Iterable[Finding]) -> Finding:
    """The first failure, else the worst finding that passed."""
    worst = Finding()
    for finding in findings:
        if finding.passed is False:
            return finding
        worst = max(worst, finding, key=_rank)
    return worst


def compare(
    analytic: Array,
    numeric: Array,
    means: Means,
    allowed: float = 0.0,
    relative: float = TOLERANCE,
) -> Finding:
    """Whether two arrays agree to `relative` of their norm, plus `allowed`."""
    analytic, numeric = np.asarray(analytic), np.asarray(numeric)
    if analytic.shape != numeric.shape:
        return failure("the shapes differ", f"of shape {analytic.shape}", f"{numeric.shape}")
    if not np.isfinite(analytic).all():
        return failure("the analytic one is not finite", _worst(analytic, numeric), "")
    gap = float(np.linalg.norm(np.ravel(analytic - numeric)))
    scale = max(float(np.linalg.norm(np.ravel(a))) for a in (analytic, numeric))
    error = gap / scale if scale else 0.0
    if gap <= relative * scale + allowed:
        return Finding(True, error)
    at = int(np.argmax(np.abs(analytic - numeric)))
    sides = (float(np.ravel(analytic)[at]), float(np.ravel(numeric)[at]))
    says = means if isinstance(means, str) else means(analytic, numeric)
    return failure(says, *sides, error)


def unchanged(before: Sequence[Array], after: Sequence[Array], what: Sequence[str]) -> Finding:
    """Whether arrays are what they were, to the bit."""
    for old, new, name in zip(before, after, what, strict=True):
        if not np.array_equal(old, new, equal_nan=True):
            return failure(f"{name} was changed in place; work on a copy, or make a new array")
    return Finding()


def _rank(finding: Finding) -> tuple[int, float]:
    return {False: 2, None: 1, True: 0}[finding.passed], finding.error


def _worst(analytic: Array, numeric: Array) -> float:
    return float(np.ravel(analytic)[int(np.argmax(~np.isfinite(np.ravel(analytic))))])


def _spell(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
