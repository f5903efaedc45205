"""Word's automatic list numbers, computed: they are nowhere in the file as text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from docx.document import Document
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement as Element

_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
          (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class ListLevel:
    """How one level of a list counts. `pattern` is Word's ('%1.%2'), `start` its first number."""

    numbering: str
    pattern: str
    start: int


@dataclass(frozen=True, slots=True)
class ListPlace:
    """Where a paragraph stands in a list: its nesting from 1, and its number as printed,
    None for a bullet or a level that prints nothing. `depth`: how many levels' numbers
    it prints ('5.3' prints 2)."""

    level: int
    number: str | None
    depth: int


class Numbering:
    """Counts a document's lists; ask once a paragraph, in order."""

    def __init__(self, document: Document) -> None:
        self._levels: dict[str, dict[int, ListLevel]] = {}
        self._abstract: dict[str, str] = {}
        self._overrides: dict[str, dict[int, int]] = {}
        self._counts: dict[str, dict[int, int]] = {}
        self._restarted: set[str] = set()
        try:
            root = document.part.numbering_part.element
        except (KeyError, NotImplementedError):  # a document without lists has no such part
            return
        self._read(root)

    def _read(self, root: Element) -> None:
        for abstract in root.findall(qn("w:abstractNum")):
            levels = {int(n.get(qn("w:ilvl"))): _level(n) for n in abstract.findall(qn("w:lvl"))}
            self._levels[abstract.get(qn("w:abstractNumId"))] = levels
        for num in root.findall(qn("w:num")):
            number_id = num.get(qn("w:numId"))
            self._abstract[number_id] = num.find(qn("w:abstractNumId")).get(qn("w:val"))
            starts = {
                int(o.get(qn("w:ilvl"))): int(s.get(qn("w:val")))
                for o in num.findall(qn("w:lvlOverride"))
                if (s := o.find(qn("w:startOverride"))) is not None
            }
            self._overrides[number_id] = starts

    def next(self, number_id: str, ilvl: int) -> ListPlace:
        """The place of the next paragraph of list `number_id` at level `ilvl` (from 0)."""
        abstract = self._abstract.get(number_id)
        levels = self._levels.get(abstract or "", {})
        level = levels.get(ilvl)
        if abstract is None or level is None:
            return ListPlace(ilvl + 1, None, 0)
        counts = self._counts.setdefault(abstract, {})
        self._restart(number_id, counts)
        counts[ilvl] = counts.get(ilvl, level.start - 1) + 1
        for deeper in [n for n in counts if n > ilvl]:
            del counts[deeper]
        if level.numbering in ("bullet", "none"):
            return ListPlace(ilvl + 1, None, 0)
        return ListPlace(ilvl + 1, _printed(level.pattern, levels, counts), level.pattern.count("%"))

    def _restart(self, number_id: str, counts: dict[int, int]) -> None:
        """A list that overrides its start begins anew at its first paragraph."""
        if number_id in self._restarted:
            return
        self._restarted.add(number_id)
        for ilvl, start in self._overrides.get(number_id, {}).items():
            counts[ilvl] = start - 1


def _level(element: Element) -> ListLevel:
    def value(name: str, default: str) -> str:
        found = element.find(qn(name))
        return default if found is None else found.get(qn("w:val")) or default

    return ListLevel(value("w:numFmt", "decimal"), value("w:lvlText", ""), int(value("w:start", "1")))


def _printed(pattern: str, levels: dict[int, ListLevel], counts: dict[int, int]) -> str | None:
    def one(match: re.Match[str]) -> str:
        ilvl = int(match[1]) - 1
        level = levels.get(ilvl)
        count = counts.get(ilvl, level.start if level else 1)
        return counted(count, level.numbering if level else "decimal")

    return re.sub(r"%(\d)", one, pattern).strip() or None


def counted(number: int, numbering: str) -> str:
    """`number` (from 1) in one of Word's ways to count; figures for those not known here."""
    if numbering in ("lowerLetter", "upperLetter") and number >= 1:
        letter = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letter if numbering == "lowerLetter" else letter.upper()
    if numbering in ("lowerRoman", "upperRoman") and number >= 1:
        return roman(number) if numbering == "lowerRoman" else roman(number).upper()
    return f"{number:02d}" if numbering == "decimalZero" else str(number)


def roman(number: int) -> str:
    """`number` (from 1) in small Roman figures."""
    text = ""
    for value, letters in _ROMAN:
        text += letters * (number // value)
        number %= value
    return text
