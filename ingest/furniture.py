"""Running headers and footers: lines that stand at the same place on page after page.

Any reader with pages hands over the lines of each page as `Strip`s. Only lines at a
page's edge can be furniture, and only while every line further out is furniture too:
a body line that happens to repeat is never taken.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

EDGE = 0.2
"""Share of a page's height, from the top and from the foot, where furniture can stand."""
SAME_PLACE = 3.0
"""Points by which the place of a running line may differ between pages."""
FARTHEST_NUMBER = 40
"""A bare number is a page number only if it is this near to the page's own count."""

_PAGE_NUMBER = re.compile(
    r"[|•·–—-]?\s*\b(?:page|pg\.?|p\.)\s*:?\s*\d+(?:\s*(?:of|/)\s*\d+)?\b\s*[|]?|\b\d+\s+of\s+\d+\b\s*$",
    re.IGNORECASE,
)
_BARE_NUMBER = re.compile(r"^[\s|–—-]*(\d{1,4})[\s|–—-]*$")
_LEADING = re.compile(r"^(\d{1,4})\s*[|•·–—-]?\s+(?=\D)")
_TRAILING = re.compile(r"(?<=\D)\s+[|•·–—-]?\s*(\d{1,4})$")


@dataclass(frozen=True, slots=True)
class Strip:
    """One line of a page. `top` and `bottom` in points from the page's top edge,
    `height` of the page in points, `page` from 1."""

    page: int
    text: str
    top: float
    bottom: float
    height: float

    @property
    def at_top(self) -> bool:
        return self.bottom <= self.height * EDGE

    @property
    def at_foot(self) -> bool:
        return self.top >= self.height * (1 - EDGE)


@dataclass(frozen=True, slots=True)
class Wording:
    """A strip's text with its page number taken off.

    `offset` is what the bare number at its end exceeds the page's count by, None
    when no bare number was taken off; `numbered` that a page number in words went.
    """

    text: str
    offset: int | None = None
    numbered: bool = False


def without_page_number(text: str) -> str:
    """`text` less "Page 3 of 5" and its like, white space folded; '' if nothing is left.

    A bare number at the end stays ("Version 4"), unless the text is nothing else.
    """
    rest = " ".join(_PAGE_NUMBER.sub(" ", text).split())
    return "" if _BARE_NUMBER.match(rest) else rest


def running(pages: Sequence[Sequence[Strip]]) -> Mapping[tuple[int, int], str]:
    """Which strips are furniture: (index of page, index of strip) -> text to keep.

    `pages` hold each page's strips from top to bottom. The text kept has no page
    number; it is '' for a strip that was only that.
    """
    places = _repeated(pages)
    found: dict[tuple[int, int], str] = {}
    for p, strips in enumerate(pages):
        found |= _peel(p, list(range(len(strips))), [s.at_top for s in strips], places)
        down = list(range(len(strips) - 1, -1, -1))
        found |= _peel(p, down, [s.at_foot for s in strips], places)
    return found


def _peel(
    page: int, order: Sequence[int], allowed: Sequence[bool], places: Mapping[tuple[int, int], str]
) -> dict[tuple[int, int], str]:
    """From the edge inward, as long as each strip repeats."""
    peeled: dict[tuple[int, int], str] = {}
    for i in order:
        if not allowed[i] or (page, i) not in places:
            break
        peeled[page, i] = places[page, i]
    return peeled


def _repeated(pages: Sequence[Sequence[Strip]]) -> dict[tuple[int, int], str]:
    """Strips at an edge that repeat often enough, or that are a page number in words."""
    groups: dict[tuple[bool, Wording], list[tuple[int, int]]] = defaultdict(list)
    found: dict[tuple[int, int], str] = {}
    for p, strips in enumerate(pages):
        for i, strip in enumerate(strips):
            if not (strip.at_top or strip.at_foot):
                continue
            for wording in _wordings(strip):
                groups[strip.at_top, wording].append((p, i))
                if wording.numbered and not wording.text:
                    found[p, i] = ""
    for (at_top, wording), members in groups.items():
        for p, i in _same_place(pages, members, at_top, _enough(len(pages))):
            found.setdefault((p, i), wording.text)
            if wording.offset is not None:
                found[p, i] = wording.text
    return found


def _enough(pages: int) -> int:
    """How many pages must carry a line: two of a short document (odd and even pages
    may differ), three of a long one (a chapter may have a header of its own)."""
    return 2 if pages <= 5 else 3


def _same_place(
    pages: Sequence[Sequence[Strip]], members: Sequence[tuple[int, int]], at_top: bool, enough: int
) -> list[tuple[int, int]]:
    """The members that stand at their group's usual place, if enough pages have one."""
    far = {m: _distance(pages[m[0]][m[1]], at_top) for m in members}
    usual = median(far.values())
    kept = [m for m in members if abs(far[m] - usual) <= SAME_PLACE]
    return kept if len({p for p, _ in kept}) >= enough else []


def _distance(strip: Strip, at_top: bool) -> float:
    return strip.top if at_top else strip.height - strip.bottom


def _wordings(strip: Strip) -> list[Wording]:
    """The text as it stands (less a page number in words), and less a bare number
    at either end that may be a page number: only repetition can tell."""
    rest = " ".join(_PAGE_NUMBER.sub(" ", strip.text).split())
    numbered = rest != " ".join(strip.text.split())
    found = [Wording(rest, numbered=numbered)]
    for pattern in (_BARE_NUMBER, _LEADING, _TRAILING):
        match = pattern.search(rest)
        if match and abs(int(match[1]) - strip.page) <= FARTHEST_NUMBER:
            words = (rest[: match.start()] + rest[match.end() :]).strip()
            found.append(Wording(words, int(match[1]) - strip.page))
    return found
