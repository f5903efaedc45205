"""Words in a text, compared as ../shared/eval/score.py compares them."""

from __future__ import annotations

import re
import unicodedata

_SAME = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-"})
_MARKS = re.compile(r"\*\*|</?b>")
_SPACE = re.compile(r"[\s*]+")
_WORD = re.compile(r"\w+")


def normalised(text: str) -> str:
    """Compatibility forms, quotation marks and dashes made alike, bold marks off, white space folded, lower case."""
    return _SPACE.sub(" ", _MARKS.sub("", unicodedata.normalize("NFKC", text).translate(_SAME))).strip().lower()


def contains(text: str, snippet: str) -> bool:
    """Whether `snippet` stands in `text`, both normalised."""
    return normalised(snippet) in normalised(text)


def runs(text: str, length: int = 10) -> set[tuple[str, ...]]:
    """Every run of `length` words of `text`, case and punctuation aside; empty for a shorter text."""
    words = _WORD.findall(normalised(text))
    return {tuple(words[i : i + length]) for i in range(len(words) - length + 1)}
