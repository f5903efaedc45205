"""The database's tables.

organisations 1-n policies 1-n versions 1-n clauses, and the fingerprints of source
files. The organisation is part of every foreign key, so the database itself refuses a
clause whose organisation is not that of its policy. Of a chat model: what its answers
cost, and the answers kept; none of these tables has a place for a question. Answers that
staff judged wait for an evaluator; that table has no place for a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import JSON, DateTime, Double, ForeignKey, ForeignKeyConstraint, Index, MetaData, UniqueConstraint, func, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from policybot.records import Edition

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class State(StrEnum):
    """The life of a version: written but not shown, shown, replaced."""

    STAGED = "staged"
    CURRENT = "current"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What a source file was when it was last ingested.

    `path` is relative to the corpus, `sha256` of the file's bytes (hex, 64), `reader`
    the version of the code that read it, `version` the policy version it became.
    """

    organisation: str
    path: str
    sha256: str
    edition: Edition
    reader: str
    policy_id: str
    version: str


class Base(DeclarativeBase):
    """Root of the tables."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {dict[str, Any]: JSON, list[Any]: JSON}


class OrganisationRow(Base):
    """A tenant."""

    __tablename__ = "organisations"

    slug: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    aliases: Mapped[list[Any]]
    contact: Mapped[dict[str, Any] | None]
    safeguarding: Mapped[dict[str, Any] | None]
    colour: Mapped[str]
    suggestions: Mapped[list[Any]]


class PolicyRow(Base):
    """A policy's id, whatever its versions."""

    __tablename__ = "policies"
    __table_args__ = (UniqueConstraint("id", "organisation"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    organisation: Mapped[str] = mapped_column(ForeignKey("organisations.slug"), index=True)


class VersionRow(Base):
    """One publication of a policy. `id` is random: it is never used again, not even by a
    database made afresh, so a vector left over from a crash can belong to no other."""

    __tablename__ = "versions"
    __table_args__ = (
        ForeignKeyConstraint(["policy_id", "organisation"], ["policies.id", "policies.organisation"]),
        UniqueConstraint("id", "organisation"),
        Index(
            "uq_versions_one_current",
            "policy_id",
            unique=True,
            sqlite_where=text("state = 'current'"),
            postgresql_where=text("state = 'current'"),
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    policy_id: Mapped[str] = mapped_column(index=True)
    organisation: Mapped[str] = mapped_column(index=True)
    state: Mapped[str]
    version: Mapped[str]
    digest: Mapped[str]
    title: Mapped[str]
    edition: Mapped[str]
    source: Mapped[str]
    text: Mapped[str]
    facts: Mapped[list[Any]]
    outline: Mapped[list[Any]]
    staged_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class ClauseRow(Base):
    """A clause of one version, with the spans that tie it to the version's text."""

    __tablename__ = "clauses"
    __table_args__ = (
        ForeignKeyConstraint(
            ["version_id", "organisation"], ["versions.id", "versions.organisation"], ondelete="CASCADE"
        ),
        UniqueConstraint("version_id", "clause_id"),
    )

    version_id: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    """Place in `Policy.clauses`, from 0."""
    clause_id: Mapped[str] = mapped_column(index=True)
    organisation: Mapped[str]
    policy_id: Mapped[str]
    label: Mapped[str]
    ordinal: Mapped[int]
    kind: Mapped[str]
    text: Mapped[str]
    start: Mapped[int]
    end: Mapped[int]
    stem: Mapped[str | None]
    stem_start: Mapped[int | None]
    stem_end: Mapped[int | None]
    page: Mapped[int | None]
    heading_path: Mapped[list[Any]]
    columns: Mapped[list[Any]]
    boxes: Mapped[list[Any]]
    deontic: Mapped[dict[str, Any]]


class FingerprintRow(Base):
    """Which file a current version came from, so that it is not read again unchanged."""

    __tablename__ = "fingerprints"
    __table_args__ = (
        ForeignKeyConstraint(
            ["policy_id", "organisation"], ["policies.id", "policies.organisation"], ondelete="CASCADE"
        ),
    )

    organisation: Mapped[str] = mapped_column(primary_key=True)
    path: Mapped[str] = mapped_column(primary_key=True)
    sha256: Mapped[str]
    edition: Mapped[str]
    reader: Mapped[str]
    policy_id: Mapped[str]
    version: Mapped[str]


class ChatUseRow(Base):
    """One question that a chat model was, or could have been, asked. The question itself stands nowhere."""

    __tablename__ = "chat_uses"
    __table_args__ = (Index(None, "organisation", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation: Mapped[str] = mapped_column(ForeignKey("organisations.slug"))
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    """UTC. SQLite forgets the zone."""
    model: Mapped[str]
    policy_version: Mapped[str]
    tokens_in: Mapped[int]
    tokens_out: Mapped[int]
    price: Mapped[float] = mapped_column(Double)
    sentences_written: Mapped[int]
    sentences_shown: Mapped[int]
    outcome: Mapped[str]
    review: Mapped[bool]


class ChatAnswerRow(Base):
    """A verified draft that is kept. A higher `id` was put later, whatever the clock did."""

    __tablename__ = "chat_answers"
    __table_args__ = (UniqueConstraint("organisation", "digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation: Mapped[str] = mapped_column(ForeignKey("organisations.slug", ondelete="CASCADE"))
    digest: Mapped[str]
    policy_version: Mapped[str]
    value: Mapped[dict[str, Any]]
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    """UTC. SQLite forgets the zone."""


class ReviewRow(Base):
    """An answer that somebody judged, until an evaluator has looked at it. Who asked or judged stands nowhere."""

    __tablename__ = "reviews"
    __table_args__ = (Index(None, "organisation", "at"),)

    organisation: Mapped[str] = mapped_column(ForeignKey("organisations.slug", ondelete="CASCADE"), primary_key=True)
    answer_id: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    """UTC. SQLite forgets the zone."""
    question: Mapped[str]
    history: Mapped[list[Any]]
    verdict: Mapped[str]
    clauses: Mapped[list[Any]]
    policy_version: Mapped[str]
    judgement: Mapped[str]
    reason: Mapped[str]


class SecretRow(Base):
    """A random value that this database made for itself, by name (hex, 64)."""

    __tablename__ = "secrets"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
