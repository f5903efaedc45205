"""What may be asked, made from the organisation's own headings, definitions and suggestions: for hints while typing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from policybot.records import Clause, Organisation, Policy
from policybot.terms import Force

FRAME = re.compile(
    r"contents|version|control|introduction|purpose|scope|aims?|overview|background|appendix|annex|statement|definitions?"
    r"|summary|general|review|document|history|foreword|legislation",
    re.I,
)
"""Headings that frame a document instead of naming what staff ask about."""
SHORTEST_WORD = 3
"""Letters of the shortest word that a hint is found by."""
MOST_WORDS = 40
"""How many words of its clauses a hint may be found by, besides its own."""
_COMMON = frozenset(
    re.findall(
        r"[a-z]+",
        "about after all also and any are because been before being but can could did does for from get had has have her his how "
        "into its just like may more must need not of off one only other our out over put said say should some such than that the "
        "their them then there these they this those through too under until upon use used using very was were what when where "
        "which while who whom whose why will with without would you your policy policies mean organisation staff employees",
    )
)
"""Words that tell nothing of what is asked."""
_TERM = re.compile(r"^[“\"']?([A-Z][\w/’' -]{2,40}?)[”\"']? (?:means|is defined as|refers to)\b")


@dataclass(frozen=True, slots=True)
class Hint:
    """A question that may be asked, and lower-case words, besides its own, that it is found by."""

    question: str
    words: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.question.strip():
            raise ValueError("a hint needs a question")


def hints(organisation: Organisation, policies: Sequence[Policy]) -> tuple[Hint, ...]:
    """Every question that headings, definitions and the organisation itself suggest, each once; () where there are none.

    `policies`: the organisation's own.
    """
    found = [Hint(text) for text in organisation.suggestions]
    for policy in policies:
        found += [*_of_headings(policy.clauses), *_of_definitions(policy.clauses)]
    return tuple({hint.question.lower(): hint for hint in reversed(found)}.values())[::-1]


def question_about(heading: str) -> str | None:
    """'3. Personal Use' -> 'What does my policy say about personal use?'; None for a heading that frames the document or
    is a sentence of its own."""
    words = re.sub(r"^(?:appendix\s+\w+|[\d.]+|[a-z]\))[\s.:)–-]*", "", heading.strip(), flags=re.I).strip(" .:–-")
    if words.endswith("?"):
        return words
    if not 1 <= len(words.split()) <= 6 or FRAME.search(words) or "(" in words:
        return None
    return f"What does my policy say about {' '.join(_lower(w, words.isupper() and ' ' in words) for w in words.split())}?"


def telling(texts: Iterable[str]) -> tuple[str, ...]:
    """The telling words of the texts in lower case, each once, in order; () for none."""
    words = (word for text in texts for word in re.findall(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", text.lower()))
    return tuple(dict.fromkeys(word for word in words if len(word) >= SHORTEST_WORD and word not in _COMMON))


def _of_headings(clauses: Sequence[Clause]) -> list[Hint]:
    under: dict[str, list[Clause]] = {}
    for clause in clauses:
        under.setdefault(clause.heading, []).append(clause)
    asked = ((question_about(heading), own) for heading, own in under.items())
    return [Hint(question, telling(c.whole for c in own)[:MOST_WORDS]) for question, own in asked if question]


def _of_definitions(clauses: Sequence[Clause]) -> list[Hint]:
    terms = (_TERM.match(clause.text) for clause in clauses if clause.deontic.force is Force.DEFINITION)
    return [Hint(f"What does “{term.group(1).strip()}” mean?") for term in terms if term]


def _lower(word: str, shouting: bool) -> str:
    """Lower case, but an abbreviation stays as it is."""
    return word if not shouting and re.match(r"[A-Z]{2}", word) else word.lower()
