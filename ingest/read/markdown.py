"""Markdown through markdown-it (CommonMark with tables)."""

from __future__ import annotations

import re
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ingest.document import Block, BlockKind, RawDocument
from ingest.read.encoding import read_decoded
from ingest.read.inline import fold, plain
from ingest.shape import is_detail_line

FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.S)
COMMENT = re.compile(r"<!--.*?-->", re.S)


def read_markdown(path: Path) -> RawDocument:
    """Read a .md file. Raises UnknownEncoding."""
    text = COMMENT.sub("", FRONT_MATTER.sub("", read_decoded(path)))
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    return RawDocument(source=path.name, format="md", blocks=tuple(b for b in _Walk().blocks(tokens) if b.text))


def _inline(token: Token) -> list[str]:
    """The text of an inline token, one string a hard or soft line, marks off."""
    lines, line = [], ""
    for child in token.children or []:
        if child.type in ("softbreak", "hardbreak"):
            lines.append(line)
            line = ""
        elif child.type in ("text", "code_inline", "html_inline"):
            line += child.content
    return [plain(piece) for piece in [*lines, line]]


class _Walk:
    """Tokens to blocks: keeps the list nesting and the table row under way."""

    def __init__(self) -> None:
        self.lists: list[Token] = []
        self.marker: str | None = None
        self.fresh = False
        self.cells: list[str] = []
        self.heading: Token | None = None
        self.in_table = self.in_head = False

    def blocks(self, tokens: list[Token]) -> list[Block]:
        made: list[Block] = []
        for token in tokens:
            made += self._step(token)
        return made

    def _step(self, token: Token) -> list[Block]:
        kind = token.type
        if kind in ("bullet_list_open", "ordered_list_open"):
            self.lists.append(token)
        elif kind in ("bullet_list_close", "ordered_list_close"):
            self.lists.pop()
        elif kind == "list_item_open":
            self.fresh = True
            self.marker = f"{token.info}." if token.info else None
        elif kind in ("thead_open", "thead_close"):
            self.in_head = kind == "thead_open"
        elif kind in ("table_open", "table_close"):
            self.in_table = kind == "table_open"
        elif kind == "heading_open":
            self.heading = token
        elif kind == "heading_close":
            self.heading = None
        elif kind == "tr_close":
            return self._row()
        elif kind == "inline":
            return self._text(token)
        elif kind in ("fence", "code_block", "html_block"):
            return [Block(BlockKind.PARAGRAPH, plain(line)) for line in token.content.split("\n\n")]
        return []

    def _row(self) -> list[Block]:
        cells, self.cells = tuple(self.cells), []
        return [Block(BlockKind.ROW, "\t".join(cells).strip(), cells=cells, header=self.in_head)]

    def _text(self, token: Token) -> list[Block]:
        lines = _inline(token)
        if self.in_table:
            self.cells.append(fold(" ".join(lines)))
            return []
        if self.heading is not None:
            return [Block(BlockKind.HEADING, fold(" ".join(lines)), level=int(self.heading.tag[1]), marked=True)]
        if self.lists and self.fresh:
            self.fresh = False
            return [Block(BlockKind.ITEM, fold(" ".join(lines)), level=len(self.lists), marker=self.marker)]
        if len(lines) > 1 and all(is_detail_line(line) for line in lines):
            return [Block(BlockKind.PARAGRAPH, line) for line in lines]
        return [Block(BlockKind.PARAGRAPH, fold(" ".join(lines)))]
