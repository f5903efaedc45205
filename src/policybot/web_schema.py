"""The tables that the pages need: conversations, askings, gaps, comparisons, and the files that policies came from.

None has a place for a person's name but `comparisons`, which is the record of who looked across organisations. A person
is otherwise a pseudonym (pseudonym.py), which only this database can make.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, DateTime, ForeignKey, ForeignKeyConstraint, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from policybot.schema import Base


class ConversationRow(Base):
    """A conversation that a person may go on with. Of one in which somebody told of a worry there is no row."""

    __tablename__ = "conversations"
    __table_args__ = (Index(None, "organisation", "person", "at"),)

    organisation: Mapped[str] = mapped_column(ForeignKey("organisations.slug", ondelete="CASCADE"), primary_key=True)
    person: Mapped[str] = mapped_column(primary_key=True)
    """A pseudonym."""
    id: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    turns: Mapped[list[Any]]
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    """When it was last gone on with, UTC. SQLite forgets the zone."""


class AskingRow(Base):
    """That something was asked, for figures alone: by the day, never by the minute."""

    __tablename__ = "askings"
    __table_args__ = (Index(None, "organisation", "day"),)

    organisation: Mapped[str] = mapped_column(ForeignKey("organisations.slug", ondelete="CASCADE"), primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    """The answer's id."""
    day: Mapped[date] = mapped_column(Date)
    asker: Mapped[str]
    """A pseudonym that changes every month, so that nobody can be followed for longer."""
    verdict: Mapped[str]
    topic: Mapped[str]
    """Heading of the first clause that was quoted, '' for none."""
    question: Mapped[str]
    """Without personal data; '' unless the policy did not say."""


class GapRow(Base):
    """A question that the policy did not answer, sent to the policy's owner by whoever asked it."""

    __tablename__ = "gaps"
    __table_args__ = (Index(None, "organisation", "at"),)

    organisation: Mapped[str] = mapped_column(ForeignKey("organisations.slug", ondelete="CASCADE"), primary_key=True)
    answer_id: Mapped[str] = mapped_column(primary_key=True)
    question: Mapped[str]
    nearest: Mapped[list[Any]]
    """Ids of the clauses that came nearest."""
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class ComparisonRow(Base):
    """Who looked across which organisations, for what: kept for those who must answer for it."""

    __tablename__ = "comparisons"

    id: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    person: Mapped[str]
    """The person's stable id, in clear: an audit that cannot name anybody is none."""
    name: Mapped[str]
    organisations: Mapped[list[Any]]
    topic: Mapped[str]
    clauses: Mapped[list[Any]]
    """Ids of the clauses that were shown."""


class SourceFileRow(Base):
    """The file that a version was read from, so that its pages can be shown."""

    __tablename__ = "source_files"
    __table_args__ = (
        ForeignKeyConstraint(["version_id", "organisation"], ["versions.id", "versions.organisation"], ondelete="CASCADE"),
    )

    version_id: Mapped[str] = mapped_column(primary_key=True)
    organisation: Mapped[str]
    media_type: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary)
