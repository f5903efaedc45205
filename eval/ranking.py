"""How well the citations are ordered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from math import log2

from eval.cases import Group
from eval.metrics import MOST_CITED


def ndcg(evidence: Sequence[Group], cited: Sequence[str]) -> float | None:
    """nDCG@5 with novelty: DCG / ideal DCG, DCG = Σ_{r=1..5} new(r) / log2(r + 1), in [0, 1]; None without evidence.

    new(r): how many groups the citation at place r hits that none before it hit, so a second member
    of a group, or a clause cited twice, gains nothing. The ideal is the best order of any clauses in
    the groups; 1 says that nothing could be cited better or sooner. Citations that hit nothing cost
    the places they take.

    Source: Järvelin & Kekäläinen 2002 (TOIS 20:4), with the novelty of α-nDCG at α = 1 (Clarke et
    al., SIGIR 2008); the ideal is exact, not their greedy one, which can be beaten.
    """
    if not evidence:
        return None
    marks: defaultdict[str, int] = defaultdict(int)
    for place, group in enumerate(evidence):
        for clause_id in group:
            marks[clause_id] |= 1 << place
    return _gain([marks.get(c, 0) for c in cited[:MOST_CITED]]) / _ideal(frozenset(marks.values()))


def _gain(marks: Sequence[int]) -> float:
    """DCG of citations given as bit sets of the groups each is in."""
    hit, total = 0, 0.0
    for rank, mark in enumerate(marks, 1):
        total += (mark & ~hit).bit_count() / log2(rank + 1)
        hit |= mark
    return total


def _ideal(marks: frozenset[int]) -> float:
    """The highest DCG that clauses with these marks can have."""
    if all(mark.bit_count() == 1 for mark in marks):
        return _gain(sorted(marks)[:MOST_CITED])

    @cache
    def best(hit: int, rank: int) -> float:
        new = [mark for mark in marks if mark & ~hit] if rank <= MOST_CITED else []
        return max(((mark & ~hit).bit_count() / log2(rank + 1) + best(hit | mark, rank + 1) for mark in new), default=0.0)

    return best(0, 1)
