"""PDF: pypdf opens the file and says what is wrong with it, pdfplumber says where each letter stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import pdfplumber
from pdfplumber.page import Page
from pypdf import PdfReader

from ingest.document import Block, BlockKind, RawDocument
from ingest.furniture import Strip, running
from ingest.read.inline import fold
from ingest.read.pdf_blocks import blocks_of
from ingest.read.pdf_joins import Vocabulary
from ingest.read.pdf_lines import Line, gutter_of, lines_of
from ingest.read.pdf_paragraphs import leadings, paragraphs
from ingest.read.pdf_tables import Table, overleaf_joined, ruled_tables, unruled_tables
from ingest.read.pdf_words import Word, rows_of, unmapped_share, words_of
from ingest.read.typed import counted_items
from policybot.errors import BrokenDocument, DocumentError, EmptyDocument, EncryptedDocument, ImageOnlyDocument
from policybot.records import Box

UNREADABLE = 0.3
"""Share of letters without a meaning above which only OCR can read a page."""
SPARSE = 12
"""Words to a page, on the average, under which a document of pictures is a scan."""
OCR = "Run OCR over it first, for instance with `ocrmypdf in.pdf out.pdf`."
_TOOL_TITLE = re.compile(r"^Microsoft Word\s*-\s*", re.IGNORECASE)
_NO_TITLE = re.compile(
    r"^(?:untitled|\(?anonymous\)?|\(?unspecified\)?|document\d*|.*\.(?:docx?|pdf|rtf|odt|pages|indd|tmp))$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _PageText:
    """One page's words, without running lines, and the tables cut out of them."""

    number: int
    words: list[Word]
    tables: list[Table]


def read_pdf(path: Path) -> RawDocument:
    """Read a PDF with its pages and boxes.

    Raises BrokenDocument, EncryptedDocument, ImageOnlyDocument or EmptyDocument.
    """
    title = _check(path)
    try:
        with pdfplumber.open(path) as pdf:
            blocks = _read(path, pdf.pages)
            pages = len(pdf.pages)
    except DocumentError:
        raise
    except Exception as error:  # the parsers raise whatever a damaged file makes them trip over
        raise _broken(path, f"its pages cannot be read ({type(error).__name__})") from error
    return RawDocument(path.name, "pdf", tuple(blocks), title=title, pages=pages)


def _broken(path: Path, cause: str) -> BrokenDocument:
    return BrokenDocument(path.name, cause, "Save or export it again from where it was written.")


def _check(path: Path) -> str | None:
    """The title its metadata claims. Raises when the file is cut short or locked."""
    data = path.read_bytes()
    if not data.strip():
        raise EmptyDocument(path.name, "the file has no bytes", "Check that the right file was saved.")
    if b"%PDF-" not in data[:1024]:
        raise _broken(path, "it is not a PDF, whatever its name says")
    if b"%%EOF" not in data[-2048:]:
        raise _broken(path, "it is cut short: the end of the file is missing")
    try:
        reader = PdfReader(path)
        if reader.is_encrypted and not reader.decrypt(""):
            raise EncryptedDocument(
                path.name, "it is locked with a password", "Save a copy without a password and ingest that."
            )
        claimed = reader.metadata.title if reader.metadata else None
        if not reader.pages:
            raise EmptyDocument(path.name, "it has no pages", "Check that the right file was saved.")
    except DocumentError:
        raise
    except Exception as error:  # see read_pdf
        raise _broken(path, f"its structure is damaged ({type(error).__name__})") from error
    return _title(claimed)


def _title(claimed: str | None) -> str | None:
    title = _TOOL_TITLE.sub("", fold(claimed or ""))
    return None if not title or _NO_TITLE.match(title) else title


def _read(path: Path, pages: Sequence[Page]) -> list[Block]:
    """Blocks of all pages in reading order, furniture where it stands."""
    words = [_words_on(path, page) for page in pages]
    _refuse_scan(path, pages, words)
    vocabulary = Vocabulary(w.text for page in words for w in page)
    furniture, bodies = _without_furniture(pages, words)
    texts = []
    for page, body in zip(pages, bodies, strict=True):
        tables, rest = ruled_tables(page, body, vocabulary)
        texts.append(_PageText(page.page_number, rest, tables))
        page.close()
    items = _in_order(texts, vocabulary)
    lines = [i for i in items if isinstance(i, Line)]
    body_blocks = counted_items(blocks_of(paragraphs(items, leadings(lines)), vocabulary))
    return _interleaved(body_blocks, furniture)


