"""Sets of cases: read, written, refused."""

from __future__ import annotations

import json

import pytest
from conftest import make_organisation, make_policy

from eval.cases import Case, CaseError, CaseKind, check_cases, load_cases, save_cases
from policybot.records import Turn, Verdict

ROW = {
    "id": "oak-1",
    "organisation": "oak-school",
    "question": "can i post pics?",
    "kind": "permission",
    "verdict": "not_allowed",
    "evidence": [["oak-school/rules/p0", "oak-school/rules/p1"]],
}


@pytest.fixture
def write(tmp_path):
    def written(*lines):
        path = tmp_path / "set.jsonl"
        path.write_text(
            "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), encoding="utf-8"
        )
        return path

    return written


def test_a_line_becomes_a_case(write):
    history = [{"role": "user", "content": "hello"}]
    (case,) = load_cases(
        write({**ROW, "history": history, "also_ok": ["oak-school/rules/p2"], "must_not": ["Elm"], "note": "why"})
    )
    assert case.kind is CaseKind.PERMISSION
    assert case.verdict is Verdict.NOT_ALLOWED
    assert case.evidence == (("oak-school/rules/p0", "oak-school/rules/p1"),)
    assert case.history == (Turn("user", "hello"),)
    assert (case.also_ok, case.must_not, case.note) == (("oak-school/rules/p2",), ("Elm",), "why")
    assert case.covered and case.asks_permission
    assert (case.asked().text, case.asked().id, case.asked().history) == ("can i post pics?", "oak-1", case.history)


def test_only_a_disclosure_may_need_no_clause(write):
    told = {**ROW, "kind": "disclosure", "verdict": "informational"}
    cited, heard = load_cases(write({**told, "id": "cited"}, {**told, "id": "heard", "evidence": []}))
    assert not cited.only_told and heard.only_told and heard.covered
    with pytest.raises(CaseError, match="needs at least one group"):
        load_cases(write({**told, "kind": "procedure", "evidence": []}))


def test_what_is_saved_is_what_is_loaded(write, tmp_path):
    silent = {**ROW, "id": "oak-2", "question": "line\u2028break “quoted” 😂", "verdict": "not_covered", "evidence": []}
    cases = load_cases(write(ROW, "", silent))
    save_cases(tmp_path / "again.jsonl", cases)
    assert load_cases(tmp_path / "again.jsonl") == cases
    assert len(cases) == 2


@pytest.mark.parametrize(
    ("line", "cause", "cure"),
    [
        ("{", "it is not JSON", "One JSON object a line"),
        ("[1]", "it is not a JSON object", "Write {"),
        ({**ROW, "verdit": "allowed"}, "there is no field 'verdit'", "Did you mean 'verdict'?"),
        ({k: v for k, v in ROW.items() if k != "kind"}, "it has no kind", "A case needs"),
        ({**ROW, "kind": "chitchat"}, "'chitchat' is not a valid CaseKind", "docs/evaluators.md"),
        ({**ROW, "verdict": "perhaps"}, "'perhaps' is not a valid Verdict", "docs/evaluators.md"),
        ({**ROW, "organisation": "Oak School"}, "organisation must be a slug", "docs/evaluators.md"),
        ({**ROW, "question": " "}, "question has no words", "docs/evaluators.md"),
        ({**ROW, "question": 3}, "question must be a string", "docs/evaluators.md"),
        ({**ROW, "evidence": []}, "verdict not_allowed needs at least one group of evidence", "docs/evaluators.md"),
        ({**ROW, "verdict": "not_covered"}, "verdict not_covered needs no evidence", "docs/evaluators.md"),
        ({**ROW, "evidence": ["oak-school/rules/p0"]}, "a list of groups", "docs/evaluators.md"),
        ({**ROW, "evidence": [[]]}, "a group of evidence is empty", "docs/evaluators.md"),
        ({**ROW, "evidence": [["elm-nursery/rules/p0"]]}, "is not of organisation 'oak-school'", "docs/evaluators.md"),
        ({**ROW, "also_ok": "oak-school/rules/p0"}, "also_ok must be a list of strings", "docs/evaluators.md"),
        ({**ROW, "must_not": [""]}, "a must_not string is empty", "docs/evaluators.md"),
        ({**ROW, "history": [{"role": "bot", "content": "x"}]}, "a turn's role is", "docs/evaluators.md"),
    ],
)
def test_a_bad_line_is_refused_by_its_number(write, line, cause, cure):
    with pytest.raises(CaseError) as refused:
        load_cases(write({**ROW, "id": "fine"}, "", line))
    assert refused.value.thing == "set.jsonl line 3"
    assert cause in refused.value.cause
    assert cure in refused.value.cure


def test_an_id_is_used_once_over_all_files(write, tmp_path):
    first = write(ROW)
    second = tmp_path / "other.jsonl"
    second.write_text(json.dumps(ROW), encoding="utf-8")
    with pytest.raises(CaseError, match=r"already used at set\.jsonl line 1") as refused:
        load_cases(first, second)
    assert refused.value.thing == "other.jsonl line 1"


def test_a_file_that_is_not_there_not_text_or_empty_is_refused(tmp_path, write):
    with pytest.raises(CaseError, match="there is no such file"):
        load_cases(tmp_path / "none.jsonl")
    with pytest.raises(CaseError, match="there are no cases in it"):
        load_cases(write("", " "))
    binary = tmp_path / "binary.jsonl"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CaseError, match="not UTF-8"):
        load_cases(binary)


def case(clause_id, organisation="oak-school"):
    return Case("c1", organisation, "may i?", CaseKind.PERMISSION, Verdict.ALLOWED, evidence=((clause_id,),))


@pytest.fixture
def oak(catalogue):
    catalogue.save_organisation(make_organisation("oak-school"))
    catalogue.flip(
        catalogue.stage(
            make_policy("oak-school", "Staff must not post photographs of pupils.", "Phones are fine at lunch.")
        )
    )
    return catalogue


def test_a_case_must_fit_the_catalogue(oak):
    check_cases([case("oak-school/rules/p1")], oak)
    with pytest.raises(CaseError, match=r"clause oak-school/rules/p7.*oak-school/rules/p1") as refused:
        check_cases([case("oak-school/rules/p7")], oak)
    assert refused.value.thing == "case c1"
    with pytest.raises(CaseError, match="organisation elm-nursery"):
        check_cases([case("elm-nursery/rules/p0", "elm-nursery")], oak)
