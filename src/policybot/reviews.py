"""The review queue: answers that staff called right or wrong, until an evaluator has looked at them.

A row holds what was asked and answered, and never who asked or judged. Personal data is taken out before
anything is kept, and of a conversation in which somebody told of a worry nothing is kept at all. An
organisation is required in every call, and no call sees a row of another.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from policybot.errors import UnknownOrganisation
from policybot.organisation import require_slug
from policybot.privacy import withhold_question
from policybot.records import Answer, Answered, Occasion, Question, Turn, Verdict
from policybot.schema import OrganisationRow, ReviewRow
from policybot.store import Store

LONGEST_REASON = 300
"""Longest reason, in characters."""
KEPT_DAYS = 396
"""Thirteen months, as what is counted."""
MOST_SHOWN = 100
_WORRIES = frozenset({Occasion.DISCLOSURE, Occasion.POSSIBLE_DISCLOSURE})


class Judgement(StrEnum):
    """What a member of staff said of an answer."""

    RIGHT = "right"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """An answer and what a member of staff said of it.

    `clauses`: ids of the clauses it cited, () for an abstention. `policy_version` is the shelf's. `reason`:
    one line of at most 300 characters, '' for none. `at` has a time zone.
    """

    organisation: str
    answer_id: str
    question: str
    history: tuple[Turn, ...]
    verdict: Verdict
    clauses: tuple[str, ...]
    policy_version: str
    judgement: Judgement
    reason: str = ""
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __post_init__(self) -> None:
        require_slug("organisation", self.organisation)
        if not self.answer_id.strip() or not self.question.strip():
            raise ValueError("a mark needs an answer's id and a question")
        if self.at.tzinfo is None:
            raise ValueError(f"a mark's time needs its zone, got {self.at}")
        if len(self.reason) > LONGEST_REASON or self.reason.splitlines()[1:]:
            raise ValueError(f"a reason is one line of at most {LONGEST_REASON} characters")
        if not all(clause_id.startswith(f"{self.organisation}/") for clause_id in self.clauses):
            raise ValueError(f"a clause is not of organisation {self.organisation!r}")


def may_be_marked(conversation: Sequence[Answer]) -> bool:
    """Whether the last answer of a conversation may be kept for review; False for ().

    Not a greeting, which says nothing to judge; and nothing after a worry about somebody, certain or
    possible, because the turns before a question are kept with it.
    """
    if not conversation or conversation[-1].occasion is not Occasion.QUESTION:
        return False
    return not any(answer.occasion in _WORRIES for answer in conversation)


def mark_of(answer: Answer, judgement: Judgement, reason: str = "", keep: Collection[str] = ()) -> Mark:
    """The mark of an answer, personal data withheld from the question, the turns before it and the reason.

    `reason` is put on one line. `keep`: names that are the policy's own (privacy.own_names). ValueError for an
    answer to anything but a question.
    """
    if answer.occasion is not Occasion.QUESTION:
        raise ValueError(f"an answer to a {answer.occasion} is not kept")
    asked, said = _without_people(answer.question, " ".join(reason.split())[:LONGEST_REASON], keep)
    return Mark(
        organisation=asked.organisation,
        answer_id=answer.id,
        question=asked.text,
        history=asked.history,
        verdict=answer.verdict,
        clauses=tuple(c.clause_id for c in answer.citations) if isinstance(answer, Answered) else (),
        policy_version=answer.policy_version or "",
        judgement=judgement,
        reason=said[:LONGEST_REASON],
    )


class ReviewQueue(Store):
    """Every read is one query, every write one transaction. Thread-safe."""

    def _sweep(self, session: Session) -> None:
        """What nobody has dealt with for too long, of every organisation."""
        session.execute(delete(ReviewRow).where(ReviewRow.at < datetime.now(UTC) - timedelta(days=KEPT_DAYS)))

    def put(self, mark: Mark) -> None:
        """Keep it, in the place of an earlier mark of the same answer. UnknownOrganisation when nobody has ingested it."""
        with Session(self._writer) as session, session.begin():
            if session.get(OrganisationRow, mark.organisation) is None:
                raise UnknownOrganisation(f"organisation {mark.organisation}", "nobody has ingested it", "Correct it, or ingest it")
            self._sweep(session)
            session.merge(_row(mark))

    def waiting(self, organisation: str, limit: int = MOST_SHOWN) -> tuple[Mark, ...]:
        """The organisation's marks that nobody has dealt with: the latest `limit`, latest first."""
        require_slug("organisation", organisation)
        wanted = select(ReviewRow).where(ReviewRow.organisation == organisation)
        with Session(self._reader) as session:
            found = session.scalars(wanted.order_by(ReviewRow.at.desc(), ReviewRow.answer_id).limit(limit))
            return tuple(_mark(row) for row in found)

    def remove(self, organisation: str, answer_id: str) -> bool:
        """Forget the mark: it was dismissed, or it is a test now. False when there is none (any more)."""
        require_slug("organisation", organisation)
        own = delete(ReviewRow).where(ReviewRow.organisation == organisation, ReviewRow.answer_id == answer_id)
        with Session(self._writer) as session, session.begin():
            return len(session.scalars(own.returning(ReviewRow.answer_id)).all()) == 1


def _without_people(question: Question, reason: str, keep: Collection[str]) -> tuple[Question, str]:
    """Question and reason with a placeholder for each piece of personal data, the same in both."""
    if not reason:
        return withhold_question(question, keep)[0], ""
    # The reason goes through as what is said next: then one name has one placeholder in all of it.
    said, _ = withhold_question(replace(question, text=reason, history=(*question.history, Turn("user", question.text))), keep)
    *before, asked = said.history
    return replace(question, text=asked.content, history=tuple(before)), said.text


def _row(mark: Mark) -> ReviewRow:
    return ReviewRow(
        organisation=mark.organisation,
        answer_id=mark.answer_id,
        at=mark.at.astimezone(UTC),
        question=mark.question,
        history=[[turn.role, turn.content] for turn in mark.history],
        verdict=mark.verdict.value,
        clauses=list(mark.clauses),
        policy_version=mark.policy_version,
        judgement=mark.judgement.value,
        reason=mark.reason,
    )


def _mark(row: ReviewRow) -> Mark:
    return Mark(
        organisation=row.organisation,
        answer_id=row.answer_id,
        question=row.question,
        history=tuple(Turn(role, content) for role, content in row.history),
        verdict=Verdict(row.verdict),
        clauses=tuple(row.clauses),
        policy_version=row.policy_version,
        judgement=Judgement(row.judgement),
        reason=row.reason,
        at=row.at.replace(tzinfo=UTC) if row.at.tzinfo is None else row.at.astimezone(UTC),
    )