def _words_on(path: Path, page: Page) -> list[Word]:
    if unmapped_share(page.chars) > UNREADABLE:
        raise ImageOnlyDocument(
            path.name, f"the letters of page {page.page_number} have shapes but no meaning; it needs OCR", OCR
        )
    return words_of(page.chars, float(page.width), float(page.height))


def _refuse_scan(path: Path, pages: Sequence[Page], words: Sequence[Sequence[Word]]) -> None:
    """Pages of pictures with hardly a word between them need OCR; pages of nothing are empty."""
    count = sum(len(page) for page in words)
    if count >= SPARSE * len(pages):
        return
    pictured = sum(1 for page in pages if page.images)
    if pictured * 2 > len(pages) or (not count and pictured):
        raise ImageOnlyDocument(path.name, f"{pictured} of its {len(pages)} pages are pictures; it needs OCR", OCR)
    if not count:
        raise EmptyDocument(path.name, "there are no words in it", "Check that the right file was saved.")


def _without_furniture(
    pages: Sequence[Page], words: Sequence[Sequence[Word]]
) -> tuple[list[tuple[Block, bool]], list[list[Word]]]:
    """Running headers and footers as blocks (True: at the page's head), and what is left of each page."""
    rows = [rows_of(page_words) for page_words in words]
    strips = [[_strip(page, row) for row in page_rows] for page, page_rows in zip(pages, rows, strict=True)]
    found = running(strips)
    blocks: list[tuple[Block, bool]] = []
    bodies: list[list[Word]] = []
    for p, page_rows in enumerate(rows):
        bodies.append([w for i, row in enumerate(page_rows) if (p, i) not in found for w in row])
        for i, row in enumerate(page_rows):
            if found.get((p, i)):
                blocks.append((_furniture(found[p, i], row, strips[p][i]), strips[p][i].at_top))
    return blocks, bodies


def _strip(page: Page, row: Sequence[Word]) -> Strip:
    text = " ".join(w.text for w in row)
    return Strip(page.page_number, text, min(w.top for w in row), max(w.bottom for w in row), float(page.height))


def _furniture(text: str, row: Sequence[Word], strip: Strip) -> Block:
    box = Box(
        strip.page, round(row[0].x0, 1), round(strip.top, 1), round(max(w.x1 for w in row), 1), round(strip.bottom, 1)
    )
    return Block(BlockKind.FURNITURE, fold(text), page=strip.page, boxes=(box,))


def _in_order(texts: Sequence[_PageText], vocabulary: Vocabulary) -> list[Line | Table]:
    """Lines and tables of all pages; a table parts the page into what is above and below it."""
    right = _right_edge(texts)
    items: list[Line | Table] = []
    gutter: float | None = None
    for text in texts:
        for part in _parts(text):
            if isinstance(part, Table):
                items.append(part)
                continue
            gutter = gutter_of(part, gutter)
            items.extend(unruled_tables(lines_of(part, text.number, right, gutter), vocabulary))
    return overleaf_joined(items)


def _parts(text: _PageText) -> Iterator[list[Word] | Table]:
    """The words above a table, the table, the words below it, and so on down the page."""
    words = text.words
    for table in sorted(text.tables, key=lambda t: t.top):
        yield [w for w in words if w.middle < table.top]
        words = [w for w in words if w.middle >= table.top]
        yield table
    yield words


def _right_edge(texts: Sequence[_PageText]) -> float:
    """The right edge of the text in points: the third-greatest, as a stray line may stick out."""
    ends = sorted((max(w.x1 for w in row) for t in texts for row in rows_of(t.words)), reverse=True)
    return ends[min(2, len(ends) // 8)] if ends else 0.0


def _interleaved(body: Sequence[Block], furniture: Sequence[tuple[Block, bool]]) -> list[Block]:
    """Headers before their page's body, footers after it; a paragraph belongs to the page it begins on."""
    out: list[Block] = []
    heads = {n: [b for b, _ in g] for n, g in groupby((f for f in furniture if f[1]), key=lambda f: f[0].page)}
    feet = {n: [b for b, _ in g] for n, g in groupby((f for f in furniture if not f[1]), key=lambda f: f[0].page)}
    by_page = {n: list(g) for n, g in groupby(body, key=lambda b: b.page)}
    for page in sorted({n or 0 for n in (*heads, *feet, *by_page)}):
        out += heads.get(page, []) + by_page.get(page, []) + feet.get(page, [])
    return out
