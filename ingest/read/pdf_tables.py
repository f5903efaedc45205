"""Tables of a PDF page: those with rules, through pdfplumber; those without, by their columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pdfplumber.page import Page

from ingest.read.columns import names_columns
from ingest.read.pdf_joins import Vocabulary, joined
from ingest.read.pdf_lines import Line
from ingest.read.pdf_lists import marker_of
from ingest.read.pdf_words import Word, rows_of
from policybot.records import Box

RULES = 4
"""Fewest edges on a page before it can have a table with rules."""
COLUMN_GAP = 1.6
"""Blank between two columns, in font sizes, in a table without rules."""
UNRULED_ROWS = 3
"""Fewest rows of a table without rules."""


WHITE = (None, 1, (1,), (1, 1, 1), (0, 0, 0, 0))
"""How a PDF says that an area is not shaded."""


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: the cells' texts, whether it names the columns, and whether it is such
    a row printed again on a later page."""

    cells: tuple[str, ...]
    header: bool
    boxes: tuple[Box, ...]
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows from the top; `edges` are the columns' left edges in points."""

    page: int
    top: float
    rows: tuple[TableRow, ...]
    edges: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class _Grid:
    """Rows of cells of words, before the words become text."""

    rows: list[list[list[Word]]]
    edges: tuple[float, ...]
    shaded: bool


def ruled_tables(
    page: Page, words: Sequence[Word], vocabulary: Vocabulary
) -> tuple[list[Table], list[Word]]:
    """The tables that have rules, and the words of the page that stand in none of them."""
    if len(page.edges) < RULES:
        return [], list(words)
    tables: list[Table] = []
    rest = list(words)
    for found in page.find_tables():
        grid, taken = _grid_of(found.rows, rest, _shaded_tops(page))
        grid = _without_empty(grid)
        if not grid.rows or len(grid.rows[0]) < 2:
            continue
        taken_ids = {id(w) for w in taken}
        rest = [w for w in rest if id(w) not in taken_ids]
        tables.append(_table(grid, page.page_number, vocabulary))
    return tables, rest


def _grid_of(rows: Sequence, words: Sequence[Word], shaded: Sequence[tuple[float, float]]) -> tuple[_Grid, list[Word]]:
    """Each word dealt to the cell that holds its middle."""
    grid: list[list[list[Word]]] = []
    taken: list[Word] = []
    for row in rows:
        cells: list[list[Word]] = []
        for cell in row.cells:
            held = [w for w in words if cell is not None and _inside(w, cell)]
            taken.extend(held)
            cells.append(held)
        grid.append(cells)
    columns = zip(*(r.cells for r in rows), strict=False)
    edges = tuple(min((c[0] for c in column if c), default=0.0) for column in columns)
    top, bottom = rows[0].bbox[1], rows[0].bbox[3]
    is_shaded = any(a - 2 <= top and bottom <= b + 2 for a, b in shaded)
    return _Grid(grid, edges, is_shaded), taken


def _inside(word: Word, cell: tuple[float, float, float, float]) -> bool:
    x, y = (word.x0 + word.x1) / 2, word.middle
    return cell[0] <= x < cell[2] and cell[1] <= y < cell[3]


def _shaded_tops(page: Page) -> list[tuple[float, float]]:
    """Top and bottom of the filled areas that are about one row high."""
    return [
        (r["top"], r["bottom"])
        for r in page.rects
        if r.get("fill") and 8 < r["height"] < 80 and r.get("non_stroking_color") not in WHITE
    ]


def _without_empty(grid: _Grid) -> _Grid:
    """Less the rows and columns that hold no word at all."""
    rows = [row for row in grid.rows if any(row)]
    if not rows:
        return _Grid([], (), False)
    kept = [c for c in range(len(rows[0])) if any(c < len(row) and row[c] for row in rows)]
    edges = tuple(grid.edges[c] for c in kept if c < len(grid.edges))
    return _Grid([[row[c] if c < len(row) else [] for c in kept] for row in rows], edges, grid.shaded)


def _table(grid: _Grid, page: int, vocabulary: Vocabulary) -> Table:
    texts = [tuple(_cell_text(cell, vocabulary) for cell in row) for row in grid.rows]
    header = _first_is_header(grid, texts)
    rows = tuple(
        TableRow(cells, header and i == 0, (_row_box(grid.rows[i], page),)) for i, cells in enumerate(texts)
    )
    return Table(page, min(r.boxes[0].top for r in rows), rows, grid.edges)


def _cell_text(cell: Sequence[Word], vocabulary: Vocabulary) -> str:
    return joined([" ".join(w.text for w in row) for row in rows_of(cell)], vocabulary)


