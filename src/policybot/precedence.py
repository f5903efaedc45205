"""Which of two policies of one organisation counts where they differ: the one that says that it does."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from policybot.features import FloatArray
from policybot.records import Clause

NEAR = 0.25
"""A clause of the prevailing policy this share as relevant as the best one speaks of the same matter, and comes before it."""

_DOCUMENT = r"(?:policy|policies|procedures?|handbook|manual|addendum|annex|supplement|guidance|code|document|rules?|provisions?|requirements?|section|version)"
_PREVAILS = re.compile(
    rf"\b(?:where|if|should|to the extent)\b[^.]{{0,40}}\b(?:conflicts?|differs?|inconsistent|inconsistency|contradicts?)\b[^.]{{0,90}}\b(?:this|these|the) {_DOCUMENT}[^.]{{0,30}}"
    rf"\b(?:takes? precedence|prevails?|overrides?|applies|counts?)\b|\bthis {_DOCUMENT} (?:takes? precedence over|prevails? over|overrides?) (?:all |any |every )?(?:other|existing|earlier)\b",
    re.I,
)
"""A policy says of itself that it counts before the organisation's others."""
_OWN_PAST = re.compile(r"\b(?:previous|earlier|prior|former|older|past)\s+(?:versions?|editions?|issues?)\b", re.I)
_SUPERSEDES = re.compile(rf"\b(?:supersed(?:es?|ing)|replac(?:es|ing)|in place of|instead of)\b[^.]{{0,80}}\b{_DOCUMENT}\b|\bsupersed(?:es?|ing)\b", re.I)
"""A clause says of itself that it stands in another's place."""


@lru_cache(maxsize=4096)
def supersedes(clause: Clause) -> bool:
    """Whether the clause says that it stands in the place of what another document rules (not of its own older versions)."""
    return bool(_SUPERSEDES.search(clause.text)) and not _OWN_PAST.search(clause.text)


@lru_cache(maxsize=64)
def prevailing(clauses: tuple[Clause, ...]) -> frozenset[str]:
    """policy_id of the policies that say of themselves that they count before the others."""
    return frozenset(c.policy_id for c in clauses if _PREVAILS.search(c.text))


def in_force(clauses: tuple[Clause, ...], relevance: FloatArray) -> FloatArray:
    """(n,) `relevance` in which, of the likeliest clauses, one that prevails has changed places with those of other
    policies before it. The same values, dealt out anew; unchanged where one policy is all there is."""
    first = clauses[int(np.argmax(relevance))]
    if all(c.policy_id == first.policy_id for c in clauses):
        return relevance
    near = [int(i) for i in np.argsort(-relevance, kind="stable") if relevance[i] >= NEAR * relevance.max()]
    ranks = [_rank(clauses[i], prevailing(clauses)) for i in near]
    if len({clauses[i].policy_id for i in near}) < 2 or not any(ranks):
        return relevance
    dealt = relevance.copy()
    dealt[sorted(near, key=lambda i: -_rank(clauses[i], prevailing(clauses)))] = relevance[near]
    return dealt


def _rank(clause: Clause, first: frozenset[str]) -> int:
    return 2 if supersedes(clause) else int(clause.policy_id in first)


def overruled(places: Sequence[int], clauses: Sequence[Clause]) -> tuple[int, int] | None:
    """(the clause that says it supersedes or whose policy prevails, one of another policy cited with it); None without."""
    first = prevailing(tuple(clauses))
    for i in places:
        others = [j for j in places if clauses[j].policy_id != clauses[i].policy_id and _rank(clauses[j], first) < _rank(clauses[i], first)]
        if others:
            return i, others[0]
    return None
