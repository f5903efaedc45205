"""Lists on a page: bullets and numbers at a line's start, nesting from the indent."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.read.pdf_lines import Line
from ingest.read.pdf_words import UNKNOWN
from ingest.shape import is_title_line

BULLETS = "•◦▪▫●○■□➢►▸▶‣⁃∙·✓✔✗❖◆◇➔➤★"
"""Glyphs that begin an item wherever they begin a line."""
WEAK_BULLETS = "-–—*o§Øv"
"""Glyphs that begin an item only when a blank parts them from the text (Wingdings and
Courier bullets come out as letters)."""
SAME_EDGE = 3.0
"""Points within which two left edges are one edge."""

_PRIVATE = re.compile(r"^[\ue000-\uf8ff]$")
_NUMBER = re.compile(r"^(?:(?:\d{1,2}|[a-zA-Z]|[ivxIVX]{1,5})[.)]|\((?:\d{1,2}|[a-zA-Z]|[ivxIVX]{1,5})\))$")
_SECTION = re.compile(r"^\d{1,2}(?:\.\d{1,2})+[.)]?$")


@dataclass(frozen=True, slots=True)
class Marker:
    """What begins an item or a numbered paragraph.

    `text`: the number as printed ('2.', '(a)'), None for a bullet. `kept`: a section
    number ('5.3'), which stays part of the text. `words`: how many words of the line it
    takes up. `x0` and `text_x0`: left edges of the marker and of the text, in points.
    `weak`: could as well be a dash or a number inside a sentence.
    """

    text: str | None
    kept: bool
    words: int
    x0: float
    text_x0: float
    weak: bool


def marker_of(line: Line) -> Marker | None:
    """The marker a line begins with, None without one."""
    first = line.words[0].text
    if len(line.words) == 1:
        return None
    text_x0 = line.words[1].x0
    gap = text_x0 - line.words[0].x1
    if is_bullet(first):
        return Marker(None, False, 1, line.x0, text_x0, weak=False)
    if first in WEAK_BULLETS and (not first.isalpha() or gap > 0.35 * line.size):
        return Marker(None, False, 1, line.x0, text_x0, weak=gap < 0.4 * line.size)
    if _NUMBER.match(first):
        return Marker(first, False, 1, line.x0, text_x0, weak=True)
    if _SECTION.match(first):
        return Marker(first, True, 1, line.x0, text_x0, weak=True)
    return None


def is_bullet(word: str) -> bool:
    """Whether a whole word is nothing but a bullet's glyph (fonts seldom say which letter that is)."""
    return len(word) == 1 and (word in BULLETS or word == UNKNOWN or bool(_PRIVATE.match(word)))


def is_title_number(line_text: str, marker: Marker) -> bool:
    """Whether '1. Introduction' is a title with its number rather than an item of a list."""
    return marker.text is not None and is_title_line(line_text)


class Levels:
    """Nesting levels from 1 by indent: how many lesser indents of this list are open."""

    def __init__(self) -> None:
        self._open: list[float] = []

    def close(self) -> None:
        """The list is over; the next item begins at level 1."""
        self._open.clear()

    def of(self, x0: float) -> int:
        """The level of an item whose marker (or text, without one) stands at `x0`."""
        while self._open and self._open[-1] > x0 + SAME_EDGE:
            self._open.pop()
        if not self._open or x0 > self._open[-1] + SAME_EDGE:
            self._open.append(x0)
        return len(self._open)


def same_edge(a: float, b: float) -> bool:
    """Whether two left edges, in points, are meant to be one."""
    return abs(a - b) <= SAME_EDGE


def bare_runs(indents: Sequence[float | None]) -> list[tuple[int, int]]:
    """Half-open ranges of neighbours that stand at one indent; None ends a range."""
    runs: list[tuple[int, int]] = []
    start = 0
    for i in range(1, len(indents) + 1):
        here, first = (indents[i] if i < len(indents) else None), indents[start]
        if first is None or here is None or not same_edge(here, first):
            if first is not None:
                runs.append((start, i))
            start = i
    return runs
