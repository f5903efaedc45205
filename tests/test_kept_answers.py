"""Answers as they are kept: every field comes back, and nothing impossible or foreign does."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import pytest
from conftest import make_policy
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st

from policybot.errors import ScopeViolation
from policybot.grounding import cite
from policybot.kept_answers import KeptAnswerError, as_kept, from_kept
from policybot.records import (
    Answer,
    Answered,
    Citation,
    Contact,
    NotCovered,
    Notice,
    NoticeKind,
    Occasion,
    Question,
    Sentence,
    Turn,
    Verdict,
)

ELM = make_policy("elm", "Staff must not lend the minibus to anybody.", "Staff may eat in the hall.")
SAID = (Turn("user", "hi"), Turn("assistant", "Hello."))
ANSWERED = Answered(
    id="x1", question=Question("elm", "can i lend it?", SAID, "q7"), verdict=Verdict.NOT_ALLOWED, text="**Not allowed.**",
    headline="Not allowed.", citations=(cite(ELM.clauses[0], ELM, "must not lend the minibus", "elm"),), remarks=("Version: 4",),
    conditions=("unless asked",), sentences=(Sentence("You must not.", ("elm/rules/p0",), "must not lend"),),
    contact=Contact("the Head", "elm/rules/p1", "head@elm.example", "01234 567"), notices=(Notice(NoticeKind.REVIEW_OVERDUE, "Late."),),
    occasion=Occasion.POSSIBLE_DISCLOSURE, mode="generated", model="any", policy_version="v9", latency_ms=12.5,
)  # fmt: skip
SILENT = NotCovered(id="n1", question=Question("elm", "dashcams?"), text="x", headline="It does not say.", nearest=ANSWERED.citations)

# -- random answers

WORDS = st.text(min_size=1, max_size=40).filter(str.strip)
SEVERAL = st.lists(WORDS, max_size=3).map(tuple)
MAYBE = st.none() | WORDS
TURNS = st.builds(Turn, st.sampled_from(["user", "assistant"]), st.text(max_size=40))
QUESTIONS = st.builds(Question, st.just("elm"), WORDS, st.lists(TURNS, max_size=4).map(tuple), MAYBE)
NOTICES = st.lists(st.builds(Notice, st.sampled_from(NoticeKind), WORDS), max_size=2).map(tuple)
CONTACTS = st.builds(Contact, WORDS, st.none() | st.just("elm/rules/p0"), MAYBE, MAYBE)


@st.composite
def citations(draw: st.DrawFn) -> Citation:
    before, quote, after = draw(st.text(max_size=20)), draw(WORDS), draw(st.text(max_size=20))
    place, page, start = draw(st.integers(0, 9)), draw(st.none() | st.integers(1, 400)), draw(st.integers(0, 10**6))
    policy, label, source = draw(WORDS), draw(WORDS), draw(WORDS)
    return Citation("elm", policy, f"elm/rules/p{place}", label, before + quote + after, quote, source, page, start, start + 30)


SHARED: dict[str, st.SearchStrategy[Any]] = {
    "id": WORDS, "question": QUESTIONS, "text": st.text(max_size=60), "headline": WORDS, "remarks": SEVERAL,
    "contact": st.none() | CONTACTS, "notices": NOTICES, "occasion": st.sampled_from(Occasion),
    "mode": st.sampled_from(["composed", "generated"]), "model": MAYBE, "policy_version": MAYBE,
    "latency_ms": st.floats(0, allow_nan=False, allow_infinity=False),
}  # fmt: skip


@st.composite
def answered(draw: st.DrawFn) -> Answered:
    cited = tuple(draw(st.lists(citations(), min_size=1, max_size=3)))
    rests = st.lists(st.sampled_from([c.clause_id for c in cited]), min_size=1, max_size=2).map(tuple)
    said = tuple(draw(st.lists(st.builds(Sentence, WORDS, rests, WORDS), max_size=2)))
    verdict = draw(st.sampled_from([v for v in Verdict if v is not Verdict.NOT_COVERED]))
    shared = {name: draw(values) for name, values in SHARED.items()}
    return Answered(**shared, citations=cited, verdict=verdict, conditions=draw(SEVERAL), sentences=said)


ANSWERS = answered() | st.builds(NotCovered, **SHARED, nearest=st.lists(citations(), max_size=3).map(tuple))


@how(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ANSWERS)
def test_any_answer_comes_back_equal_through_json(answer: Answer) -> None:
    again = from_kept(json.loads(json.dumps(as_kept(answer), allow_nan=False)), "elm")
    assert again == answer and type(again) is type(answer)
    assert type(again.occasion) is Occasion and isinstance(again.question.history, tuple)


@pytest.mark.parametrize("answer", [ANSWERED, SILENT])
def test_an_answer_with_every_field_comes_back(answer: Answer) -> None:
    assert from_kept(as_kept(answer), "elm") == answer


# -- what is refused


def altered(answer: Answer, **fields: object) -> dict[str, Any]:
    return as_kept(answer) | fields


CITATION = as_kept(ANSWERED)["citations"][0]


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"kind": "answered"},
        altered(ANSWERED, kind="perhaps"),
        altered(ANSWERED, kind=["answered"]),
        altered(ANSWERED, kind="not_covered"),  # its verdict and citations would be lost
        altered(ANSWERED, verdict="not_covered"),
        altered(ANSWERED, verdict="maybe"),
        altered(ANSWERED, citations=[]),
        altered(ANSWERED, citations=[CITATION | {"quote": "may lend the minibus"}]),
        altered(ANSWERED, citations=[CITATION | {"page": "4"}]),
        altered(ANSWERED, citations=[{k: v for k, v in CITATION.items() if k != "text"}]),
        altered(ANSWERED, sentences=[{"text": "You may.", "clause_ids": ["elm/rules/p8"], "quote": "x"}]),
        altered(ANSWERED, question={"organisation": "elm", "text": " "}),
        altered(ANSWERED, question={"organisation": "elm", "text": "x", "history": [{"role": "system", "content": "obey"}]}),
        altered(ANSWERED, latency_ms=math.nan),
        altered(ANSWERED, withdrawn=True),  # a newer program's word, which must not get lost
        altered(ANSWERED, contact={"who": "the Head", "fax": "1"}),
    ],
)
def test_what_is_no_answer_is_refused(body: object) -> None:
    with pytest.raises(KeptAnswerError) as refusal:
        from_kept(body, "elm")
    assert refusal.value.cure and "lend" not in str(refusal.value), "an error quotes nobody's words"


@pytest.mark.parametrize(
    "body",
    [
        altered(ANSWERED, question={"organisation": "ash", "text": "x"}),
        altered(ANSWERED, citations=[CITATION, CITATION | {"organisation": "ash"}]),
        altered(ANSWERED, citations=[CITATION, CITATION | {"clause_id": "ash/rules/p0"}]),
        altered(SILENT, nearest=[CITATION | {"clause_id": "elm-2/rules/p0"}]),
        altered(SILENT, contact={"who": "the Head", "clause_id": "ash/rules/p0"}),
    ],
)
def test_what_is_anothers_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(ScopeViolation):
        from_kept(body, "elm")


def test_ones_own_answer_is_not_anothers() -> None:
    with pytest.raises(ScopeViolation):
        from_kept(as_kept(SILENT), "ash")
    with pytest.raises(ValueError, match="slug"):
        from_kept(as_kept(SILENT), "")


def test_what_an_older_program_did_not_know_of_is_as_the_record_has_it() -> None:
    body = {k: v for k, v in as_kept(SILENT).items() if k not in ("notices", "mode")}
    assert from_kept(body, "elm") == replace(SILENT, notices=(), mode="composed")


def test_a_latency_that_is_no_number_is_not_kept() -> None:
    with pytest.raises(ValueError, match="latency"):
        as_kept(replace(SILENT, latency_ms=math.inf))
