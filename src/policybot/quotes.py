"""Which words of a clause answer: the quote."""

from __future__ import annotations

import re

from policybot.records import Clause, ClauseKind
from policybot.sentences import sentence_spans

WHOLE = 320
"""A clause up to this many characters is quoted whole."""
STOP = frozenset(
    ["a", "an", "and", "any", "are", "as", "at", "be", "by", "can", "could", "did", "do", "does", "for", "from", "had", "has", "have", "how", "i", "if", "in", "is", "it", "its", "may", "me", "my", "no", "not", "of", "on", "or", "our", "should", "so", "than", "that", "the", "their", "them", "then", "there", "they", "this", "to", "us", "was", "we", "were", "what", "when", "where", "which", "who", "will", "with", "would", "you", "your"]
)
CARRIES_ON = re.compile(r"^(?:however|this|these|an exception|exceptions?|unless|except|such|it|they|in that case)\b", re.I)


def quote(clause: Clause, search: str) -> str:
    """The words of `clause` that answer `search`, verbatim out of `clause.whole`.

    Short clauses whole, with their stem; of a long paragraph the sentences nearest the question,
    and the next one where it goes on about the same thing ('However, ...').
    """
    if clause.kind in (ClauseKind.COVER, ClauseKind.ROW, ClauseKind.ENUMERATION) or len(clause.whole) <= WHOLE:
        return clause.whole
    spans = sentence_spans(clause.text)
    if len(spans) < 2:
        return clause.text
    wanted = _terms(search)
    scores = [_overlap(wanted, clause.text[a:b]) for a, b in spans]
    best = max(range(len(spans)), key=lambda i: (scores[i], -i))
    last = best
    while last + 1 < len(spans) and (spans[last + 1][1] - spans[best][0] <= WHOLE or CARRIES_ON.match(clause.text[spans[last + 1][0] :])):
        last += 1
        if spans[last][1] - spans[best][0] > 2 * WHOLE:
            break
    return clause.text[spans[best][0] : spans[last][1]]


def _terms(text: str) -> set[str]:
    return {_stem(w) for w in re.findall(r"[a-z]{3,}", text.lower()) if w not in STOP}


def _stem(word: str) -> str:
    return re.sub(r"(?:ing|ed|es|s|ies|ion|ions)$", "", word)[:7]


def _overlap(wanted: set[str], sentence: str) -> float:
    """Shared terms, dampened by length so that the longest sentence does not always win."""
    terms = _terms(sentence)
    return len(wanted & terms) / (3 + len(terms)) ** 0.5 if terms else 0.0
