"""The record of looks across organisations: who, when, at which organisations, for what, and which clauses were seen.

A look is recorded before it is shown; what cannot be recorded is not shown. Nothing here changes or removes a row.
"""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from policybot.comparison import Comparison
from policybot.errors import PolicybotError
from policybot.identity import User
from policybot.organisation import require_slug
from policybot.privacy import withhold
from policybot.store import Store
from policybot.web_schema import ComparisonRow

MOST_SHOWN = 10


class NotRecorded(PolicybotError):
    """A look could not be recorded, so it may not be shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One comparison that somebody was shown. `person` is their stable id, `organisations` slugs (at least one), `clauses`
    ids of those organisations. `at` has a time zone."""

    person: str
    name: str
    organisations: tuple[str, ...]
    topic: str
    clauses: tuple[str, ...]
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    id: str = field(default_factory=lambda: uuid.uuid4().hex)

    def __post_init__(self) -> None:
        if not self.person.strip() or not self.name.strip() or not self.topic.strip():
            raise ValueError("a look needs a person, a name and a topic")
        if not self.organisations:
            raise ValueError("a look needs an organisation")
        for slug in self.organisations:
            require_slug("organisation", slug)
        if any(clause.partition("/")[0] not in self.organisations for clause in self.clauses):
            raise ValueError("a clause is of none of the organisations")
        if self.at.tzinfo is None:
            raise ValueError(f"a look's time needs its zone, got {self.at}")


def look_of(comparison: Comparison, user: User, keep: Sequence[str] = ()) -> Look:
    """The look that `user` is about to have. Personal data in the topic is left out; `keep`: names that are nobody's.

    NotRecorded for a person whose sign-in does not say who they are.
    """
    if not user.person.strip():
        cause = "your sign-in does not say who you are, and each comparison is recorded"
        raise NotRecorded("The comparison", cause, "Sign out, and sign in with your own account")
    topic = withhold(comparison.topic, keep).text
    return Look(
        person=user.person, name=user.name, organisations=comparison.organisations, topic=topic, clauses=comparison.clause_ids
    )  # fmt: skip


class Audit(Store):
    """Every read is one query, every write one transaction. Thread-safe."""

    def record(self, look: Look) -> None:
        """Keep it for good. NotRecorded when the database does not take it."""
        try:
            with Session(self._writer) as session, session.begin():
                session.add(_row(look))
        except SQLAlchemyError as failure:
            cause = "it could not be recorded, so it is not shown"
            raise NotRecorded("The comparison", cause, "Try again; if it fails again, tell whoever runs this service") from failure

    def of_person(self, person: str, limit: int = MOST_SHOWN) -> tuple[Look, ...]:
        """The person's own looks: the latest `limit`, latest first; () for nobody."""
        own = select(ComparisonRow).where(ComparisonRow.person == person)
        with Session(self._reader) as session:
            found = session.scalars(own.order_by(ComparisonRow.at.desc(), ComparisonRow.id).limit(limit))
            return tuple(_look(row) for row in found)

    def looks(self, since: datetime | None = None) -> tuple[Look, ...]:
        """Everybody's looks at and after `since` (with its time zone; None: from the first), the latest first.

        For whoever answers for this installation: no page calls it. ValueError for a time without its zone."""
        if since is not None and since.tzinfo is None:
            raise ValueError(f"a time needs its zone, got {since}")
        wanted = select(ComparisonRow).order_by(ComparisonRow.at.desc(), ComparisonRow.id)
        if since is not None:
            wanted = wanted.where(ComparisonRow.at >= since.astimezone(UTC))
        with Session(self._reader) as session:
            return tuple(_look(row) for row in session.scalars(wanted))


def as_csv(looks: Sequence[Look]) -> str:
    """A line of names, then one for each look: time (ISO 8601, UTC), person, name, organisations (slugs, parted by spaces), topic,
    clauses (ids, parted by spaces)."""
    written = io.StringIO()
    lines = csv.writer(written, lineterminator="\n")
    lines.writerow(("at", "person", "name", "organisations", "topic", "clauses"))
    for look in looks:
        who, where = (look.person, look.name), " ".join(look.organisations)
        told = (look.at.astimezone(UTC).isoformat(), *who, where, look.topic, " ".join(look.clauses))
        lines.writerow(_guarded(cell) for cell in told)
    return written.getvalue()


def _guarded(cell: str) -> str:
    """With an apostrophe before what a spreadsheet program would run as a formula: names and topics come from outside."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def _row(look: Look) -> ComparisonRow:
    return ComparisonRow(
        id=look.id,
        at=look.at.astimezone(UTC),
        person=look.person,
        name=look.name,
        organisations=list(look.organisations),
        topic=look.topic,
        clauses=list(look.clauses),
    )


def _look(row: ComparisonRow) -> Look:
    return Look(
        id=row.id,
        at=row.at.replace(tzinfo=UTC) if row.at.tzinfo is None else row.at.astimezone(UTC),
        person=row.person,
        name=row.name,
        organisations=tuple(row.organisations),
        topic=row.topic,
        clauses=tuple(row.clauses),
    )
