"""Plain text: paragraphs by blank lines, lists by their bullets, tables by tabs, '#' headings where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from ingest.document import Block, BlockKind, RawDocument
from ingest.read.encoding import read_decoded
from ingest.read.inline import plain
from ingest.shape import is_detail_line, is_title_line

ATX = re.compile(r"^\s{0,3}(#{1,6})\s+(.*?)\s*#*\s*$")
BULLET = re.compile(r"^(\s*)(?:[-*+•◦▪‣●○–]|o(?=\s{2,}|\t))\s+(\S.*)$")
NUMBER = re.compile(r"^(\s*)((?:\d{1,2}|[a-z]|[ivx]{1,4})[.)]|\((?:\d{1,2}|[a-z]|[ivx]{1,4})\))\s+(\S.*)$")
RULE = re.compile(r"^[\s\-_=*|]{3,}$")


def read_text(path: Path) -> RawDocument:
    """Read a .txt file. Raises UnknownEncoding."""
    blocks = [b for b in _blocks(read_decoded(path)) if b.text]
    return RawDocument(source=path.name, format="txt", blocks=tuple(blocks))


def _blocks(text: str) -> Iterator[Block]:
    indents: list[int] = []
    for paragraph in re.split(r"\n\s*\n", text.expandtabs(1) if "\t" not in text else text):
        block: Block | None = None
        for line in paragraph.split("\n"):
            started = _start(line, indents, block)
            if started is None and block is not None:
                block = replace(block, text=f"{block.text} {plain(line)}".strip())
                continue
            if block is not None:
                yield block
            block = started or Block(BlockKind.PARAGRAPH, plain(line))
        if block is not None:
            if block.kind is not BlockKind.ITEM:
                indents.clear()
            yield block


def _start(line: str, indents: list[int], before: Block | None) -> Block | None:
    """The block this line begins, or None when it continues the one before."""
    if RULE.match(line) and line.strip():
        return Block(BlockKind.FURNITURE, line.strip()[:20])
    if "\t" in line.strip() or re.match(r"\S[^\t]*\t", line):
        cells = tuple(plain(c) for c in line.strip("\n").split("\t"))
        return Block(BlockKind.ROW, "\t".join(cells).strip(), cells=cells)
    if heading := ATX.match(line):
        return Block(BlockKind.HEADING, plain(heading[2]), level=len(heading[1]), marked=True)
    if bullet := BULLET.match(line):
        return Block(BlockKind.ITEM, plain(bullet[2]), level=_level(len(bullet[1]), indents))
    number = NUMBER.match(line)
    if number and not is_title_line(plain(line)):
        return Block(BlockKind.ITEM, plain(number[3]), level=_level(len(number[1]), indents), marker=number[2])
    if before is None or is_detail_line(plain(line)) or before.kind in (BlockKind.ROW, BlockKind.HEADING):
        return Block(BlockKind.PARAGRAPH, plain(line))
    return None


def _level(indent: int, indents: list[int]) -> int:
    """Nesting from 1: how many lesser indents are still open."""
    while indents and indents[-1] > indent:
        indents.pop()
    if not indents or indents[-1] < indent:
        indents.append(indent)
    return len(indents)
