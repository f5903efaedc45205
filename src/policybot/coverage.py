"""Whether the policy answers at all: the pattern of the scores, and the words it never uses."""

from __future__ import annotations

import re

import numpy as np

from policybot.features import FloatArray, Signals, clause_facts, content_words, fact_match
from policybot.question import Understanding
from policybot.records import Clause

_ASKS_CONTACT = re.compile(r"\b(?:name|email|e-mail|phone|number|mobile|address|extension|contact details|called)\b", re.I)
_HAS_CONTACT = re.compile(r"@|\b0\d{3,}|\bext(?:ension)?\b|\b(?:Mr|Mrs|Ms|Miss|Dr)\b")


def coverage_features(
    u: Understanding, clauses: tuple[Clause, ...], signals: Signals, relevance: FloatArray
) -> tuple[FloatArray, tuple[str, ...]]:
    """(f,) what speaks for and against the policy answering, and the names of the f numbers."""
    order = np.argsort(-relevance)
    top = np.concatenate([relevance[order[:4]], np.zeros(4)])[:4]
    columns = {f"relevance_{i}": float(np.log(top[i] + 1e-4)) for i in range(4)}
    columns |= {"relevance_sum": float(relevance.sum()), "relevance_share": float(top[0] / (relevance.sum() + 1e-6))}
    columns |= _similarity(signals, order)
    columns |= _words(u, clauses, order)
    columns |= {f"kind_{i}": p for i, p in enumerate(u.kinds)}
    columns |= _facts(u, clauses, order)
    columns |= {"length": float(np.log1p(len(u.text.split()))), "followup": float(u.followup), "parts": float(len(u.parts))}
    return np.array(list(columns.values())), tuple(columns)


def _similarity(s: Signals, order: np.ndarray) -> dict[str, float]:
    best = order[0]
    columns: dict[str, float] = {}
    for name, row in (("path", s.path[0]), ("bare", s.bare[0]), ("path_wide", s.path[1]), ("bare_wide", s.bare[1])):
        ranked = np.sort(row)[::-1]
        columns |= {
            f"{name}_max": float(ranked[0]),
            f"{name}_chosen": float(row[best]),
            f"{name}_margin": float(ranked[0] - ranked[: min(10, len(row))].mean()),
            f"{name}_lift": float(ranked[0] - np.median(row)),
        }
    last = s.path[-1], s.bare[-1]
    return columns | {
        "part_path": float(last[0].max()),
        "part_bare": float(last[1].max()),
        "lexical_max": float(s.lexical[0].max()),
        "lexical_chosen": float(s.lexical[0][best]),
        "lexical_wide": float(s.lexical[1].max()),
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
        "facts_asked": float(len(u.fact_kinds)),
        "facts_best": float(match.max()),
        "facts_first": float(match[order[0]]),
        "contact_asked": float(asks_contact),
        "contact_missing": float(asks_contact and not has),
    }
