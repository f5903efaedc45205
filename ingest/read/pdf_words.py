"""Words of a PDF page, from its characters.

Characters are put together by where they stand, not by the order the file draws them
in, so that superscripts ("13th") and bullets of another font stay on their line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

WORD_GAP = 0.2
"""Share of the font size that, left blank, parts two words."""
_BOLD = re.compile(r"bold|black|heavy|demi(?!.*light)", re.IGNORECASE)
_UNMAPPED = re.compile(r"^\(cid:\d+\)$")
_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl"})

UNKNOWN = "\ufffd"
"""Stands for a letter whose font does not say which it is."""

PdfChar = dict[str, Any]
"""pdfplumber's own record of a character; it leaves this module as part of a `Word`."""


@dataclass(frozen=True, slots=True)
class Word:
    """A run of characters without a blank; points from the page's top left corner."""

    text: str
    x0: float
    x1: float
    top: float
    bottom: float
    size: float
    bold: bool

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


def words_of(chars: Sequence[PdfChar], width: float, height: float) -> list[Word]:
    """The words of a page `width` x `height` points large, row by row from the top.

    Text that is not level (a watermark, a stamp) and text off the page is left out.
    """
    level = [c for c in chars if c["upright"] and _on_page(c, width, height)]
    found: list[Word] = []
    for row in _char_rows(level):
        found.extend(_words_in(row))
    return found


def unmapped_share(chars: Sequence[PdfChar]) -> float:
    """Share in [0, 1] of characters whose font does not say which letter they are."""
    if not chars:
        return 0.0
    return sum(1 for c in chars if _UNMAPPED.match(c["text"]) or c["text"] == UNKNOWN) / len(chars)


def rows_of(words: Iterable[Word]) -> list[list[Word]]:
    """Words grouped into lines, lines from the top, words from the left."""
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda w: (w.middle, w.x0)):
        if rows and _overlap(rows[-1], word.top, word.bottom):
            rows[-1].append(word)
        else:
            rows.append([word])
    return [sorted(row, key=lambda w: w.x0) for row in rows]


def _overlap(row: Sequence[Word], top: float, bottom: float) -> bool:
    """Whether a span shares half of the smaller height with the row's tallest word."""
    tall = max(row, key=lambda w: w.bottom - w.top)
    shared = min(bottom, tall.bottom) - max(top, tall.top)
    return shared > 0.5 * min(bottom - top, tall.bottom - tall.top)


def _on_page(char: PdfChar, width: float, height: float) -> bool:
    across = char["x0"] >= -1 and char["x1"] <= width + 1
    return across and char["top"] >= -1 and char["bottom"] <= height + 1


def _char_rows(chars: Sequence[PdfChar]) -> list[list[PdfChar]]:
    """Characters grouped by height on the page, each row sorted from the left."""
    rows: list[list[PdfChar]] = []
    top = bottom = 0.0
    for char in sorted(chars, key=lambda c: c["top"] + c["bottom"]):
        tall = char["bottom"] - char["top"]
        shared = min(char["bottom"], bottom) - max(char["top"], top)
        if rows and shared > 0.5 * min(tall, bottom - top):
            rows[-1].append(char)
            if tall > bottom - top:
                top, bottom = char["top"], char["bottom"]
        else:
            rows.append([char])
            top, bottom = char["top"], char["bottom"]
    return [sorted(row, key=lambda c: c["x0"]) for row in rows]


def _words_in(row: Sequence[PdfChar]) -> list[Word]:
    """Parts a row at blanks and gaps; a letter printed twice for weight counts once."""
    words: list[Word] = []
    run: list[PdfChar] = []
    for char in row:
        if char["text"].isspace():
            words.extend(_close(run))
            run = []
            continue
        if run and _printed_twice(run[-1], char):
            continue
        if run and char["x0"] - run[-1]["x1"] > WORD_GAP * max(char["size"], run[-1]["size"]):
            words.extend(_close(run))
            run = []
        run.append(char)
    words.extend(_close(run))
    return words


def _printed_twice(before: PdfChar, char: PdfChar) -> bool:
    return before["text"] == char["text"] and abs(before["x0"] - char["x0"]) < 0.3 * (char["x1"] - char["x0"])


def _close(run: Sequence[PdfChar]) -> list[Word]:
    text = "".join(UNKNOWN if _UNMAPPED.match(c["text"]) else c["text"] for c in run).translate(_LIGATURES)
    if not text.strip():
        return []
    tallest = max(run, key=lambda c: c["size"])
    return [
        Word(
            text=text,
            x0=run[0]["x0"],
            x1=max(c["x1"] for c in run),
            top=min(c["top"] for c in run),
            bottom=max(c["bottom"] for c in run),
            size=tallest["size"],
            bold=sum(1 for c in run if _BOLD.search(c["fontname"])) * 2 > len(run),
        )
    ]
