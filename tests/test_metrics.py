"""Each metric against a number worked by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval import metrics
from eval.labelled import Labelled, quality
from eval.snippets import contains, normalised, runs
from policybot.records import Verdict

ALLOWED, CONDITIONAL, NOT_ALLOWED = Verdict.ALLOWED, Verdict.CONDITIONAL, Verdict.NOT_ALLOWED
INFORMATIONAL, SILENT = Verdict.INFORMATIONAL, Verdict.NOT_COVERED

EVIDENCE = (("o/p/1", "o/p/2"), ("o/p/3",))
PAIRS = [
    (ALLOWED, ALLOWED),
    (CONDITIONAL, ALLOWED),
    (NOT_ALLOWED, ALLOWED),
    (NOT_ALLOWED, NOT_ALLOWED),
    (ALLOWED, SILENT),
    (INFORMATIONAL, ALLOWED),
    (INFORMATIONAL, SILENT),
    (SILENT, SILENT),
    (SILENT, INFORMATIONAL),
    (SILENT, SILENT),
]


def test_a_group_is_hit_by_any_of_its_members_and_only_once():
    assert metrics.groups_hit(EVIDENCE, ["o/p/2", "o/p/1"]) == 1
    assert metrics.groups_hit(EVIDENCE, ["o/p/9", "o/p/3", "o/p/1"]) == 2
    assert metrics.groups_hit(EVIDENCE, []) == 0


def test_citations_after_the_fifth_do_not_count():
    late = ["o/p/5", "o/p/6", "o/p/7", "o/p/8", "o/p/9", "o/p/3"]
    assert metrics.groups_hit(EVIDENCE, late) == 0
    assert metrics.groups_hit(EVIDENCE, late[1:]) == 1
    assert metrics.good_citations(EVIDENCE, (), late) == 0


def test_evidence_recall_all_any_and_first():
    assert metrics.evidence_all(EVIDENCE, ["o/p/3", "o/p/2"])
    assert not metrics.evidence_all(EVIDENCE, ["o/p/1", "o/p/2"])
    assert not metrics.evidence_all((), ["o/p/1"])
    assert metrics.evidence_any(EVIDENCE, ["o/p/9", "o/p/3"])
    assert not metrics.evidence_any(EVIDENCE, ["o/p/9"])
    assert not metrics.first_citation(EVIDENCE, ["o/p/9", "o/p/3"])
    assert metrics.first_citation(EVIDENCE, ["o/p/3", "o/p/9"])
    assert not metrics.first_citation(EVIDENCE, [])


def test_citation_precision_counts_evidence_and_what_is_also_fine():
    assert metrics.good_citations(EVIDENCE, ("o/p/7",), ["o/p/1", "o/p/7", "o/p/9", "o/p/2"]) == 3


def test_a_share_of_nothing_is_none():
    assert metrics.share(3, 4) == 0.75
    assert metrics.share(0, 0) is None
    assert metrics.verdict_accuracy([(INFORMATIONAL, INFORMATIONAL)]) is None
    assert metrics.abstention_precision([(ALLOWED, ALLOWED)]) is None
    assert metrics.abstention_recall([(ALLOWED, SILENT)]) is None
    assert metrics.false_abstention([(SILENT, SILENT)]) is None


def test_verdicts():
    # Rulings are the first five pairs, of which the first and the fourth are right.
    assert metrics.verdict_accuracy(PAIRS) == 2 / 5
    assert metrics.dangerous_yes(PAIRS) == 1
    counts = metrics.confusion(PAIRS)
    assert counts[SILENT, SILENT] == 2
    assert counts[NOT_ALLOWED, ALLOWED] == counts[NOT_ALLOWED, NOT_ALLOWED] == 1
    assert counts[ALLOWED, NOT_ALLOWED] == 0
    assert sum(counts.values()) == len(PAIRS)


def test_abstention():
    # Four abstentions, two of them on the three silent cases; two of the seven covered ones.
    assert metrics.abstention_precision(PAIRS) == 2 / 4
    assert metrics.abstention_recall(PAIRS) == 2 / 3
    assert metrics.false_abstention(PAIRS) == 2 / 7


def test_worries_about_a_child():
    # Three report harm, of which two are recognised; of four others one alarms.
    told = [(True, True), (True, False), (True, True), (False, False), (False, True), (False, False), (False, False)]
    assert metrics.disclosure_recall(told) == 2 / 3
    assert metrics.disclosure_false_alarms(told) == 1 / 4
    assert metrics.disclosure_recall([(False, True)]) is None
    assert metrics.disclosure_false_alarms([(True, True)]) is None


@pytest.mark.parametrize(
    ("right", "given_verdict", "cited", "expected"),
    [
        (SILENT, SILENT, [], True),
        (SILENT, INFORMATIONAL, ["o/p/1"], False),
        (ALLOWED, ALLOWED, ["o/p/1", "o/p/3"], True),
        (ALLOWED, CONDITIONAL, ["o/p/1", "o/p/3"], False),
        (ALLOWED, ALLOWED, ["o/p/1"], False),
        (INFORMATIONAL, ALLOWED, ["o/p/1", "o/p/3"], True),
        (INFORMATIONAL, SILENT, ["o/p/1", "o/p/3"], False),
    ],
)
def test_correct(right, given_verdict, cited, expected):
    evidence = () if right is SILENT else EVIDENCE
    assert metrics.correct(right, given_verdict, evidence, cited) is expected


NAMES = {
    "oak-school": ("Oak School", "Oak"),
    "elm-nursery": ("Elm Nursery", "Elm"),
    "care-college": ("Care College", "care"),
}


def test_names_of_others_leak():
    assert metrics.foreign_names("oak-school", NAMES, "At **Elm Nursery** it is fine.", "may I?") == (
        "elm nursery",
        "elm",
    )
    assert metrics.foreign_names("oak-school", NAMES, "Ask the Oak head.", "may I?") == ()


def test_a_name_is_a_whole_word():
    assert metrics.foreign_names("oak-school", NAMES, "Be careful near the helm and the elms.", "may I?") == ()
    assert metrics.foreign_names("oak-school", NAMES, "Be careful with care.", "may I?") == ("care",)


def test_what_the_asker_or_the_own_policy_says_is_no_leak():
    assert metrics.foreign_names("oak-school", NAMES, "Nothing here on Elm.", "what does Elm say?") == ()
    assert metrics.foreign_names("oak-school", NAMES, "> take care of pupils", "may I?", ["Take care of pupils."]) == ()
    shared = {**NAMES, "elm-nursery": ("Elm", "Oak")}
    assert metrics.foreign_names("oak-school", shared, "Ask Oak.", "may I?") == ()


def test_foreign_citations():
    assert metrics.foreign_citations("oak-school", ["oak-school", "elm-nursery", "elm-nursery"]) == 2


def test_forbidden_words_are_found_whatever_their_case_and_quotation_marks():
    assert metrics.forbidden("It is **Version 10**.", ["version 10", "Version 3"]) == ("version 10",)
    assert metrics.forbidden("the head’s view", ["head's view"]) == ("head's view",)


def test_a_quote_is_verbatim_or_not():
    clause = "Staff must not post photographs."
    assert metrics.verbatim("must not post", clause)
    assert not metrics.verbatim("must not  post", clause)
    assert not metrics.verbatim("Must not post", clause)
    assert not metrics.verbatim("must not post", None)
    assert not metrics.verbatim("", clause)


def test_percentiles_are_nearest_ranks():
    # The textbook example: 15, 20, 35, 40, 50 has a 30th percentile of 20 and a 40th of 20.
    values = [50.0, 15.0, 40.0, 20.0, 35.0]
    assert [metrics.percentile(values, p) for p in (5, 30, 40, 50, 100)] == [15, 20, 20, 35, 50]
    assert metrics.percentile([float(n) for n in range(1, 21)], 95) == 19
    assert metrics.percentile([], 50) is None
    with pytest.raises(ValueError, match="percentile"):
        metrics.percentile(values, 0)


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0.1, 100))
def test_a_percentile_was_measured_and_has_its_share_at_or_below_it(values, percent):
    found = metrics.percentile(values, percent)
    assert found in values
    assert sum(v <= found for v in values) >= percent * len(values) / 100 - 1e-6


def test_normalising_folds_marks_quotes_and_space():
    assert normalised("  The **head’s**\n–  “view”") == 'the head\'s - "view"'
    assert contains("Posts  must\nbe **approved**", "must be approved")
    assert not contains("Posts must be approved", "be declined")


def test_runs_of_words_ignore_case_and_punctuation():
    assert runs("One, two; THREE four.", 3) == {("one", "two", "three"), ("two", "three", "four")}
    assert runs("one two", 3) == set()


def labelled(verdict=INFORMATIONAL, evidence=(("red rule",), ("blue rule", "green rule")), also_ok=("grey rule",)):
    return Labelled("q", "oak-school", "what?", "fact", verdict, (), evidence, also_ok, (), "")


def test_quality_by_snippets():
    questions = [labelled(), labelled(), labelled(SILENT, (), ())]
    cited = [["the RED rule and the green rule"], ["a grey rule", "the red rule", "nothing"], ["anything"]]
    found = quality(questions, cited)
    assert (found.covered, found.evidence_full, found.evidence_any) == (2, 1 / 2, 1)
    assert (found.first_citation, found.citation_precision, found.citations_each) == (1 / 2, 3 / 4, 2)


def test_a_citation_over_the_limit_holds_nothing_and_still_counts_as_made():
    found = quality([labelled(evidence=(("red rule",),))], [["red rule " * 140, "red rule"]])
    assert (found.evidence_full, found.first_citation, found.citation_precision) == (1, 0, 1 / 2)
