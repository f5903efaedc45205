"""The catalogue: organisations, policies, versions and clauses. It is the truth.

The index is derived from it and may be thrown away. A version is staged first, shown to
nobody, and becomes current in one transaction; readers see the old or the new, whole.
"""

from __future__ import annotations

import difflib
import hashlib
import uuid
from collections.abc import Callable
from typing import Self, TypeVar

from sqlalchemy import ColumnElement, Engine, delete, select, update
from sqlalchemy.orm import Session

from policybot import rows
from policybot.database import open_engine, writing
from policybot.errors import ScopeViolation, UnknownClause, UnknownOrganisation
from policybot.migrations import upgrade
from policybot.records import Clause, Organisation, Policy
from policybot.schema import ClauseRow, Fingerprint, FingerprintRow, OrganisationRow, PolicyRow, State, VersionRow
from policybot.settings import Settings

Record = TypeVar("Record")


class Catalogue:
    """Every read is one consistent snapshot, every write one transaction. Thread-safe."""

    def __init__(self, engine: Engine) -> None:
        """`engine` from `open_engine`, migrated; most callers want `Catalogue.open`."""
        self._reader = engine
        self._writer = writing(engine)

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """Connect, and bring the database's schema to this program's."""
        engine = open_engine(settings)
        upgrade(writing(engine))
        return cls(engine)

    def close(self) -> None:
        """Give the connections back."""
        self._reader.dispose()

    @property
    def engine(self) -> Engine:
        """The database's, for the other tables of it."""
        return self._reader

    # -- organisations

    def save_organisation(self, organisation: Organisation) -> None:
        """Add the organisation, or replace what was known of it."""
        with Session(self._writer) as session, session.begin():
            session.merge(rows.organisation_row(organisation))

    def organisations(self) -> tuple[Organisation, ...]:
        """All of them, by slug."""
        with Session(self._reader) as session:
            found = session.scalars(select(OrganisationRow).order_by(OrganisationRow.slug))
            return tuple(rows.organisation_record(row) for row in found)

    def organisation(self, slug: str) -> Organisation:
        """UnknownOrganisation when nobody has saved it."""
        with Session(self._reader) as session:
            return rows.organisation_record(_organisation_row(session, slug))

    # -- what is current

    def policies(self, slug: str) -> tuple[Policy, ...]:
        """The organisation's current policies, by id, whole; () when it has none."""
        return tuple(policy for _, policy in self.published(slug))

    def published(self, slug: str) -> tuple[tuple[str, Policy], ...]:
        """The same, each with the id of its publication, which its vectors carry."""
        with Session(self._reader) as session:
            _organisation_row(session, slug)
            return _load(session, VersionRow.organisation == slug)

    def policy(self, policy_id: str) -> Policy:
        """The current version; UnknownClause when there is none."""
        with Session(self._reader) as session:
            found = _load(session, VersionRow.policy_id == policy_id)
        if not found:
            raise UnknownClause(f"policy {policy_id}", "no such policy is current", "Ingest it, or see policybot organisations")
        return found[0][1]

    def clause(self, clause_id: str) -> Clause:
        """A clause of any organisation: for those who run the program. Whoever answers a
        member asks a shelf. UnknownClause names the nearest ids of the same organisation."""
        with Session(self._reader) as session:
            row = session.scalars(
                select(ClauseRow)
                .join(VersionRow, VersionRow.id == ClauseRow.version_id)
                .where(ClauseRow.clause_id == clause_id, VersionRow.state == State.CURRENT)
            ).first()
            if row is None:
                raise unknown_clause(clause_id, _clause_ids(session, clause_id.split("/")[0]))
            return _in_scope(lambda: rows.clause_record(row), clause_id)

    def version_of(self, slug: str) -> str:
        """SHA-256 (hex, 64) over the organisation's current policies: changes when, and
        only when, what its shelf holds changes. Equal on every machine."""
        with Session(self._reader) as session:
            _organisation_row(session, slug)
            current = session.execute(
                select(VersionRow.policy_id, VersionRow.digest)
                .where(VersionRow.organisation == slug, VersionRow.state == State.CURRENT)
                .order_by(VersionRow.policy_id)
            )
            return hashlib.sha256("\n".join(f"{policy} {digest}" for policy, digest in current).encode()).hexdigest()

    # -- publishing

    def publication_of(self, policy: Policy) -> str | None:
        """Id of the publication that shows this very record now; None when none does."""
        with Session(self._reader) as session:
            return session.scalar(
                select(VersionRow.id).where(
                    VersionRow.policy_id == policy.id,
                    VersionRow.state == State.CURRENT,
                    VersionRow.digest == rows.policy_digest(policy),
                )
            )

    def stage(self, policy: Policy) -> str:
        """Write the version without showing it; returns the id of the publication.

        What an interrupted publication of the same policy left staged goes.
        """
        _require_own(policy)
        publication = uuid.uuid4().hex
        with Session(self._writer) as session, session.begin():
            _organisation_row(session, policy.organisation)
            session.merge(PolicyRow(id=policy.id, organisation=policy.organisation))
            session.execute(
                delete(VersionRow).where(VersionRow.policy_id == policy.id, VersionRow.state == State.STAGED)
            )
            session.flush()
            session.add(rows.version_row(policy, publication))
            session.flush()
            session.add_all(rows.clause_row(c, publication, place) for place, c in enumerate(policy.clauses))
        return publication

    def flip(self, publication: str) -> None:
        """One transaction: the staged version becomes current, the one before it retires."""
        with Session(self._writer) as session, session.begin():
            staged = session.get_one(VersionRow, publication)
            session.execute(
                update(VersionRow)
                .where(VersionRow.policy_id == staged.policy_id, VersionRow.state == State.CURRENT)
                .values(state=State.RETIRED)
            )
            staged.state = State.CURRENT

    def withdraw(self, policy_id: str) -> None:
        """Delete the policy with all its versions; nothing happens when there is none."""
        with Session(self._writer) as session, session.begin():
            session.execute(delete(VersionRow).where(VersionRow.policy_id == policy_id))
            session.execute(delete(PolicyRow).where(PolicyRow.id == policy_id))

    # -- source files

    def fingerprint(self, organisation: str, path: str) -> Fingerprint | None:
        """What the file at `path` was when it made a version that is still current."""
        with Session(self._reader) as session:
            row = session.scalars(
                select(FingerprintRow)
                .join(VersionRow, VersionRow.policy_id == FingerprintRow.policy_id)
                .where(FingerprintRow.organisation == organisation, FingerprintRow.path == path)
                .where(VersionRow.state == State.CURRENT, VersionRow.version == FingerprintRow.version)
            ).first()
            return rows.fingerprint_record(row) if row else None

    def remember_fingerprint(self, fingerprint: Fingerprint) -> None:
        """Note, after a publication, which file it came from."""
        with Session(self._writer) as session, session.begin():
            session.merge(rows.fingerprint_row(fingerprint))


