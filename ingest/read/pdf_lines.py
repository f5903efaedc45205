"""Lines of a PDF page in reading order, one column after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from ingest.read.pdf_words import Word, rows_of
from policybot.records import Box

GUTTER = 10.0
"""Least width in points of the blank strip between two columns."""
COLUMN_LINES = 6
"""Fewest lines on each side before a blank strip is a gutter."""
COLUMN_WORDS = 3.5
"""Fewest words a line has, on the average, in a column of prose (a table has fewer)."""


@dataclass(frozen=True)
class Line:
    """One line of one column. `left` and `right`: the column's own edges, in points."""

    words: tuple[Word, ...]
    page: int
    left: float
    right: float

    @cached_property
    def text(self) -> str:
        return " ".join(w.text for w in self.words)

    @cached_property
    def x0(self) -> float:
        return self.words[0].x0

    @cached_property
    def x1(self) -> float:
        return max(w.x1 for w in self.words)

    @cached_property
    def size(self) -> float:
        """Font size in points of most of its characters, to the nearest half."""
        weight: dict[float, int] = {}
        for word in self.words:
            size = round(word.size * 2) / 2
            weight[size] = weight.get(size, 0) + len(word.text)
        return max(weight, key=lambda s: (weight[s], s))

    @cached_property
    def top(self) -> float:
        return min(w.top for w in self.words)

    @cached_property
    def bottom(self) -> float:
        """Of the words of the line's own size: a superscript does not move a line."""
        own = [w.bottom for w in self.words if abs(w.size - self.size) <= 0.5]
        return max(own or [w.bottom for w in self.words])

    @cached_property
    def bold(self) -> bool:
        """Whether every word with a letter or figure in it is bold."""
        spoken = [w for w in self.words if any(c.isalnum() for c in w.text)]
        return bool(spoken) and all(w.bold for w in spoken)

    @property
    def box(self) -> Box:
        return Box(
            self.page,
            round(self.x0, 1),
            round(self.top, 1),
            round(self.x1, 1),
            round(max(w.bottom for w in self.words), 1),
        )

    def has_room_for(self, word: Word) -> bool:
        """Whether `word` would have fitted on this line: then somebody ended it on purpose."""
        return self.x1 + 0.25 * self.size + (word.x1 - word.x0) <= self.right - 1


def lines_of(words: Sequence[Word], page: int, right: float, gutter: float | None) -> list[Line]:
    """The lines of a stretch of page in reading order.

    `right` is the document's right edge of text in points, for a single column;
    `gutter` what `gutter_of` found for this stretch.
    """
    if gutter is None:
        left = min((w.x0 for w in words), default=0.0)
        return [Line(tuple(row), page, left, right) for row in rows_of(words)]
    found: list[Line] = []
    for band in _bands(words, gutter):
        found.extend(_band_lines(band, page, gutter))
    return found


def _band_lines(band: Sequence[Word], page: int, gutter: float) -> list[Line]:
    """Left half, then right half; a line that crosses the gutter stands alone."""
    sides = [[w for w in band if w.x1 <= gutter], [w for w in band if w.x0 >= gutter]]
    if len(sides[0]) + len(sides[1]) < len(band):
        sides = [list(band)]
    found: list[Line] = []
    for side in sides:
        if side:
            left, right = min(w.x0 for w in side), max(w.x1 for w in side)
            found.extend(Line(tuple(row), page, left, right) for row in rows_of(side))
    return found


def _bands(words: Sequence[Word], gutter: float) -> list[list[Word]]:
    """Stretches from the top, parted wherever rows begin or cease to cross the gutter."""
    bands: list[list[Word]] = []
    crossing_before: bool | None = None
    for row in rows_of(words):
        crossing = _crosses(row, gutter)
        if crossing != crossing_before:
            bands.append([])
        bands[-1].extend(row)
        crossing_before = crossing
    return bands


def _crosses(row: Sequence[Word], gutter: float) -> bool:
    """Whether a row is one line over both columns: a word on the gutter, or no blank there."""
    if any(w.x0 < gutter < w.x1 for w in row):
        return True
    before = max((w.x1 for w in row if w.x1 <= gutter), default=None)
    after = min((w.x0 for w in row if w.x0 >= gutter), default=None)
    return before is not None and after is not None and after - before < GUTTER * 0.8


def gutter_of(words: Sequence[Word], before: float | None) -> float | None:
    """The middle of the blank strip between two columns of prose, None without one.

    `before` is the gutter of the page before: it holds where only one column has text.
    """
    rows = rows_of(words)
    found = [m for m in _blank_middles(rows) if _is_gutter(rows, m)]
    if found:
        fewest = min(_crossings(rows, m) for m in found)
        best = [m for m in found if _crossings(rows, m) == fewest]
        return best[len(best) // 2]
    if before is None or not rows or _crossings(rows, before) > 0.3 * len(rows):
        return None
    beyond = [row for row in rows if not _crosses(row, before) and row[-1].x0 >= before]
    return None if beyond else before


def _blank_middles(rows: Sequence[Sequence[Word]]) -> list[float]:
    """Middles, to the point and from the left, of the wide blanks near the middle of the text."""
    if len(rows) < COLUMN_LINES:
        return []
    left = min(row[0].x0 for row in rows)
    width = max(max(w.x1 for w in row) for row in rows) - left
    middles = {
        round((a.x1 + b.x0) / 2) for row in rows for a, b in pairwise(row) if b.x0 - a.x1 >= GUTTER
    }
    return sorted(float(m) for m in middles if 0.3 < (m - left) / max(width, 1) < 0.7)


def _crossings(rows: Sequence[Sequence[Word]], middle: float) -> int:
    return sum(1 for row in rows if _crosses(row, middle))


def _is_gutter(rows: Sequence[Sequence[Word]], middle: float) -> bool:
    """Whether most rows keep `middle` blank and both sides read as prose."""
    clear = [row for row in rows if not _crosses(row, middle)]
    if len(clear) < 0.7 * len(rows):
        return False
    sides = [rows_of(w for row in clear for w in row if (w.x0 >= middle) == after) for after in (False, True)]
    return _side_by_side(sides[0], sides[1]) and all(_is_prose(side) for side in sides)


def _side_by_side(left: Sequence[Sequence[Word]], right: Sequence[Sequence[Word]]) -> bool:
    """Whether the shorter column stands beside the longer for most of its height."""
    if min(len(left), len(right)) < COLUMN_LINES:
        return False
    top = max(left[0][0].top, right[0][0].top)
    bottom = min(left[-1][0].bottom, right[-1][0].bottom)
    shorter = min(side[-1][0].bottom - side[0][0].top for side in (left, right))
    return bottom - top > 0.7 * shorter


def _is_prose(side: Sequence[Sequence[Word]]) -> bool:
    """Whether a column's lines hold enough words and mostly begin at one place."""
    if sum(len(row) for row in side) < COLUMN_WORDS * len(side):
        return False
    edge = min(row[0].x0 for row in side)
    return sum(1 for row in side if row[0].x0 - edge < 30) >= 0.7 * len(side)
