"""JSON objects out of loose text, as chat models write it: in lines, in a list, in a code fence, between prose."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

LONGEST = 20_000
"""An object that is still open after so many characters is given up."""
SMART = "“”„‟"
"""Quote marks that stand where a straight one should."""
_KEY = re.compile(rf'(?<=[{{,])(\s*)["{SMART}](\w+)["{SMART}](\s*:)')
_MENDED = re.compile(rf'("(?:[^"\\]|\\.)*")|[{SMART}]([^"{SMART}]*)["{SMART}]|,(?=\s*[}}\]])', re.S)
"""A string to leave as it is; a string between smart quotes; a comma that nothing follows."""


class LooseObjects:
    """Reads the outermost objects of a text as it streams in; how it is cut into chunks makes no difference.

    Whatever stands between objects is passed over. One that cannot be read is None; it ends where the
    next one plainly begins, so that a slip costs one object and not all that follow. Never fails.
    """

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._raw: list[str] = []
        """The object so far; empty between objects."""
        self._open: list[str] = []
        """Its brackets that are open, outermost first."""
        self._mark = ""
        """The quote mark that the string we are in began with; '' outside strings."""
        self._escaped = self._line_blank = False
        self._last = ""
        """The last character that is no white space."""

    def feed(self, chunk: str) -> Iterator[dict[str, Any] | None]:
        """The objects that end in `chunk`, in order."""
        for character in chunk:
            yield from self._take(character)

    def finish(self) -> Iterator[dict[str, Any] | None]:
        """The object that the text broke off in, if any: readable where only a closing bracket is missing."""
        raw = "".join(self._raw)
        self._begin()
        if raw:
            yield loaded(raw)

    def _take(self, c: str) -> Iterator[dict[str, Any] | None]:
        if c == "{" and self._raw and self._next_begins():
            yield from self.finish()
        if not self._raw and c != "{":
            return
        self._raw.append(c)
        if self._mark:
            self._within_string(c)
        else:
            self._between_strings(c)
        if not self._open or len(self._raw) > LONGEST:
            yield from self.finish()
        elif c == "\n":
            self._line_blank = True
        elif not c.isspace():
            self._line_blank, self._last = False, c

    def _next_begins(self) -> bool:
        """Whether a '{' cannot belong to the open object: it begins a line in what should be a string
        (a quote mark is missing), or stands in an object where a key should (a bracket is missing)."""
        return self._line_blank if self._mark else self._open[-1] == "{" and self._last != ":"

    def _within_string(self, c: str) -> None:
        if self._escaped:
            self._escaped = False
        elif c == "\\":
            self._escaped = True
        elif c == '"' or (c in SMART and self._mark != '"'):
            self._mark = ""

    def _between_strings(self, c: str) -> None:
        if c == '"' or c in SMART:
            self._mark = c
        elif c in "{[":
            self._open.append(c)
        elif c == "}":
            while self._open.pop() != "{":  # a list left open ends with its object; the first bracket is always a '{'
                pass
        elif c == "]" and self._open[-1] == "[":
            self._open.pop()


def loaded(raw: str) -> dict[str, Any] | None:
    """The object that `raw` is, with commas nothing follows, smart quotes and one missing '}' made good; None for anything else."""
    mended = _MENDED.sub(_mend, _KEY.sub(r'\1"\2"\3', raw))
    for attempt in (raw, mended, _MENDED.sub(_mend, f"{mended}}}")):
        try:
            found = json.loads(attempt, strict=False)  # line breaks in strings pass
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict):
            return found
    return None


def _mend(match: re.Match[str]) -> str:
    if match[1] is not None:
        return match[1]
    return f'"{match[2]}"' if match[2] is not None else ""
