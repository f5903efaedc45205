"""A shared answer as plain text, its receipt in the last line."""

from __future__ import annotations

import textwrap

from policybot.receipt import UNREADABLE, Receipt, ReceiptError
from policybot.sealing import Envelope, as_line, digest_of_lines, envelope_of, sealed
from policybot.share_sheet import Kind, Piece, sheet

WIDTH = 78
MARK = "Receipt for policybot verify (do not change the next line):"


def text_file(receipt: Receipt, key: bytes) -> bytes:
    """The file, UTF-8."""
    said = "\n".join(_lines(piece) for piece in sheet(receipt)).lstrip("\n") + "\n\n"
    return f"{said}{MARK}\n{as_line(sealed(receipt, key, digest_of_lines(said)))}\n".encode()


def read_text(content: bytes) -> tuple[Envelope, str]:
    """The receipt in the file, and the hash of all before it. ReceiptError where there is none."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise ReceiptError("The file", "it is neither text, PDF, Word nor a receipt", UNREADABLE) from wrong
    said, mark, line = text.rpartition(MARK)
    if not mark:
        raise ReceiptError("The file", "there is no receipt in it", UNREADABLE)
    return envelope_of(line), digest_of_lines(said)


def _lines(piece: Piece) -> str:
    match piece.kind:
        case Kind.TITLE:
            return f"{piece.text}\n{'=' * min(len(piece.text), WIDTH)}"
        case Kind.HEADING:
            return f"\n{piece.text}\n{'-' * min(len(piece.text), WIDTH)}"
        case Kind.VERDICT:
            return f"{piece.text.upper()}"
        case Kind.ASKED:
            # Else the wrapping could be made to begin a line with words that look like ours.
            return _filled(piece.text, "  > ", "  > ")
        case Kind.QUOTE:
            return _filled(f"“{piece.text}”", "  | ", "  | ")
        case Kind.SOURCE:
            return _filled(f"({piece.text})", "    ", "    ") + "\n"
        case Kind.ITEM:
            return _filled(piece.text, "- ", "  ")
        case _:
            return _filled(piece.text, "", "")


def _filled(text: str, first: str, later: str) -> str:
    """Each line of `text` wrapped; long words and numbers stay whole."""
    wrapped: list[str] = []
    for line in text.splitlines() or [""]:
        lead = later if wrapped else first
        wrapper = textwrap.TextWrapper(WIDTH, lead, later, break_long_words=False, break_on_hyphens=False)
        wrapped += wrapper.wrap(line) or [lead.rstrip()]
    return "\n".join(wrapped)
