"""The words the records choose from: verdicts, kinds of clauses, forces, facts, notices."""

from __future__ import annotations

from enum import StrEnum


class Verdict(StrEnum):
    """What the policy says to the asker."""

    ALLOWED = "allowed"
    CONDITIONAL = "conditional"
    NOT_ALLOWED = "not_allowed"
    INFORMATIONAL = "informational"
    NOT_COVERED = "not_covered"


class Edition(StrEnum):
    """The organisation's own wording, or the restatement this project ships."""

    ORIGINAL = "original"
    RESTATED = "restated"


class ClauseKind(StrEnum):
    """The shape a clause had on the page."""

    PARAGRAPH = "paragraph"
    ITEM = "item"
    ENUMERATION = "enumeration"
    ROW = "row"
    COVER = "cover"
    FURNITURE = "furniture"


class Force(StrEnum):
    """What a clause does: the deontic reading at ingest."""

    PROHIBITION = "prohibition"
    OBLIGATION = "obligation"
    RECOMMENDATION = "recommendation"
    PERMISSION = "permission"
    DEFINITION = "definition"
    CONSEQUENCE = "consequence"
    FACT = "fact"


class Strength(StrEnum):
    """How strongly: the modal that governs the clause."""

    MUST_NOT = "must_not"
    MUST = "must"
    SHOULD_NOT = "should_not"
    SHOULD = "should"
    MAY = "may"
    NONE = "none"


class FactKind(StrEnum):
    """Facts about the document itself."""

    TITLE = "title"
    VERSION = "version"
    ISSUED = "issued"
    EFFECTIVE = "effective"
    APPROVED = "approved"
    REVIEWED = "reviewed"
    NEXT_REVIEW = "next_review"
    REVIEW_CYCLE = "review_cycle"
    AUTHOR = "author"
    APPROVER = "approver"
    OWNER = "owner"
    REFERENCE = "reference"
    LOCATION = "location"
    RELATED_DOCUMENT = "related_document"
    LEGISLATION = "legislation"
    ROLE = "role"
    PLATFORM = "platform"


class NoticeKind(StrEnum):
    """What the asker should know besides the answer (answer.schema.json)."""

    REVIEW_OVERDUE = "review_overdue"
    INCONSISTENT = "inconsistent"
    SUPERSEDED_LAW = "superseded_law"
    SAFEGUARDING = "safeguarding"
    DEFUNCT_PLATFORM = "defunct_platform"
    MISSING_DOCUMENT = "missing_document"
    RESTATED_EDITION = "restated_edition"
