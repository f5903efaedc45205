"""The linter of sets: each finding once where it belongs, and none where all is well."""

from __future__ import annotations

from dataclasses import replace

import pytest
from conftest import make_organisation, make_policy
from hypothesis import given
from hypothesis import strategies as st

from eval.balance import imbalances
from eval.cases import Case, CaseKind
from eval.leading import content_share, leading, longest_run
from eval.lint import Finding, Severity, jaccard, lint
from policybot.catalogue import Catalogue
from policybot.records import Turn, Verdict
from policybot.settings import Settings

RULES = (
    "Staff must not post photographs of pupils on their own accounts.",
    "Phones are fine at lunch in the staff room.",
)
P0, P1 = "oak-school/rules/p0", "oak-school/rules/p1"
CASE = Case("a", "oak-school", "pics ok on insta?", CaseKind.PERMISSION, Verdict.NOT_ALLOWED, evidence=((P0,),))
SILENT = Case("s", "oak-school", "what colour is the door?", CaseKind.NOT_COVERED, Verdict.NOT_COVERED)


@pytest.fixture(scope="module")
def oak(tmp_path_factory):
    """A school with one policy, and a nursery that has none yet; read only."""
    home = tmp_path_factory.mktemp("oak")
    made = Catalogue.open(Settings.load(home=home / "home", corpus=home / "corpus"))
    for slug in ("oak-school", "elm-nursery"):
        made.save_organisation(make_organisation(slug))
    made.flip(made.stage(make_policy("oak-school", *RULES)))
    yield made
    made.close()


@pytest.fixture
def found(oak):
    """What is found in cases, imbalance left out."""

    def of(*cases):
        return [finding for finding in lint(cases, oak) if finding.case_id is not None]

    return of


