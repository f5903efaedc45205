"""Blocks as read -> blocks in order: torn sentences joined, repeated lines told from text.

What a page layout does to a text is undone here, the same way for every format.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

from ingest.document import Block, BlockKind
from ingest.shape import (
    PAGE_NUMBER,
    ends_sentence,
    is_detail_line,
    is_lead_in,
    is_title_line,
    says_version_or_date,
    words,
)

REPEATED_LIMIT = 120
"""Longest line, in characters, that repeated can be a running header or footer."""
LAST_WORDS_PAGE = re.compile(r"\bpage\s+(\d+)(?:\s*(?:of|/)\s*\d+)?$", re.I)
PROSE = (BlockKind.PARAGRAPH, BlockKind.ITEM)


def arrange(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """The blocks of a document in reading order, one a paragraph, furniture marked, torn sentences whole."""
    written = [b for b in blocks if b.text.strip()]
    return tuple(_keep_facts(_nest_under_numbers(_join_torn(_mark_repeated(_title_once(written))))))


def _title_once(blocks: list[Block]) -> list[Block]:
    """Some files put the title above a first page that says it again, in one line or in several: once will do."""
    body = [i for i, b in enumerate(blocks) if b.kind is not BlockKind.FURNITURE][:4]
    if len(body) < 2 or any(blocks[i].kind in (BlockKind.ITEM, BlockKind.ROW) for i in body[:2]):
        return blocks
    title, *after = (_folded(blocks[i].text) for i in body)
    if title not in (" ".join(after[:count]) for count in range(1, len(after) + 1)):
        return blocks
    first = body[0]
    return [*blocks[:first], replace(blocks[first], kind=BlockKind.FURNITURE), *blocks[first + 1 :]]


def _folded(text: str) -> str:
    return " ".join(PAGE_NUMBER.sub("", text).split()).lower()


def _mark_repeated(blocks: list[Block]) -> list[Block]:
    """Short lines that come back (with another page number) are running headers or footers.

    Without pages a heading such as 'Staff:' may come back under every section, so there the line must
    also look like furniture: a page number, a version or date, or the document's first line again.
    """
    body = [b for b in blocks if b.kind not in (BlockKind.ROW, BlockKind.FURNITURE)]
    counts = Counter(_folded(b.text) for b in body if len(b.text) <= REPEATED_LIMIT)
    first = _folded(body[0].text) if body else ""

    def repeated(block: Block) -> bool:
        if (
            block.kind not in (BlockKind.PARAGRAPH, BlockKind.HEADING)
            or len(block.text) > REPEATED_LIMIT
            or block.marked
        ):
            return False
        folded = _folded(block.text)
        if _numbers_its_page(block):
            return True
        says = says_version_or_date(block.text)
        running = block.page is not None or says or folded == first or bool(PAGE_NUMBER.search(block.text))
        return counts[folded] >= (2 if says else 3) and running

    return [replace(b, kind=BlockKind.FURNITURE) if repeated(b) else b for b in blocks]


def _numbers_its_page(block: Block) -> bool:
    """'Acme Nursery Page 3' on page 3: a footer even where the document has no other page."""
    number = LAST_WORDS_PAGE.search(block.text)
    return number is not None and int(number[1]) == block.page


def _continues(before: Block, after: Block) -> bool:
    """Whether `after` is the rest of a sentence that a page end tore off `before`."""
    if before.kind not in PROSE or after.kind is not BlockKind.PARAGRAPH:
        return False
    if ends_sentence(before.text) or is_detail_line(before.text) or is_detail_line(after.text):
        return False
    return bool(re.match(r"[a-z]", after.text)) and len(before.text) > 25


def _join_torn(blocks: list[Block]) -> list[Block]:
    joined: list[Block] = []
    last: int | None = None
    for block in blocks:
        if last is not None and _continues(joined[last], block):
            head = joined[last]
            joined[last] = replace(head, text=f"{head.text} {block.text}", boxes=head.boxes + block.boxes)
            continue
        joined.append(block)
        if block.kind is not BlockKind.FURNITURE:
            last = len(joined) - 1
    return joined


def _nest_under_numbers(blocks: list[Block]) -> list[Block]:
    """Bullets on the level of the numbered item that leads into them ('2. Pages are kept so:') are one level deeper."""
    nested: list[Block] = []
    leader: Block | None = None
    shift = 0
    for block in blocks:
        if block.kind is BlockKind.ITEM and not block.marker:
            if leader is not None:
                shift, leader = int((block.level or 1) == (leader.level or 1)), None
            block = replace(block, level=(block.level or 1) + shift) if shift else block
        elif block.kind is not BlockKind.FURNITURE:
            leader = block if block.kind is BlockKind.ITEM and is_lead_in(block.text) else None
            shift = 0
        nested.append(block)
    return nested


def _keep_facts(blocks: list[Block]) -> list[Block]:
    """A footer such as 'Date: May 2022' is the only place some policies say it: once, at the end, it is text."""
    kept: list[Block] = []
    said = [set(words(b.text.lower())) for b in blocks if b.kind is not BlockKind.FURNITURE]
    for block in blocks:
        bare = " ".join(PAGE_NUMBER.sub("", block.text).split())
        names = set(words(bare.lower()))
        if block.kind is BlockKind.FURNITURE and says_version_or_date(bare) and not any(names <= line for line in said):
            said.append(names)
            kept.append(replace(block, kind=BlockKind.PARAGRAPH, text=bare))
    return blocks + kept


def demote_lost_bullet(blocks: list[Block], index: int) -> bool:
    """Whether the heading-like line at `index` is really one more bullet of the list before it.

    A page end between a list and its last item loses the bullet; what stays is a short line after a
    list, with nothing under it, before a numbered heading that cannot be its child.
    """
    block = blocks[index]
    before = next((b for b in reversed(blocks[:index]) if b.kind is not BlockKind.FURNITURE), None)
    after = next((b for b in blocks[index + 1 :] if b.kind is not BlockKind.FURNITURE), None)
    if before is None or after is None or before.kind is not BlockKind.ITEM or block.kind is BlockKind.ITEM:
        return False
    numbered = re.match(r"\d", after.text) is not None and is_title_line(after.text)
    return numbered and not re.match(r"\d", block.text) and not is_lead_in(block.text) and not ends_sentence(block.text)
