"""A shared answer as a Word file, its receipt in a part of its own (custom XML), which Word keeps when it saves.

The receipt claims a hash over the names and contents of all other parts, and seals it. What Word shows hangs on any of
them: which part is the text, what is hidden, what stands in a header. A file that Word saved anew has other parts, so its
receipt can be read but its pages cannot be checked, as with a PDF.
"""

from __future__ import annotations

import hashlib
import io
import json
import lzma
import re
import struct
import zipfile
import zlib
from datetime import datetime

from docx import Document
from docx.document import Document as Written
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.part import Part
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docx.text.paragraph import Paragraph
from lxml import etree

from policybot.receipt import UNREADABLE, Receipt, ReceiptError
from policybot.sealing import Envelope, as_line, envelope_of, sealed
from policybot.share_sheet import LONGEST_FACT, Kind, Piece, sheet, title, writable

SPACE = "urn:policybot:receipt"
ITEM = re.compile(r"customXml/item[0-9]+\.xml")
PDF, PDF_STARTS = b"%PDF", 1024
"""A reader of PDFs takes any file for one that says so within this many bytes."""
LOCAL, CENTRAL, END = 30, 46, 22
"""Bytes of a zip archive's records but for names: before an entry, in the list of entries, after it (APPNOTE 4.3.7, 12, 16)."""
MOST = 20_000_000
"""Longest Word file that is looked at, unpacked, in bytes."""
ZIP_FAULTS = (
    zipfile.BadZipFile, etree.XMLSyntaxError, zlib.error, lzma.LZMAError, OSError, RuntimeError, EOFError, ValueError, struct.error,
)  # fmt: skip
"""What reading a broken archive raises."""
STYLES = {
    Kind.TITLE: "Title", Kind.HEADING: "Heading 1", Kind.ITEM: "List Bullet", Kind.QUOTE: "Quote",
}  # fmt: skip


def word_file(receipt: Receipt, key: bytes) -> bytes:
    """The file (.docx), the same bytes for the same receipt."""
    document = Document()
    _prepare(document, receipt)
    for piece in sheet(receipt):
        _write(document, piece)
    package = document.part.package
    part = Part(package.next_partname("/customXml/item%d.xml"), "application/xml", b"", package)
    document.part.relate_to(part, RELATIONSHIP_TYPE.CUSTOM_XML)
    made = io.BytesIO()
    document.save(made)
    with zipfile.ZipFile(made) as held:
        entries = {entry.filename: held.read(entry) for entry in held.infolist()}
    place = part.partname.membername
    shown = _digest({name: content for name, content in entries.items() if name != place})
    return _packed(entries | {place: _carrying(as_line(sealed(receipt, key, shown)))})


def read_word(content: bytes) -> tuple[Envelope, str]:
    """The receipt in the file, and the hash of all else in it. ReceiptError where there is none, or where the file could be
    taken for something else than a Word file."""
    if PDF in content[:PDF_STARTS]:
        raise ReceiptError("The file", "it is a PDF and a Word file at once", UNREADABLE)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as held:
            entries = _entries(held, content)
            tight = _tight(held, content)
        line = _carried(entries)
    except ZIP_FAULTS as wrong:
        raise ReceiptError("The file", "it is not a Word file that can be read", UNREADABLE) from wrong
    if not line:
        raise ReceiptError("The file", "there is no receipt in it", UNREADABLE)
    envelope = envelope_of(line)
    if not tight:
        return envelope, hashlib.sha256(content).hexdigest()
    ours = _carrying(as_line(envelope))
    return envelope, _digest({name: part for name, part in entries.items() if not (ITEM.fullmatch(name) and part == ours)})


def _carrying(line: str) -> bytes:
    """The part that holds the receipt."""
    carried = etree.Element(f"{{{SPACE}}}receipt", nsmap={None: SPACE})
    carried.text = line
    return etree.tostring(carried, encoding="UTF-8", xml_declaration=True)