def balanced():
    """Twenty cases of every verdict and kind, no two alike."""
    verdicts, kinds = list(Verdict), list(CaseKind)
    for n in range(20):
        verdict = verdicts[n % 5]
        silent = verdict is Verdict.NOT_COVERED
        kind = kinds[n // 2]
        if kind is CaseKind.NOT_COVERED and not silent:
            verdict, silent = Verdict.NOT_COVERED, True
        evidence = () if silent else ((P0,),)
        yield Case(f"c{n}", "oak-school", f"w{n} x{n} y{n}?", kind, verdict, evidence=evidence)


def test_a_sound_set_has_no_findings(oak):
    assert lint(list(balanced()), oak) == ()
    assert lint([], oak) == ()


def test_an_id_used_twice_is_an_error(found):
    (finding,) = found(CASE, replace(SILENT, id="a"))
    assert finding == Finding(Severity.ERROR, "a", "its id is used by a case before it", "Give every case its own id")


def test_a_question_asked_twice_is_found_by_its_words(found):
    again = replace(CASE, id="b", question="Insta: OK, pics on?")
    (finding,) = found(CASE, again)
    assert (finding.severity, finding.case_id) == (Severity.WARNING, "b")
    assert "what case a asks (they share 100% of their words)" in finding.what
    assert "delete one" in finding.cure


def test_a_repeat_that_contradicts_says_so(found):
    (finding,) = found(SILENT, replace(CASE, question=SILENT.question))
    assert "expects not_allowed where that expects not_covered" in finding.what
    assert "differ where their answers do" in finding.cure


def test_alike_is_four_words_of_five(found):
    def asks(question):
        return replace(SILENT, id=question, question=question)

    assert len(found(asks("one two three four"), asks("one two three four five"))) == 1  # 4/5
    assert found(asks("one two three four"), asks("one two three five four six")) == []  # 4/6
    assert found(asks("one two three"), asks("one two three four")) == []  # 3/4


def test_the_nearest_earlier_case_is_named(found):
    far = replace(SILENT, id="far", question="one two three four five")
    near = replace(SILENT, id="near", question="six seven eight nine")
    (finding,) = found(far, near, replace(near, id="last"))
    assert "case near" in finding.what


def test_another_organisation_or_other_turns_make_another_question(found):
    elsewhere = replace(SILENT, id="e", organisation="elm-nursery")
    later = replace(SILENT, id="l", history=(Turn("user", "the shed?"),))
    assert found(SILENT, elsewhere, later) == []


def test_questions_without_words_are_not_alike(found):
    assert found(replace(SILENT, id="x", question="???"), replace(SILENT, id="y", question="!!!")) == []


def test_unknown_clauses_and_organisations_are_errors(found):
    gone = replace(CASE, id="b", question="q", evidence=((P0, "oak-school/rules/p7"),), also_ok=("oak-school/rules/p8",))
    nowhere = Case("n", "fir-nursery", "z?", CaseKind.FACT, Verdict.INFORMATIONAL, evidence=(("fir-nursery/a/p0",),), must_not=("x",))
    findings = found(gone, nowhere)
    assert [(f.severity, f.case_id) for f in findings] == [(Severity.ERROR, "b"), (Severity.ERROR, "b"), (Severity.ERROR, "n")]
    assert findings[0].what == "there is no clause oak-school/rules/p7" and "Near it" in findings[0].cure
    assert findings[2].what == "organisation fir-nursery is not ingested"


# -- leading wording


def test_the_longest_run_is_in_words():
    assert longest_run("Can staff post photographs of pupils?", RULES[0]) == ("post", "photographs", "of", "pupils")
    assert longest_run("no shared", RULES[0]) == ()
    assert longest_run("", RULES[0]) == ()
    assert longest_run("b c d a b", "a b x b c d") == ("b", "c", "d")


@given(st.lists(st.sampled_from("abc"), max_size=8), st.lists(st.sampled_from("abc"), max_size=8))
def test_the_longest_run_is_as_long_as_the_longest_shared_slice(one, other):
    def slices(said):
        return {tuple(said[i:j]) for i in range(len(said)) for j in range(i + 1, len(said) + 1)}

    run = longest_run(" ".join(one), " ".join(other))
    shared = slices(one) & slices(other)
    assert len(run) == max(map(len, shared), default=0)
    assert not run or run in shared


def test_the_content_share_is_worked_by_hand():
    # photographs, pupils, accounts of photographs, pupils, accounts, banned
    assert content_share("are photographs of pupils on accounts banned", RULES[0]) == 0.75
    assert content_share("photographs pupils accounts", RULES[0]) is None


def test_leading_wording_is_a_warning(found):
    run = replace(CASE, question="may we post photographs of pupils on facebook?", id="run")
    # 5 of photographs, pupils, post, these, own, accounts, now
    share = replace(CASE, question="Photographs with pupils: post these by own accounts now", id="share")
    fine = replace(CASE, question="shall we post photographs of pupils, yes, maybe, really?", id="fine")
    findings = found(run, share, fine)
    assert [(f.severity, f.case_id) for f in findings] == [(Severity.WARNING, "run"), (Severity.WARNING, "share")]
    assert "5 words in a row with it: 'post photographs of pupils on'" in findings[0].what
    assert "takes 71% of its content words" in findings[1].what
    assert P0 in findings[0].what


def test_only_required_clauses_lead(found):
    copied = replace(CASE, question="are phones fine at lunch in the staff room?", also_ok=(P1,))
    assert found(copied) == []
    (finding,) = found(replace(copied, evidence=((P0, P1),), also_ok=()))
    assert P1 in finding.what


def test_leading_says_nothing_of_a_question_in_its_own_words():
    assert leading("pics ok on insta?", RULES[0]) is None


# -- contradictions


def test_words_that_must_not_be_said_and_stand_in_a_clause(found):
    own = replace(CASE, must_not=("Photographs  of pupils", "fine at lunch", "zebra"))
    findings = found(own)
    assert [f.severity for f in findings] == [Severity.ERROR, Severity.WARNING]
    assert P0 in findings[0].what and "has to be cited" in findings[0].what
    assert P1 in findings[1].what and "may quote" in findings[1].what


def test_kind_verdict_and_clauses_must_agree(found):
    assert found(SILENT, CASE) == []
    (error,) = found(replace(CASE, kind=CaseKind.NOT_COVERED))
    assert error.severity is Severity.ERROR and "its verdict is not_allowed" in error.what
    (note,) = found(replace(SILENT, also_ok=(P0,)))
    assert note.severity is Severity.NOTE and "count for nothing" in note.what


def test_the_record_itself_refuses_evidence_against_the_verdict():
    with pytest.raises(ValueError, match="needs no evidence"):
        replace(SILENT, evidence=((P0,),))
    with pytest.raises(ValueError, match="needs at least one group"):
        replace(CASE, evidence=())


# -- balance


def of_verdicts(**counts):
    made = []
    for name, count in counts.items():
        verdict = Verdict(name)
        evidence = () if verdict is Verdict.NOT_COVERED else ((P0,),)
        made += [replace(CASE, id=f"{name}{n}", verdict=verdict, evidence=evidence) for n in range(count)]
    return made


def test_shares_of_verdicts_at_the_edges():
    even = of_verdicts(allowed=2, conditional=2, not_allowed=2, informational=2, not_covered=12)
    assert [what for what, _ in imbalances(even) if "cases are" in what] == []
    skewed = of_verdicts(allowed=1, conditional=2, not_allowed=2, informational=2, not_covered=13)
    assert [what for what, _ in imbalances(skewed) if "cases are" in what] == [
        "1 of 20 cases are allowed (5%, under 10%)",
        "13 of 20 cases are not_covered (65%, over 60%)",
    ]
    assert any("0 of 2 cases are allowed (0%" in what for what, _ in imbalances(of_verdicts(not_covered=2)))


def test_missing_kinds_and_few_cases_are_counted():
    said = dict(imbalances(of_verdicts(allowed=19)))
    assert said["it has 19 cases, fewer than 20"] == "Add 1 more"
    missing = [kind.value for kind in CaseKind if kind is not CaseKind.PERMISSION]
    assert f"no case is of kind {', '.join(missing)}" in said
    assert not any("fewer than" in what for what, _ in imbalances(of_verdicts(allowed=20)))
    assert list(imbalances([])) == []


def test_each_organisation_is_balanced_by_itself_and_errors_come_first(oak):
    findings = lint([*balanced(), replace(SILENT, organisation="elm-nursery"), replace(SILENT, organisation="elm-nursery")], oak)
    assert findings[0].severity is Severity.ERROR
    notes = [f for f in findings if f.case_id is None]
    assert notes and all(f.what.startswith("elm-nursery: ") and f.severity is Severity.NOTE for f in notes)
    ranks = [list(Severity).index(f.severity) for f in findings]
    assert ranks == sorted(ranks)


@given(st.frozensets(st.integers(0, 5)), st.frozensets(st.integers(0, 5)))
def test_jaccard_is_a_share(one, other):
    alike = jaccard(one, other)
    assert alike == jaccard(other, one)
    assert 0 <= alike <= 1
    assert (alike == 1) == (one == other and bool(one))