def unknown_clause(clause_id: str, known: list[str]) -> UnknownClause:
    """The error for an id that is not among `known`, with up to three that are like it."""
    near = difflib.get_close_matches(clause_id, known, n=3, cutoff=0.5)
    cure = f"Near it: {', '.join(near)}" if near else "An answer gives the ids of the clauses it quotes"
    return UnknownClause(f"clause {clause_id}", "no current clause has this id", cure)


def _organisation_row(session: Session, slug: str) -> OrganisationRow:
    row = session.get(OrganisationRow, slug)
    if row is None:
        # Not which ones there are: the reader of this may be a member of one of them.
        raise UnknownOrganisation(f"organisation {slug}", "nobody has ingested it", "Correct it, or ingest it")
    return row


def _load(session: Session, condition: ColumnElement[bool]) -> tuple[tuple[str, Policy], ...]:
    """Current versions that meet `condition`, by policy id: one query, and one for clauses."""
    current = (condition, VersionRow.state == State.CURRENT)
    versions = session.scalars(select(VersionRow).where(*current).order_by(VersionRow.policy_id)).all()
    clauses: dict[str, list[ClauseRow]] = {version.id: [] for version in versions}
    wanted = select(VersionRow.id).where(*current)
    for row in session.scalars(select(ClauseRow).where(ClauseRow.version_id.in_(wanted)).order_by(ClauseRow.position)):
        clauses[row.version_id].append(row)
    return tuple((version.id, _policy(version, clauses[version.id])) for version in versions)


def _policy(version: VersionRow, clauses: list[ClauseRow]) -> Policy:
    policy = _in_scope(lambda: rows.policy_record(version, clauses), version.policy_id)
    _require_own(policy)
    return policy


def _clause_ids(session: Session, organisation: str) -> list[str]:
    return list(
        session.scalars(
            select(ClauseRow.clause_id)
            .join(VersionRow, VersionRow.id == ClauseRow.version_id)
            .where(VersionRow.organisation == organisation, VersionRow.state == State.CURRENT)
        )
    )


def _in_scope(build: Callable[[], Record], thing: str) -> Record:
    """A row that contradicts itself was altered by hand: nothing of it may be shown."""
    try:
        return build()
    except ValueError as contradiction:
        raise ScopeViolation(
            thing, f"its rows contradict each other ({contradiction})", "Run policybot ingest --reindex"
        ) from contradiction


def _require_own(policy: Policy) -> None:
    """ScopeViolation unless the policy and all its clauses carry its organisation's name."""
    cause, cure = f"it is filed under {policy.organisation}", "Correct its id, and ingest it again"
    if not policy.id.startswith(f"{policy.organisation}/"):
        raise ScopeViolation(f"policy {policy.id}", cause, cure)
    for clause in policy.clauses:
        if clause.organisation != policy.organisation:
            raise ScopeViolation(f"clause {clause.id}", cause, cure)
