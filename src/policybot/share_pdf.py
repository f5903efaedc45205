"""A shared answer as a PDF, its receipt attached to it.

After its end the file has one line more, which no reader of PDFs minds: the hash of all bytes before it, and the seal of
that. So whatever is changed on its pages is found out, though nobody here reads pages.
"""

from __future__ import annotations

import hashlib
import io
import re
import unicodedata
import zlib
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from html import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.pdfdoc import PDFArray, PDFDictionary, PDFName, PDFStream, PDFString
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate

from policybot.receipt import UNREADABLE, Receipt, ReceiptError
from policybot.sealing import Envelope, as_line, envelope_of, seal_of_shown, sealed
from policybot.share_sheet import Kind, sheet, title

PLAIN, BOLD = "Vera", "VeraBd"
"""Typefaces that reportlab brings, embedded in the file: what a reader selects and copies are real letters."""
BOX = "◊"
"""Stands for a character that the typeface cannot draw."""
ALIKE = {"‐": "-", "‑": "-", "‒": "–", "―": "—", "→": "->", "\u2028": "\n", "\u2029": "\n", "\t": " "}
"""Characters that the typeface lacks, and what says the same."""
LAST = re.compile(rb"\n%policybot shown ([0-9a-f]{64}) ([0-9a-f]{64})\s*\Z")
MOST = 2_000_000
"""Longest attachment that is looked at, in bytes."""


def pdf_file(receipt: Receipt, key: bytes) -> bytes:
    """The file."""
    pieces = [(piece.kind, _drawable(piece.text)) for piece in sheet(receipt)]
    if any(BOX in text for _, text in pieces):
        note = f"{BOX} stands for a character that this typeface cannot draw. The Word and the text file have it."
        pieces.append((Kind.SMALL, note))
    made, line = io.BytesIO(), as_line(sealed(receipt, key))
    page = SimpleDocTemplate(
        made, pagesize=A4, title=title(receipt), author=receipt.organisation_name, subject="An answer of policybot, with its receipt",
        lang="en-GB", creator="policybot", displayDocTitle=1,
        leftMargin=22 * mm, rightMargin=22 * mm, topMargin=20 * mm, bottomMargin=20 * mm,
    )  # fmt: skip

    def first(canvas: Canvas, document: SimpleDocTemplate) -> None:
        _attach(canvas, line.encode())
        _foot(canvas, document)

    page.build([_flowable(kind, text) for kind, text in pieces], onFirstPage=first, onLaterPages=_foot)
    content = made.getvalue()
    shown = hashlib.sha256(content).hexdigest()
    return content + f"\n%policybot shown {shown} {seal_of_shown(receipt, key, shown)}\n".encode()


def read_pdf(content: bytes) -> tuple[Envelope, str]:
    """The receipt attached to the file, and the hash of the file before its last line. ReceiptError where there is none.

    The envelope claims nothing of what the file shows ('') where the last line is gone: the file was saved anew.
    """
    line = next((s for s in _streams(content) if b'"policybot_receipt"' in s), None)
    if line is None:
        raise ReceiptError("The file", "there is no receipt in it that can be read", UNREADABLE)
    envelope = envelope_of(line.decode("utf-8", "replace"))
    last = LAST.search(content)
    if last is None:
        return envelope, hashlib.sha256(content).hexdigest()
    claimed, seal = (part.decode() for part in last.groups())
    return replace(envelope, shown=claimed, shown_seal=seal), hashlib.sha256(content[: last.start()]).hexdigest()


def _streams(content: bytes) -> Iterator[bytes]:
    """The file's streams, as they are and unpacked: a program that saves a PDF anew packs its attachments."""
    for found in re.finditer(rb"stream\r?\n", content):
        end = content.find(b"endstream", found.end())
        held = content[found.end() : end if end >= 0 else len(content)]
        yield held[:MOST].strip()
        try:
            yield zlib.decompressobj().decompress(held, MOST)
        except zlib.error:
            continue


def _attach(canvas: Canvas, receipt: bytes) -> None:
    """Put the receipt into the file as 'receipt.json'."""
    document = canvas._doc  # reportlab has no public way to attach a file
    kind = PDFDictionary({"Type": PDFName("EmbeddedFile"), "Subtype": "/application#2Fjson"})
    stream = document.Reference(PDFStream(kind, receipt, filters=[]))
    name = PDFString("receipt.json")
    filed = PDFDictionary({
        "Type": PDFName("Filespec"), "F": name, "UF": name, "Desc": PDFString("Receipt for policybot verify"),
        "EF": PDFDictionary({"F": stream}),
    })  # fmt: skip
    named = PDFDictionary({"Names": PDFArray([name, document.Reference(filed)])})
    document.Catalog.Names = PDFDictionary({"EmbeddedFiles": named})


def _foot(canvas: Canvas, document: SimpleDocTemplate) -> None:
    canvas.setFont(PLAIN, 8)
    canvas.drawRightString(A4[0] - 22 * mm, 12 * mm, f"Page {document.page}")


def _drawable(text: str) -> str:
    """`text` as far as the typeface can draw it, the rest as boxes."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(_drawn(ALIKE.get(c, c)) for c in composed)


def _drawn(character: str) -> str:
    known = _typefaces()
    if all(c == "\n" or ord(c) in known for c in character):
        return character
    # Joiners, marks of direction and variation selectors have no shape of their own.
    return "" if unicodedata.category(character) == "Cf" or "\ufe00" <= character <= "\ufe0f" else BOX


@cache
def _typefaces() -> frozenset[int]:
    """Register both; the characters that both can draw."""
    faces = [TTFont(name, f"{name}.ttf") for name in (PLAIN, BOLD)]
    for face in faces:
        pdfmetrics.registerFont(face)
    return frozenset.intersection(*(frozenset(f.face.charToGlyph) for f in faces))


def _flowable(kind: Kind, text: str) -> Flowable:
    words = escape(text, quote=False)
    if kind is Kind.QUOTE:
        words = f"“{words}”"
    return Paragraph(words.replace("\n", "<br/>"), _style(kind), bulletText="•" if kind is Kind.ITEM else None)


@cache
def _style(kind: Kind) -> ParagraphStyle:
    _typefaces()
    looks = {
        Kind.TITLE: {"fontName": BOLD, "fontSize": 17, "leading": 22, "spaceAfter": 8},
        Kind.HEADING: {"fontName": BOLD, "fontSize": 11.5, "leading": 15, "spaceBefore": 12, "spaceAfter": 3, "keepWithNext": 1},
        Kind.VERDICT: {"fontName": BOLD, "fontSize": 14, "leading": 18, "spaceAfter": 4},
        Kind.ASKED: {"fontName": BOLD},
        Kind.QUOTE: {
            "leftIndent": 10, "rightIndent": 10, "spaceBefore": 6, "spaceAfter": 6, "borderPadding": 5, "backColor": HexColor("#f1f3f4"),
        },
        Kind.SOURCE: {"leftIndent": 10, "fontSize": 9, "leading": 12, "textColor": HexColor("#3a434a"), "spaceAfter": 8},
        Kind.ITEM: {"leftIndent": 14, "bulletIndent": 2},
        Kind.SMALL: {"fontSize": 8, "leading": 11},
    }  # fmt: skip
    plain = {"fontName": PLAIN, "fontSize": 10, "leading": 14.5, "spaceAfter": 4, "bulletFontName": PLAIN}
    return ParagraphStyle(kind, **{**plain, **looks.get(kind, {})})
