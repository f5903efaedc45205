"""Word (.docx) through python-docx: styles, lists, tables, running lines, footnotes."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path

import docx
from docx.document import Document
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement as Element
from docx.styles.style import ParagraphStyle

from ingest.document import Block, BlockKind, RawDocument
from ingest.furniture import without_page_number
from ingest.read.columns import names_columns
from ingest.read.inline import fold
from ingest.read.typed import counted_items, typed_blocks
from ingest.read.word_numbering import ListPlace, Numbering
from ingest.read.word_text import is_bold, paragraph_text
from ingest.shape import is_title_line
from policybot.errors import (
    BrokenDocument,
    DocumentError,
    EmptyDocument,
    EncryptedDocument,
    ImageOnlyDocument,
    UnsupportedFormat,
)

OLE = b"\xd0\xcf\x11\xe0"
_HEADING = re.compile(r"^heading\s+(\d)$", re.IGNORECASE)
_CONTENTS = re.compile(r"^(?:toc|contents)\s+\d$", re.IGNORECASE)
_LIST = re.compile(r"^list\s+(?:bullet|number)\s*(\d?)$", re.IGNORECASE)


def read_word(path: Path) -> RawDocument:
    """Read a .docx file.

    Raises EncryptedDocument, UnsupportedFormat (an old .doc), BrokenDocument,
    ImageOnlyDocument or EmptyDocument.
    """
    _check(path)
    try:
        document = docx.Document(str(path))
        reader = _Reader(document)
        blocks = tuple(counted_items([b for b in reader.blocks() if b.text]))
    except DocumentError:
        raise
    except Exception as error:  # the parser raises whatever a damaged file makes it trip over
        raise _broken(path, f"its contents cannot be read ({type(error).__name__})") from error
    if not any(b.kind is not BlockKind.FURNITURE for b in blocks):
        _refuse_wordless(path, document)
    title = reader.title or fold(document.core_properties.title or "") or None
    return RawDocument(path.name, "docx", blocks, title=title)


def _broken(path: Path, cause: str) -> BrokenDocument:
    return BrokenDocument(path.name, cause, "Open it in Word and save it again as .docx.")


def _check(path: Path) -> None:
    """Refuse what is locked, of the old format, cut short or no Word file at all."""
    data = path.read_bytes()
    if not data:
        raise EmptyDocument(path.name, "the file has no bytes", "Check that the right file was saved.")
    if data.startswith(OLE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise EncryptedDocument(
                path.name, "it is locked with a password", "Save a copy without a password and ingest that."
            )
        cure = "Open it in Word and save it as .docx."
        raise UnsupportedFormat(path.name, "it is in the old Word format (.doc)", cure)
    if not zipfile.is_zipfile(path):
        raise _broken(path, "it is cut short, or is no Word file whatever its name says")
    with zipfile.ZipFile(path) as archive:
        if not any(name.startswith("word/") for name in archive.namelist()):
            raise _broken(path, "it is an archive, but not of a Word document")


def _refuse_wordless(path: Path, document: Document) -> None:
    if any(True for _ in document.element.body.iter(qn("a:blip"))):
        raise ImageOnlyDocument(
            path.name, "its pages are pictures; it needs OCR",
            "Save it as PDF and run OCR over that, for instance with `ocrmypdf in.pdf out.pdf`.",
        )
    raise EmptyDocument(path.name, "there are no words in it", "Check that the right file was saved.")


class _Reader:
    """Walks one document; keeps the lists' counts and the title met on the way."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.numbering = Numbering(document)
        self.styles = {s.style_id: s for s in document.styles if isinstance(s, ParagraphStyle)}
        self.title: str | None = None

    def blocks(self) -> Iterator[Block]:
        yield from self._running("header")
        yield from self._container(self.document.element.body)
        yield from self._footnotes()
        yield from self._running("footer")

    def _container(self, parent: Element) -> Iterator[Block]:
        """Paragraphs and tables of a body, cell, text box or content control, in order."""
        for child in parent:
            if child.tag == qn("w:p"):
                yield from self._paragraph(child)
            elif child.tag == qn("w:tbl"):
                yield from self._table(child)
            elif child.tag in (qn("w:sdt"), qn("w:sdtContent"), qn("w:ins"), qn("w:moveTo"), qn("w:customXml")):
                yield from self._container(child)

    def _paragraph(self, paragraph: Element) -> Iterator[Block]:
        style = self._style(paragraph)
        text = paragraph_text(paragraph)
        place = self._place(paragraph, style) if fold(text) else None
        yield from self._styled(paragraph, style, text, place)
        for box in paragraph.iter(qn("w:txbxContent")):
            if not _in_fallback(box):
                yield from self._container(box)

    def _styled(
        self, paragraph: Element, style: ParagraphStyle | None, text: str, place: ListPlace | None
    ) -> list[Block]:
        """What the style says, then the list, then the letters themselves."""
        plain = fold(text)
        level = _heading_level(paragraph, style)
        if level is not None and plain:
            numbered = f"{place.number} {plain}" if place and place.number else plain
            if style is not None and style.name == "Title":
                self.title = self.title or plain
            return [Block(BlockKind.HEADING, numbered, level=level, marked=True)]
        if style is not None and _CONTENTS.match(style.name or "") and "\t" in text.strip():
            cells = tuple(fold(c) for c in text.strip().split("\t"))
            return [Block(BlockKind.ROW, "\t".join(cells), cells=cells)]
        bold = is_bold(paragraph, bool(style is not None and style.font.bold))
        if place is None or not plain:
            return typed_blocks(text.replace("\t", "   "), bold)
        return [_listed(plain, place, bold)]

    def _style(self, paragraph: Element) -> ParagraphStyle | None:
        found = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
        return self.styles.get(found.get(qn("w:val"))) if found is not None else None

    def _place(self, paragraph: Element, style: ParagraphStyle | None) -> ListPlace | None:
        """Where it stands in a list: by its own mark, else its style's, else its style's name."""
        own = paragraph.find(f"{qn('w:pPr')}/{qn('w:numPr')}")
        number_id, ilvl = _number_mark(own)
        for ancestor in _lineage(style):
            if number_id is not None and ilvl is not None:
                break
            inherited_id, inherited_ilvl = _number_mark(ancestor.element.find(f"{qn('w:pPr')}/{qn('w:numPr')}"))
            number_id = number_id if number_id is not None else inherited_id
            ilvl = ilvl if ilvl is not None else inherited_ilvl
        named = _LIST.match(style.name or "") if style is not None else None
        level = int(named[1] or 1) if named else 1
        if number_id is None:
            return ListPlace(level, None, 0) if named else None
        if number_id == "0":
            return None
        place = self.numbering.next(number_id, ilvl or 0)
        # 'List Bullet 2' is the second level, though Word keeps it as a list of its own.
        return replace(place, level=max(place.level, level))

    def _table(self, table: Element) -> Iterator[Block]:
        """Rows; a table of one column is a frame around paragraphs."""
        deleted = f"{qn('w:trPr')}/{qn('w:del')}"
        rows = [r for r in table.iter(qn("w:tr")) if _owner(r) is table and r.find(deleted) is None]
        if all(len(_cells(row)) < 2 for row in rows):
            for row in rows:
                for cell in _cells(row):
                    yield from self._container(cell)
            return
        texts = [tuple(chain.from_iterable(self._cell(cell) for cell in _cells(row))) for row in rows]
        kept = [(row, cells) for row, cells in zip(rows, texts, strict=True) if any(cells)]
        guessed = names_columns([c for _, c in kept], [self._row_bold(r) for r, _ in kept])
        for i, (row, cells) in enumerate(kept):
            marked = row.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None
            yield Block(BlockKind.ROW, "\t".join(cells).strip(), header=marked or (guessed and i == 0), cells=cells)

    def _cell(self, cell: Element) -> tuple[str, ...]:
        """The cell's text, and '' for each further column it spans; a cell merged upward says nothing."""
        span = cell.find(f"{qn('w:tcPr')}/{qn('w:gridSpan')}")
        merged = cell.find(f"{qn('w:tcPr')}/{qn('w:vMerge')}")
        blanks = ("",) * (int(span.get(qn("w:val"))) - 1 if span is not None else 0)
        if merged is not None and merged.get(qn("w:val")) != "restart":
            return ("", *blanks)
        return (fold(" ".join(paragraph_text(p) for p in cell.iter(qn("w:p")) if not _in_fallback(p))), *blanks)

    def _row_bold(self, row: Element) -> bool:
        spoken = [p for p in row.iter(qn("w:p")) if fold(paragraph_text(p))]
        return bool(spoken) and all(is_bold(p, self._bold_style(p)) for p in spoken)

    def _bold_style(self, paragraph: Element) -> bool:
        style = self._style(paragraph)
        return bool(style is not None and style.font.bold)

    def _running(self, which: str) -> Iterator[Block]:
        """Each wording of the sections' headers or footers once, without the page number."""
        seen: set[str] = set()
        for section in self.document.sections:
            for name in (which, f"first_page_{which}", f"even_page_{which}"):
                part = getattr(section, name)
                if part.is_linked_to_previous:
                    continue
                for paragraph in part._element.iter(qn("w:p")):
                    text = without_page_number(fold(paragraph_text(paragraph)))
                    if text and text not in seen:
                        seen.add(text)
                        yield Block(BlockKind.FURNITURE, text)

    def _footnotes(self) -> Iterator[Block]:
        """The notes' texts, in the order of the notes' part; [] without one."""
        for relation in self.document.part.rels.values():
            if relation.is_external or not relation.reltype.endswith(("/footnotes", "/endnotes")):
                continue
            root = parse_xml(relation.target_part.blob)
            for note in root:
                if note.get(qn("w:type")) is None:
                    yield from self._container(note)


