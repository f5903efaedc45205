"""Sections -> clauses with stable ids; every character of the text accounted for.

A clause is what a person would cite: a paragraph, a bullet with its stem, a short enumeration
with its lead-in, a table row with its column names, the sign-off lines together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from ingest.document import Block, BlockKind
from ingest.pieces import STEM_LIMIT, Piece, adjoin, enumerations_joined, fitted, nested_names_joined, short_joined
from ingest.shape import APPENDIX, ends_sentence, has_modal, is_lead_in, slug, words
from ingest.structure import Outline, Section
from policybot.deontic import read_deontic
from policybot.records import CLAUSE_FLOOR, Clause, ClauseKind, Deontic, Span
from policybot.sentences import sentence_spans

TAIL_NOTE = re.compile(r"list is not (?:an? )?(?:exhaustive|complete|exclusive)|not (?:an )?exhaustive list", re.I)
ANAPHOR = re.compile(r"^(?:this|these|such) (?:includes?|means|applies|covers|could|may)\b", re.I)


def clauses_of(outline: Outline, policy_id: str) -> tuple[Clause, ...]:
    """All clauses of a document in reading order; ids start with `policy_id`."""
    made: list[Clause] = []
    for section in outline.sections:
        if not section.contents:
            made += _section_clauses(outline, section, policy_id)
    made.sort(key=lambda c: c.span.start)
    return tuple(_numbered(made))


def _numbered(clauses: list[Clause]) -> Iterator[Clause]:
    for ordinal, clause in enumerate(clauses):
        yield replace(clause, ordinal=ordinal)


def _section_clauses(outline: Outline, section: Section, policy_id: str) -> list[Clause]:
    blocks = [b for b in section.blocks if b.kind is not BlockKind.FURNITURE]
    heading = section.heading.span if section.heading else None
    pieces = nested_names_joined(_pieces(blocks, section, outline.text), outline.text)
    pieces = [part for piece in enumerations_joined(pieces, outline.text) for part in fitted(piece, outline.text)]
    pieces = short_joined(pieces, outline.text, heading)
    return [_clause(outline, section, piece, policy_id, len(pieces)) for piece in pieces]


def _pieces(blocks: list[Block], section: Section, text: str) -> list[Piece]:
    """The section's blocks as pieces, stems noted, before joining and splitting."""
    if section.details or section.key == "cover":
        return list(_detail_pieces(blocks))
    return _Walk(blocks, text).pieces()


@dataclass(slots=True)
class _List:
    """The list under way: at each level the items so far, and the stems that govern them, outermost first.

    `lead`: the stems of a deeper list to come.
    """

    counts: list[int] = field(default_factory=list)
    stems: list[tuple[Span, ...]] = field(default_factory=list)
    lead: tuple[Span, ...] = ()

    def enter(self, level: int, stem: tuple[Span, ...]) -> tuple[str, tuple[Span, ...]]:
        """Open the next item, at most one level below the last: its suffix ('b2', nested 'b2.1') and its stems."""
        depth = min(level, len(self.counts) + 1)
        del self.counts[depth:], self.stems[depth:]
        if depth > len(self.counts):
            self.counts.append(0)
            self.stems.append(self.lead or stem)
        if depth == 1:
            self.stems[0] = stem
        self.counts[-1] += 1
        return "b" + ".".join(map(str, self.counts)), self.stems[-1]

    def restart(self, stem: tuple[Span, ...]) -> None:
        """A paragraph came between. Its lead-in is the stem from now on, at every level; the numbers run on."""
        self.lead = ()
        if stem:
            self.stems = [stem] * len(self.stems)


