"""Paragraphs -> blocks: what each is by its looks, and the text it says."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from ingest.document import Block, BlockKind
from ingest.read.inline import fold
from ingest.read.pdf_joins import Vocabulary, joined
from ingest.read.pdf_lines import Line
from ingest.read.pdf_lists import Levels, bare_runs, is_title_number, same_edge
from ingest.read.pdf_paragraphs import Paragraph
from ingest.read.pdf_tables import Table, TableRow
from ingest.read.typed import run_on_parted
from policybot.records import Box

BIGGER = 0.8
"""Points by which a heading's font exceeds the text's."""
HEADING_WORDS = 30
"""Most words of a heading in a bigger font; in the text's own font, bold, half of it."""
INDENT = 8.0
"""Least indent in points of an item without a bullet."""
BARE_ITEM_WORDS = 60
"""Most words, by the median, of the items of a list without bullets and without a lead-in."""
CENTRED = 0.12
"""Least share of the column left blank on each side of a line that is centred."""
_LEAD_IN = re.compile(r":$|\b(?:will|must|should|to|may|not)$")


@dataclass(frozen=True, slots=True)
class Looks:
    """A document's typography: the text's font size, and the sizes of headings, greatest first."""

    body: float
    ranks: tuple[float, ...]

    def is_heading(self, paragraph: Paragraph) -> bool:
        words = len(" ".join(paragraph.pieces).split())
        if not any(c.isalpha() for c in "".join(paragraph.pieces)):
            return False
        if paragraph.size >= self.body + BIGGER:
            return words <= HEADING_WORDS
        bold = paragraph.bold and paragraph.size >= self.body - 0.5
        return bold and words <= HEADING_WORDS // 2 and not paragraph.last.text.endswith((".", ";", ","))

    def level(self, size: float) -> int:
        """From 1: the rank of the size; bold in the text's own size comes last."""
        if size < self.body + BIGGER:
            return len(self.ranks) + 1
        return 1 + sum(1 for r in self.ranks if r > size + 0.5)


def looks_of(paragraphs: Sequence[Paragraph]) -> Looks:
    """The typography of a document of at least one paragraph."""
    sizes: Counter[float] = Counter()
    for paragraph in paragraphs:
        for line in paragraph.lines:
            sizes[line.size] += len(line.text)
    body = sizes.most_common(1)[0][0]
    ranks = sorted({p.size for p in paragraphs if p.size >= body + BIGGER}, reverse=True)
    return Looks(body, tuple(_apart(ranks)))


def _apart(sizes: Sequence[float]) -> list[float]:
    """Sizes from the greatest, less those within half a point of the one before."""
    kept: list[float] = []
    for size in sizes:
        if not kept or kept[-1] - size > 0.5:
            kept.append(size)
    return kept


def blocks_of(items: Sequence[Paragraph | Table], vocabulary: Vocabulary) -> list[Block]:
    """Headings, paragraphs, items and rows, in the order of `items`."""
    paragraphs = [i for i in items if isinstance(i, Paragraph)]
    if not paragraphs:
        return [b for t in items if isinstance(t, Table) for b in _rows(t)]
    looks = looks_of(paragraphs)
    bare = _bare_items(items, looks)
    levels = Levels()
    out: list[Block] = []
    for i, item in enumerate(items):
        if isinstance(item, Table):
            levels.close()
            out.extend(_rows(item))
        else:
            out.extend(_block(item, i in bare, looks, levels, vocabulary))
    return out


def _block(paragraph: Paragraph, bare: bool, looks: Looks, levels: Levels, vocabulary: Vocabulary) -> list[Block]:
    text = fold(joined(paragraph.pieces, vocabulary))
    page, boxes = paragraph.page, _boxes(paragraph)
    marker = paragraph.marker
    numbered = marker is not None and marker.text is not None
    if looks.is_heading(paragraph) and (marker is None or numbered):
        levels.close()
        level = looks.level(paragraph.size)
        return [Block(BlockKind.HEADING, _with_number(paragraph, text), level, page=page, boxes=boxes)]
    if bare or (marker is not None and not marker.kept and not is_title_number(_with_number(paragraph, text), marker)):
        level = levels.of(paragraph.x0 - paragraph.lines[0].left)
        number = marker.text if marker and not marker.kept else None
        return run_on_parted(Block(BlockKind.ITEM, text, level, number, page=page, boxes=boxes))
    levels.close()
    return [Block(BlockKind.PARAGRAPH, _with_number(paragraph, text), page=page, boxes=boxes)]


