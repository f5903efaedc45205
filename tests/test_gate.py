"""The gate: what falls is named, and nothing passes for want of evidence."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stored_runs import RIGHT, SILENT, numbered, run_of, wrong

from eval.cases import CaseKind
from eval.gate import NEVER_MORE, TOLERANCES, Bar, Baseline, BaselineError, baseline_of, gate, read_baseline, write_baseline
from eval.measures import BY_NAME, MEASURES
from policybot.records import Verdict

BANS = numbered(RIGHT, 10)
TOLD = replace(RIGHT, id="t", kind=CaseKind.DISCLOSURE, question=None)
GOOD = run_of(*BANS, SILENT)
BAR = baseline_of(GOOD)


def with_bar(name: str, bar: Bar, of: Baseline = BAR) -> Baseline:
    return replace(of, measures={**of.measures, name: bar})


def test_a_run_passes_its_own_baseline_and_a_worse_one_does_not():
    assert gate(GOOD, BAR) == ()
    fallen = gate(run_of(wrong(BANS[0]), *BANS[1:], SILENT), BAR)
    assert fallen == (
        "dangerous yes rose from 0 to 1 (tolerance 0)",
        "correct fell from 100.0 to 90.9 per cent (tolerance 1 points)",
        "verdict accuracy fell from 100.0 to 90.0 per cent (tolerance 2 points)",
    )


@pytest.mark.parametrize("field", ["leaks", "misquotes", "forbidden"])
def test_one_leak_misquote_or_forbidden_word_is_one_too_many(field):
    (fallen,) = gate(run_of(replace(BANS[0], **{field: ("x",)}), *BANS[1:], SILENT), BAR)
    assert "rose from 0 to 1 (tolerance 0)" in fallen


def test_a_tolerance_is_in_points_and_reached_is_not_passed():
    worse = run_of(wrong(BANS[0], Verdict.CONDITIONAL), *BANS[1:], SILENT)
    only = replace(BAR, measures={name: BAR.measures[name] for name in NEVER_MORE})
    assert gate(worse, with_bar("verdict_accuracy", Bar(1.0, 10.0), only)) == ()
    assert len(gate(worse, with_bar("verdict_accuracy", Bar(1.0, 9.99), only))) == 1


def test_a_measure_of_time_has_its_own_unit():
    (fallen,) = gate(GOOD, with_bar("latency_p95", Bar(7.0, 2.0)))
    assert fallen == "latency, 95th percentile rose from 7 to 10 ms (tolerance 2 ms)"
    assert gate(GOOD, with_bar("latency_p95", Bar(8.0, 2.0))) == ()


def test_fewer_cases_do_not_pass_in_all_or_of_a_kind():
    assert gate(run_of(*BANS), BAR) == (
        "the number of cases shrank from 11 to 10",
        "cases of kind not_covered shrank from 1 to 0",
        "abstention recall is missing: the run has nothing to measure it on",
    )
    more = run_of(*BANS[:9], *(replace(SILENT, id=f"s{n}") for n in range(5)))
    assert gate(more, BAR) == ("cases of kind permission shrank from 10 to 9",)


def test_what_cannot_be_measured_does_not_pass():
    assert gate(GOOD, with_bar("disclosure_recall", Bar(0.0, 100.0))) == (
        "worries recognised is missing: the run has nothing to measure it on",
    )
    assert gate(GOOD, with_bar("charm", Bar(0.0, 100.0))) == ("charm is missing: this program has no such measure",)


def test_a_baseline_is_made_of_what_was_measured():
    assert (BAR.name, BAR.cases, BAR.kinds) == ("release-1", 11, {"permission": 10, "not_covered": 1})
    assert set(BAR.measures) == set(TOLERANCES) - {"disclosure_recall"} and set(TOLERANCES) <= set(BY_NAME)
    assert baseline_of(run_of(TOLD)).measures["disclosure_recall"] == Bar(0.0, 0.0)
    assert all(BAR.measures[name] == Bar(0.0, 0.0) for name in NEVER_MORE)
    with pytest.raises(BaselineError, match="charm"):
        baseline_of(GOOD, {"charm": 1.0})


def test_a_baseline_comes_back_as_it_was(tmp_path):
    write_baseline(BAR, tmp_path / "baseline.json")
    assert read_baseline(tmp_path / "baseline.json") == BAR


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda b: b["measures"].pop("leaks"), "leaks must be in it"),
        (lambda b: b["measures"]["misquotes"].update(tolerance=1), "misquotes is 0 and nothing else"),
        (lambda b: b["measures"]["dangerous_yes"].update(tolerance=0.5), "dangerous_yes is 0"),
        (lambda b: b["measures"]["correct"].update(tolerance=-1), "not negative"),
        (lambda b: b["measures"]["correct"].update(value=None), "measures.correct.value"),
        (lambda b: b["measures"]["correct"].update(value="0.9"), "measures.correct.value"),
        (lambda b: b["measures"]["correct"].pop("tolerance"), "measures.correct.tolerance"),
        (lambda b: b["measures"].update(correct=0.9), "measures.correct"),
        (lambda b: b.update(cases=0), "cases"),
        (lambda b: b.update(cases=12), "as many as the kinds"),
        (lambda b: b.pop("kinds"), "kinds"),
        (lambda b: b.update(mood="good"), "mood"),
        (lambda b: b.pop("format"), "not a baseline"),
        (lambda b: b.update(format=2), "newer"),
    ],
)
def test_a_baseline_that_would_let_anything_through_is_refused(tmp_path, change, word):
    path = tmp_path / "baseline.json"
    write_baseline(BAR, path)
    body = json.loads(path.read_text(encoding="utf-8"))
    change(body)
    path.write_text(json.dumps(body), encoding="utf-8")
    with pytest.raises(BaselineError) as refusal:
        read_baseline(path)
    assert word in str(refusal.value) and refusal.value.cure


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 1, "cases": NaN}', '{"format": 1, "cases": 1e999}'])
def test_a_damaged_baseline_is_refused(tmp_path, content):
    path = tmp_path / "baseline.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(BaselineError):
        read_baseline(path)
    with pytest.raises(BaselineError, match="cannot be read"):
        read_baseline(tmp_path / "none.json")


# -- monotone

said = st.sampled_from([Verdict.ALLOWED, Verdict.CONDITIONAL, Verdict.NOT_ALLOWED, Verdict.NOT_COVERED])
outcomes = st.lists(said, min_size=4, max_size=4)
STEADY = {m.name: 5.0 for m in MEASURES if m.by_case} | dict.fromkeys(NEVER_MORE, 0.0)
"""Measures in which a better answer to one case can lower nothing; a share of citations can fall with one fewer good one."""


def thrown(given_verdicts):
    bans = [c if v is c.right else wrong(c, v) for c, v in zip(BANS[:3], given_verdicts, strict=False)]
    last = SILENT if given_verdicts[3] is Verdict.NOT_COVERED else wrong(SILENT, given_verdicts[3])
    return [*bans, last]


@settings(deadline=None, max_examples=40)
@given(outcomes, outcomes, st.integers(0, 3))
def test_a_better_answer_never_stops_a_release(then, now, place):
    bar = baseline_of(run_of(*thrown(then)), STEADY)
    cases = thrown(now)
    better = [*cases]
    better[place] = SILENT if place == 3 else BANS[place]
    names = [{line.split(" fell")[0].split(" rose")[0] for line in gate(run_of(*own), bar)} for own in (cases, better)]
    assert names[1] <= names[0]


@settings(deadline=None, max_examples=40)
@given(outcomes, outcomes, st.floats(0, 50))
def test_a_wider_tolerance_never_stops_a_release(then, now, wider):
    bar, run = baseline_of(run_of(*thrown(then)), STEADY), run_of(*thrown(now))
    eased = {n: Bar(b.value, b.tolerance + (0 if n in NEVER_MORE else wider)) for n, b in bar.measures.items()}
    assert len(gate(run, replace(bar, measures=eased))) <= len(gate(run, bar))
