"""Rows of text -> CSV or XLSX that a spreadsheet program opens and never runs."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from eval.spreadsheet import guarded

LONGEST = 32_767
"""Characters that a cell can hold (Excel's limit)."""
WIDTH = 34
"""Width of a column in characters."""
TEXT = "@"
"""Number format that keeps a typed '5.10' or '3/4' as it is."""
_NOT_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def unwritable(text: str) -> bool:
    """Whether no cell can hold the text: it is too long, or has control characters."""
    return len(text) > LONGEST or bool(_NOT_XML.search(text))


def write_csv(path: Path, rows: Sequence[Sequence[str]]) -> None:
    """UTF-8 with the mark by which Excel knows it, parted by commas; formulas are kept from running."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([guarded(cell) for cell in row] for row in rows)


def workbook_of(rows: Sequence[Sequence[str]], title: str = "Questions") -> Workbook:
    """A workbook with one sheet, its first row as headings; every cell is text, also one that starts with '='."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = title
    fill(sheet, rows)
    return book


def fill(sheet: Worksheet, rows: Sequence[Sequence[str]]) -> None:
    """Write the rows from the top, the first in bold and kept in view."""
    for number, row in enumerate(rows, 1):
        for at, text in enumerate(row, 1):
            _write(sheet.cell(number, at), text)
    for at in range(1, len(rows[0]) + 1):
        heading = sheet.cell(1, at)
        heading.font, heading.fill = Font(bold=True), PatternFill("solid", start_color="DDE6F0")
        column = sheet.column_dimensions[get_column_letter(at)]
        column.width, column.number_format = WIDTH, TEXT
    sheet.freeze_panes = "A2"


def _write(cell: Cell, text: str) -> None:
    if text:
        cell.value = text
        cell.data_type, cell.number_format = "s", TEXT
        cell.quotePrefix = text.startswith("=")
    cell.alignment = Alignment(wrap_text=True, vertical="top")
