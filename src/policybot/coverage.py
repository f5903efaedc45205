"""Whether the policy answers at all: the pattern of the scores, and the words it never uses."""

from __future__ import annotations

import re

import numpy as np

from policybot.features import FloatArray, Signals, clause_facts, content_words, fact_match, part_readings
from policybot.question import Understanding
from policybot.records import Clause

_ROLE = re.compile(
    r"\b(?:head\w*|principal|governors?|trustees?|lead|board|ceo|executive|team|hr|human|secretary|chair|department|"
    r"committee|staff|employees?|all|police|users?|everyone|council|\w+[eo]rs?)\b",
    re.I,
)
_ASKS_CONTACT = re.compile(
    r"\b(?:name|email|e-mail|phone|number|mobile|address|extension|contact details|called)\b", re.I
)
_HAS_CONTACT = re.compile(r"@|\b0\d{3,}|\bext(?:ension)?\b|\b(?:Mr|Mrs|Ms|Miss|Dr)\b")

# What an answer to such a question must have in it, whatever it is about: pairs of question and answer.
_ASKED_FOR: dict[str, tuple[re.Pattern[str], re.Pattern[str]]] = {
    "number": (
        re.compile(r"\bhow (?:many|much|big|high)\b|\b(?:number|rate|amount|percentage|ratio)\b", re.I),
        re.compile(r"\d|\b(?:one|two|three|four|five|six|ten|twelve)\b|%|£", re.I),
    ),
    "frequency": (
        re.compile(r"\bhow often\b", re.I),
        re.compile(
            r"\b(?:every|each|annual\w*|once|twice|weekly|monthly|daily|termly|yearly|regular\w*|often)\b", re.I
        ),
    ),
    "time": (
        re.compile(r"\bhow (?:long|soon|old|quick\w*|late|far)\b|\bwhen\b|\bdeadline\b", re.I),
        re.compile(
            r"\d|\b(?:days?|weeks?|month\w*|year\w*|hour\w*|term|before|after|immediately|within|until|soon|advance|"
            r"annual\w*|date)\b",
            re.I,
        ),
    ),
    "person": (re.compile(r"\bwho(?:se|m)?\b", re.I), _ROLE),
    "name": (re.compile(r"\b(?:names?|called)\b", re.I), re.compile(r"[a-z,;:] [A-Z][a-z]+ [A-Z][a-z]+")),
    "contact": (
        re.compile(r"\b(?:email|phone|mobile|extension|telephone)\b", re.I),
        re.compile(r"@|\b0\d{3}"),
    ),
}
AGAINST = frozenset(
    {"unseen", "unseen_share", "contact_missing"}
    | {f"no_{name}_{n}" for name in _ASKED_FOR for n in ("first", "three")}
)
"""The numbers that speak against an answer; all others may only speak for one. How long or how plainly a question is
put is no evidence: a model that was let see it refused "can I use LinkedIn at work?" for being short."""


def coverage_features(
    u: Understanding, clauses: tuple[Clause, ...], signals: Signals, relevance: FloatArray
) -> tuple[FloatArray, tuple[str, ...]]:
    """(f,) what speaks for and against the policy answering, and the names of the f numbers."""
    order = np.argsort(-relevance)
    top = np.concatenate([relevance[order[:4]], np.zeros(4)])[:4]
    columns = {f"relevance_{i}": float(np.log(top[i] + 1e-4)) for i in range(4)}
    columns |= {"relevance_sum": float(relevance.sum()), "relevance_share": float(top[0] / (relevance.sum() + 1e-6))}
    columns |= _similarity(u, signals, order)
    columns |= _words(u, clauses, order)
    columns |= _facts(u, clauses, order)
    columns |= _lacks(u, [clauses[i].whole for i in order[:3]])
    return np.array(list(columns.values())), tuple(columns)


def _similarity(u: Understanding, s: Signals, order: np.ndarray) -> dict[str, float]:
    """The readings of the best clauses, and how far the likeliest stand out."""
    read = np.sort(np.maximum(s.pairs[0], part_readings(u, s).max(axis=0)))[::-1]
    columns = {f"pair_{i}": float(read[min(i, len(read) - 1)]) for i in range(3)}
    columns["pair_chosen"] = float(s.pairs[0][order[0]])
    for name, row in (("path", s.path[0]), ("bare", s.bare[0])):
        ranked = np.sort(row)[::-1]
        columns |= {
            f"{name}_max": float(ranked[0]),
            f"{name}_chosen": float(row[order[0]]),
            f"{name}_lift": float(ranked[0] - np.median(row)),
        }
    return columns | {
        "part_path": float(s.path[-1].max()),
        "part_bare": float(s.bare[-1].max()),
        "lexical_max": float(s.lexical[0].max()),
        "lexical_chosen": float(s.lexical[0][order[0]]),
    }


def _words(u: Understanding, clauses: tuple[Clause, ...], order: np.ndarray) -> dict[str, float]:
    """How many of the words asked the policy uses anywhere, and in the clauses that come first."""
    facts = clause_facts(clauses)
    asked = content_words(u.text)
    everywhere = frozenset().union(*facts.words)
    first, three = facts.words[order[0]], frozenset().union(*(facts.words[i] for i in order[:3]))
    n = len(asked) or 1
    return {
        "unseen": float(len(asked - everywhere)),
        "unseen_share": len(asked - everywhere) / n,
        "first_share": len(asked & first) / n,
        "three_share": len(asked & three) / n,
        "wide_share": len(content_words(u.expanded) & three) / (len(content_words(u.expanded)) or 1),
    }


def _facts(u: Understanding, clauses: tuple[Clause, ...], order: np.ndarray) -> dict[str, float]:
    match = fact_match(u.fact_kinds, clauses)
    asks_contact = bool(_ASKS_CONTACT.search(u.text))
    has = asks_contact and any(_HAS_CONTACT.search(clauses[i].text) for i in order[:3])
    return {
        "facts_best": float(match.max()),
        "facts_first": float(match[order[0]]),
        "contact_missing": float(asks_contact and not has),
    }


def _lacks(u: Understanding, best: list[str]) -> dict[str, float]:
    """Whether what is asked for (a number, a name ...) is missing in the first clause, and in the first three."""
    # Of a story with a question after it only the question counts.
    asked = u.parts[-1] if u.parts and not u.followup else u.text
    columns: dict[str, float] = {}
    for name, (asks, answers) in _ASKED_FOR.items():
        has = [bool(answers.search(text)) for text in best]
        wanted = bool(asks.search(asked))
        columns |= {
            f"no_{name}_first": float(wanted and not has[0]),
            f"no_{name}_three": float(wanted and not any(has)),
        }
    return columns
