"""Gaps: questions that the policy did not answer, which whoever asked them sent to the policy's owner.

A row holds what was asked and which clauses came nearest, never who asked. Personal data is taken out before anything is
kept. An organisation is required in every call, and no call sees a row of another.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from policybot.errors import UnknownOrganisation
from policybot.organisation import Contact, require_slug
from policybot.privacy import withhold_question
from policybot.question import understand
from policybot.records import Answer, NotCovered, Occasion
from policybot.schema import OrganisationRow
from policybot.store import Store
from policybot.web_schema import GapRow

KEPT_DAYS = 396
"""Thirteen months, as what is counted."""
MOST_SHOWN = 100
SUBJECT = "A question our policy does not answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A question that the policy did not answer. `nearest`: ids of the clauses that came nearest, () for none; `at` has a
    time zone."""

    organisation: str
    answer_id: str
    question: str
    nearest: tuple[str, ...] = ()
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __post_init__(self) -> None:
        require_slug("organisation", self.organisation)
        if not self.answer_id.strip() or not self.question.strip():
            raise ValueError("a gap needs an answer's id and a question")
        if self.at.tzinfo is None:
            raise ValueError(f"a gap's time needs its zone, got {self.at}")
        if not all(clause_id.startswith(f"{self.organisation}/") for clause_id in self.nearest):
            raise ValueError(f"a clause is not of organisation {self.organisation!r}")


def may_be_told(answer: Answer) -> bool:
    """Whether an answer is a gap: the policy does not say, and the message was a question about it, not a worry."""
    return isinstance(answer, NotCovered) and answer.occasion is Occasion.QUESTION


def gap_of(answer: Answer, keep: Collection[str] = ()) -> Gap:
    """The gap of an answer, personal data withheld; a follow-up with the question that it leans on.

    `keep`: names that are the policy's own (privacy.own_names). ValueError for an answer that is no gap.
    """
    if not may_be_told(answer) or not isinstance(answer, NotCovered):
        raise ValueError("only a question that the policy does not answer is a gap")
    asked, _ = withhold_question(answer.question, keep)
    understood = understand(asked)
    return Gap(
        organisation=asked.organisation,
        answer_id=answer.id,
        question=understood.text if understood.followup else asked.text,
        nearest=tuple(c.clause_id for c in answer.nearest),
    )


def mail_link(gap: Gap, to: Contact | None, labels: Mapping[str, str]) -> str | None:
    """A mailto address (RFC 6068) with subject and body filled in; None where nobody's e-mail is known.

    `labels`: clause id -> what a person calls it.
    """
    if to is None or not to.email:
        return None
    lines = ["Hello,", "", "Our policy does not seem to answer this question:", "", gap.question]
    near = [labels[clause_id] for clause_id in gap.nearest if clause_id in labels]
    lines += ["", "The closest parts of it are:", *(f"- {label}" for label in near)] if near else []
    lines += ["", "Could you look at it when the policy is next changed?"]
    body = quote("\r\n".join(lines), safe="")
    return f"mailto:{quote(to.email, safe='@')}?subject={quote(SUBJECT, safe='')}&body={body}"


class Gaps(Store):
    """Every read is one query, every write one transaction. Thread-safe."""

    def _sweep(self, session: Session) -> None:
        """What nobody has dealt with for too long, of every organisation."""
        session.execute(delete(GapRow).where(GapRow.at < datetime.now(UTC) - timedelta(days=KEPT_DAYS)))

    def put(self, gap: Gap) -> None:
        """Keep it; told twice, it is kept once. UnknownOrganisation when nobody has ingested it."""
        with Session(self._writer) as session, session.begin():
            if session.get(OrganisationRow, gap.organisation) is None:
                raise UnknownOrganisation(f"organisation {gap.organisation}", "nobody has ingested it", "Correct it, or ingest it")
            self._sweep(session)
            session.merge(_row(gap))

    def told(self, organisation: str, limit: int = MOST_SHOWN) -> tuple[Gap, ...]:
        """The organisation's gaps: the latest `limit`, latest first."""
        require_slug("organisation", organisation)
        wanted = select(GapRow).where(GapRow.organisation == organisation)
        with Session(self._reader) as session:
            found = session.scalars(wanted.order_by(GapRow.at.desc(), GapRow.answer_id).limit(limit))
            return tuple(_gap(row) for row in found)

    def remove(self, organisation: str, answer_id: str) -> bool:
        """Forget the gap: it has been dealt with. False when there is none (any more)."""
        require_slug("organisation", organisation)
        own = delete(GapRow).where(GapRow.organisation == organisation, GapRow.answer_id == answer_id)
        with Session(self._writer) as session, session.begin():
            return len(session.scalars(own.returning(GapRow.answer_id)).all()) == 1


def _row(gap: Gap) -> GapRow:
    return GapRow(
        organisation=gap.organisation,
        answer_id=gap.answer_id,
        question=gap.question,
        nearest=list(gap.nearest),
        at=gap.at.astimezone(UTC),
    )


def _gap(row: GapRow) -> Gap:
    return Gap(
        organisation=row.organisation,
        answer_id=row.answer_id,
        question=row.question,
        nearest=tuple(row.nearest),
        at=row.at.replace(tzinfo=UTC) if row.at.tzinfo is None else row.at.astimezone(UTC),
    )
