"""Two runs compared, by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.console import Console
from stored_runs import RIGHT, SILENT, numbered, run_of, wrong

from eval.compare import CompareError, badness, compare, differences, same_case, set_difference
from eval.measures import BY_NAME
from eval.part import Part
from eval.stored_report import print_comparison, print_run
from policybot.records import Verdict

P = "oak-school/p/"
BANS = numbered(RIGHT, 10)
FEW = [BY_NAME[name] for name in ("correct", "abstention_recall", "citation_precision", "leaks", "latency_p50")]


def ids(changes) -> list[str]:
    return [c.after.id for c in changes]


def test_what_got_better_worse_and_cites_other_clauses():
    before = run_of(wrong(BANS[0]), BANS[1], BANS[2], SILENT, name="old")
    recited = replace(BANS[2], cited=(P + "1", P + "7"))
    after = run_of(BANS[0], wrong(BANS[1], cited=(P + "8",)), recited, SILENT, name="new")
    found = compare(before, after, measures=FEW)
    assert (ids(found.better), ids(found.worse), ids(found.recited)) == (["c1-0"], ["c1-1"], ["c1-1", "c1-2"])
    assert (found.recited[0].gained, found.recited[0].dropped) == ((P + "8",), (P + "1",))
    assert (found.recited[1].gained, found.recited[1].dropped) == ((P + "7",), ())
    assert (found.cases, found.left_out, found.surroundings) == (4, (), ())


def test_a_run_against_itself_has_no_difference():
    run = run_of(*BANS[:3], wrong(BANS[3]), SILENT)
    found = compare(run, run, measures=FEW)
    assert found.better == found.worse == found.recited == ()
    for difference in found.differences:
        assert difference.change == 0 and difference.p == difference.p_holm == 1.0 and difference.better is None
        assert (difference.interval.low, difference.interval.high) == (0, 0)


def test_differences_by_hand():
    # Six bans become right and one wrong: 3 of 10 to 8 of 10, McNemar 2 · (1 + 7)/2⁷ = .125
    before = [*map(wrong, BANS[:6]), *BANS[6:9], wrong(BANS[9])]
    after = [*BANS[:6], wrong(BANS[6]), *BANS[7:9], wrong(BANS[9])]
    found = {d.measure.name: d for d in differences(before, after, FEW)}
    correct = found["correct"]
    assert (correct.before, correct.after, correct.p, correct.better) == (0.3, 0.8, 0.125, True)
    assert correct.change == pytest.approx(0.5) and correct.change in correct.interval
    assert correct.p_holm == pytest.approx(0.5), "four measures have a value, so four are tested"
    silent = found["abstention_recall"]
    assert silent.before is silent.change is silent.interval is silent.p is silent.p_holm is silent.better is None


def test_whether_less_is_better_is_the_measures():
    before = [replace(c, leaks=("names elm",)) for c in BANS[:5]]
    found = {d.measure.name: d for d in differences(before, [replace(c, latency_ms=30.0) for c in BANS[:5]], FEW)}
    # All five change, every way of swapping five: 2 of 32 are as far
    assert (found["leaks"].change, found["leaks"].better, found["leaks"].p) == (-5, True, 2 / 32)
    assert (found["latency_p50"].change, found["latency_p50"].better) == (20, False)


def test_badness_puts_the_graver_first():
    missed = replace(RIGHT, cited=(), faults=("did not cite",))
    conditional, allowed = wrong(RIGHT, Verdict.CONDITIONAL), wrong(RIGHT)
    leaking = replace(RIGHT, leaks=("names elm",), faults=("leak: names elm",))
    ranked = [RIGHT, missed, wrong(RIGHT, Verdict.NOT_COVERED), conditional, allowed, leaking]
    assert badness(RIGHT) == (False, 0, 0, 0)
    assert sorted(ranked, key=badness) == ranked and len(set(map(badness, ranked))) == len(ranked)


def test_runs_of_other_sets_are_refused_by_what_differs():
    before = run_of(BANS[0], BANS[1], name="old")
    after = run_of(BANS[1], *BANS[2:9], name="new")
    with pytest.raises(CompareError) as refusal:
        compare(before, after)
    assert "only old has 1 case (c1-0)" in str(refusal.value)
    assert "only new has 7 cases (c1-2, c1-3, c1-4, c1-5, c1-6, ...)" in str(refusal.value)
    found = compare(before, after, common=True, measures=FEW[:1])
    assert (found.cases, found.left_out) == (1, ("c1-0", *(f"c1-{n}" for n in range(2, 9))))
    with pytest.raises(CompareError, match="no case in common"):
        compare(run_of(BANS[0]), run_of(BANS[1]), common=True)


@pytest.mark.parametrize(
    "other",
    [
        {"question": "may i post two?"},
        {"right": Verdict.CONDITIONAL},
        {"evidence": ((P + "2",),)},
        {"also_ok": (P + "2",)},
        {"organisation": "elm-nursery"},
    ],
)
def test_a_case_with_another_question_or_truth_is_another_case(other):
    changed = replace(RIGHT, **other)
    assert not same_case(RIGHT, changed)
    assert set_difference(run_of(RIGHT), run_of(changed)) == ("another question or another right answer has 1 case (c1)",)
    with pytest.raises(CompareError, match="another right answer"):
        compare(run_of(RIGHT), run_of(changed))


def test_a_question_that_was_not_kept_is_not_compared():
    assert same_case(RIGHT, replace(RIGHT, question=None))


def test_what_else_differs_is_said():
    after = run_of(RIGHT, models={"reading": "new"}, settings="other")
    assert compare(run_of(RIGHT), after, measures=FEW[:1]).surroundings == ("the settings differ", "model reading differs")


def printed(show, *arguments) -> str:
    console = Console(record=True, width=200, file=open("/dev/null", "w"))  # noqa: SIM115
    show(*arguments[:1], console, *arguments[1:])
    return console.export_text()


def test_the_comparison_as_a_person_reads_it():
    before = run_of(*map(wrong, BANS[:7]), BANS[7], name="[old]", models={"reading": "x"})
    after = run_of(*BANS[:7], wrong(BANS[7], cited=(P + "[b]",)), name="new")
    text = printed(print_comparison, compare(before, after, measures=FEW), 5)
    assert "[old]" in text and "model reading differs" in text
    assert "+75.0" in text and "better" in text and "Worse: 1" in text and "Better: 7" in text and "and 2 more" in text
    assert "c1-7  not_allowed -> allowed; +oak-school/p/[b]; -oak-school/p/1; now: said allowed, right is not_allowed" in text


def test_a_run_as_a_person_reads_it():
    text = printed(print_run, run_of(BANS[0], wrong(BANS[1]), SILENT), Part.KIND)
    assert "correct %" in text and "66.7" in text and "permission" in text and "AUROC" not in text
