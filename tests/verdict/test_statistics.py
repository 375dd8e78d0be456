"""Against SciPy called directly, closed forms, and published examples."""

import math
from dataclasses import astuple
from itertools import combinations

import numpy as np
import pytest
from scipy import special, stats

from framework.verdict import permutation
from framework.verdict.statistics import (
    FEWEST,
    compare_censored,
    compare_independent,
    compare_paired,
    estimate,
    holm,
    time_to_target,
)

NEVER = np.inf
# Darwin's maize, crossed less self-fertilised, eighths of an inch: Fisher, The Design of Experiments, sec. 17
MAIZE = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]
# Student (1908), hours of sleep: R's dataset `sleep`
DRUG_1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
DRUG_2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
# Weeks of remission: Freireich et al. (1963), as in Gehan (1965); the second list of 6-MP is censored
MP = [6, 6, 6, 7, 10, 13, 16, 22, 23]
MP_CENSORED = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]


def sign_flips_by_scipy(d):
    result = stats.permutation_test(
        (np.asarray(d),), np.sum, permutation_type="samples", n_resamples=np.inf
    )
    return result.pvalue


def first_sum(x, _, axis):
    return x.sum(axis)


# -- the paired test -----------------------------------------------------------------------------------


def test_the_paired_test_of_darwins_maize_is_fishers():
    test = compare_paired(MAIZE, np.zeros(15))
    assert test.p == 2 * 863 / 32768  # Fisher counts 863 of the 32768 sums in each tail
    assert test.difference == pytest.approx(314 / 15)
    assert test.name.startswith("exact sign-flip permutation test")


@pytest.mark.parametrize("n", [1, 2, 5, 6, 10, 32])
def test_differences_of_one_sign_reach_the_least_p(n):
    values = np.random.default_rng(n).exponential(size=n)
    up, down = compare_paired(values, np.zeros(n)), compare_paired(np.zeros(n), values)
    assert up.p == down.p == up.least_p == 2 / 2**n


def test_six_pairs_are_the_fewest_that_can_reach_five_per_cent():
    least = {n: compare_paired(range(n), np.zeros(n)).least_p for n in (FEWEST - 1, FEWEST)}
    assert least == {5: 0.0625, 6: 0.03125}


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("n", [2, 3, 7, 10])
def test_p_is_scipys_with_ties_and_zeros(seed, n):
    rng = np.random.default_rng(seed)
    first, second = rng.integers(0, 4, (2, n))
    assert compare_paired(first, second).p == pytest.approx(sign_flips_by_scipy(first - second))


@pytest.mark.parametrize("unit", [0.1, 1 / 3, 1 / 360, 1e-9, 1e9])
def test_ties_stay_ties_in_any_unit(unit):
    first, second = np.random.default_rng(3).integers(340, 360, (2, 12))
    whole, scaled = compare_paired(first, second), compare_paired(first * unit, second * unit)
    assert scaled.p == whole.p == pytest.approx(sign_flips_by_scipy(first - second))


def test_differences_that_differ_by_rounding_are_one_constant():
    first, second = (
        np.array([0.3, 0.4, 0.8, 1.1, 0.7, 0.2]),
        np.array([0.2, 0.3, 0.7, 1.0, 0.6, 0.1]),
    )
    assert len(set(first - second)) > 1
    test = compare_paired(first, second)
    assert (test.p, test.effect) == (2 / 64, None)
    assert test.difference == pytest.approx(0.1)
    assert test.low is test.high is None  # of one size: nothing tells how far off it may be


@pytest.mark.parametrize(("wins", "n"), [(9, 32), (3, 17), (16, 32)])
def test_on_differences_of_one_size_it_is_the_sign_test(wins, n):
    d = np.where(np.arange(n) < wins, 0.1, -0.1)
    assert compare_paired(d, np.zeros(n)).p == pytest.approx(stats.binomtest(wins, n).pvalue)


@pytest.mark.parametrize(
    ("first", "second"), [(DRUG_1, DRUG_1), ([0.0] * 9, [0.0] * 9), ([0.1 + 0.2] * 9, [0.3] * 9)]
)
def test_equal_arms_do_not_differ(first, second):
    test = compare_paired(first, second)
    assert (test.difference, test.low, test.high, test.p, test.effect) == (0, None, None, 1, None)


