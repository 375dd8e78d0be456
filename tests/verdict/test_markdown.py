"""The verdict as Markdown, read back by a parser of its own."""

from __future__ import annotations

import numpy as np
import pytest
from markdown_it import MarkdownIt

from framework.verdict.judge import Question, judge
from framework.verdict.links import Links
from framework.verdict.markdown import markdown
from tests.verdict.made import diverged, failed, run, runs

A = 0.95 + 0.001 * np.arange(10)
QUESTION = Question("ce | mse", "python run.py -m loss=ce,mse 'seed=range(10)'", ("loss",))


def verdict(outcomes=None, question=QUESTION):
    return judge(outcomes or runs("loss=ce", A) + runs("loss=mse", A - 0.03, loss="mse"), question)


def tables(text: str) -> list[list[list[str]]]:
    """Rows of cells, links as [text](address)."""
    found, row, inside = [], [], False
    for token in MarkdownIt().enable("table").parse(text):
        if token.type == "table_open":
            found.append([])
        elif token.type == "tr_open":
            row = []
        elif token.type in ("th_open", "td_open"):
            inside = True
        elif token.type == "inline" and inside:
            row.append(_plain(token))
            inside = False
        elif token.type == "tr_close":
            found[-1].append(row)
    return found


def _plain(token) -> str:
    return "".join(
        child.attrs["href"] if child.type == "link_open" else child.content
        for child in token.children
        if child.type != "link_close"
    )


def by_head(text: str, first: str) -> list[dict[str, str]]:
    """The table whose head begins so, a mapping for each row."""
    for head, *rows in tables(text):
        if " ".join(head).startswith(first):
            return [dict(zip(head, row, strict=True)) for row in rows]
    raise AssertionError(f"no table {first}")


def test_it_opens_with_the_title_and_the_sentences():
    told = verdict()
    lines = markdown(told).split("\n\n")
    assert lines[0] == "# ce | mse"
    assert lines[1].replace("\\", "") == f"**{told.sentence}**"
    assert "Declared factors: loss." in markdown(told)
    assert markdown(told).endswith(
        "## Reproduce it\n\n    python run.py -m loss=ce,mse 'seed=range(10)'\n"
    )


def test_the_numbers_of_arms_and_pairs_are_in_its_tables():
    text = markdown(
        verdict([*runs("loss=ce", A), diverged("loss=ce", 10), *runs("loss=mse", A - 0.03)])
    )
    ce, mse = by_head(text, "arm seeds")
    assert (ce["seeds"], ce["finished"], ce["diverged"]) == ("11", "10", "1")
    assert mse["test/accuracy: mean [95 %]"].startswith("0.9245 [")
    assert (mse["median"], mse["range"]) == ("0.9245", "0.9200 to 0.9290")
    assert "loss=ce is ahead in the 10 seeds where both finished" in text
    final, time = by_head(text, "first second")
    assert final["first - second [95 %]"] == "+3.0 points"  # every difference is 0.03
    assert (final["p"], final["least p"], final["better"]) == ("0.002", "0.00195", "not decided")
    assert (time["outcome"], time["better"]) == ("target/epochs", "not decided")
    costs = by_head(text, "arm epochs")[0]
    assert costs["gradient-equivalents"] == "20,000"


def test_times_to_the_target_have_their_censoring():
    mse = [run("mse", s, A[s], reach=8 if s < 3 else 99) for s in range(10)]
    text = markdown(verdict(runs("ce", A) + mse, Question("t", "c", target=0.9)))
    second = [table for table in tables(text) if table[0][:2] == ["arm", "epochs"]][1]
    assert second[1][:3] == ["ce", "4", "4,000"]
    assert second[2][:3] == ["mse", "- (3 of 10)", "- (3 of 10)"]


def test_differences_come_before_what_was_fixed_and_every_run_is_told():
    text = markdown(verdict([*runs("a", A), *runs("b", A[:8]), failed("b", 9)]))
    order = [
        "## Differences besides",
        "## Notes",
        "## Held fixed",
        "## Environment",
        "## Runs",
        "## Repro",
    ]
    places = [text.index(title) for title in order]
    assert places == sorted(places)
    found = by_head(text, "arm seed status")
    assert len(found) == 19
    assert (found[-1]["status"], found[-1]["reason"]) == ("failed", "killed by signal 9")


def test_of_many_runs_those_that_did_not_finish_are_told_one_by_one():
    many = [run(arm, seed, 0.9 + 0.001 * (seed % 7)) for arm in "ab" for seed in range(40)]
    text = markdown(verdict([*many, failed("b", 40)]))
    assert by_head(text, "arm status runs")[0] == {"arm": "a", "status": "finished", "runs": "40"}
    assert [row["seed"] for row in by_head(text, "arm seed status")] == ["40"]


@pytest.mark.parametrize(("base", "start"), [("http://host", "http://host/#/run"), ("", "#/run")])
def test_links_lead_to_pages_with_the_host_or_relative_to_it(base, start):
    made = [
        run(arm, seed, A[seed], run_id=f"{arm}{seed}0123456789")
        for arm in "ab"
        for seed in range(3)
    ]
    pages = {each.run_id: f"#/run/{each.run_id}" for each in made}
    text = markdown(
        verdict(made), Links(base, study="#/run/parent", compare="#/run/all", runs=pages)
    )
    assert f"[compare the runs]({start}/all)" in text and f"[the study]({start}/parent)" in text
    assert "[curves]" not in text
    assert by_head(text, "arm seed status")[0]["run"] == f"{start}/a00123456789a0012345"


def test_names_of_arms_do_not_become_markup():
    text = markdown(verdict(runs("model.hidden=[64,32]|a_b_*c*", A) + runs("<b>", A - 0.1)))
    names = [row["arm"] for row in by_head(text, "arm seeds")]
    assert names == ["model.hidden=[64,32]|a_b_*c*", "<b>"]


def test_what_p_is_corrected_for_is_told_below_the_pairs():
    assert (
        "p is corrected for the pairs of one outcome; two outcomes (metric, time) and two comparisons "
        "are each held to 5 %"
    ) in markdown(verdict())
