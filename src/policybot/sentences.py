"""Where sentences end in policy prose."""

from __future__ import annotations

import re

BOUNDARY = re.compile(r"(?<=[.!?])[\"'’”)\]]*\s+(?=[\"'‘“(\[]?[A-Z0-9])|\n+")
ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|cf|vs|approx|incl|no|nos|para|paras|p|pp|mr|mrs|ms|miss|dr|st|prof|hon|rev|tel|ext|dept|ref|nb|assoc)"
    r"|\b[A-Z])\.$|^\(?\d{1,2}(?:\.\d+)*\.$",
    re.I,
)


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Half-open character ranges of the sentences of `text`, in order, without the white space between them."""
    spans: list[tuple[int, int]] = []
    start = 0
    for boundary in BOUNDARY.finditer(text):
        head = text[start : boundary.start()].rstrip()
        if not head or (ABBREVIATION.search(head[-12:]) and "\n" not in boundary.group()):
            continue
        end = boundary.start() + len(boundary.group()) - len(boundary.group().lstrip("\"'’”)]"))
        spans.append((start, end))
        start = boundary.end()
    if text[start:].strip():
        spans.append((start, len(text.rstrip())))
    return spans


def sentences(text: str) -> list[str]:
    """The sentences of `text`, verbatim."""
    return [text[a:b] for a, b in sentence_spans(text)]