def test_exchanging_the_arms_turns_the_sign_alone():
    there, back = compare_paired(DRUG_1, DRUG_2), compare_paired(DRUG_2, DRUG_1)
    assert (there.p, there.difference, there.effect) == (back.p, -back.difference, -back.effect)


def test_beyond_all_patterns_p_counts_the_data_among_the_random_ones():
    n = permutation.PAIRS + 1
    test = compare_paired(np.arange(1, n + 1), np.zeros(n), resamples=999)
    assert test.p == test.least_p == 2 / 1000
    assert test.name.endswith("(999 random rearrangements)")


def test_random_patterns_find_the_exact_p(monkeypatch):
    exact = compare_paired(MAIZE, np.zeros(15)).p
    monkeypatch.setattr(permutation, "PAIRS", 14)
    drawn = compare_paired(MAIZE, np.zeros(15), resamples=9_999).p
    assert drawn != exact
    assert drawn == pytest.approx(exact, abs=4 * 2 * math.sqrt(exact / 2 / 10_000))


def test_the_effect_is_d_z_with_the_correction_of_hedges():
    d = np.array([1.0, 2.0, 4.0])
    correction = 0.5642  # J(2): Hedges (1981), table 1
    assert compare_paired(d, np.zeros(3)).effect == pytest.approx(
        correction * d.mean() / d.std(ddof=1), rel=1e-4
    )


@pytest.mark.parametrize(
    ("first", "second"), [([1.0, np.nan], [1.0, 2.0]), ([1.0], [NEVER]), ([1.0], [1.0, 2.0])]
)
def test_pairs_are_finite_and_whole(first, second):
    with pytest.raises(ValueError, match=r"finite|pairs need"):
        compare_paired(first, second)


# -- intervals -----------------------------------------------------------------------------------------


def expanded(n):
    """Hesterberg (2015): the share that is left out on each side, for 95 %."""
    return stats.norm.cdf(-math.sqrt(n / (n - 1)) * stats.t.ppf(0.975, n - 1))


@pytest.mark.parametrize("n", [8, 10, 20])
def test_the_interval_is_scipys_bootstrap_at_expanded_percentiles(n):
    d = np.random.default_rng(n).normal(size=n)
    result = stats.bootstrap(
        (d,),
        np.mean,
        method="percentile",
        confidence_level=1 - 2 * expanded(n),
        n_resamples=9_999,
        rng=np.random.default_rng(7),
    )
    test = compare_paired(d, np.zeros(n), seed=7)
    assert (test.low, test.high) == pytest.approx(tuple(result.confidence_interval))


def test_the_interval_of_many_is_students():
    d = np.random.default_rng(0).normal(size=400)
    test, student = compare_paired(d, 0 * d), stats.ttest_1samp(d, 0).confidence_interval()
    width = student.high - student.low
    assert (test.low, test.high) == pytest.approx(tuple(student), abs=0.04 * width)


def test_two_arms_of_many_have_welchs_interval():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=300), rng.normal(1, 3, size=200)
    test = compare_independent(a, b, resamples=1999)
    welch = stats.ttest_ind(a, b, equal_var=False).confidence_interval()
    assert (test.low, test.high) == pytest.approx(tuple(welch), abs=0.04 * (welch.high - welch.low))


def test_fewer_than_eight_have_students_interval_and_one_has_none():
    student = stats.ttest_1samp(MAIZE[:7], 0).confidence_interval()
    test = compare_paired(MAIZE[:7], np.zeros(7))
    assert (test.low, test.high) == pytest.approx(tuple(student))
    welch = stats.ttest_ind(MAIZE, MAIZE[:3], equal_var=False).confidence_interval()
    test = compare_independent(MAIZE, MAIZE[:3])
    assert (test.low, test.high) == pytest.approx(tuple(welch))
    one = compare_paired([1.0], [0.0])
    assert (one.difference, one.low, one.high, one.p, one.effect) == (1, None, None, 1, None)


