"""How two printed lines become one text: hyphens, slashes and dashes at the line's end."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import reduce

SOFT_HYPHEN = "\u00ad"
_TAIL = re.compile(r"([A-Za-z’']+)[-‐]$")
_HEAD = re.compile(r"^([A-Za-z’']+)")
_SUSPENDED = {"and", "or", "to"}


class Vocabulary:
    """The words of one document, in lower case, to settle what a hyphen at a line's end is."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = {w.strip(".,;:!?()[]\"“”‘’'").lower() for w in words}

    def __contains__(self, word: str) -> bool:
        return word.lower() in self._words


def joined(pieces: Sequence[str], vocabulary: Vocabulary) -> str:
    """The text of wrapped lines as one line, white space folded; '' of none."""
    text = reduce(lambda a, b: _pair(a, b, vocabulary), pieces, "")
    return " ".join(text.replace(SOFT_HYPHEN, "").split())


def _pair(before: str, after: str, vocabulary: Vocabulary) -> str:
    if not before:
        return after
    if before.endswith(SOFT_HYPHEN):
        return before[:-1] + after
    tail, head = _TAIL.search(before), _HEAD.match(after)
    if tail and head:
        return _at_hyphen(before, after, tail[1], head[1], vocabulary)
    if re.search(r"\w[-‐]$", before) and re.match(r"\d", after):
        return before + after
    # A line may end after a dash, slash or stroke that has no blank before it: none was there after it either.
    if re.search(r"\w[/–—]$", before) and re.match(r"\w", after):
        return before + after
    return f"{before} {after}"


def _at_hyphen(before: str, after: str, tail: str, head: str, vocabulary: Vocabulary) -> str:
    if head.lower() in _SUSPENDED:
        return f"{before} {after}"
    if tail + head in vocabulary and f"{tail}-{head}" not in vocabulary:
        return before[:-1] + after
    return before + after
