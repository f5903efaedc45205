"""Blocks -> a section tree: which lines are headings, at which level, and what stands under each.

Numbering first, then the shape of the line, then the format's marks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from ingest.arrange import demote_lost_bullet
from ingest.contents import contents_entries
from ingest.document import Block, BlockKind
from ingest.shape import (
    APPENDIX,
    CONTENTS,
    NUMBERED,
    ends_sentence,
    is_detail_line,
    is_lead_in,
    is_sentence,
    is_title_line,
    slug,
)
from ingest.titles import find_title
from policybot.records import Span


@dataclass(slots=True)
class Section:
    """A heading and the blocks directly under it, up to the next heading of any level.

    `key` starts the clause ids of the section: '5.3', 'appendix-1', 'content-of-interactions',
    'cover' (detail lines before the text) or 'details' (detail lines after it).
    """

    key: str
    heading: Block | None
    level: int
    path: tuple[str, ...]
    blocks: list[Block] = field(default_factory=list)
    details: bool = False
    contents: bool = False


@dataclass(frozen=True, slots=True)
class Outline:
    """A document's title, its sections in reading order, and the one text that all spans refer to."""

    title: str | None
    title_block: Block | None
    sections: tuple[Section, ...]
    blocks: tuple[Block, ...]
    text: str


def outline(blocks: tuple[Block, ...], claimed_title: str | None) -> Outline:
    """The section tree of arranged blocks; `claimed_title` is what the file's metadata says, or None."""
    body, text = _place(_with_headings(list(blocks)))
    title_block = find_title(body)
    title = title_block.text if title_block else claimed_title
    sections = _sections(body, title_block)
    if len(sections) == 1:
        sections = _cover_and_text(sections[0])
    _name(sections)
    return Outline(title, title_block, tuple(_without_details(sections)), tuple(body), text)


def _place(blocks: list[Block]) -> tuple[list[Block], str]:
    """Give every block its span in the document's text. Furniture goes last, so that no clause spans a footer."""
    ordered = [b for b in blocks if b.kind is not BlockKind.FURNITURE]
    ordered += [b for b in blocks if b.kind is BlockKind.FURNITURE]
    placed, text = [], ""
    for block in ordered:
        close = placed and placed[-1].kind is block.kind and block.kind in (BlockKind.ITEM, BlockKind.ROW)
        text += ("\n" if close else "\n\n") if placed else ""
        placed.append(replace(block, span=Span(len(text), len(text) + len(block.text))))
        text += block.text
    return placed, text


def _following(blocks: list[Block], index: int) -> Block | None:
    return next((b for b in blocks[index + 1 :] if b.kind is not BlockKind.FURNITURE), None)


def _with_headings(blocks: list[Block]) -> list[Block]:
    """Each block's kind settled: what marks call heading may be text, what no mark names may be one."""
    settled, entries = blocks, contents_entries(blocks)
    for index, block in enumerate(blocks):
        if block.kind in (BlockKind.FURNITURE, BlockKind.ROW):
            continue
        if index in entries and block.kind is not BlockKind.ITEM:
            settled[index] = replace(block, kind=BlockKind.PARAGRAPH, level=None)
        elif _is_heading(blocks, index):
            if demote_lost_bullet(settled, index):
                settled[index] = replace(block, kind=BlockKind.ITEM, level=1)
            else:
                settled[index] = replace(block, kind=BlockKind.HEADING)
        elif block.kind is BlockKind.HEADING:
            settled[index] = replace(block, kind=BlockKind.PARAGRAPH, level=None)
    return settled


def _is_heading(blocks: list[Block], index: int) -> bool:
    block, after = blocks[index], _following(blocks, index)
    text = block.text
    if block.kind is BlockKind.ITEM:
        return False
    if is_detail_line(text) and not (after is not None and after.kind is BlockKind.ITEM):
        return False
    if is_lead_in(text) or text.startswith("(") or (after is None and not block.marked):
        return False
    if block.kind is BlockKind.HEADING:
        return not is_sentence(text) or bool(APPENDIX.match(text))
    if NUMBERED.match(text) and is_title_line(text) and after.kind is not BlockKind.HEADING:
        return True
    return is_title_line(text) and _opens_something(text, after)


def _opens_something(text: str, after: Block) -> bool:
    """An unmarked title must have something under it: prose, a list, a table or a lesser title."""
    if after.kind in (BlockKind.ITEM, BlockKind.ROW, BlockKind.HEADING):
        return True
    if is_detail_line(after.text):
        return False
    return len(after.text) > max(45, len(text)) or is_lead_in(after.text) or is_title_line(after.text)