def _carried(entries: dict[str, bytes]) -> str | None:
    """The receipt's line; None where no part holds one."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    parts = (etree.fromstring(entries[name], parser) for name in sorted(entries) if ITEM.fullmatch(name))
    return next((part.text for part in parts if part.tag == f"{{{SPACE}}}receipt"), None)


def _digest(entries: dict[str, bytes]) -> str:
    """SHA-256 (hex, 64) over the names and contents of all entries."""
    listed = [[name, hashlib.sha256(content).hexdigest()] for name, content in sorted(entries.items())]
    return hashlib.sha256(json.dumps(listed).encode()).hexdigest()


def _packed(entries: dict[str, bytes]) -> bytes:
    """A zip archive of them, in their order, without the time of day."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as held:
        for name, content in entries.items():
            held.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _entries(held: zipfile.ZipFile, content: bytes) -> dict[str, bytes]:
    """Name -> content. ReceiptError where programs could differ on what the archive holds, or where it is too long."""
    listed = held.infolist()
    if len({entry.filename for entry in listed}) < len(listed):
        raise ReceiptError("The file", "two of its parts have one name", UNREADABLE)
    if min((entry.header_offset for entry in listed), default=0) or content[-END:][:4] != b"PK\5\6":
        raise ReceiptError("The file", "something stands before or after the Word file in it", UNREADABLE)
    if sum(entry.file_size for entry in listed) > MOST:
        raise ReceiptError("The file", "its parts are too long", UNREADABLE)
    return {entry.filename: held.read(entry) for entry in listed}


def _tight(held: zipfile.ZipFile, content: bytes) -> bool:
    """Whether every byte of the archive belongs to an entry or to the list of them, as `_packed` makes it: what stands in
    between is in no entry's content, and so in no digest."""
    place = listed = 0
    for entry in sorted(held.infolist(), key=lambda e: e.header_offset):
        name = len(entry.orig_filename.encode())
        start = place + LOCAL + name
        lengths = int.from_bytes(content[start - name - 4 : start - name - 2], "little"), content[start - name - 2 : start - name]
        if entry.header_offset != place or lengths != (name, b"\0\0") or entry.compress_type != zipfile.ZIP_DEFLATED:
            return False
        place, listed = start + entry.compress_size, listed + CENTRAL + name
        packed = zlib.decompressobj(-zlib.MAX_WBITS)
        packed.decompress(content[start:place], entry.file_size + 1)
        if packed.unused_data or not packed.eof:
            return False
    return len(content) == place + listed + END


def _prepare(document: Written, receipt: Receipt) -> None:
    """Title, language, page and typeface."""
    facts = document.core_properties
    facts.title, facts.author = title(receipt)[:LONGEST_FACT], writable(receipt.organisation_name)[:LONGEST_FACT]
    facts.comments, facts.language = "", "en-GB"
    facts.created = facts.modified = datetime.fromisoformat(receipt.shared_at).replace(tzinfo=None)
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.4)
    for name, size in (("Normal", 11), ("Title", 20), ("Heading 1", 13)):
        document.styles[name].font.size = Pt(size)
    tongue = OxmlElement("w:lang")
    tongue.set(qn("w:val"), "en-GB")
    document.styles["Normal"].element.get_or_add_rPr().append(tongue)


def _write(document: Written, piece: Piece) -> None:
    text = f"“{piece.text}”" if piece.kind is Kind.QUOTE else piece.text
    paragraph = document.add_paragraph(style=STYLES.get(piece.kind))
    run = paragraph.add_run(text)
    match piece.kind:
        case Kind.VERDICT:
            run.bold, run.font.size = True, Pt(16)
        case Kind.ASKED:
            run.bold = True
        case Kind.SMALL:
            run.font.size = Pt(9)
        case Kind.QUOTE:
            _quote(paragraph)
        case Kind.SOURCE:
            paragraph.paragraph_format.left_indent = Cm(0.8)


def _quote(paragraph: Paragraph) -> None:
    """Set in, upright, and on one page with its source."""
    paragraph.paragraph_format.left_indent = Cm(0.8)
    paragraph.paragraph_format.keep_with_next = True
    paragraph.runs[0].italic = False
