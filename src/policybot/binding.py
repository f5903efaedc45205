"""Clauses that bind another one: exceptions and references that belong to what it says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from policybot.records import Clause

_NUMBER = r"\d+(?:\.\d+)*"
_PART = r"(?:section|paragraph|para|clause|part|item|point|rule)"
_REFERS = re.compile(rf"\b{_PART}(?:s\s+({_NUMBER}(?:(?:\s*,\s*|\s*,?\s+(?:and|or|&)\s+){_NUMBER})*)|\s+({_NUMBER}))\b", re.I)
_ELSEWHERE = re.compile(
    r"(?:\s*\(\w+\))*,?\s+(?:(?:of|in|under)\s+(?:(?:the|our|that)\s+)?(?!Policy\b|Document\b|Code\b|Procedure\b)(?:[A-Z]|(?:\d{4}\s+)?act\b)|"
    r"(?:[A-Z][\w'’-]*\s+(?:(?:and|of|the)\s+)*){1,6}(?:Act|Regulations?)\b)"
)
"""After a number: it is another document's."""
_TURNS = re.compile(
    r"^\W*(?:however|but|except|unless|save|apart from|the only exception|this (?:does not|doesn['’]t) apply|"
    r"nothing in (?:this|these|the)|notwithstanding|despite (?:this|the above|that))\b|\bthe (?:above|previous|preceding) (?:rule|paragraph|point|clause|restriction)\b",
    re.I,
)
NEIGHBOURS = 2
"""An exception that leans on what stands before it stands at most so many clauses after it."""


def bound_to(place: int, clauses: Sequence[Clause]) -> tuple[int, ...]:
    """Places of the clauses that bind `clauses[place]`: those it refers to by number, and an
    exception that follows it under the same heading. In reading order, without itself."""
    found = {*_referred(clauses[place], clauses), *_excepting(place, clauses)} - {place}
    return tuple(sorted(found))


def _referred(clause: Clause, clauses: Sequence[Clause]) -> Iterator[int]:
    own_parts = (m.group(1) or m.group(2) for m in _REFERS.finditer(clause.text) if not _ELSEWHERE.match(clause.text, m.end()))
    for number in dict.fromkeys(n for part in own_parts for n in re.findall(_NUMBER, part)):
        own = [i for i, c in enumerate(clauses) if c.policy_id == clause.policy_id and _is(c.label, number)]
        yield from own[:1]


def _is(label: str, number: str) -> bool:
    return bool(re.match(rf"{re.escape(number)}(?![\d.]*\d)", label))


def _excepting(place: int, clauses: Sequence[Clause]) -> Iterator[int]:
    own = clauses[place]
    for i in range(place + 1, min(place + 1 + NEIGHBOURS, len(clauses))):
        beside = (clauses[i].policy_id, clauses[i].heading_path) == (own.policy_id, own.heading_path)
        if beside and _TURNS.search(clauses[i].text):
            yield i