def _sections(blocks: list[Block], title_block: Block | None) -> list[Section]:
    """Blocks dealt out under their headings. Before the first real section stands the cover."""
    numbered = any(b.kind is BlockKind.HEADING and re.match(r"\d", b.text) for b in blocks)
    levels = _Levels(blocks)
    cover = Section("cover", None, 0, ())
    sections, path = [cover], []
    for index, block in enumerate(blocks):
        if block is title_block:
            continue
        opens = block.kind is BlockKind.HEADING and not _repeats_title(block, title_block)
        if opens and sections == [cover] and numbered and not _ends_cover(blocks, index):
            opens = False
        if not opens:
            sections[-1].blocks.append(block)
            continue
        level = levels.of(block)
        path = [p for p in path if p[0] < level] + [(level, block.text)]
        sections.append(
            Section("", block, level, tuple(t.rstrip(" :") for _, t in path), contents=bool(CONTENTS.match(block.text)))
        )
    return sections


def _cover_and_text(cover: Section) -> list[Section]:
    """A document without a heading: its cover ends where prose, a list or a table begins."""
    blocks = cover.blocks
    prose = (
        i
        for i, b in enumerate(blocks)
        if b.kind in (BlockKind.ITEM, BlockKind.ROW) or is_sentence(b.text) or is_lead_in(b.text)
    )
    cut = next(prose, len(blocks))
    return [Section("cover", None, 0, (), blocks[:cut]), Section("text", None, 1, (), blocks[cut:])]


def _repeats_title(block: Block, title_block: Block | None) -> bool:
    return title_block is not None and block.text.lower() == title_block.text.lower()


def _ends_cover(blocks: list[Block], index: int) -> bool:
    """On the cover of a numbered document short lines look like headings; a real one is numbered or has prose."""
    if NUMBERED.match(blocks[index].text) or CONTENTS.match(blocks[index].text):
        return True
    after = _following(blocks, index)
    if after is None or after.kind in (BlockKind.ITEM, BlockKind.ROW):
        return after is not None
    return len(after.text) > 60 and ends_sentence(after.text)


class _Levels:
    """Heading levels: numbering depth; marks where they tell levels apart; else looks (CAPITALS, then a colon)."""

    def __init__(self, blocks: list[Block]) -> None:
        headings = [b for b in blocks if b.kind is BlockKind.HEADING]
        plain = [b for b in headings if not NUMBERED.match(b.text)]
        self.ranks = sorted({b.level for b in plain[1:] if b.marked and b.level})
        self.capitals = any(b.text.isupper() and len(b.text) > 4 for b in plain[1:])
        self.number_mark = {b.level for b in headings if re.match(r"\d+[.)]?\s", b.text) and b.marked}
        self.depth = 0

    def of(self, block: Block) -> int:
        numbered = NUMBERED.match(block.text)
        if numbered:
            self.depth = 1 if APPENDIX.match(block.text) else numbered["number"].count(".") + 1
            return self.depth
        if len(self.ranks) > 1 and block.level in self.ranks:
            return self.ranks.index(block.level) + 1
        if self.depth:
            return 1 if block.marked and {block.level} == self.number_mark else self.depth + 1
        looks = 1 if not self.capitals or block.text.isupper() else 2
        return looks + block.text.rstrip().endswith(":")


def _name(sections: list[Section]) -> None:
    """Give every section its key: its number, or its heading as a slug; a second one gets '-2'."""
    taken = {"details"}
    for section in sections:
        if section.heading is not None:
            numbered = NUMBERED.match(section.heading.text)
            section.key = _number_key(numbered["number"]) if numbered else slug(section.heading.text)
        name, count = section.key, 1
        while section.key in taken:
            count += 1
            section.key = f"{name}-{count}"
        taken.add(section.key)


def _number_key(number: str) -> str:
    return slug(number) if number[:1].isalpha() else number


def _without_details(sections: list[Section]) -> list[Section]:
    """Runs of sign-off lines leave the section they happen to follow and become a section of their own."""
    parted: list[Section] = []
    count = 0
    for section in sections:
        if section.key == "cover":
            parted.append(section)
            continue
        keep, runs = _part_details(section.blocks)
        section.blocks = keep
        parted.append(section)
        for run in runs:
            count += 1
            key = "details" if count == 1 else f"details-{count}"
            parted.append(Section(key, None, 1, ("Document details",), run, details=True))
    return parted


def _part_details(blocks: list[Block]) -> tuple[list[Block], list[list[Block]]]:
    keep: list[Block] = []
    runs: list[list[Block]] = []
    open_run = False
    for index, block in enumerate(blocks):
        after = _following(blocks, index)
        leads = after is not None and after.kind is BlockKind.ITEM
        detail = block.kind is BlockKind.PARAGRAPH and is_detail_line(block.text) and not leads
        trailing = (
            open_run and block.kind is BlockKind.PARAGRAPH and len(block.text) < 60 and not ends_sentence(block.text)
        )
        if detail or trailing:
            if not open_run:
                runs.append([])
            runs[-1].append(block)
            open_run = True
        else:
            keep.append(block)
            open_run = open_run and block.kind is BlockKind.FURNITURE
    return keep, runs
