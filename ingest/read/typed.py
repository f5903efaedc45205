"""What a paragraph's own letters say when the format does not: typed bullets and numbers,
bold titles, lines broken by hand, and lists that run on inside one paragraph."""

from __future__ import annotations

import re
from dataclasses import replace

from ingest.document import Block, BlockKind
from ingest.read.inline import fold
from ingest.shape import is_detail_line, is_title_line

BOLD_TITLE_WORDS = 15
"""Most words of a bold paragraph that is a title rather than a sentence made loud."""
_BULLET = re.compile(r"^\s*(?:[•◦▪▫●○■□►‣⁃∙·✓❖\ue000-\uf8ff]\s*|[-–—*]\s+|[o§Ø](?:\t|\s{2,}))(?=\S)")
_NUMBER = re.compile(r"^\s*((?:\d{1,2}|[a-z]|[ivx]{1,4})[.)]|\((?:\d{1,2}|[a-z]|[ivx]{1,4})\))\s+(?=\S)")
_COUNTED = re.compile(r"^(\(?)(\d{1,2}|[a-z])([.)])$")


def typed_blocks(text: str, bold: bool = False) -> list[Block]:
    """Blocks of one paragraph whose format names no kind; [] of a blank one.

    `text` may hold line breaks: lines that are details ('Version: 3') or typed items
    stand alone, others are one paragraph. `bold`: the whole paragraph is.
    """
    lines = [line for line in text.split("\n") if fold(line)]
    apart = len(lines) > 1 and (all(is_detail_line(fold(n)) for n in lines) or all(_typed_item(n) for n in lines[1:]))
    pieces = lines if apart else [" ".join(lines)] if lines else []
    return [block for piece in pieces for block in _one(piece, bold)]


def _one(text: str, bold: bool) -> list[Block]:
    item = _typed_item(text)
    if item is not None:
        return run_on_parted(item)
    plain = fold(text)
    if not plain:
        return []
    if bold and len(plain.split()) <= BOLD_TITLE_WORDS and not plain.endswith((".", ";", ",")):
        return [Block(BlockKind.HEADING, plain)]
    return [Block(BlockKind.PARAGRAPH, plain)]


def _typed_item(text: str) -> Block | None:
    """The item a line is by its typed bullet or number; '1. Introduction' is a title, not an item."""
    bullet = _BULLET.match(text)
    if bullet:
        return Block(BlockKind.ITEM, fold(text[bullet.end() :]), level=1)
    number = _NUMBER.match(text)
    if number and not is_title_line(fold(text)):
        return Block(BlockKind.ITEM, fold(text[number.end() :]), level=1, marker=number[1])
    return None


def run_on_parted(item: Block) -> list[Block]:
    """An item whose text goes on with the next number, as separate items.

    '1.' + 'Ask first. 2. Then post.' is two items: a line break between them was lost.
    """
    parts: list[Block] = [item]
    while (cut := _next_number(parts[-1])) is not None:
        marker, start, end = cut
        last = parts[-1]
        parts[-1:] = [
            replace(last, text=last.text[:start].rstrip()),
            replace(last, text=last.text[end:], marker=marker),
        ]
    return parts


def counted_items(blocks: list[Block]) -> list[Block]:
    """Neighbours '1. Cook', '2. Driver' that look like titles are a list: a title has text under it.

    Both paragraphs with the number in their text and items with it as marker count.
    """
    numbers = [_own_number(b) for b in blocks]
    out = list(blocks)
    for i in range(len(blocks) - 1):
        first, second = numbers[i], numbers[i + 1]
        if first and second and _follower(first) == second:
            out[i], out[i + 1] = _as_item(out[i]), _as_item(out[i + 1])
    return out


def _own_number(block: Block) -> str | None:
    if block.kind is BlockKind.ITEM:
        return block.marker
    found = _NUMBER.match(block.text) if block.kind is BlockKind.PARAGRAPH else None
    return found[1] if found else None


def _as_item(block: Block) -> Block:
    found = _NUMBER.match(block.text) if block.kind is BlockKind.PARAGRAPH else None
    if found is None:
        return block
    return replace(block, kind=BlockKind.ITEM, text=block.text[found.end() :], marker=found[1], level=1)


def _follower(marker: str) -> str | None:
    """The number after a marker, printed the same way; None where there is none."""
    own = _COUNTED.match(marker)
    if own is None:
        return None
    after = str(int(own[2]) + 1) if own[2].isdigit() else chr(ord(own[2]) + 1)
    return f"{own[1]}{after}{own[3]}"


def _next_number(item: Block) -> tuple[str, int, int] | None:
    """The number that follows the item's own, and where it stands in its text."""
    marker = _follower(item.marker or "")
    if marker is None:
        return None
    found = re.search(rf"(?<=[.;:!?,])\s+{re.escape(marker)}\s+(?=[A-Z])", item.text)
    return (marker, found.start(), found.end()) if found else None
