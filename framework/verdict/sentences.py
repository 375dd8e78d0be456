"""A verdict in plain words, which never say more than the numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from framework.verdict.facts import (
    Told,
    counts,
    equal,
    evidence,
    excludes_zero,
    in_the_mean,
    means_told,
    medians,
    minus,
    names_in,
    other_than,
    shares,
    times_told,
)
from framework.verdict.verdict import Comparison, Pair, Verdict
from framework.verdict.wording import cost, counted, listed, number, p_value, probability, span

MARGIN = 0.01  # of a share: an interval inside of it is told as a difference below one point
PLAIN = ("no", "nothing", "the", "final", "there")  # first words that are no name
# What is said of an arm against the best one, unless that is better, in this order.
SAME, OPEN, NONE = "the same in every seed as", "not decided against", "no difference found from"
LATER, OTHERWISE, UNTOLD = "in the mean later than", "decided for", "nothing is said against"


def sentences(verdict: Verdict, comparison: Comparison) -> tuple[str, ...]:
    """One to three texts: on the time to the target, on the deciding metric, and on runs that were lost.

    What a test did not decide is called no difference found; p is Holm's where there are several pairs.
    """
    told = Told(verdict, comparison)
    found = [each for each in (*_decisions(told), _lost(comparison)) if each]
    if comparison.title and found:
        found[0] = f"{comparison.title.capitalize()}: {_small(found[0])}"
    return tuple(found)


def _decisions(told: Told) -> list[str]:
    """On the target and on the metric; what no test can decide says so once."""
    time = told.pairs(f"target/{told.verdict.axis}")
    final = told.pairs(told.metric)
    reached = any((found := told.time(arm)) and found.reached for arm in told.arms)
    if not final:
        return [_on_time(told, time, reached) if time else "", _alone(told)]
    notes = {pair.note for pair in (*time, *final)}
    if len(notes) == 1 and (note := notes.pop()):
        facts = [*([times_told(told, time)] if time and reached else []), means_told(told, final)]
        never = _never(told) if time and not reached else ""
        return [never, f"{_capital(note)}. {_capital('; '.join(facts))}."]
    return [_on_time(told, time, reached) if time else "", _on_metric(told, final)]


def _on_time(told: Told, pairs: list[Pair], reached: bool) -> str:
    if not reached:
        return _never(told)
    if all(pair.note for pair in pairs):
        return f"{_capital(times_told(told, pairs))}; {pairs[0].note}."
    return _first_of_two(told, pairs[0]) if len(pairs) == 1 else _first_of_many(told, pairs)


def _on_metric(told: Told, pairs: list[Pair]) -> str:
    if all(pair.note for pair in pairs):
        return f"{_capital(means_told(told, pairs))}; {pairs[0].note}."
    return _better_of_two(told, pairs[0]) if len(pairs) == 1 else _best_of_many(told, pairs)


# -- two arms ------------------------------------------------------------------------------------------


def _first_of_two(told: Told, pair: Pair) -> str:
    if not pair.better:
        unit = "seconds" if told.verdict.axis == "seconds" else told.unit
        found = medians(told, [pair.first, pair.second], evidence(pair))
        return f"{_none(pair)} in the {unit} to {told.goal}: {found}."
    best, other = pair.better, other_than(pair.better, pair)
    sooner, later = told.time(best), told.time(other)
    assert sooner is not None and later is not None
    if sooner.median is None or (later.median is not None and later.median <= sooner.median):
        return _against_medians(told, pair)
    start = f"{best} reaches {told.goal} in {cost(sooner.median, told.verdict.axis)}"
    missed = shares([(best, sooner), (other, later)])
    if later.median is None:
        return f"{start} (median); {missed} ({evidence(pair)})."
    against = f"against {told.amount(later.median)} for {other}"
    return f"{start} {against} (median, {evidence(pair)}){f'; {missed}' if missed else ''}."


def _against_medians(told: Told, pair: Pair) -> str:
    """Of an arm that is sooner, but not by the medians."""
    best, other = pair.better, other_than(pair.better, pair)
    found = medians(told, [best, other], evidence(pair))
    if means := in_the_mean(told, best, other):
        return f"{best} reaches {told.goal} sooner in the mean, {means}; {found}."
    where = "seeds" if pair.paired else "pairs of runs"
    return f"{best} reaches {told.goal} first in more {where}: {found}."


def _better_of_two(told: Told, pair: Pair) -> str:
    if pair.better:
        who = f"{pair.better} is better than {other_than(pair.better, pair)}"
        amount = told.difference(pair, signed=False)
        return f"{who} in final {told.metric}: {amount} ({evidence(pair)})."
    if equal(pair):
        where = f"all {counted(pair.n, 'seed')}" if pair.paired else "all runs"
        return f"Final {told.metric} is the same in {where} ({p_value(pair.p_holm)})."
    return f"{_undecided(told, pair)}: {minus(told, pair)} ({evidence(pair)})."


def _undecided(told: Told, pair: Pair) -> str:
    ends = [end for end in (pair.low, pair.high) if end is not None]
    if told.points() and len(ends) == 2 and all(abs(end) < MARGIN for end in ends):
        return f"Final {told.metric} differs by less than {100 * MARGIN:g} point"
    return f"{_none(pair)} in final {told.metric}"


def _none(pair: Pair) -> str:
    """Never that there is no difference where the interval says that there is one."""
    return "Not decided" if excludes_zero(pair) else "No difference found"


# -- many arms -----------------------------------------------------------------------------------------


def _best_of_many(told: Told, pairs: list[Pair]) -> str:
    """The best of the arms of which anything can be decided."""
    sign = -1 if told.verdict.higher_is_better else 1
    arms, clear = names_in(pairs), names_in([pair for pair in pairs if not pair.note])
    best = _common(pairs) or min(clear, key=lambda arm: sign * told.mean(arm))
    some = "" if len(clear) == len(arms) else f" of {listed(clear)}"
    start = f"{best} has the best mean of final {told.metric}{some}, {number(told.mean(best))}"
    return f"{start}: {_groups(told, best, pairs, 'better than', lambda arm: '')}."


def _first_of_many(told: Told, pairs: list[Pair]) -> str:
    best = _common(pairs) or min(names_in(pairs), key=told.rank)
    time = told.time(best)
    assert time is not None
    some = f" in {time.reached} of {counted(time.of, 'run')}" if time.reached < time.of else ""
    if time.median is None:
        start = f"{best} reaches {told.goal} most often,{some}"
    else:
        median = cost(time.median, told.verdict.axis)
        got = f", got there{some}" if some else ""
        start = f"{best} has the best median time to {told.goal}, {median}{got}"
    return f"{start}: {_groups(told, best, pairs, 'sooner than', lambda arm: _time_of(told, arm))}."


def _time_of(told: Told, arm: str) -> str:
    """` (8, 9 of 10 runs)`."""
    time = told.time(arm)
    if time is None:
        return ""
    median = [] if time.median is None else [told.amount(time.median)]
    some = [f"{time.reached} of {counted(time.of, 'run')}"] if time.reached < time.of else []
    return f" ({', '.join([*median, *some])})"


def _groups(
    told: Told, best: str, pairs: list[Pair], better: str, detail: Callable[[str], str]
) -> str:
    """`better than b and c (p <= 0.006); no difference found from d (p = 0.61); 10 seeds`."""
    mine = [pair for pair in pairs if best in (pair.first, pair.second)]
    order = better, LATER, OTHERWISE, OPEN, NONE, SAME, UNTOLD
    groups = {word: [pair for pair in mine if _group(pair, best, better) == word] for word in order}
    words = []
    for word, found in groups.items():
        if found:
            others = [other_than(best, pair) for pair in found]
            names = listed([f"{arm}{detail(arm)}" for arm in others])
            change = "" if word == SAME else _change(told, found)
            words.append(f"{word} {names}{change} ({_support(found)})")
    known = [pair for pair in mine if not pair.note] or mine
    rest = _besides([pair for pair in pairs if pair.better and pair not in mine], better)
    return "; ".join([*words, *rest, f"{counts(known)}, p Holm-corrected"])


def _group(pair: Pair, best: str, better: str) -> str:
    if pair.note:
        return UNTOLD
    if pair.better == best:
        return better
    if pair.better:
        timed = pair.outcome.startswith("target/") and pair.difference is not None
        return LATER if timed else OTHERWISE
    return SAME if equal(pair) else OPEN if excludes_zero(pair) else NONE


def _support(pairs: Sequence[Pair]) -> str:
    """The p of those that a test can decide, or why there is none."""
    notes = list(dict.fromkeys(pair.note for pair in pairs if pair.note))
    return "; ".join(notes) if notes else _all_p(pairs)


def _besides(pairs: Sequence[Pair], better: str) -> list[str]:
    """`besides, b is better than c and d`: what is decided without the best arm."""
    losers: dict[str, list[str]] = {}
    for pair in pairs:
        losers.setdefault(pair.better, []).append(other_than(pair.better, pair))
    told = [f"{arm} is {better} {listed(others)}" for arm, others in losers.items()]
    return [f"besides, {listed(told)} ({_all_p(pairs)})"] if told else []


def _change(told: Told, pairs: Sequence[Pair]) -> str:
    """`, ce minus mse is +3.0 points, ...` of one pair; ` by 3.0 to 5.0 points` of several decided ones."""
    if pairs[0].outcome != told.metric or pairs[0].note:
        return ""
    if len(pairs) == 1:
        return f", {minus(told, pairs[0])}"
    known = [abs(pair.difference) for pair in pairs if pair.difference is not None]
    return f" by {span(known, told.points())}" if pairs[0].better and known else ""


def _all_p(pairs: Sequence[Pair]) -> str:
    """`p = 0.61`, `p <= 0.006` of those decided, `p >= 0.18` of those not."""
    values = [pair.p_holm for pair in pairs if pair.p_holm is not None]
    if len({probability(value) for value in values}) <= 1:
        return p_value(values[0] if values else None)
    if pairs[0].better:
        return p_value(max(values)).replace("=", "<=")
    return p_value(min(values)).replace("=", ">=")


def _common(pairs: Sequence[Pair]) -> str | None:
    """The arm that all pairs have, where each is compared with the best alone."""
    shared = set.intersection(*({pair.first, pair.second} for pair in pairs))
    return shared.pop() if len(shared) == 1 else None


# -- what is left --------------------------------------------------------------------------------------


def _alone(told: Told) -> str:
    """One arm alone, or one alone that has results."""
    done = [arm for arm, each in told.arms.items() if told.metric in each.metrics]
    if not done:
        return "No run finished, there is nothing to compare."
    found = told.arms[done[0]].metrics[told.metric]
    mean = f"its mean final {told.metric} is {number(found.mean)} ({counted(found.n, 'run')})"
    return f"There is nothing to compare {done[0]} with; {mean}."


def _never(told: Told) -> str:
    return f"No run reached {told.goal}."


def _lost(comparison: Comparison) -> str:
    parts = []
    for each in comparison.arms:
        runs = each.finished + each.failed + each.diverged
        for word, n in (("diverged", each.diverged), ("failed", each.failed)):
            parts += [f"{each.arm} {word} in {n} of {counted(runs, 'run')}"] if n else []
    return f"{_capital(listed(parts))}, which averages leave out." if parts else ""


def _capital(text: str) -> str:
    return text[0].upper() + text[1:] if text.partition(" ")[0] in PLAIN else text


def _small(text: str) -> str:
    small = text[0].lower() + text[1:]
    return small if small.partition(" ")[0] in PLAIN else text
