"""The review queue, and how a row of it becomes a test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from conftest import make_organisation, make_policy
from sqlalchemy import inspect

from eval.cases import CaseError, CaseKind
from eval.own_sets import OwnCatalogue, delete_set, is_own, keep_upload, read_own, read_upload, sets_of, spreadsheet_of
from eval.reviewed import add_reviewed, case_of_mark, reviewed_set
from eval.sets import SetError, read_set
from policybot.catalogue import Catalogue
from policybot.database import open_engine
from policybot.errors import UnknownClause, UnknownOrganisation
from policybot.grounding import cite
from policybot.identity import Role, RoleMissing, User, demo_users, require_role
from policybot.records import Answered, NotCovered, Occasion, Question, Turn, Verdict
from policybot.reviews import LONGEST_REASON, Judgement, Mark, ReviewQueue, mark_of, may_be_marked
from policybot.settings import Settings

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
ELM = make_policy("elm", "Staff must not lend the minibus to anybody.", "Staff may eat in the hall.")
ASH = make_policy("ash", "Drivers must keep the secret gate code to themselves.")


@pytest.fixture
def published(catalogue: Catalogue) -> Catalogue:
    """Two organisations with a policy each."""
    for policy in (ELM, ASH):
        catalogue.save_organisation(make_organisation(policy.organisation))
        catalogue.flip(catalogue.stage(policy))
    return catalogue


@pytest.fixture
def queue(settings: Settings, published: Catalogue) -> Iterator[ReviewQueue]:
    opened = ReviewQueue.open(settings)
    yield opened
    opened.close()


def a_mark(**changed: object) -> Mark:
    base = Mark(
        organisation="elm", answer_id="a1", question="can i lend it?", history=(Turn("user", "hi"), Turn("assistant", "Hello.")),
        verdict=Verdict.ALLOWED, clauses=("elm/rules/p1",), policy_version="v", judgement=Judgement.WRONG, reason="it is a ban", at=NOON,
    )  # fmt: skip
    return replace(base, **changed)


def answered(text: str, history: tuple[Turn, ...] = (), occasion: Occasion = Occasion.QUESTION) -> Answered:
    clause = ELM.clauses[0]
    return Answered(
        id="x1", question=Question("elm", text, history), verdict=Verdict.NOT_ALLOWED, text="Not allowed.", headline="Not allowed.",
        citations=(cite(clause, ELM, clause.text, "elm"),), occasion=occasion, policy_version="v9",
    )  # fmt: skip


# -- the queue


def test_a_mark_comes_back_equal_and_in_utc(queue: ReviewQueue) -> None:
    queue.put(a_mark(at=NOON.astimezone(timezone(timedelta(hours=5)))))
    (again,) = queue.waiting("elm")
    assert again == a_mark() and again.at.utcoffset() == timedelta(0)


def test_the_newest_comes_first_and_no_organisation_sees_anothers(queue: ReviewQueue) -> None:
    for number in range(3):
        queue.put(a_mark(answer_id=f"a{number}", at=NOON + timedelta(minutes=number)))
    queue.put(a_mark(organisation="ash", clauses=()))
    assert [m.answer_id for m in queue.waiting("elm")] == ["a2", "a1", "a0"]
    assert [m.answer_id for m in queue.waiting("elm", limit=1)] == ["a2"]
    assert [m.organisation for m in queue.waiting("ash")] == ["ash"]
    assert queue.remove("ash", "a2") is False and len(queue.waiting("elm")) == 3
    assert queue.remove("elm", "a2") is True and queue.remove("elm", "a2") is False
    assert [m.answer_id for m in queue.waiting("elm")] == ["a1", "a0"]


def test_who_changes_their_mind_leaves_one_row(queue: ReviewQueue) -> None:
    queue.put(a_mark())
    queue.put(a_mark(judgement=Judgement.RIGHT, reason=""))
    (only,) = queue.waiting("elm")
    assert (only.judgement, only.reason) == (Judgement.RIGHT, "")


def test_an_organisation_that_nobody_knows_is_refused(queue: ReviewQueue) -> None:
    with pytest.raises(UnknownOrganisation):
        queue.put(a_mark(organisation="oak", clauses=()))
    with pytest.raises(ValueError, match="slug"):
        queue.waiting("")


def test_no_column_has_a_place_for_a_person(queue: ReviewQueue, settings: Settings) -> None:
    columns = {column["name"] for column in inspect(open_engine(settings)).get_columns("reviews")}
    assert columns == {f.name for f in fields(Mark)}
    kept = {"question", "history", "verdict", "clauses", "policy_version", "judgement", "reason"}
    assert columns == kept | {"organisation", "answer_id", "at"}


@pytest.mark.parametrize(
    "changed",
    [
        {"question": " "},
        {"clauses": ("ash/rules/p0",)},
        {"at": datetime(2026, 1, 1)},
        {"reason": "a\nb"},
        {"reason": "x" * (LONGEST_REASON + 1)},
    ],
)
def test_a_mark_that_cannot_be_is_not_made(changed: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        a_mark(**changed)


# -- what may be kept


def test_personal_data_goes_and_one_name_has_one_placeholder() -> None:
    history = (Turn("user", "Sarah Jones asked me"), Turn("assistant", "Not allowed."))
    mark = mark_of(answered("may I mail sarah@example.org and Sarah Jones?", history), Judgement.WRONG, "tell\nSarah Jones")
    kept = " ".join((mark.question, mark.reason, *(t.content for t in mark.history)))
    assert "Jones" not in kept and "example.org" not in kept
    assert mark.reason == "tell [name 1]" and "[name 1]" in mark.question and "[name 1]" in mark.history[0].content
    assert (mark.verdict, mark.clauses, mark.policy_version) == (Verdict.NOT_ALLOWED, ("elm/rules/p0",), "v9")


def test_the_policys_own_names_stay() -> None:
    mark = mark_of(answered("Must I ask Mrs Sarah Jones?"), Judgement.RIGHT, keep=["Mrs Sarah Jones"])
    assert mark.question == "Must I ask Mrs Sarah Jones?"


def test_an_abstention_has_no_clauses() -> None:
    silent = NotCovered(id="n1", question=Question("elm", "dashcams?"), text="x", headline="x", policy_version="v")
    assert mark_of(silent, Judgement.RIGHT).clauses == ()


@pytest.mark.parametrize("worry", [Occasion.DISCLOSURE, Occasion.POSSIBLE_DISCLOSURE])
def test_nothing_of_a_conversation_with_a_worry_is_kept(worry: Occasion) -> None:
    question, told = answered("can i lend it?"), answered("he hits me", occasion=worry)
    assert may_be_marked([question]) and not may_be_marked([])
    assert not may_be_marked([told]) and not may_be_marked([told, question]) and not may_be_marked([told, question, question])
    assert not may_be_marked([answered("hello", occasion=Occasion.GREETING)])
    with pytest.raises(ValueError, match="not kept"):
        mark_of(told, Judgement.WRONG)


# -- a mark becomes a test


def test_a_reviewed_mark_is_read_back_as_the_case_it_became(settings: Settings, published: Catalogue) -> None:
    first = case_of_mark(a_mark(), Verdict.NOT_ALLOWED, ["elm/rules/p0"], ["elm/rules/p0", "elm/rules/p1"], note="a ban")
    second = case_of_mark(a_mark(answer_id="a2", history=()), Verdict.NOT_COVERED, question=" and on Sunday? ")
    assert (first.kind, first.evidence, first.also_ok) == (CaseKind.FOLLOWUP, (("elm/rules/p0",),), ("elm/rules/p1",))
    assert (second.kind, second.question) == (CaseKind.NOT_COVERED, "and on Sunday?")
    assert [add_reviewed(settings.home, case) for case in (first, second)] == [1, 2]
    assert read_set(reviewed_set(settings.home, "elm"), published) == (first, second)
    with pytest.raises(CaseError, match="already"):
        add_reviewed(settings.home, first)
    assert [own.key for own in sets_of(settings.home, "elm")] == ["reviewed"] and sets_of(settings.home, "ash") == ()


@pytest.mark.parametrize(
    ("verdict", "must", "cause"),
    [
        (Verdict.ALLOWED, (), "needs at least one clause"),
        (Verdict.NOT_COVERED, ("elm/rules/p0",), "does not say"),
        (Verdict.ALLOWED, ("ash/rules/p0",), "is not of organisation"),
    ],
)
def test_a_test_that_cannot_be_right_is_refused(verdict: Verdict, must: tuple[str, ...], cause: str) -> None:
    with pytest.raises(CaseError, match=cause):
        case_of_mark(a_mark(), verdict, must)


def test_a_file_is_read_through_ones_own_policies_alone(settings: Settings, published: Catalogue) -> None:
    rows = "Organisation,Question,Expected verdict,Must cite\n{},may i?,no,{}\n"
    stranger = rows.format("ash", "drivers must keep the gate").encode()
    with pytest.raises(SetError) as refusal:
        read_upload("set.csv", stranger, published, "elm")
    assert "secret" not in str(refusal.value) and "Write one of elm" in str(refusal.value)
    with pytest.raises(SetError) as refusal:
        read_upload("set.csv", rows.format("elm", "ash/rules/p0").encode(), published, "elm")
    assert "secret" not in str(refusal.value)
    own = OwnCatalogue(published, "elm")
    assert own.clause("elm/rules/p0").text == ELM.clauses[0].text
    with pytest.raises(UnknownClause):
        own.clause("ash/rules/p0")
    with pytest.raises(UnknownOrganisation):
        own.policies("ash")


def test_an_upload_is_kept_under_a_safe_name_and_in_ones_own_folder(settings: Settings, published: Catalogue) -> None:
    content = b"Organisation,Question,Expected verdict,Must cite\nelm,may i lend it?,no,elm/rules/p0\n"
    cases = read_upload("../../ash/My set.csv", content, published, "elm")
    kept = keep_upload("../../ash/My set.csv", cases, settings.home, "elm")
    assert kept.path == settings.home / "sets" / "elm" / "my-set.jsonl" and (kept,) == sets_of(settings.home, "elm")
    assert read_own((kept,), published, "elm") == cases
    with pytest.raises(ValueError, match="not of organisation"):
        keep_upload("set.csv", cases, settings.home, "ash")
    with pytest.raises(SetError, match=r"\.exe"):
        read_upload("set.exe", content, published, "elm")
    assert list((settings.home / "sets").iterdir()) == [settings.home / "sets" / "elm"]


def test_an_own_set_comes_back_as_a_spreadsheet_and_can_be_deleted(settings: Settings, published: Catalogue) -> None:
    content = b"Organisation,Question,Expected verdict,Must cite\nelm,may i lend it?,no,elm/rules/p0\n"
    cases = read_upload("mine.csv", content, published, "elm")
    kept = keep_upload("mine.csv", cases, settings.home, "elm")
    again = read_upload("mine.xlsx", spreadsheet_of(kept), published, "elm")
    assert [(c.question, c.verdict, c.evidence) for c in again] == [(c.question, c.verdict, c.evidence) for c in cases]
    for organisation, key in (("ash", kept.key), ("elm", "own/other"), ("elm", "shipped/traps"), ("elm", "own/../elm/mine")):
        with pytest.raises(SetError, match="no set of its own"):
            delete_set(settings.home, organisation, key)
    assert kept.path.is_file() and is_own(kept)
    delete_set(settings.home, "elm", kept.key)
    assert sets_of(settings.home, "elm") == () and not kept.path.exists()


# -- who may


def test_only_an_evaluator_has_the_role(published: Catalogue) -> None:
    for evaluator, person in zip(demo_users(published, Role.EVALUATOR), demo_users(published), strict=True):
        assert evaluator.organisation == person.organisation and "evaluator" in evaluator.name
        require_role(evaluator, Role.EVALUATOR, "The page")
        with pytest.raises(RoleMissing, match="evaluator"):
            require_role(person, Role.EVALUATOR, "The page")
    with pytest.raises(RoleMissing):
        require_role(User("elm", "Nobody", frozenset()), Role.STAFF, "The page")