class _Walk:
    """Blocks of one section on their way to pieces: the stem in force, the list and the table under way."""

    def __init__(self, blocks: list[Block], text: str) -> None:
        self.blocks, self.text = blocks, text
        self.list, self.rows = _List(), _Rows()
        self.stem: tuple[Span, ...] = ()
        self.paragraphs = 0
        self.made: list[Piece] = []

    def pieces(self) -> list[Piece]:
        """Every block, in a piece or as a stem of one."""
        for index, block in enumerate(self.blocks):
            after = self.blocks[index + 1] if index + 1 < len(self.blocks) else None
            if block.kind is BlockKind.ITEM:
                self._item(block, after)
            elif block.kind is BlockKind.ROW:
                self._restart(())
                self.made += self.rows.pieces(self.blocks, index)
            elif self._belongs_to_list(block, after):
                self.made[-1] = self.made[-1].extended(block)
            else:
                self._paragraph(block, after)
        return self.made

    def _item(self, block: Block, after: Block | None) -> None:
        level = block.level or 1
        suffix, stems = self.list.enter(level, self.stem)
        deeper = after is not None and after.kind is BlockKind.ITEM and (after.level or 1) > level
        self.list.lead = self._lead(block, stems) if deeper else ()
        stem = stems[-1] if stems else None
        self.made.append(Piece(ClauseKind.ITEM, block.span, suffix, stem=stem, above=stems[:-1], blocks=(block,)))

    def _lead(self, block: Block, stems: tuple[Span, ...]) -> tuple[Span, ...]:
        """What leads into deeper bullets is their stem, and a clause itself.

        With no rule of its own ('On a trip:') it passes on the rule that it stands under.
        """
        lead = _lead_in_span(block, self.text)
        return (lead,) if has_modal(self.text[lead.start : lead.end]) else (*stems, lead)

    def _paragraph(self, block: Block, after: Block | None) -> None:
        stem = _stem_of(block, after, self.text)
        self._restart(() if stem is None else (stem,))
        if stem == block.span and len(block.text) <= STEM_LIMIT:
            return
        self.paragraphs += 1
        self.made.append(Piece(ClauseKind.PARAGRAPH, block.span, f"p{self.paragraphs}", blocks=(block,)))

    def _restart(self, stem: tuple[Span, ...]) -> None:
        self.stem = stem
        self.list.restart(stem)

    def _belongs_to_list(self, block: Block, after: Block | None) -> bool:
        """'(This list is not exhaustive)', or 'This includes ...' between two bullets, stay with the bullet before."""
        last = self.made[-1] if self.made else None
        if last is None or last.kind is not ClauseKind.ITEM or not adjoin(last.span, block.span, self.text):
            return False
        if TAIL_NOTE.search(block.text) and len(words(block.text)) <= 14:
            return True
        between = after is not None and after.kind is BlockKind.ITEM
        return between and bool(ANAPHOR.match(block.text)) and len(block.text) < 400


def _stem_of(block: Block, after: Block | None, text: str) -> Span | None:
    """The lead-in sentence of `block` when a list follows, else None. The whole block when it is nothing else."""
    if after is None or after.kind is not BlockKind.ITEM:
        return None
    if ends_sentence(block.text) and not block.text.rstrip().endswith(":") and not is_lead_in(block.text):
        return None
    return _lead_in_span(block, text)


def _lead_in_span(block: Block, text: str) -> Span:
    start, end = sentence_spans(block.text)[-1]
    return Span(block.span.start + start, block.span.start + end)


def _detail_pieces(blocks: list[Block]) -> Iterator[Piece]:
    """Cover and sign-off: short lines together, prose a clause each."""
    run: list[Block] = []
    prose = details = 0
    for block in [*blocks, None]:
        short = (
            block is not None
            and len(block.text) <= 140
            and not (ends_sentence(block.text) and len(words(block.text)) > 8)
        )
        if short:
            run.append(block)
            continue
        if run:
            details += 1
            span = Span(run[0].span.start, run[-1].span.end)
            yield Piece(ClauseKind.COVER, span, f"d{details}", blocks=tuple(run))
            run = []
        if block is not None:
            prose += 1
            yield Piece(ClauseKind.PARAGRAPH, block.span, f"p{prose}", blocks=(block,))


