"""False alarms and coverage of a verdict's statistics, on simulated arms: a table in per cent.

    python benchmarks/calibration.py [--simulations 2000] [--only normal]

Paired: differences of n runs, of the named distribution and mean 0. `alarms` are the simulations with
p <= 0.05: of an exact test at most 5 %, if a difference is as likely to have the other sign (one-sided ones
are not). The other columns are how many of the 95 % intervals hold the mean: ours, Student's, and the plain
percentile and the BCa bootstrap of SciPy. Independent: normal samples of n and m, the second with the given
standard deviation, and Welch's interval beside ours. Censored: times to a target, of which a third are cut
off, without a difference.
One thread; about five minutes.
"""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Callable, Iterable
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy is imported

import numpy as np
import scipy
from numpy.typing import NDArray
from scipy import stats

from framework.verdict.statistics import (
    Test,
    compare_censored,
    compare_independent,
    compare_paired,
)

Array = NDArray[Any]
Draw = Callable[[np.random.Generator, int], Array]

RESAMPLES = 1999
PAIRED: dict[str, tuple[str, Draw]] = {
    "normal": ("normal", lambda rng, n: rng.normal(size=n)),
    "accuracy": (
        "of 360 test samples, 97 % right in both arms",
        lambda rng, n: (rng.binomial(360, 0.97, n) - rng.binomial(360, 0.97, n)) / 360,
    ),
    "coarse": (
        "of 30 test samples, 97 % right in both arms",
        lambda rng, n: (rng.binomial(30, 0.97, n) - rng.binomial(30, 0.97, n)) / 30,
    ),
    "laplace": ("Laplace: both arms exponential", lambda rng, n: rng.laplace(size=n)),
    "t3": ("Student's t with 3 degrees of freedom", lambda rng, n: rng.standard_t(3, n)),
    "exponential": ("one-sided exponential", lambda rng, n: rng.exponential(size=n) - 1),
}
SIZES = (3, 6, 7, 8, 10, 20)
INDEPENDENT = [(6, 6, 1.0), (10, 10, 1.0), (10, 10, 3.0), (12, 6, 1.0), (12, 6, 3.0)]


def share(hits: Iterable[bool]) -> str:
    return f"{100 * np.mean(list(hits)):8.1f}"


def alarms(tests: list[Test]) -> str:
    return share(test.p is not None and test.p <= 0.05 for test in tests)


def holds(low: float | None, high: float | None, truth: float = 0.0) -> bool:
    """Up to rounding: intervals of discrete values end on them."""
    return low is not None and high is not None and low - 1e-12 <= truth <= high + 1e-12


def peer(d: Array, method: str, rng: np.random.Generator) -> bool:
    if np.ptp(d) == 0:
        return holds(d[0], d[0])
    found = stats.bootstrap((d,), np.mean, method=method, n_resamples=RESAMPLES, rng=rng)
    return holds(*found.confidence_interval)


def student(d: Array) -> bool:
    half = stats.t.ppf(0.975, len(d) - 1) * d.std(ddof=1) / np.sqrt(len(d))
    return holds(d.mean() - half, d.mean() + half)


def paired(simulations: int, names: Iterable[str]) -> None:
    print(f"{'paired':14}{'n':>4}  alarms    ours Student percentile    BCa")
    for name in names:
        for n in SIZES:
            rng = np.random.default_rng(n)
            noise = [PAIRED[name][1](rng, n) for _ in range(simulations)]
            zero = np.zeros(n)
            tests = [
                compare_paired(d, zero, resamples=RESAMPLES, seed=i) for i, d in enumerate(noise)
            ]
            ours = share(holds(test.low, test.high) for test in tests)
            plain, bca = (share(peer(d, m, rng) for d in noise) for m in ("percentile", "BCa"))
            print(
                f"{name:14}{n:4}{alarms(tests)}{ours}{share(map(student, noise))}{plain:>11}{bca}",
                flush=True,
            )


def independent(simulations: int) -> None:
    print(f"\n{'independent':14}{'n, m':>8}{'sd':>5}  alarms    ours   Welch")
    for n, m, deviation in INDEPENDENT:
        rng = np.random.default_rng(n + m)
        arms = [(rng.normal(size=n), deviation * rng.normal(size=m)) for _ in range(simulations)]
        tests = [
            compare_independent(a, b, resamples=RESAMPLES, seed=i) for i, (a, b) in enumerate(arms)
        ]
        ours = share(holds(test.low, test.high) for test in tests)
        welch = share(
            holds(*stats.ttest_ind(a, b, equal_var=False).confidence_interval()) for a, b in arms
        )
        print(f"{'normal':14}{f'{n}, {m}':>8}{deviation:5}{alarms(tests)}{ours}{welch}", flush=True)


def censored(simulations: int) -> None:
    print(f"\n{'censored':14}{'n':>4}  alarms, paired and not")
    for n in (6, 10, 20):
        rng = np.random.default_rng(n)
        times = rng.exponential(size=(simulations, 2, n))
        times[times > np.log(3)] = np.inf
        tests = [
            [
                compare_censored(a, b, None, kind, 0.95, RESAMPLES, i)
                for i, (a, b) in enumerate(times)
            ]
            for kind in (True, False)
        ]
        print(f"{'exponential':14}{n:4}{alarms(tests[0])}{alarms(tests[1])}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--simulations", type=int, default=2000)
    parser.add_argument("--only", choices=PAIRED, help="one kind of paired noise, nothing else")
    arguments = parser.parse_args()
    chance = 196 * np.sqrt(0.05 * 0.95 / arguments.simulations)
    print(f"{arguments.simulations} simulations: 5 and 95 are known to +- {chance:.1f}")
    print(
        f"NumPy {np.__version__}, SciPy {scipy.__version__}, Python {platform.python_version()}\n"
    )
    names = [arguments.only] if arguments.only else list(PAIRED)
    for name in names:
        print(f"{name}: {PAIRED[name][0]}")
    print()
    paired(arguments.simulations, names)
    if not arguments.only:
        independent(arguments.simulations)
        censored(arguments.simulations)


if __name__ == "__main__":
    main()
