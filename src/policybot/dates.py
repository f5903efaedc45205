"""Dates as policies write them -> ISO 8601 at the precision given ('2023', '2023-10', '2023-10-20')."""

from __future__ import annotations

import re
from datetime import date

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
TERM_ENDS = {"spring": 4, "summer": 8, "autumn": 12, "winter": 12}
"""Last month of a term or season: 'Spring 2020' is not past before April 2020 is."""

NUMERIC = re.compile(r"\b(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})\b")
ISO = re.compile(r"\b(\d{4})-(\d{2})(?:-(\d{2}))?\b")
NAMED = re.compile(
    r"\b(?:(\d{1,2})(?:st|nd|rd|th)?\s+(?:of\s+)?)?(jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?,?\s+(\d{4})\b",
    re.I,
)
SEASON = re.compile(r"\b(spring|summer|autumn|winter)(?:\s+term)?,?\s+(\d{4})\b", re.I)


def find_dates(text: str) -> list[tuple[str, str]]:
    """Dates in reading order as (ISO value, verbatim words). British order: 5/7/2018 is 5 July. Impossible ones are left out."""
    found: list[tuple[int, str, str]] = []
    for match in NUMERIC.finditer(text):
        day, month, year = match.groups()
        found.append((match.start(), _iso(_year(year), int(month), int(day)), match.group()))
    for match in ISO.finditer(text):
        found.append(
            (match.start(), _iso(int(match[1]), int(match[2]), int(match[3]) if match[3] else None), match.group())
        )
    for match in NAMED.finditer(text):
        month = MONTHS.index(match[2][:3].lower()) + 1
        found.append((match.start(), _iso(int(match[3]), month, int(match[1]) if match[1] else None), match.group()))
    for match in SEASON.finditer(text):
        found.append((match.start(), _iso(int(match[2]), TERM_ENDS[match[1].lower()], None), match.group()))
    return [(iso, words) for _, iso, words in sorted(found) if iso]


def _year(digits: str) -> int:
    return int(digits) if len(digits) == 4 else 2000 + int(digits)


def _iso(year: int, month: int, day: int | None) -> str:
    """'' when there is no such day."""
    try:
        date(year, month, day or 1)
    except ValueError:
        return ""
    return f"{year:04d}-{month:02d}" + (f"-{day:02d}" if day is not None else "")