def _listed(plain: str, place: ListPlace, bold: bool) -> Block:
    """An item; but '5.3 Staff ...' is a numbered paragraph and '1. Scope' a title, as in a text file."""
    if place.number is None:
        return Block(BlockKind.ITEM, plain, level=place.level)
    numbered = f"{place.number} {plain}"
    if place.depth > 1 or is_title_line(numbered):
        return Block(BlockKind.HEADING if bold else BlockKind.PARAGRAPH, numbered)
    return Block(BlockKind.ITEM, plain, level=place.level, marker=place.number)


def _heading_level(paragraph: Element, style: ParagraphStyle | None) -> int | None:
    """From 1; None of a paragraph that is no heading. A title is of level 1."""
    for ancestor in _lineage(style):
        named = _HEADING.match(ancestor.name or "")
        if named:
            return int(named[1])
        if ancestor.name == "Title":
            return 1
    outline = paragraph.find(f"{qn('w:pPr')}/{qn('w:outlineLvl')}")
    level = int(outline.get(qn("w:val"))) if outline is not None else 9
    return level + 1 if level < 9 else None


def _lineage(style: ParagraphStyle | None) -> Iterator[ParagraphStyle]:
    """A style and those it is based on; at most ten, should a file tie them in a ring."""
    for _ in range(10):
        if style is None:
            return
        yield style
        style = style.base_style


def _number_mark(mark: Element | None) -> tuple[str | None, int | None]:
    """(numId, ilvl) of a w:numPr, None for what it does not say."""
    if mark is None:
        return None, None
    number_id, ilvl = mark.find(qn("w:numId")), mark.find(qn("w:ilvl"))
    return (
        number_id.get(qn("w:val")) if number_id is not None else None,
        int(ilvl.get(qn("w:val"))) if ilvl is not None else None,
    )


def _owner(row: Element) -> Element | None:
    """The table a row belongs to (another one may stand inside a cell)."""
    return next(row.iterancestors(qn("w:tbl")), None)


def _cells(row: Element) -> list[Element]:
    return [c for c in row.iter(qn("w:tc")) if next(c.iterancestors(qn("w:tr")), None) is row]


def _in_fallback(element: Element) -> bool:
    """Whether it is the copy that Word keeps for programs that know no text boxes."""
    return any(a.tag.endswith("}Fallback") for a in element.iterancestors())
