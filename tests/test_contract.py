"""Answers as JSON and questions from JSON lines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from conftest import make_policy

from policybot.contract import as_json, question_from
from policybot.errors import BatchError
from policybot.grounding import cite
from policybot.records import Answer, Answered, Contact, NotCovered, Notice, NoticeKind, Question, Turn, Verdict

SCHEMA = Path(__file__).resolve().parents[2] / "shared" / "contract" / "answer.schema.json"
POLICY = make_policy("acme", "Phones stay in the lockers.", "Tablets may be used in class.")
CITED = tuple(cite(clause, POLICY, clause.text, "acme") for clause in POLICY.clauses)
COVERED = Answered(
    id="a1",
    question=Question("acme", "May I use a tablet?", id="q7"),
    verdict=Verdict.CONDITIONAL,
    headline="Allowed only on conditions.",
    text="**Allowed only on conditions.**",
    citations=CITED,
    conditions=("in class",),
    contact=Contact("the office", email="office@acme.example"),
    notices=(Notice(NoticeKind.REVIEW_OVERDUE, "It is old."),),
    policy_version="f" * 64,
    latency_ms=12.3456,
)
SILENT = NotCovered(
    id="a2",
    question=Question("acme", "May I bring a dog?"),
    headline="Your policy does not say.",
    text="**Your policy does not say.**",
    nearest=CITED[:1],
    contact=Contact("the head", clause_id=POLICY.clauses[0].id),
)


@pytest.mark.skipif(not SCHEMA.is_file(), reason="../shared is not beside this checkout")
@pytest.mark.parametrize("answer", [COVERED, SILENT], ids=["answered", "not covered"])
def test_answers_are_what_the_contract_says(answer: Answer) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    made = as_json(answer)
    jsonschema.Draft202012Validator(schema).validate(json.loads(json.dumps(made)))
    assert set(made) == set(schema["properties"])
    for citation in (*made["citations"], *made["nearest"]):
        assert set(citation) == set(schema["$defs"]["citation"]["properties"])


def test_an_answer_has_the_batchs_id_and_its_citations_in_order() -> None:
    made = as_json(COVERED)
    assert (made["id"], made["org"], made["verdict"], made["latency_ms"]) == ("q7", "acme", "conditional", 12.35)
    assert [c["clause_id"] for c in made["citations"]] == ["acme/rules/p0", "acme/rules/p1"]
    assert (made["nearest"], made["conditions"]) == ([], ["in class"])
    assert made["contact"] == {"who": "the office"}
    assert made["notices"] == [{"kind": "review_overdue", "text": "It is old."}]


def test_silence_cites_nothing_and_shows_the_nearest() -> None:
    made = as_json(SILENT)
    assert (made["id"], made["verdict"], made["citations"], made["conditions"]) == ("a2", "not_covered", [], [])
    assert [c["quote"] for c in made["nearest"]] == ["Phones stay in the lockers."]
    assert made["contact"] == {"who": "the head", "clause_id": "acme/rules/p0"}


def line(**fields: Any) -> str:
    return json.dumps({"id": "q1", "org": "acme", "question": "May I?", **fields})


def test_a_line_is_a_question_with_its_history() -> None:
    history = [{"role": "user", "content": "Phones?"}, {"role": "assistant", "content": "No."}]
    expected = Question("acme", "May I?", (Turn("user", "Phones?"), Turn("assistant", "No.")), "q1")
    assert question_from(line(history=history), 1) == expected


def test_the_organisation_given_stands_in_only_where_the_line_names_none() -> None:
    assert question_from('{"question": "May I?"}', 1, "acme") == Question("acme", "May I?")
    assert question_from(line(), 1, "other").organisation == "acme"


def test_a_line_without_an_id_has_none() -> None:
    assert question_from(line(id=None), 1).id is None
    assert question_from(line(id=7), 1).id == "7"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("not json", "not JSON"),
        ("[1]", "not a JSON object"),
        ("[" * 99_999, "nested too deep"),
        ('{"org": "acme"}', "no question"),
        (line(question="  "), "no question"),
        (line(question=5), "no question"),
        (line(org=None), "no org"),
        ("{}", "no question and no org"),
        (line(org="Acme Nursery"), "must be a slug"),
        (line(history=[{"role": "boss", "content": "x"}]), "role"),
        (line(history=[{"role": "user"}]), "content"),
        (line(history="x"), "not a question's"),
        (line(history=5), "not a question's"),
    ],
)
def test_a_bad_line_is_named_by_its_number(text: str, said: str) -> None:
    with pytest.raises(BatchError) as caught:
        question_from(text, 42)
    assert caught.value.thing == "line 42"
    assert said in caught.value.cause
