"""The shipped sets: made from the labelled questions, free of policy text and of real people."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.cases import CaseError, load_cases
from eval.gold_from_dev import GOLD, Originals, gold_cases, write_gold
from eval.people import names_somebody, people_in, with_stand_ins
from eval.snippets import runs
from ingest.pipeline import read_policy
from policybot.records import Verdict

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
CORPUS = ROOT / "corpus"
SETS = sorted(GOLD.glob("*.jsonl"))
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="../shared is not beside this checkout")


def test_there_is_a_set_for_each_organisation_of_the_corpus():
    assert [path.stem for path in SETS] == sorted(p.name for p in CORPUS.iterdir() if p.is_dir())
    for path in SETS:
        cases = load_cases(path)
        assert {c.organisation for c in cases} == {path.stem}
        assert {Verdict.NOT_ALLOWED, Verdict.INFORMATIONAL, Verdict.NOT_COVERED} <= {c.verdict for c in cases}
    assert len(load_cases(*SETS)) == 120


@needs_shared
def test_making_the_sets_anew_gives_the_committed_ones(tmp_path):
    write_gold(SHARED, tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == [p.name for p in SETS]
    for path in SETS:
        assert (tmp_path / path.name).read_text(encoding="utf-8") == path.read_text(encoding="utf-8"), (
            f"run python -m eval.gold_from_dev {SHARED}"
        )


@pytest.mark.parametrize("path", SETS, ids=lambda path: path.stem)
def test_every_gold_clause_is_in_the_restated_edition(path):
    if not (CORPUS / path.stem / "organisation.toml").is_file():
        pytest.skip(f"corpus/{path.stem} is not complete yet: it has no organisation.toml")
    policy, _ = read_policy(CORPUS / path.stem / "policy.md", path.stem)
    assert _gold_ids(path) <= {c.id for c in policy.clauses}


@needs_shared
@pytest.mark.parametrize("path", SETS, ids=lambda path: path.stem)
def test_every_gold_clause_is_in_the_original(path):
    policy, _ = read_policy(SHARED / "policies" / "txt" / path.stem / "policy.txt", path.stem)
    assert _gold_ids(path) <= {c.id for c in policy.clauses}


@needs_shared
def test_the_sets_hold_no_ten_words_of_a_policy_and_nobody_real():
    originals = Originals.read(SHARED / "policies" / "txt")
    people = [person for theirs in originals.people.values() for person in theirs]
    assert people, "the originals name people; if none is found the rule for finding them is broken"
    for path in SETS:
        text = path.read_text(encoding="utf-8")
        assert not runs(text) & originals.ten_words
        for line in text.splitlines():
            assert not names_somebody(line, people), line[:60]


def _gold_ids(path: Path) -> set[str]:
    return {i for c in load_cases(path) for i in (*(i for g in c.evidence for i in g), *c.also_ok)}


POLICY = """Phone Policy

Author: Ann Other

1. Use

- Staff must not use phones in class.
- Phones may be used at lunch when the head of the school in question has said so in writing beforehand.

You must ask first if:

- you film a pupil;
- you film a colleague.

Office team: Bea Sample, Cy Ample-Jones

Dee Last (Governor)

Approved by: Full Governing Body

Print Name: Ed Kase
"""


def test_people_are_found_by_how_policies_name_them():
    assert set(people_in(POLICY)) == {"Ann Other", "Bea Sample", "Cy Ample-Jones", "Dee Last", "Ed Kase"}
    assert people_in("V2\tAugust 2021\tL Tester\tThroughout") == ("L Tester",)
    assert people_in("Prepared by: Directors\n\nApproved by: Governors\nSocial Media (e.g. forums)") == ()


def test_people_get_stand_ins_by_any_part_of_their_name():
    people = ("Ann Other", "L Tester")
    assert (
        with_stand_ins("Ann Other, or Ann, or Mrs Other; not Annie.", people) == "Sam, or Sam, or Mrs Sam; not Annie."
    )
    assert with_stand_ins("Tester wrote it, L did not.", people) == "Robin wrote it, L did not."
    assert names_somebody("ask Tester", people) and not names_somebody("ask a tester", people)


@pytest.fixture
def shared(tmp_path):
    folder = tmp_path / "policies" / "txt" / "oak-school"
    folder.mkdir(parents=True)
    (folder / "policy.txt").write_text(POLICY, encoding="utf-8")
    (tmp_path / "eval").mkdir()

    def label(**fields):
        row = {"id": "oak-1", "org": "oak-school", "question": "can i?", "kind": "permission", "verdict": "conditional"}
        row |= {"evidence": [["Phones may be used at lunch"]], "also_ok": [], "must_not": [], "note": ""}
        (tmp_path / "eval" / "dev.jsonl").write_text(json.dumps(row | fields), encoding="utf-8")
        originals = Originals.read(tmp_path / "policies" / "txt")
        (case,) = gold_cases(tmp_path / "eval" / "dev.jsonl", originals)["oak-school"]
        return case, {c_id: words for c_id, words in originals.clauses["oak-school"]}

    return label


def test_a_snippet_becomes_the_clauses_that_hold_it(shared):
    case, words = shared(
        evidence=[["PHONES may be  used at lunch"], ["You must ask first if"]],
        also_ok=["must not use phones", "no such words"],
    )
    (lunch,), stem = case.evidence
    assert words[lunch].startswith("phones may be used")
    assert len(stem) == 2 and all("you must ask first if" in words[i] for i in stem)
    assert [words[i] for i in case.also_ok] == ["staff must not use phones in class."]


def test_what_is_evidence_is_not_also_fine(shared):
    case, _ = shared(also_ok=["may be used at lunch"])
    assert case.also_ok == ()


def test_people_do_not_reach_a_case(shared):
    case, _ = shared(
        question="did Bea say so?",
        history=[{"role": "assistant", "content": "Ann Other wrote it."}],
        must_not=["Dee Last", "Elm"],
        note="Bea Sample may.",
    )
    assert "Bea" not in case.question and case.question.startswith("did ")
    assert "Ann" not in case.history[0].content
    assert case.must_not == ("Elm",)
    assert case.note == ""


def test_ten_words_of_a_policy_do_not_reach_a_case(shared):
    ten = "be used at lunch when the head of the school"
    assert shared(note=f"because {ten}")[0].note == ""
    assert shared(note="only with leave")[0].note == "only with leave"
    with pytest.raises(CaseError, match="ten words of a policy"):
        shared(question=f"can phones {ten} is in?")


def test_evidence_that_lies_in_no_clause_is_refused(shared):
    with pytest.raises(CaseError, match="no clause of oak-school holds it whole"):
        shared(evidence=[["Phones may be used at lunch", "used at breakfast"]])
