"""From a run in memory to a stored one, and the same figures of both."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from eval.cases import Case, CaseKind
from eval.costs import Tokens
from eval.figures import figures
from eval.measures import BY_NAME
from eval.recording import model_hashes, settings_digest, stored_case
from eval.run import Outcome
from eval.stored import RunHead, StoredRun, read_run, write_run
from policybot.compose import in_case
from policybot.records import Answer, Answered, Citation, Contact, NotCovered, Occasion, Spent, Verdict
from policybot.settings import Settings

P = "oak-school/rules/p"
BAN = Case("c", "oak-school", "may i post?", CaseKind.PERMISSION, Verdict.NOT_ALLOWED, evidence=((P + "0",),), also_ok=(P + "1",))
SILENT = Case("s", "oak-school", "who won?", CaseKind.NOT_COVERED, Verdict.NOT_COVERED)


def answered(case: Case, *clauses: int, verdict: Verdict = Verdict.NOT_ALLOWED, **fields: object) -> Answer:
    if verdict is Verdict.NOT_COVERED:
        return NotCovered(id="a", question=case.asked(), text="Nothing.", headline="-", latency_ms=4.0, **fields)
    cited = tuple(Citation("oak-school", "Rules", f"{P}{n}", f"p{n}", "a b", "a", "x.md", None, 0, 1) for n in clauses)
    return Answered(
        id="a", question=case.asked(), verdict=verdict, text="No.", headline="No.", citations=cited, latency_ms=12.3456, **fields
    )


def test_an_outcome_as_it_is_stored():
    outcome = Outcome(BAN, answered(BAN, 1, 0, covered_probability=0.75), leaks=("names elm",), misquotes=(P + "1",), forbidden=("x",))
    found = stored_case(outcome)
    assert (found.id, found.kind, found.verdicts, found.question, found.answer) == (
        "c", CaseKind.PERMISSION, (Verdict.NOT_ALLOWED,) * 2, "may i post?", "No.",
    )  # fmt: skip
    assert (found.cited, found.evidence, found.also_ok) == ((P + "1", P + "0"), BAN.evidence, BAN.also_ok)
    assert (found.leaks, found.misquotes, found.forbidden) == (("names elm",), (P + "1",), ("x",))
    assert found.faults == outcome.faults() and found.correct is outcome.correct is True and found.failed
    assert (found.covered_probability, found.latency_ms, found.tokens, found.price) == (0.75, 12.35, Tokens(), 0.0)


@pytest.mark.parametrize("occasion", list(Occasion))
@pytest.mark.parametrize("contact", [None, Contact("the head")])
@pytest.mark.parametrize("first", ["", f"{in_case(None)} ", f"{in_case(Contact('the head'))} "])
def test_a_disclosure_without_evidence_is_right_when_heard_and_somebody_is_to_be_told(occasion, contact, first):
    case = replace(BAN, kind=CaseKind.DISCLOSURE, verdict=Verdict.INFORMATIONAL, evidence=(), also_ok=())
    answer = replace(answered(case, 0), occasion=occasion, contact=contact)
    outcome = Outcome(case, replace(answer, text=f"{first}{answer.text}"))
    # A possible disclosure's contact is whom to ask about the policy: its words alone say whom to tell.
    told = {Occasion.DISCLOSURE: contact is not None, Occasion.POSSIBLE_DISCLOSURE: in_case(None) not in first}
    heard = occasion in told
    assert (outcome.recognised, outcome.contact, outcome.correct) == (heard, told.get(occasion, False), told.get(occasion, False))
    assert outcome.faults() == (() if outcome.correct else ("says nobody to tell",) if heard else ("not taken for a worry about somebody",))
    kept = stored_case(outcome)
    assert (kept.correct, kept.contact, kept.faults) == (outcome.correct, outcome.contact, outcome.faults())
    for name in ("evidence_all", "evidence_any", "first_citation", "citation_precision"):
        assert BY_NAME[name].value([kept]) is getattr(figures([outcome]), name) is None
    assert figures([outcome]).correct == BY_NAME["correct"].value([kept]) == outcome.correct


def test_what_a_chat_model_took_is_stored():
    found = stored_case(Outcome(BAN, answered(BAN, 0, model="some-model", spent=Spent(1200, 80, 0.0031))))
    assert (found.tokens, found.price, found.covered_probability) == (Tokens(1200, 80), 0.0031, None)


@pytest.mark.parametrize("told", [{"kind": CaseKind.DISCLOSURE}, {}])
@pytest.mark.parametrize("occasion", list(Occasion))
def test_of_a_worry_meant_or_recognised_the_question_is_not_kept(told, occasion):
    case = replace(BAN, **told)
    kept = stored_case(Outcome(case, answered(case, 0, occasion=occasion))).question
    assert kept == ("may i post?" if not told and occasion in (Occasion.QUESTION, Occasion.GREETING) else None)


def test_a_run_comes_back_from_its_file_even_with_half_a_character(tmp_path):
    case = replace(BAN, question="may i \ud83d post?")
    outcomes = (Outcome(case, answered(case, 0)), Outcome(SILENT, answered(SILENT, verdict=Verdict.NOT_COVERED, covered_probability=0.125)))
    head = RunHead("release", moment(), settings_digest(Settings.load()), {"reading": "abc"}, {"oak-school": "v1"})
    stored = StoredRun(head, tuple(stored_case(o) for o in outcomes))
    write_run(stored, tmp_path / "run.json")
    assert read_run(tmp_path / "run.json") == stored
    assert [c.covered_probability for c in stored.cases] == [None, 0.125]
    assert stored.cases[0].question == "may i ? post?"


def test_the_digest_is_of_what_bears_on_answers():
    plain = Settings.load()
    same = Settings.load(home=Path("/elsewhere"), database_url="postgresql://u:secret@h/d", threads=1, log_level="DEBUG")
    assert settings_digest(plain) == settings_digest(same)
    assert settings_digest(plain) != settings_digest(Settings.load(embedding_model="all-MiniLM-L6-v2"))
    assert settings_digest(plain) != settings_digest(Settings.load(today="2026-01-02"))


def test_the_models_are_told_apart_by_their_content():
    found = model_hashes(Settings.load())
    assert set(found) == {"embeddings", "reading", "coefficients"} and all(len(v) >= 64 for v in found.values())


SHARED = (
    "correct", "evidence_all", "evidence_groups", "evidence_any", "first_citation", "citation_precision", "verdict_accuracy",
    "abstention_precision", "abstention_recall", "false_abstention", "quotes_verbatim", "dangerous_yes", "leaks", "must_not",
    "latency_p50", "latency_p95",
)  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_the_figures_of_a_stored_run_are_those_of_the_run(seed):
    dice = random.Random(seed)
    outcomes = [thrown(n, dice) for n in range(40)]
    cases, expected = [stored_case(o) for o in outcomes], figures(outcomes)
    for name in SHARED:
        assert BY_NAME[name].value(cases) == pytest.approx(getattr(expected, name), abs=0.01 if "latency" in name else 1e-12), name


def thrown(number: int, dice: random.Random) -> Outcome:
    case = replace(dice.choice([BAN, SILENT, replace(BAN, verdict=Verdict.CONDITIONAL)]), id=str(number))
    answer = answered(case, *dice.sample(range(8), dice.randint(1, 7)), verdict=dice.choice(list(Verdict)))
    shown = [c.clause_id for c in answer.citations[:5]] if isinstance(answer, Answered) else []
    misquotes = tuple(c for c in shown if dice.random() < 0.2)
    return Outcome(case, answer, ("names elm",) * (dice.random() < 0.2), misquotes, ("x",) * (dice.random() < 0.2))


def moment() -> datetime:
    return datetime(2026, 1, 2, tzinfo=UTC)
