"""Rows under headings -> drafts. Whatever stands where nothing would read it is a fault, never lost in silence."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence

from openpyxl.utils import get_column_letter

from eval.cases import CaseError
from eval.cells import COLUMNS, HEADINGS, draft_of, is_example
from eval.draft import Draft
from eval.fault import Fault
from eval.plain_words import words
from eval.spreadsheet import FIRST_ROWS, Sheet

NEEDED = ("organisation", "question", "verdict")
_OTHER_NAMES = {
    "organization": "organisation",
    "school": "organisation",
    "history": "history",
    "verdict": "verdict",
    "evidence": "evidence",
    "alsook": "also_ok",
    "mustnot": "must_not",
    "notes": "note",
}
_FIELDS = {"".join(words(heading)): name for name, heading in HEADINGS.items()} | _OTHER_NAMES
_ERROR = re.compile(r"#(?:NULL!|DIV/0!|VALUE!|REF!|NAME\?|NUM!|N/A|SPILL!|CALC!)")


def heading_count(row: Sequence[str]) -> int:
    """How many cells of the row are headings of a set, whatever their capitals and spaces."""
    return sum("".join(words(cell)) in _FIELDS for cell in row)


def drafts_in(sheets: Sequence[Sheet], faults: list[Fault]) -> Iterator[Draft]:
    """The drafts of every sheet that has headings, without empty rows and the template's examples.

    Headings are two or more on a row near the top. What is wrong is added to `faults`.
    """
    tables = [(sheet, top) for sheet in sheets if (top := _headings_at(sheet)) is not None]
    if not tables:
        needed = ", ".join(HEADINGS.values())
        faults.append(Fault("row 1", "there are no headings", f"Head the columns {needed}, or start from the template"))
    for sheet, top in tables:
        place, tag = (f"sheet {sheet.name!r}, ", f"{'-'.join(words(sheet.name))}-") if len(tables) > 1 else ("", "")
        columns = _columns(sheet.rows[top], f"{place}row {top + 1}", faults)
        for number, row in enumerate(sheet.rows[top + 1 :], top + 2):
            if any(cell.strip() for cell in row):
                draft = _draft(row, columns, f"{place}row {number}", f"{tag}{number}", faults)
                if not is_example(draft):
                    yield draft


def _headings_at(sheet: Sheet) -> int | None:
    return next((at for at, row in enumerate(sheet.rows[:FIRST_ROWS]) if heading_count(row) > 1), None)


def _columns(row: Sequence[str], where: str, faults: list[Fault]) -> dict[int, str]:
    """Position of a column -> its field."""
    columns: dict[int, str] = {}
    for at, cell in enumerate(row):
        name = _FIELDS.get("".join(words(cell)))
        if name in columns.values():
            faults.append(Fault(where, f"the heading {cell.strip()!r} is there twice", "Keep one of the two columns"))
        elif name:
            columns[at] = name
        elif cell.strip():
            near = difflib.get_close_matches(cell.strip().title(), HEADINGS.values(), n=1, cutoff=0.5)
            meant = f"Did you mean {near[0]!r}? " if near else ""
            cure = f"{meant}The headings are {', '.join(HEADINGS.values())}; put anything else into Note"
            faults.append(Fault(where, f"there is no heading {cell.strip()!r}", cure))
            columns[at] = ""
    for name in NEEDED:
        if name not in columns.values():
            faults.append(Fault(where, f"there is no column {HEADINGS[name]}", "Add it: every row needs one"))
    return columns


def _draft(row: Sequence[str], columns: Mapping[int, str], where: str, tag: str, faults: list[Fault]) -> Draft:
    cells: dict[str, str] = {}
    for at, cell in enumerate(row):
        name = columns.get(at)
        if name is None and cell.strip():
            cause = f"{cell.strip()!r} stands in a column without a heading"
            cure = "Head the column or empty the cell; in a CSV file, put a cell that has a comma in it between quotation marks"
            faults.append(Fault(f"{where}, column {get_column_letter(at + 1)}", cause, cure))
        elif name and _ERROR.fullmatch(cell.strip()):
            faults.append(Fault(f"{where}, {COLUMNS[name]}", f"its formula fails ({cell.strip()})", "Write the words themselves"))
        if name:
            cells[name] = cell
    try:
        return draft_of(where, tag, cells)
    except CaseError as error:
        faults.append(Fault(f"{where}, {COLUMNS['history']}", f"{error.thing}: {error.cause}", error.cure))
        return draft_of(where, tag, {**cells, "history": ""})
