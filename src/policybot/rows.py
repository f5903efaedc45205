"""Records to rows and rows to records: the one place that knows both."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import Any

from policybot.records import (
    Box,
    Clause,
    ClauseKind,
    Contact,
    Deontic,
    Edition,
    FactKind,
    Force,
    Organisation,
    Policy,
    PolicyFact,
    Span,
    Strength,
)
from policybot.schema import ClauseRow, Fingerprint, FingerprintRow, OrganisationRow, State, VersionRow


def policy_digest(policy: Policy) -> str:
    """SHA-256 (hex) of everything in the record: equal only for equal records."""
    return hashlib.sha256(json.dumps(asdict(policy), sort_keys=True).encode()).hexdigest()


def organisation_row(record: Organisation) -> OrganisationRow:
    """The row of an organisation."""
    return OrganisationRow(
        slug=record.slug,
        name=record.name,
        aliases=list(record.aliases),
        contact=asdict(record.contact) if record.contact else None,
        safeguarding=asdict(record.safeguarding) if record.safeguarding else None,
        colour=record.colour,
        suggestions=list(record.suggestions),
    )


def organisation_record(row: OrganisationRow) -> Organisation:
    """The organisation of a row."""
    return Organisation(
        slug=row.slug,
        name=row.name,
        aliases=tuple(row.aliases),
        contact=Contact(**row.contact) if row.contact else None,
        safeguarding=Contact(**row.safeguarding) if row.safeguarding else None,
        colour=row.colour,
        suggestions=tuple(row.suggestions),
    )


def version_row(record: Policy, version_id: str) -> VersionRow:
    """The staged row of a policy, its clauses not included."""
    return VersionRow(
        id=version_id,
        policy_id=record.id,
        organisation=record.organisation,
        state=State.STAGED,
        version=record.version,
        digest=policy_digest(record),
        title=record.title,
        edition=record.edition,
        source=record.source,
        text=record.text,
        facts=[asdict(fact) for fact in record.facts],
        outline=[list(heading) for heading in record.outline],
    )


def policy_record(row: VersionRow, clauses: list[ClauseRow]) -> Policy:
    """ValueError when the rows do not make a whole policy."""
    return Policy(
        id=row.policy_id,
        organisation=row.organisation,
        title=row.title,
        version=row.version,
        edition=Edition(row.edition),
        source=row.source,
        text=row.text,
        clauses=tuple(clause_record(clause) for clause in clauses),
        facts=tuple(PolicyFact(**{**fact, "kind": FactKind(fact["kind"])}) for fact in row.facts),
        outline=tuple((level, heading, offset) for level, heading, offset in row.outline),
    )


def clause_row(record: Clause, version_id: str, position: int) -> ClauseRow:
    """The row of a clause of one version; `position` counts from 0 in the policy."""
    return ClauseRow(
        version_id=version_id,
        position=position,
        clause_id=record.id,
        organisation=record.organisation,
        policy_id=record.policy_id,
        label=record.label,
        ordinal=record.ordinal,
        kind=record.kind,
        text=record.text,
        start=record.span.start,
        end=record.span.end,
        stem=record.stem,
        stem_start=record.stem_span.start if record.stem_span else None,
        stem_end=record.stem_span.end if record.stem_span else None,
        page=record.page,
        heading_path=list(record.heading_path),
        columns=list(record.columns),
        boxes=[asdict(box) for box in record.boxes],
        deontic=asdict(record.deontic),
    )


def clause_record(row: ClauseRow) -> Clause:
    """ValueError when the row's ids, organisation or spans contradict each other."""
    stem_span = None if row.stem_start is None or row.stem_end is None else Span(row.stem_start, row.stem_end)
    return Clause(
        id=row.clause_id,
        organisation=row.organisation,
        policy_id=row.policy_id,
        heading_path=tuple(row.heading_path),
        label=row.label,
        ordinal=row.ordinal,
        kind=ClauseKind(row.kind),
        text=row.text,
        span=Span(row.start, row.end),
        stem=row.stem,
        stem_span=stem_span,
        page=row.page,
        boxes=tuple(Box(**box) for box in row.boxes),
        columns=tuple(row.columns),
        deontic=_deontic(row.deontic),
    )


def _deontic(stored: dict[str, Any]) -> Deontic:
    return Deontic(
        force=Force(stored["force"]),
        strength=Strength(stored["strength"]),
        actor=stored["actor"],
        addressee=stored["addressee"],
        conditions=tuple(stored["conditions"]),
        exceptions=tuple(stored["exceptions"]),
    )


def fingerprint_record(row: FingerprintRow) -> Fingerprint:
    """The fingerprint of a row."""
    return Fingerprint(
        organisation=row.organisation,
        path=row.path,
        sha256=row.sha256,
        edition=Edition(row.edition),
        reader=row.reader,
        policy_id=row.policy_id,
        version=row.version,
    )


def fingerprint_row(record: Fingerprint) -> FingerprintRow:
    """The row of a fingerprint."""
    return FingerprintRow(**asdict(record))
