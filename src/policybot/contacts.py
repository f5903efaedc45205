"""Whom the policy says to ask: read from its own clauses."""

from __future__ import annotations

import re
from collections.abc import Sequence

from policybot.names import ROLE
from policybot.records import Clause, ClauseKind, Contact
from policybot.sentences import sentences

IN_DOUBT = re.compile(
    r"\b(?:quer(?:y|ies)|questions?|doubt|unsure|not (?:sure|clear|certain)|uncertain|advice|guidance|clarif\w+|areas? of concern|concerns?)\b", re.I
)
TURN_TO = re.compile(
    r"\b(?:speak (?:to|with)|talk to|discuss(?:ed)?(?: \w+){0,4} with|ask|contact|consult|seek(?: \w+){0,2} (?:advice|guidance) from|raise[sd]?(?: [\w,]+){0,24} with|"
    r"refer(?:red)? to|report(?:ed)?(?: \w+){0,3} to|advice from|available from|advise and support|approval (?:should be obtained )?from)\b",
    re.I,
)
APPROVAL = re.compile(r"\bapprov\w+\b|\bpermission\b|\bauthoris\w+\b", re.I)
VAGUE = {"governors", "administrator", "administrators", "directors", "director", "trade union"}
"""Roles that answer for the policy but are not whom a member of staff walks up to."""


def policy_contact(clauses: Sequence[Clause]) -> Contact | None:
    """Whom the policy names for queries, with the clause; None when it names nobody.

    The clause that speaks of doubt and of whom to turn to wins, then one that only says whom
    to turn to, then whoever approves things; the earlier on a tie.
    """
    best: tuple[int, Contact] | None = None
    for clause in clauses:
        if clause.kind in (ClauseKind.COVER, ClauseKind.ROW):
            continue  # who signed a policy is not thereby whom to ask
        for sentence in sentences(clause.text):
            weight = _weight(sentence)
            who = _who(sentence) if weight else None
            if who and (best is None or weight > best[0]):
                best = (weight, Contact(who=who, clause_id=clause.id))
    return best[1] if best else None


def _weight(sentence: str) -> int:
    doubt, turn = bool(IN_DOUBT.search(sentence)), TURN_TO.search(sentence)
    if doubt and turn:
        return 3
    if turn:
        return 2
    return 1 if APPROVAL.search(sentence) and re.search(r"\bfrom\b|\bby\b", sentence) else 0


def _who(sentence: str) -> str | None:
    """The roles after the words that say whom to turn to, joined with 'or'."""
    turn = TURN_TO.search(sentence)
    after = sentence[turn.end() :] if turn else sentence
    roles = {m.group(1): _spoken(after[: m.start()], m.group(1)) for m in ROLE.finditer(after[:160])}
    named = [spoken for role, spoken in roles.items() if role.lower() not in VAGUE]
    return " or ".join(named[:2]) or None


def _spoken(before: str, role: str) -> str:
    """The role as one says it to the asker: 'their line manager' is 'your line manager'."""
    if re.search(r"\b(?:their|your|his|her|his/her)\s$", before):
        return f"your {role}"
    return role if role.isupper() else f"the {role}"