def _with_number(paragraph: Paragraph, text: str) -> str:
    """A title keeps the number that an item would give up."""
    marker = paragraph.marker
    return f"{marker.text} {text}" if marker and marker.text and not marker.kept else text


def _boxes(paragraph: Paragraph) -> tuple[Box, ...]:
    """One box around the lines of each page and column."""
    boxes: list[Box] = []
    for (page, _), group in groupby(paragraph.lines, key=lambda line: (line.page, line.left)):
        held = [line.box for line in group]
        left, right = min(b.x0 for b in held), max(b.x1 for b in held)
        boxes.append(Box(page, left, min(b.top for b in held), right, max(b.bottom for b in held)))
    return tuple(boxes)


def _rows(table: Table) -> list[Block]:
    return [_row(row) for row in table.rows]


def _row(row: TableRow) -> Block:
    cells = tuple(fold(c) for c in row.cells)
    text, page = "\t".join(cells).strip(), row.boxes[0].page
    if row.repeated:
        return Block(BlockKind.FURNITURE, " ".join(text.split()), page=page, boxes=row.boxes)
    return Block(BlockKind.ROW, text, header=row.header, cells=cells, page=page, boxes=row.boxes)


def _bare_items(items: Sequence[Paragraph | Table], looks: Looks) -> set[int]:
    """Indices of the items of lists whose bullets were not drawn, or not as letters."""
    left = _usual_inset(items, looks)
    insets = [_bare_inset(item, looks, left) for item in items]
    found: set[int] = set()
    open_insets: list[float] = []
    for start, end in bare_runs(insets):
        inset = insets[start] or 0.0
        if start - 1 not in found:
            open_insets.clear()
        nested = bool(open_insets) and (inset > open_insets[-1] or any(same_edge(inset, x) for x in open_insets))
        group = [i for i in items[start:end] if isinstance(i, Paragraph)]
        if nested or _is_bare_list(items[start - 1] if start else None, group, looks):
            found.update(range(start, end))
            open_insets.append(inset)
    return found


def _usual_inset(items: Sequence[Paragraph | Table], looks: Looks) -> float:
    """The least left edge, within the column, that a fair part of the plain text has."""
    weight: Counter[int] = Counter()
    for item in items:
        if isinstance(item, Paragraph) and item.marker is None and not looks.is_heading(item):
            weight[round(item.last.x0 - item.last.left)] += len(item.lines)
    total = sum(weight.values())
    return float(min((x for x, n in weight.items() if n >= 0.12 * total), default=0))


def _bare_inset(item: Paragraph | Table, looks: Looks, left: float) -> float | None:
    """Where a plain, indented paragraph stands, in points from its column's edge."""
    if isinstance(item, Table) or item.marker is not None or looks.is_heading(item):
        return None
    first = item.lines[0]
    inset = first.x0 - first.left
    centred = all(_is_centred(line) for line in item.lines)
    torn_first_line = len(item.lines) > 1 and item.lines[1].x0 < first.x0 - 3
    return None if inset < left + INDENT or centred or torn_first_line else inset


def _is_centred(line: Line) -> bool:
    """Whether a line stands in the middle of its column, well short of both edges."""
    before, after = line.x0 - line.left, line.right - line.x1
    return abs(before - after) < 12 and before > CENTRED * (line.right - line.left)


def _is_bare_list(before: Paragraph | Table | None, group: Sequence[Paragraph], looks: Looks) -> bool:
    """Indented paragraphs are a list after a lead-in, or when several short ones follow one another."""
    inset = group[0].x0 - group[0].lines[0].left
    if isinstance(before, Paragraph):
        item = before.marker is not None and not looks.is_heading(before)
        if item and same_edge(before.text_x0 - before.last.left, inset):
            return False
        if _LEAD_IN.search(before.last.text) and before.x0 - before.lines[0].left < inset - 3:
            return True
    lengths = sorted(len(" ".join(p.pieces).split()) for p in group)
    hanging = [p for p in group if len(p.lines) > 1 and p.lines[1].x0 > p.x0 + 3]
    return len(group) >= 2 and (bool(hanging) or len(group) >= 3) and lengths[len(lengths) // 2] <= BARE_ITEM_WORDS
