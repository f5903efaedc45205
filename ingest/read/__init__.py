"""One door to every format: `open_document(path)` picks the reader and refuses what none can read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ingest.document import BlockKind, RawDocument
from policybot.errors import BrokenDocument, EmptyDocument, UnsupportedFormat

PDF_MAGIC, ZIP_MAGIC, OLE_MAGIC = b"%PDF-", b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


def _pdf(path: Path) -> RawDocument:
    from ingest.read.pdf import read_pdf

    return read_pdf(path)


def _word(path: Path) -> RawDocument:
    from ingest.read.word import read_word

    return read_word(path)


def _html(path: Path) -> RawDocument:
    from ingest.read.html import read_html

    return read_html(path)


def _markdown(path: Path) -> RawDocument:
    from ingest.read.markdown import read_markdown

    return read_markdown(path)


def _text(path: Path) -> RawDocument:
    from ingest.read.text import read_text

    return read_text(path)


READERS: dict[str, Callable[[Path], RawDocument]] = {
    ".pdf": _pdf,
    ".docx": _word,
    ".html": _html,
    ".htm": _html,
    ".md": _markdown,
    ".markdown": _markdown,
    ".txt": _text,
}
"""Suffix -> reader. The imports wait until a file of that kind turns up."""


def open_document(path: Path) -> RawDocument:
    """Read one file into blocks. Raises a DocumentError naming the file, the cause and the cure."""
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise UnsupportedFormat(
            path.name,
            f"there is no reader for {path.suffix or 'files without an extension'}",
            "Save it as PDF, DOCX, MD, HTML or TXT.",
        )
    _refuse_disguise(path)
    document = reader(path)
    if not any(b.kind is not BlockKind.FURNITURE and b.text.strip() for b in document.blocks):
        raise EmptyDocument(path.name, "there are no words in it", "Check that the right file was saved.")
    return document


def _refuse_disguise(path: Path) -> None:
    """Refuse an empty file, and one whose first bytes belong to another format."""
    with path.open("rb") as file:
        head = file.read(1024)
    if not head:
        raise EmptyDocument(path.name, "the file has no bytes", "Check that the right file was saved.")
    suffix = path.suffix.lower()
    found = "PDF" if head.lstrip()[:5] == PDF_MAGIC else "DOCX" if head[:4] == ZIP_MAGIC else None
    if head[:4] == OLE_MAGIC and suffix != ".docx":
        found = "old Word (.doc)"
    belongs = {".pdf": "PDF", ".docx": "DOCX"}.get(suffix)
    if found and found != belongs:
        raise BrokenDocument(
            path.name,
            f"it is a {found} file, not {suffix}",
            "Give it the extension it should have, or export it again.",
        )
