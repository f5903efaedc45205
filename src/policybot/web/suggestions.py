"""Questions to start from, out of the organisation's own policies."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from policybot.records import Organisation, Policy

MOST = 4
FRAME = re.compile(
    r"contents|version|control|introduction|purpose|scope|aims?|overview|background|appendix|annex|statement|definitions?"
    r"|summary|general|review|document|history|foreword|legislation",
    re.I,
)
"""Headings that frame a document instead of naming what staff ask about."""


def suggestions(organisation: Organisation, policies: Sequence[Policy]) -> tuple[str, ...]:
    """What the organisation itself suggests, else questions made from headings; at most four."""
    return (organisation.suggestions or tuple(_from_headings(policies)))[:MOST]


def _from_headings(policies: Sequence[Policy]) -> list[str]:
    """The headings that most clauses stand under, as questions."""
    weight = Counter(clause.heading for policy in policies for clause in policy.clauses)
    names = [heading for heading, _ in weight.most_common() if heading and not FRAME.search(heading)]
    asked = (_question(name) for name in names)
    return list(dict.fromkeys(question for question in asked if question))


def _question(heading: str) -> str | None:
    """'3. Personal Use' -> 'What does my policy say about personal use?'; None for a heading
    that is a sentence of its own."""
    words = re.sub(r"^(?:appendix\s+\w+|[\d.]+|[a-z]\))[\s.:)–-]*", "", heading.strip(), flags=re.I).strip(" .:–-")
    if words.endswith("?"):
        return words
    if not 1 <= len(words.split()) <= 6:
        return None
    return f"What does my policy say about {' '.join(_lower(w, words.isupper()) for w in words.split())}?"


def _lower(word: str, shouting: bool) -> str:
    """Lower case, but an abbreviation stays as it is."""
    return word if not shouting and len(word) > 1 and word.isupper() else word.lower()