def test_the_interval_of_an_outlier_stays_within_the_data():
    d = np.array([0.010, 0.011, 0.012, 0.010, 0.009, 0.011, 0.010, 0.012, 0.011, 0.5])
    test = compare_paired(d, np.zeros(10))
    assert d.min() <= test.low <= test.difference <= test.high <= d.max()


def test_an_estimate_has_students_interval():
    found = estimate(np.subtract(DRUG_2, DRUG_1))
    assert (found.low, found.high) == pytest.approx(
        (0.7001142, 2.4598858)
    )  # R: t.test(paired=TRUE)
    assert (found.n, found.mean) == (10, pytest.approx(1.58))
    assert (found.median, found.least, found.greatest) == pytest.approx((1.3, 0.0, 4.6))


def test_an_estimate_of_one_has_no_interval_and_of_none_is_an_error():
    one = estimate([3.0])
    assert (one.mean, one.low, one.high) == (3.0, None, None)
    same = estimate([0.1] * 3)
    assert (same.mean, same.low, same.high) == (0.1, None, None)
    for values in ([], [1.0, np.nan]):
        with pytest.raises(ValueError):
            estimate(values)


# -- without pairs -------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("n", "m"), [(2, 2), (3, 6), (7, 4), (6, 6)])
def test_p_without_pairs_is_scipys(seed, n, m):
    rng = np.random.default_rng(seed)
    a, b = rng.integers(0, 5, n), rng.integers(1, 6, m)
    result = stats.permutation_test(
        (a, b), first_sum, permutation_type="independent", n_resamples=np.inf
    )
    assert compare_independent(a / 10, b / 10).p == pytest.approx(result.pvalue)
    assert compare_independent(a / 360, b / 360).p == pytest.approx(result.pvalue)


def test_p_without_pairs_of_hits_is_hypergeometric():
    a, b = np.repeat([1, 0], [9, 2]), np.repeat([1, 0], [4, 7])
    tail = stats.hypergeom.sf(8, 22, 13, 11)
    assert compare_independent(a, b).p == pytest.approx(2 * tail)


@pytest.mark.parametrize(("n", "m"), [(1, 3), (3, 3), (6, 4), (11, 11)])
def test_arms_that_do_not_overlap_reach_the_least_p(n, m):
    test = compare_independent(np.arange(n), 100 + np.arange(m))
    assert test.p == test.least_p == pytest.approx(2 / math.comb(n + m, n))
    assert test.n == min(n, m)


def test_many_runs_without_pairs_are_drawn():
    test = compare_independent(np.arange(12), 100 + np.arange(12), resamples=999)
    assert test.p == test.least_p == 2 / 1000
    assert "999 random" in test.name


def test_the_effect_without_pairs_is_hedges_g():
    a, b = np.array([1.0, 2.0, 4.0, 4.0]), np.array([0.0, 1.0, 1.0])
    pooled = math.sqrt((3 * a.var(ddof=1) + 2 * b.var(ddof=1)) / 5)
    correction = special.gamma(5 / 2) / (math.sqrt(5 / 2) * special.gamma(2))
    expected = correction * (a.mean() - b.mean()) / pooled
    assert compare_independent(a, b).effect == pytest.approx(expected)


# -- Holm ----------------------------------------------------------------------------------------------


def test_holm_on_four_hypotheses():
    # R: p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


@pytest.mark.parametrize("seed", range(5))
def test_holm_is_the_closure_of_bonferroni(seed):
    p = np.random.default_rng(seed).beta(0.3, 1, size=5).round(2)
    subsets = [s for size in range(1, 6) for s in combinations(range(5), size)]
    closed = [
        min(1, max(len(s) * min(p[list(s)]) for s in subsets if member in s)) for member in range(5)
    ]
    assert holm(p) == pytest.approx(closed)


def test_holm_of_nothing_and_of_one():
    assert (holm([]), holm([0.03])) == ([], [0.03])


# -- times to a target ---------------------------------------------------------------------------------


def test_where_all_got_there_times_are_compared_as_values():
    assert compare_censored(DRUG_1, DRUG_2) == compare_paired(DRUG_1, DRUG_2)
    assert compare_censored(DRUG_1, DRUG_2, paired=False) == compare_independent(DRUG_1, DRUG_2)