def _row_box(row: Sequence[Sequence[Word]], page: int) -> Box:
    words = [w for cell in row for w in cell]
    return Box(
        page,
        round(min(w.x0 for w in words), 1),
        round(min(w.top for w in words), 1),
        round(max(w.x1 for w in words), 1),
        round(max(w.bottom for w in words), 1),
    )


def _first_is_header(grid: _Grid, texts: Sequence[Sequence[str]]) -> bool:
    """Shaded; or what bold type and the words say."""
    if grid.shaded and len(texts) > 1 and all(texts[0]):
        return True
    bold = [all(w.bold for cell in row for w in cell) for row in grid.rows]
    return names_columns(texts, bold)


def unruled_tables(lines: Sequence[Line], vocabulary: Vocabulary) -> list[Line | Table]:
    """The same lines, with each stretch of aligned columns replaced by its table."""
    out: list[Line | Table] = []
    i = 0
    while i < len(lines):
        end, edges = _stretch(lines, i)
        if edges:
            out.append(_table_of_lines(lines[i:end], edges, vocabulary))
            i = end
        else:
            out.append(lines[i])
            i += 1
    return out


def _segments(line: Line) -> list[list[Word]]:
    """A line's words, parted at wide blanks; a list's marker stays with its text."""
    marker = marker_of(line)
    parts: list[list[Word]] = [[line.words[0]]]
    for i, word in enumerate(line.words[1:], start=1):
        wide = word.x0 - parts[-1][-1].x1 > COLUMN_GAP * max(line.size, 8)
        if wide and not (marker and i == marker.words):
            parts.append([word])
        else:
            parts[-1].append(word)
    return parts


def _stretch(lines: Sequence[Line], start: int) -> tuple[int, tuple[float, ...]]:
    """Where the table that begins at `start` ends, and its columns' left edges; () without one."""
    edges = [s[0].x0 for s in _segments(lines[start])]
    if len(edges) < 2:
        return start, ()
    rows, end = 1, start + 1
    while end < len(lines):
        here = [s[0].x0 for s in _segments(lines[end])]
        if not all(any(abs(x - e) <= 4 for e in edges) for x in here) or not _near(lines, end):
            break
        if len(here) == 1 and abs(here[0] - edges[0]) <= 4:
            break
        rows += abs(here[0] - edges[0]) <= 4
        end += 1
    return (end, tuple(edges)) if rows >= UNRULED_ROWS else (start, ())


def _near(lines: Sequence[Line], i: int) -> bool:
    return 0 <= lines[i].top - lines[i - 1].bottom < 2.5 * lines[i].size


def _table_of_lines(lines: Sequence[Line], edges: tuple[float, ...], vocabulary: Vocabulary) -> Table:
    """A line that leaves the first column blank goes on with the row above."""
    rows: list[list[list[Word]]] = []
    for line in lines:
        cells: list[list[Word]] = [[] for _ in edges]
        for segment in _segments(line):
            cells[min(range(len(edges)), key=lambda c: abs(edges[c] - segment[0].x0))].extend(segment)
        if rows and not cells[0]:
            rows[-1] = [a + b for a, b in zip(rows[-1], cells, strict=True)]
        else:
            rows.append(cells)
    return _table(_Grid(rows, edges, False), lines[0].page, vocabulary)



def overleaf_joined(items: Sequence[Line | Table]) -> list[Line | Table]:
    """Tables that go on on the next page: the header printed again there is marked as
    repeated, and the rest of a row that the page's end tore goes back to the row."""
    out: list[Line | Table] = []
    for item in items:
        before = out[-1] if out else None
        if isinstance(item, Table) and isinstance(before, Table) and _goes_on(before, item):
            out[-1], item = _mended(before, item)
        out.append(item)
    return out


def _goes_on(before: Table, after: Table) -> bool:
    if after.page != before.page + 1 or len(after.edges) != len(before.edges):
        return False
    return all(abs(a - b) < 6 for a, b in zip(before.edges, after.edges, strict=True))


def _mended(before: Table, after: Table) -> tuple[Table, Table]:
    rows = list(after.rows)
    if rows[0].cells == before.rows[0].cells:
        rows[0] = replace(rows[0], header=False, repeated=True)
    first = next((i for i, row in enumerate(rows) if not row.repeated), None)
    if first is None or rows[first].cells[0] or not any(c[:1].islower() for c in rows[first].cells):
        return before, replace(after, rows=tuple(rows))
    torn = rows.pop(first)
    whole = tuple(f"{a} {b}".strip() for a, b in zip(before.rows[-1].cells, torn.cells, strict=True))
    last = replace(before.rows[-1], cells=whole, boxes=before.rows[-1].boxes + torn.boxes)
    return replace(before, rows=(*before.rows[:-1], last)), replace(after, rows=tuple(rows))
