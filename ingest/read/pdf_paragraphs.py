"""Lines -> paragraphs: which printed lines belong together, on a page and over a page's end."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.read.pdf_lines import Line
from ingest.read.pdf_lists import Marker, is_bullet, marker_of, same_edge
from ingest.read.pdf_tables import Table

_ENDS = re.compile(r"[.!?:;…][\"'’”)\]]*$")
_LOWER = re.compile(r"^[\"'‘“(]*[a-z]")
LEADING_SLACK = 1.12
"""How much more than the usual distance of lines still is the same paragraph."""
FIRST_LINE = (5.0, 45.0)
"""Least and greatest indent of a paragraph's first line, in points."""


@dataclass
class Paragraph:
    """Lines that are one paragraph, heading or item, from the top."""

    lines: list[Line]
    marker: Marker | None = None

    @property
    def page(self) -> int:
        return self.lines[0].page

    @property
    def last(self) -> Line:
        return self.lines[-1]

    @property
    def x0(self) -> float:
        """Left edge in points: of the marker, or of the first line."""
        return self.lines[0].x0

    @property
    def text_x0(self) -> float:
        return self.marker.text_x0 if self.marker else self.lines[-1].x0

    @property
    def size(self) -> float:
        return max(self.lines, key=lambda line: len(line.text)).size

    @property
    def bold(self) -> bool:
        return all(line.bold for line in self.lines)

    @property
    def pieces(self) -> list[str]:
        """The lines' texts, less the marker (a section number stays)."""
        texts = [line.text for line in self.lines]
        if self.marker and not self.marker.kept:
            texts[0] = " ".join(w.text for w in self.lines[0].words[self.marker.words :])
        return texts

    @property
    def ends_sentence(self) -> bool:
        return bool(_ENDS.search(self.last.text))


@dataclass(frozen=True, slots=True)
class Leadings:
    """Usual distance between two lines' feet, in points, by font size; `ratio` of it to
    the size where a size was never seen to wrap."""

    by_size: dict[float, float]
    ratio: float = 1.25

    def of(self, size: float) -> float:
        return self.by_size.get(size, self.ratio * size)


def leadings(lines: Sequence[Line]) -> Leadings:
    """From pairs that surely are one paragraph: no room was left, and the next begins in lower case."""
    seen: dict[float, Counter[float]] = {}
    for a, b in pairwise(lines):
        step = round((b.bottom - a.bottom) * 2) / 2
        sure = a.page == b.page and a.size == b.size and _LOWER.match(b.text) and 0 < step < 3 * a.size
        if sure and not a.has_room_for(b.words[0]):
            seen.setdefault(a.size, Counter())[step] += 1
    if not seen:
        return Leadings({})
    by_size = {size: counts.most_common(1)[0][0] for size, counts in seen.items()}
    body = max(seen, key=lambda size: seen[size].total())
    return Leadings(by_size, max(1.25, by_size[body] / body))


def paragraphs(items: Iterable[Line | Table], usual: Leadings) -> list[Paragraph | Table]:
    """Lines joined into paragraphs, in reading order; tables pass through."""
    out: list[Paragraph | Table] = []
    lone: Line | None = None
    for item in items:
        if isinstance(item, Table):
            out.append(item)
            continue
        if is_bullet(item.text):
            lone = item
            continue
        line = _with_bullet(lone, item)
        lone = None
        before = out[-1] if out else None
        if isinstance(before, Paragraph) and _continues(before, line, usual):
            before.lines.append(line)
        else:
            out.append(Paragraph([line], marker_of(line)))
    return out


def _with_bullet(bullet: Line | None, line: Line) -> Line:
    """A bullet drawn on a line of its own belongs to the line that follows."""
    if bullet is None or bullet.page != line.page or bullet.x0 >= line.x0:
        return line
    return Line(bullet.words + line.words, line.page, line.left, line.right)


def _continues(before: Paragraph, line: Line, usual: Leadings) -> bool:
    if _begins_item(before, line):
        return False
    if abs(before.last.size - line.size) > 0.6 and len(line.text) > 3:
        return False
    next_column = line.left != before.last.left and line.top < before.last.top
    if line.page != before.last.page or next_column:
        return _goes_on_overleaf(before, line)
    step = line.bottom - before.last.bottom
    if not 0 < step <= LEADING_SLACK * usual.of(line.size):
        return False
    return _same_face(before, line) and _edge_fits(before, line) and _unfinished(before, line)


def _begins_item(before: Paragraph, line: Line) -> bool:
    """Whether the line opens an item; a dash or number inside a running sentence does not."""
    marker = marker_of(line)
    if marker is None:
        return False
    if not marker.weak:
        return True
    if not _mid_sentence(before, line):
        return True
    # The next of a list whose items end without a stop, told by the text standing further in than the markers.
    return before.marker is not None and same_edge(before.x0, line.x0) and before.marker.text_x0 > before.x0 + 8


def _mid_sentence(before: Paragraph, line: Line) -> bool:
    """The last line is full, has no sentence's end, and the line stands where the next would."""
    full = not before.last.has_room_for(line.words[0])
    return full and not before.ends_sentence and same_edge(line.x0, before.text_x0)


def _same_face(before: Paragraph, line: Line) -> bool:
    """Bold and plain lines part, unless the sentence plainly runs on."""
    if before.bold == line.bold:
        return True
    return not before.last.has_room_for(line.words[0]) and not before.ends_sentence and bool(_LOWER.match(line.text))


def _edge_fits(before: Paragraph, line: Line) -> bool:
    """Whether the line begins where a next line of the paragraph would."""
    if same_edge(line.x0, before.text_x0):
        return True
    if before.marker is not None:
        under = len(before.lines) == 1 and before.x0 < line.x0 <= before.text_x0 + 6
        return under or same_edge(line.x0, before.x0)
    if _centred(before.last, line):
        return True
    first = len(before.lines) == 1 and FIRST_LINE[0] <= abs(line.x0 - before.x0) <= FIRST_LINE[1]
    return first and not before.last.has_room_for(line.words[0])


def _centred(a: Line, b: Line) -> bool:
    """Whether two lines have one middle; asked only where they have not one left edge."""
    return abs((a.x0 + a.x1) - (b.x0 + b.x1)) < 8


def _unfinished(before: Paragraph, line: Line) -> bool:
    """Whether nobody ended the last line on purpose."""
    last = before.last
    if not last.has_room_for(line.words[0]):
        return True
    if before.ends_sentence:
        return False
    wide = last.x1 - last.left >= 0.82 * (last.right - last.left)
    return bool(_LOWER.match(line.text)) or wide


def _goes_on_overleaf(before: Paragraph, line: Line) -> bool:
    """Whether a paragraph at a page's (or column's) foot goes on at the next one's head."""
    if before.bold or line.bold or not _same_column_edge(before, line):
        return False
    full = not before.last.has_room_for(line.words[0])
    if before.marker is not None and before.marker.text_x0 - before.x0 > 4 and _hangs(before, line):
        return full or (bool(_LOWER.match(line.text)) and not before.ends_sentence)
    if before.ends_sentence:
        return False
    return full or bool(_LOWER.match(line.text))


def _hangs(before: Paragraph, line: Line) -> bool:
    """Whether the line stands under an item's text, further in than the text of the page."""
    inset = line.x0 - line.left
    return same_edge(inset, before.text_x0 - before.last.left)


def _same_column_edge(before: Paragraph, line: Line) -> bool:
    inset = line.x0 - line.left
    return same_edge(inset, before.text_x0 - before.last.left) or bool(_LOWER.match(line.text))
