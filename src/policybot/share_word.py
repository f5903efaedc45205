"""A shared answer as a Word file, its receipt in a part of its own (custom XML), which Word keeps when it saves."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
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
from policybot.sealing import Envelope, as_line, digest_of_words, envelope_of, sealed
from policybot.share_sheet import Kind, Piece, sheet, title

SPACE = "urn:policybot:receipt"
MOST = 20_000_000
"""Longest part of a Word file that is looked at, in bytes."""
STYLES = {
    Kind.TITLE: "Title", Kind.HEADING: "Heading 1", Kind.ITEM: "List Bullet", Kind.QUOTE: "Quote",
}  # fmt: skip


def word_file(receipt: Receipt, key: bytes) -> bytes:
    """The file (.docx)."""
    document = Document()
    _prepare(document, receipt)
    for piece in sheet(receipt):
        _write(document, piece)
    carried = etree.Element(f"{{{SPACE}}}receipt", nsmap={None: SPACE})
    carried.text = as_line(sealed(receipt, key, digest_of_words(_words(document.element))))
    content = etree.tostring(carried, encoding="UTF-8", xml_declaration=True)
    package = document.part.package
    part = Part(package.next_partname("/customXml/item%d.xml"), "application/xml", content, package)
    document.part.relate_to(part, RELATIONSHIP_TYPE.CUSTOM_XML)
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def read_word(content: bytes) -> tuple[Envelope, str]:
    """The receipt in the file, and the hash of the words of its pages. ReceiptError where there is none."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as held:
            line = next((e.text for e in _parts(held, "customXml/item") if e.tag == f"{{{SPACE}}}receipt"), None)
            words = "\n".join(_words(body) for body in _parts(held, "word/document"))
    except (zipfile.BadZipFile, etree.XMLSyntaxError, OSError, RuntimeError, NotImplementedError, EOFError) as wrong:
        raise ReceiptError("The file", "it is not a Word file that can be read", UNREADABLE) from wrong
    if not line:
        raise ReceiptError("The file", "there is no receipt in it", UNREADABLE)
    return envelope_of(line), digest_of_words(words)


def _parts(held: zipfile.ZipFile, start: str) -> Iterator[etree._Element]:
    """The XML parts whose names start so. ReceiptError for one that is too long."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    for entry in sorted(held.infolist(), key=lambda e: e.filename):
        if entry.filename.startswith(start) and entry.filename.endswith(".xml"):
            if entry.file_size > MOST:
                raise ReceiptError("The file", f"its part {entry.filename} is too long", UNREADABLE)
            yield etree.fromstring(held.read(entry), parser)


def _words(body: etree._Element) -> str:
    """The words of all paragraphs, a line each, wherever on the page they stand."""
    lines = []
    for paragraph in body.iter(qn("w:p")):
        texts = (node.text or "" if node.tag == qn("w:t") else " " for node in paragraph.iter(qn("w:t"), qn("w:br"), qn("w:tab")))
        lines.append("".join(texts))
    return "\n".join(lines)


def _prepare(document: Written, receipt: Receipt) -> None:
    """Title, language, page and typeface."""
    facts = document.core_properties
    facts.title, facts.author, facts.comments, facts.language = title(receipt), receipt.organisation_name[:255], "", "en-GB"
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
