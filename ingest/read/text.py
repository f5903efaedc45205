"""Plain text: paragraphs by blank lines, lists by their bullets, tables by tabs, '#' headings where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from ingest.document import Block, BlockKind, RawDocument
from ingest.read.encoding import read_decoded
from ingest.read.inline import plain
from ingest.shape import CONTENTS, DOTTED, NUMBERED, is_detail_line, is_title_line

ATX = re.compile(r"^\s{0,3}(#{1,6})\s+(.*?)\s*#*\s*$")
BULLET = re.compile(r"^(\s*)(?:[-*+•◦▪‣●○–·]|o(?=\s{2,}|\t))\s+(\S.*)$")
NUMBER = re.compile(r"^(\s*)((?:\d{1,2}|[a-z]|[ivx]{1,4})[.)]|\((?:\d{1,2}|[a-z]|[ivx]{1,4})\))\s+(\S.*)$")
RULE = re.compile(r"^[\s\-_=*|]{3,}$")


def read_text(path: Path) -> RawDocument:
    """Read a .txt file. Raises UnknownEncoding."""
    blocks = [b for b in _blocks(read_decoded(path)) if b.text]
    return RawDocument(source=path.name, format="txt", blocks=tuple(blocks))


def _blocks(text: str) -> Iterator[Block]:
    indents: list[int] = []
    for paragraph in re.split(r"\n\s*\n", text):
        lines = [line for line in paragraph.split("\n") if line.strip()]
        block: Block | None = None
        for place, line in enumerate(lines):
            beside = lines[max(0, place - 1) : place] + lines[place + 1 : place + 2]
            started = _start(line, indents, block, listed=any(map(NUMBER.match, beside)))
            if started is None and block is not None:
                block = replace(block, text=f"{block.text} {plain(line)}".strip())
                continue
            if block is not None:
                yield block
            block = started
        if block is not None:
            if block.kind is not BlockKind.ITEM:
                indents.clear()
            yield block


def _start(line: str, indents: list[int], before: Block | None, listed: bool) -> Block | None:
    """The block this line begins, or None when it continues the one before. `listed`: a line beside it has a number."""
    if RULE.match(line):
        return Block(BlockKind.FURNITURE, line.strip()[:20])
    if bullet := BULLET.match(line):
        return Block(BlockKind.ITEM, plain(bullet[2]), level=_level(len(bullet[1]), indents))
    number = NUMBER.match(line)
    if number and "\t" not in number[3] and (listed or not is_title_line(plain(line))):
        return Block(BlockKind.ITEM, plain(number[3]), level=_level(len(number[1]), indents), marker=number[2])
    if "\t" in line.lstrip() and not number:
        cells = tuple(plain(c) for c in line.split("\t"))
        return Block(BlockKind.ROW, "\t".join(cells).strip(), cells=cells)
    if heading := ATX.match(line):
        return Block(BlockKind.HEADING, plain(heading[2]), level=len(heading[1]), marked=True)
    if (
        before is None
        or before.kind in (BlockKind.ROW, BlockKind.HEADING, BlockKind.FURNITURE)
        or _parts(before, plain(line))
    ):
        return Block(BlockKind.PARAGRAPH, plain(line))
    return None


def _parts(before: Block, line: str) -> bool:
    """Whether a line that no blank line parts from the one before is none the less another paragraph."""
    if is_detail_line(line) or _stands_alone(line):
        return True
    return (
        not line[:1].islower()
        and before.kind is BlockKind.PARAGRAPH
        and (is_detail_line(before.text) or _stands_alone(before.text))
    )


def _stands_alone(line: str) -> bool:
    """'1. Scope', '5.3 Friends', 'PURPOSE OF THIS POLICY', 'Contents': headings even with no blank line near."""
    if CONTENTS.match(line) or DOTTED.search(line):
        return True
    numbered = NUMBERED.match(line)
    marked = numbered is not None and (numbered["mark"] != "" or "." in numbered["number"])
    return is_title_line(line) and (marked or (line.isupper() and len(line) > 4))


def _level(indent: int, indents: list[int]) -> int:
    """Nesting from 1: how many lesser indents are still open."""
    while indents and indents[-1] > indent:
        indents.pop()
    if not indents or indents[-1] < indent:
        indents.append(indent)
    return len(indents)
