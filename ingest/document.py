"""The document model that every reader (PDF, Word, Markdown, HTML, text) makes.

A reader says what it saw; it decides nothing that the shape of the text can decide
as well, so that the same policy in five formats gives the same clauses
(ingest/structure.py decides).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from policybot.records import Box, Span


class BlockKind(StrEnum):
    """What a reader saw."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    ROW = "row"
    FURNITURE = "furniture"


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph, heading, list item, table row or page header/footer.

    `text`: one line, white space folded to single spaces, hyphenation and wrapped lines
    joined, markup and the bullet or list number taken off (a list number goes to
    `marker`); a heading keeps its number ("5.3 Acceptance of Friends"). A row's cells are
    joined by TAB, and `cells` has them too; a cell's own line breaks are spaces.
    `level`: of a heading from 1 (as marked up; None when only looks said heading),
    of an item from 1 (nesting).
    `marked`: the format itself says so (a Word style, an <h2>, a '#'), not only looks.
    `header`: a row that names the columns.
    `page` counts from 1; None in formats without pages.
    `span`: where the text stands in the document's text; None until it is arranged.
    """

    kind: BlockKind
    text: str
    level: int | None = None
    marker: str | None = None
    marked: bool = False
    header: bool = False
    cells: tuple[str, ...] = ()
    page: int | None = None
    boxes: tuple[Box, ...] = ()
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class RawDocument:
    """A file as read: blocks in reading order, and the title its metadata claims."""

    source: str
    format: str
    blocks: tuple[Block, ...]
    title: str | None = None
    pages: int | None = None