def test_censored_pairs_have_the_sign_test_of_those_whose_order_is_known():
    first = [1, 2, 3, 4, 5, 9, NEVER, 7, 8]
    second = [2, 3, 4, 5, 6, 8, NEVER, 7, NEVER]  # earlier five times, later once, one tie, ...
    test = compare_censored(first, second)
    assert test.p == pytest.approx(stats.binomtest(1, 7).pvalue)
    assert test.least_p == 2 / 2**7
    assert test.effect == pytest.approx((1 - 6) / 9)
    assert (test.n, test.difference, test.low, test.high) == (9, None, None, None)
    assert test.name == "exact sign test on the 7 of 9 pairs whose order is known"


@pytest.mark.parametrize(("end", "known"), [(3.9, 0), (4.0, 1), (NEVER, 1)])
def test_a_pair_is_decided_if_the_other_was_watched_for_as_long(end, known):
    test = compare_censored([4.0], [NEVER], ends=([0.0], [end]))
    assert (test.effect, test.p, test.least_p) == (-known, 1.0, 1.0)
    assert f"{known} of 1" in test.name


def test_pairs_of_which_none_is_known_say_nothing():
    test = compare_censored([NEVER] * 7, [NEVER] * 7)
    assert (test.p, test.least_p, test.effect, test.n) == (1.0, 1.0, 0.0, 7)
    assert compare_censored([NEVER] * 3, [NEVER] * 3, paired=False).p == 1.0


def test_gehans_statistic_of_remissions_is_his():
    times = [*MP, *[NEVER] * 12]
    ends = [*[0] * 9, *MP_CENSORED], [0] * 21
    test = compare_censored(times, PLACEBO, ends, paired=False)
    assert test.effect * 21 * 21 == pytest.approx(271)  # W of Gehan (1965), sec. 5
    assert test.p == pytest.approx(2 * stats.norm.sf(3.6), abs=5e-4)  # his z


def test_without_censoring_gehans_scores_are_ranks():
    a, b = [1.0, 5.0, 7.0, 3.0, 9.0], [2.0, 8.0, 11.0, 10.0, NEVER]
    ranks = stats.mannwhitneyu(a, np.minimum(b, 99), method="exact")
    assert compare_censored(a, b, paired=False).p == pytest.approx(ranks.pvalue)


@pytest.mark.parametrize("bad", [[np.nan, 1.0], [-np.inf, 1.0]])
def test_times_are_numbers_or_never(bad):
    with pytest.raises(ValueError, match="times to a target"):
        compare_censored(bad, [1.0, 2.0])
    with pytest.raises(ValueError, match="pairs need"):
        compare_censored([1.0], [1.0, NEVER])


def test_median_remissions_are_the_published_ones():
    censored = time_to_target([*MP, *[NEVER] * 12], [*[0] * 9, *MP_CENSORED])
    assert (censored.reached, censored.of, censored.median) == (9, 21, 23)
    assert (censored.least, censored.greatest) == (6, 23)
    assert time_to_target(PLACEBO).median == 8


@pytest.mark.parametrize(
    ("times", "median"),
    [
        ([1, 2, 3, 4], 2.5),
        ([3, 1, 2], 2),
        ([1, 2, 3, NEVER], 2.5),
        ([1, 2, NEVER, NEVER], 2),  # half got there
        ([1, NEVER, NEVER], None),
        ([NEVER], None),
        ([], None),
    ],
)
def test_the_median_time_of_runs_watched_equally_long(times, median):
    assert time_to_target(times).median == median


# -- what goes into a verdict --------------------------------------------------------------------------


@pytest.mark.parametrize("compare", [compare_paired, compare_independent, compare_censored])
@pytest.mark.parametrize("n", [0, 1, 2, 7])
@pytest.mark.parametrize("spread", [0.0, 1.0])
def test_a_test_has_plain_numbers_or_none(compare, n, spread):
    values = spread * np.arange(n)
    test = compare(values, values + 1.0)
    for value in astuple(test):
        assert type(value) in (int, float, str, type(None))
        assert not isinstance(value, float) or math.isfinite(value)