class _Rows:
    """Table rows: the header row names the columns of the rows after it."""

    def __init__(self) -> None:
        self.columns: tuple[str, ...] = ()
        self.count = 0

    def pieces(self, blocks: list[Block], index: int) -> Iterator[Piece]:
        block = blocks[index]
        if index == 0 or blocks[index - 1].kind is not BlockKind.ROW:
            self.columns = block.cells if self._is_header(blocks, index) else ()
            if self.columns:
                return
        if self.columns and sum(1 for c in block.cells if c.strip()) < 2 and len(block.text) < CLAUSE_FLOOR:
            return  # "4 | | |": a row nobody filled in says nothing
        self.count += 1
        yield Piece(ClauseKind.ROW, block.span, f"r{self.count}", columns=self.columns, blocks=(block,))

    @staticmethod
    def _is_header(blocks: list[Block], index: int) -> bool:
        """Three or more short cells without digits, and more rows below."""
        cells = [c for c in blocks[index].cells if c.strip()]
        below = index + 1 < len(blocks) and blocks[index + 1].kind is BlockKind.ROW
        short = all(len(c) <= 40 and not re.search(r"\d", c) for c in cells)
        return below and short and (len(cells) >= 3 or (blocks[index].header and len(cells) >= 2))


def _clause(outline: Outline, section: Section, piece: Piece, policy_id: str, siblings: int) -> Clause:
    text = outline.text[piece.span.start : piece.span.end]
    stem = outline.text[piece.stem.start : piece.stem.end] if piece.stem else None
    return Clause(
        id=f"{policy_id}/{section.key}/{piece.suffix}",
        organisation=policy_id.split("/")[0],
        policy_id=policy_id,
        heading_path=section.path,
        label=_label(section, piece, siblings),
        ordinal=0,
        kind=piece.kind,
        text=text,
        span=piece.span,
        stem=stem,
        stem_span=piece.stem,
        page=piece.blocks[0].page,
        boxes=tuple(box for block in piece.blocks for box in block.boxes),
        columns=piece.columns,
        deontic=_read(outline, section, piece, text, stem),
    )


def _read(outline: Outline, section: Section, piece: Piece, text: str, stem: str | None) -> Deontic:
    """What the clause does, under its stem and the rules that its stem stands under."""
    if piece.kind is ClauseKind.COVER:
        return Deontic()  # sign-off lines are facts: 'Responsible Persons' obliges nobody
    heading = section.path[-1] if section.path else ""
    above = [outline.text[span.start : span.end] for span in piece.above]
    deontic = read_deontic(text, "\n".join([*above, stem]) if stem else None, heading)
    if not above:
        return deontic
    whole = f"{stem}\n{text}"
    conditions = tuple(c for c in deontic.conditions if c in whole)
    return replace(deontic, conditions=conditions, exceptions=tuple(e for e in deontic.exceptions if e in whole))


NOUNS = {"p": "paragraph", "b": "bullet", "e": "list", "r": "row", "d": ""}


def _label(section: Section, piece: Piece, siblings: int) -> str:
    """As a person cites it: '5.3. Acceptance of Friends', 'Content of interactions, paragraph 2'."""
    if section.key == "cover":
        name = "Cover"
    else:
        name = section.path[-1] if section.path else "Document"
        if APPENDIX.match(name) and len(words(name)) > 10:
            name = " ".join(name.split()[:2]).rstrip(":")
    noun, number = NOUNS[piece.suffix[0]], piece.suffix[1:]
    if siblings == 1 or not noun:
        return name
    parent = section.path[-2] if len(section.path) > 1 and slug(section.path[-2])[:1].isdigit() else ""
    place = f"{parent}: {name}" if parent and not name[:1].isdigit() else name
    return f"{place}, {noun} {number}"
