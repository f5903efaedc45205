"""Which clauses a chat model is given: all of them where they fit, else those cited and what stands about them."""

from __future__ import annotations

from collections.abc import Sequence

from policybot.records import Clause


def to_send(clauses: Sequence[Clause], cited: Sequence[str], most: int) -> tuple[Clause, ...]:
    """The clauses a model may use, in reading order, of at most `most` characters together; those cited always.

    All of them where that fits. Else those cited, then the rest of their lists, then the clause before and after each, as
    far as there is room.
    """
    if sum(map(_length, clauses)) <= most:
        return tuple(clauses)
    own = [c for c in clauses if c.id in set(cited)]
    lists = {(c.policy_id, c.heading_path, c.stem) for c in own if c.stem}
    listed = [c for c in clauses if (c.policy_id, c.heading_path, c.stem) in lists]
    beside = {(c.policy_id, c.ordinal + step) for c in own for step in (-1, 1)}
    chosen, left = {c.id for c in own}, most - sum(map(_length, own))
    for clause in (*listed, *(c for c in clauses if (c.policy_id, c.ordinal) in beside)):
        if clause.id not in chosen and _length(clause) <= left:
            chosen.add(clause.id)
            left -= _length(clause)
    return tuple(c for c in clauses if c.id in chosen)


def _length(clause: Clause) -> int:
    return len(clause.searchable)
