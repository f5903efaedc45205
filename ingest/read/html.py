"""HTML through BeautifulSoup: headings, paragraphs, nested lists, tables, definitions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from bs4 import BeautifulSoup, NavigableString, Tag
from bs4.element import PreformattedString

from ingest.document import Block, BlockKind, RawDocument
from ingest.read.columns import names_columns
from ingest.read.encoding import read_decoded
from ingest.read.inline import fold
from ingest.read.typed import counted_items, typed_blocks
from ingest.read.word_numbering import counted
from policybot.errors import EmptyDocument, ImageOnlyDocument

DROPPED = frozenset(
    ("script", "style", "noscript", "template", "svg", "math", "iframe", "object", "canvas", "audio", "video",
     "button", "input", "select", "textarea", "nav", "head")
)  # fmt: skip
"""Elements that say nothing of the policy."""
RUNNING = frozenset(["header", "footer", "aside"])
"""Elements that are the page's frame, unless they stand inside the text itself."""
BLOCKS = RUNNING | frozenset(
    ("html", "body", "main", "article", "section", "div", "p", "ul", "ol", "li", "dl", "dt", "dd", "table", "thead",
     "tbody", "tfoot", "tr", "td", "th", "caption", "blockquote", "pre", "address", "figure", "figcaption", "details",
     "summary", "fieldset", "form", "legend", "center", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "hgroup", "menu",
     "search")
)  # fmt: skip
_ROLES = {"navigation": "nav", "banner": "header", "contentinfo": "footer", "complementary": "aside"}
_COUNTING = {"a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}


def read_html(path: Path) -> RawDocument:
    """Read an HTML page. Raises UnknownEncoding, ImageOnlyDocument or EmptyDocument."""
    soup = BeautifulSoup(read_decoded(path), "lxml")
    title = fold(soup.title.get_text()) if soup.title else ""
    blocks = tuple(counted_items([b for b in _Walk().container(soup.body or soup) if b.text]))
    if not any(b.kind is not BlockKind.FURNITURE for b in blocks):
        if soup.find("img"):
            raise ImageOnlyDocument(
                path.name, "the page is pictures; it needs OCR",
                "Print it to PDF and run OCR over that, for instance with `ocrmypdf in.pdf out.pdf`.",
            )
        raise EmptyDocument(path.name, "there are no words in it", "Check that the right page was saved.")
    return RawDocument(path.name, "html", blocks, title=title or None)


class _Walk:
    """Goes through the page; keeps the lists it is in and whether an item waits for its text."""

    def __init__(self) -> None:
        self.depth = 0
        self.marker: str | None = None
        self.fresh = False

    def container(self, parent: Tag) -> Iterator[Block]:
        """The blocks inside an element; runs of text between blocks are paragraphs."""
        run: list[str] = []
        bold: list[bool] = []
        for child in parent.children:
            if isinstance(child, Tag) and _holds_blocks(child):
                yield from self._text("".join(run), bool(bold) and all(bold))
                run, bold = [], []
                yield from self._block(child)
            else:
                text = _inline(child)
                run.append(text)
                if fold(text):
                    bold.append(isinstance(child, Tag) and child.name in ("b", "strong"))
        yield from self._text("".join(run), bool(bold) and all(bold))

    def _block(self, tag: Tag) -> Iterator[Block]:
        name = _ROLES.get(str(tag.get("role", "")), tag.name)
        if name in DROPPED or _is_hidden(tag):
            return
        if name in RUNNING and _is_frame(tag):
            for block in _Walk().container(tag):
                yield replace(block, kind=BlockKind.FURNITURE, level=None, marked=False, header=False)
        elif name in ("h1", "h2", "h3", "h4", "h5", "h6"):
            yield Block(BlockKind.HEADING, fold(_inline(tag)), level=int(name[1]), marked=True)
        elif name in ("ul", "ol", "menu"):
            yield from self._list(tag)
        elif name == "table":
            yield from self._table(tag)
        elif name == "dl":
            yield from _definitions(tag)
        elif name == "pre":
            for piece in tag.get_text().split("\n\n"):
                yield from typed_blocks(piece)
        else:
            yield from self.container(tag)

    def _text(self, text: str, bold: bool) -> list[Block]:
        """An item's first text is the item; a blank line made of two <br> parts paragraphs."""
        if not fold(text):
            return []
        if self.fresh:
            self.fresh = False
            return [Block(BlockKind.ITEM, fold(text), level=self.depth, marker=self.marker)]
        return [block for piece in text.split("\n\n") for block in typed_blocks(piece, bold)]

    def _list(self, tag: Tag) -> Iterator[Block]:
        self.depth += 1
        number = _whole(tag.get("start"), 1)
        counting = _COUNTING.get(str(tag.get("type", "")), "decimal")
        for item in tag.find_all(True, recursive=False):
            if item.name != "li":
                yield from self._block(item)
                continue
            number = _whole(item.get("value"), number)
            self.marker = f"{counted(number, counting)}." if tag.name == "ol" else None
            self.fresh = True
            yield from self.container(item)
            self.fresh = False
            number += 1
        self.depth -= 1

    def _table(self, tag: Tag) -> Iterator[Block]:
        """Rows; a table of one column, or with a table inside, only lays out the page."""
        rows = [r for r in tag.find_all("tr") if r.find_parent("table") is tag]
        if tag.find("table") or all(len(_cells(row)) < 2 for row in rows):
            for row in rows:
                for cell in _cells(row):
                    yield from self.container(cell)
            return
        if tag.caption is not None:
            yield Block(BlockKind.PARAGRAPH, fold(_inline(tag.caption)))
        grid = [(row, texts) for row, texts in zip(rows, _grid(rows), strict=True) if any(texts)]
        guessed = names_columns([texts for _, texts in grid])
        for i, (row, texts) in enumerate(grid):
            named = row.find_parent("thead") is not None or all(c.name == "th" for c in _cells(row))
            yield Block(BlockKind.ROW, "\t".join(texts).strip(), header=named or (guessed and i == 0), cells=texts)


def _holds_blocks(tag: Tag) -> bool:
    """Whether an element is a block, is dropped as one, or is inline with blocks inside."""
    return tag.name in BLOCKS or tag.name in DROPPED or _is_hidden(tag) or tag.find(list(BLOCKS)) is not None


def _inline(node: object) -> str:
    """The text of an inline stretch: white space folded as a browser does, <br> as '\\n'."""
    if isinstance(node, PreformattedString):  # comments, CDATA, doctype
        return ""
    if isinstance(node, NavigableString):
        return re.sub(r"[ \t\r\n\f]+", " ", str(node))
    if not isinstance(node, Tag) or node.name in DROPPED or _is_hidden(node):
        return ""
    if node.name == "br":
        return "\n"
    inner = "".join(_inline(child) for child in node.children)
    return f" {inner} " if node.name in BLOCKS else inner


def _is_hidden(tag: Tag) -> bool:
    style = str(tag.get("style", "")).replace(" ", "").lower()
    return tag.has_attr("hidden") or "display:none" in style or tag.get("aria-hidden") == "true"


def _is_frame(tag: Tag) -> bool:
    """Whether a header, footer or aside frames the page rather than the text: it stands
    outside the text, and does not hold the page's title."""
    if tag.find_parent(["main", "article"]) is not None:
        return False
    return tag.find("h1") is None


def _whole(value: object, otherwise: int) -> int:
    try:
        return int(str(value))
    except ValueError:
        return otherwise


def _cells(row: Tag) -> list[Tag]:
    return [c for c in row.find_all(["td", "th"]) if c.find_parent("tr") is row]


def _grid(rows: list[Tag]) -> list[tuple[str, ...]]:
    """Cells' texts by column; a cell over several columns or rows says its text once."""
    below: dict[int, int] = {}
    grid: list[tuple[str, ...]] = []
    for row in rows:
        texts: list[str] = []
        waiting = _cells(row)
        while waiting or below.get(len(texts), 0) > 0:
            if below.get(len(texts), 0) > 0:
                below[len(texts)] -= 1
                texts.append("")
                continue
            cell = waiting.pop(0)
            for i in range(min(_whole(cell.get("colspan"), 1), 50)):
                below[len(texts)] = _whole(cell.get("rowspan"), 1) - 1
                texts.append(fold(_inline(cell)) if i == 0 else "")
        grid.append(tuple(texts))
    return grid


def _definitions(tag: Tag) -> Iterator[Block]:
    """Each term with what it means, as a row of two cells."""
    terms: list[str] = []
    meanings: list[str] = []
    for part in [*tag.find_all(["dt", "dd"]), None]:
        if part is not None and part.name == "dd":
            meanings.append(_own_text(part))
            continue
        if meanings or (part is None and terms):
            cells = (", ".join(terms), " ".join(meanings))
            yield Block(BlockKind.ROW, "\t".join(cells).strip(), cells=cells)
            terms, meanings = [], []
        if part is not None:
            terms.append(_own_text(part))


def _own_text(part: Tag) -> str:
    """The text of a <dt> or <dd>, less those that the parser put inside as it was not closed."""
    return fold("".join(_inline(c) for c in part.children if not (isinstance(c, Tag) and c.name in ("dt", "dd"))))
