"""Where every character of a document went."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.document import BlockKind
from ingest.structure import Outline
from policybot.records import Clause


@dataclass(frozen=True, slots=True)
class Account:
    """Characters of a document by where they went; `left_over` quotes what is in none of them.

    `clauses` + `stems` + `headings` + `contents` + `furniture` + `spaces` + the length of
    what is left over is `total`.
    """

    total: int
    clauses: int
    stems: int
    headings: int
    contents: int
    furniture: int
    spaces: int
    left_over: tuple[str, ...]

    @property
    def covered(self) -> float:
        """Share of the non-blank characters that are accounted for, from 0 to 1."""
        lost = sum(len(piece) for piece in self.left_over)
        return 1 - lost / max(1, self.total - self.spaces)


CLAUSE, STEM, HEADING, CONTENTS, FURNITURE = "clauses", "stems", "headings", "contents", "furniture"


def account(outline: Outline, clauses: tuple[Clause, ...]) -> Account:
    """Count the characters of `outline.text` by use. A character in a clause and a stem counts as clause."""
    use: list[str | None] = [None] * len(outline.text)

    def mark(start: int, end: int, name: str) -> None:
        for at in range(start, end):
            use[at] = use[at] or name

    for clause in clauses:
        mark(clause.span.start, clause.span.end, CLAUSE)
    for clause in clauses:
        if clause.stem_span is not None:
            mark(clause.stem_span.start, clause.stem_span.end, STEM)
    header_rows = {"\t".join(c.columns).strip() for c in clauses if c.columns}
    for section in outline.sections:
        if section.heading is not None and section.heading.span is not None:
            mark(section.heading.span.start, section.heading.span.end, HEADING)
        for block in section.blocks:
            if block.span is None:
                continue
            if section.contents:
                mark(block.span.start, block.span.end, CONTENTS)
            elif block.text in header_rows:
                mark(block.span.start, block.span.end, HEADING)
    title = (outline.title or "").lower()
    for block in outline.blocks:
        if block.span is not None and block.kind is BlockKind.FURNITURE:
            mark(block.span.start, block.span.end, FURNITURE)
        elif block.span is not None and block.text.lower() == title:
            mark(block.span.start, block.span.end, HEADING)
    return _count(outline.text, use)


def _count(text: str, use: list[str | None]) -> Account:
    counts = {name: use.count(name) for name in (CLAUSE, STEM, HEADING, CONTENTS, FURNITURE)}
    lost = "".join(char if use[at] is None else "\n" for at, char in enumerate(text))
    left = tuple(piece.strip() for piece in lost.split("\n") if piece.strip())
    spaces = len(text) - sum(counts.values()) - sum(map(len, left))
    return Account(total=len(text), spaces=spaces, left_over=left, **counts)
