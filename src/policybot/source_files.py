"""The files that current policies were read from, so that a clause can be shown as it stands in the document.

An organisation is required in every call, and no call sees a file of another. Of a version that is no more, no file is kept.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from policybot.errors import PolicybotError
from policybot.organisation import require_slug
from policybot.records import Clause
from policybot.schema import VersionRow
from policybot.store import Store
from policybot.web_schema import SourceFileRow

LARGEST = 20 * 1024 * 1024
"""Largest file that is kept, in bytes."""
PDF = "application/pdf"
"""The only kind of file that has pages with places on them."""


class NoSourceFile(PolicybotError):
    """A file cannot be kept, or its version is not this organisation's."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A document as it was given: its bytes, 1 to LARGEST of them, and their kind (PDF)."""

    content: bytes
    media_type: str = PDF

    def __post_init__(self) -> None:
        if self.media_type != PDF:
            raise ValueError(f"only {PDF} is kept, got {self.media_type!r}")
        if not 0 < len(self.content) <= LARGEST:
            raise ValueError(f"a file that is kept has 1 to {LARGEST} bytes, got {len(self.content)}")


def pages_of(clause: Clause) -> tuple[int, ...]:
    """The pages that the clause stands on, from 1, ascending; () where its document has no pages."""
    return tuple(sorted({box.page for box in clause.boxes}))


class SourceFiles(Store):
    """Every read is one query, every write one transaction. Thread-safe."""

    def keep(self, organisation: str, publication: str, file: SourceFile) -> None:
        """Keep the file of this publication, in the place of one kept before. NoSourceFile when the organisation has
        published nothing under this id."""
        require_slug("organisation", organisation)
        with Session(self._writer) as session, session.begin():
            version = session.get(VersionRow, publication)
            if version is None or version.organisation != organisation:
                raise NoSourceFile(f"publication {publication}", f"it is not one of {organisation}", "Ingest the policy first")
            row = SourceFileRow(version_id=publication, organisation=organisation, media_type=file.media_type, content=file.content)
            session.merge(row)

    def kept(self, organisation: str) -> frozenset[str]:
        """Ids of the organisation's publications of which there is a file."""
        require_slug("organisation", organisation)
        with Session(self._reader) as session:
            return frozenset(session.scalars(select(SourceFileRow.version_id).where(SourceFileRow.organisation == organisation)))

    def of(self, organisation: str, publication: str) -> SourceFile | None:
        """The file, whole; None when none was kept, or when the publication is another organisation's."""
        require_slug("organisation", organisation)
        own = (SourceFileRow.version_id == publication, SourceFileRow.organisation == organisation)
        with Session(self._reader) as session:
            row = session.scalars(select(SourceFileRow).where(*own)).first()
            return SourceFile(row.content, row.media_type) if row else None

    def keep_only(self, organisation: str, publications: Collection[str]) -> None:
        """Forget all of the organisation's files but those of these publications."""
        require_slug("organisation", organisation)
        others = SourceFileRow.version_id.not_in(tuple(publications))
        with Session(self._writer) as session, session.begin():
            session.execute(delete(SourceFileRow).where(SourceFileRow.organisation == organisation, others))
