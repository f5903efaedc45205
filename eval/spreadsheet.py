"""The rows of a CSV or XLSX file as text, sheet by sheet, as the person sees them."""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from itertools import islice
from pathlib import Path

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from eval.fault import Fault, SetError
from ingest.read.encoding import read_decoded
from policybot.errors import UnknownEncoding

LARGEST = 100_000_000
"""Bytes that a workbook may unpack to: a set of 10 000 questions needs a twentieth."""
FIRST_ROWS = 20
"""The headings stand within so many rows from the top."""
DELIMITERS = ",;\t"
_DECLARED = re.compile(r"^sep=(.)\n")
_FIXED = re.compile(r"^0\.(0+)$")
_GUARDED = re.compile(r"^'+[=+\-@\t]")
_RUNS = re.compile(r"^'*[=+\-@\t]")
_BROKEN = (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, TypeError, AttributeError, SyntaxError, EOFError, zlib.error)
"""What openpyxl and the libraries under it raise for a file that is no whole workbook; an XML error is a SyntaxError."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its name ('' in a CSV file) and its rows, the first being row 1; rows differ in length."""

    name: str
    rows: tuple[tuple[str, ...], ...]


def read_csv(path: Path, fitness: Callable[[Sequence[str]], int]) -> tuple[Sheet, ...]:
    """The one sheet of a CSV file in UTF-8, UTF-16 or Windows-1252, parted by ',', ';' or a tab. SetError.

    `fitness`: how well a row does as headings; what parts them best is taken for the delimiter.
    """
    try:
        text = read_decoded(path)
    except UnknownEncoding as error:
        raise SetError(path.name, [Fault("the file", error.cause, "Save it as CSV UTF-8")]) from error
    declared = _DECLARED.match(text)
    if declared:
        text = text[declared.end() :]
    delimiter = declared[1] if declared else max(DELIMITERS, key=lambda by: _best(text, by, fitness))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[str, ...]] = []
    try:
        rows += (tuple(unguarded(cell) for cell in row) for row in reader)
    except csv.Error as error:
        cure = 'Close every quotation mark: write a " inside a cell twice, or save the sheet as .xlsx'
        raise SetError(path.name, [Fault(f"row {len(rows) + 1}", f"its quotation marks do not match ({error})", cure)]) from error
    return (Sheet("", tuple(rows)),)


def read_xlsx(path: Path) -> tuple[Sheet, ...]:
    """All sheets of a workbook, hidden ones too: formulas as what they came to, dates as 2024-10-05. SetError."""
    try:
        with zipfile.ZipFile(path) as packed:
            if sum(entry.file_size for entry in packed.infolist()) > LARGEST:
                cure = "Copy the rows to a new workbook without pictures"
                raise SetError(path.name, [Fault("the file", f"it unpacks to more than {LARGEST:,} bytes", cure)])
        return tuple(_sheets(path))
    except _BROKEN as error:
        cause = f"it is not a whole .xlsx workbook, or it is locked with a password ({type(error).__name__}: {error})"
        raise SetError(path.name, [Fault("the file", cause, "Open it, take the password off and save it as .xlsx")]) from error


def guarded(cell: str) -> str:
    """For a CSV file: what a spreadsheet program would run as a formula, with an apostrophe before it."""
    return f"'{cell}" if _RUNS.match(cell) else cell


def unguarded(cell: str) -> str:
    """The cell without the apostrophe that `guarded` put there."""
    return cell[1:] if _GUARDED.match(cell) else cell


def _best(text: str, delimiter: str, fitness: Callable[[Sequence[str]], int]) -> int:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        return max((fitness(row) for row in islice(reader, FIRST_ROWS)), default=0)
    except csv.Error:
        return 0


def _sheets(path: Path) -> Iterator[Sheet]:
    # Two looks: one at what formulas came to, one at the formulas, for a workbook no program has calculated yet.
    came_to = load_workbook(path, read_only=True, data_only=True)
    written = load_workbook(path, read_only=True)
    try:
        for shown, formulas in zip(came_to.worksheets, written.worksheets, strict=True):
            # What a workbook says of its own size may be wrong.
            shown.reset_dimensions()
            formulas.reset_dimensions()
            rows = zip(shown.iter_rows(), formulas.iter_rows(), strict=True)
            yield Sheet(shown.title, tuple(tuple(map(_text, *row)) for row in rows))
    finally:
        came_to.close()
        written.close()


def _text(shown: object, written: object) -> str:
    """A cell as text, given as its value and as its formula; '' for an empty one."""
    value = shown.value  # type: ignore[attr-defined]
    if value is None:
        formula = written.value  # type: ignore[attr-defined]
        return str(getattr(formula, "text", formula) or "")
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return _number(value, shown.number_format)  # type: ignore[attr-defined]
    return str(value)


def _number(value: float, shape: str) -> str:
    """As it is shown: clause 5.10 is the number 5.1 in the shape '0.00'."""
    fixed = _FIXED.match(shape or "")
    if fixed:
        return f"{value:.{len(fixed[1])}f}"
    return str(int(value)) if float(value).is_integer() else str(value)
